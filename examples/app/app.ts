// The worker of app.py in TypeScript: calls a model through LiteLLM, with the key that bursar publishes, until it is ended.
// Environment: LITELLM_URL, LITELLM_API_KEY_FILE, MODEL (gf-chat-default), INTERVAL in seconds (1).
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import OpenAI from "openai";

const { LITELLM_URL = "", LITELLM_API_KEY_FILE = "", MODEL = "gf-chat-default", INTERVAL = "1" } = process.env;

/** The file of bursar's directory store. It is whole at any moment: a new value takes the old one's place at once. */
const publishedKey = async (): Promise<string> => (await readFile(LITELLM_API_KEY_FILE, "utf8")).trim();

/** What bursar's marker says of it, too: a log may name the key so. */
const fingerprint = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 16);

// The SDK calls `publishedKey` before each request, and repeats what meets 429, 5xx or a broken connection.
const client = new OpenAI({ baseURL: `${LITELLM_URL.replace(/\/+$/, "")}/v1`, apiKey: publishedKey, maxRetries: 5 });

const complete = async (prompt: string): Promise<string | null> => {
  const answer = await client.chat.completions.create({ model: MODEL, messages: [{ role: "user", content: prompt }] });
  return answer.choices[0]?.message.content ?? null;
};

const ask = async (prompt: string): Promise<string | null> => {
  const tried = await publishedKey();
  try {
    return await complete(prompt);
  } catch (error) {
    // Between the reading and the call: only where a key was revoked without an overlap.
    if (!(error instanceof OpenAI.AuthenticationError) || (await publishedKey()) === tried) throw error;
    return await complete(prompt);
  }
};

// As the first process of a container it would not end at this signal by itself.
process.once("SIGTERM", () => process.exit(0));

for (;;) {
  const key = fingerprint(await publishedKey());
  try {
    console.error(`key ${key}: ${await ask("Say hello.")}`);
  } catch (error) {
    if (!(error instanceof OpenAI.OpenAIError)) throw error;
    console.error(`key ${key}: ${error.constructor.name}`);
  }
  await pause(Number(INTERVAL) * 1000);
}

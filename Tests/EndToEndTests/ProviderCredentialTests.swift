import BursarCore
import Foundation
import TestSupport
import Testing

/// Calls to a workspace's own models at each kind of provider, through a LiteLLM whose environment holds
/// an operator's keys for all of them (`Tests/LiteLLM/operator.env`).
@Suite(.enabled(if: RealLiteLLM.listsAliases), .timeLimit(.minutes(5)))
struct `Credentials of providers on the real LiteLLM` {
    private static let key = "tenant-canary-4471"
    private static let amazonID = "TENANTAKIACANARY4471"
    private static let amazonSecret = "tenant-amazon-canary-4471"

    /// Provider and model, and what else the row says. Google's two are not here: LiteLLM's packages for them
    /// are not installed with it.
    private static let keyed: [(name: String, fields: String)] = [
        ("anthropic", "upstream: anthropic/claude-sonnet-4-20250514"),
        ("azure", "upstream: azure/prod-4o, apiVersion: v1"),
        ("azure-preview", "upstream: azure/prod-4o, apiVersion: preview"),
        ("azure-latest", "upstream: azure/gpt-5, apiVersion: latest"),
        ("azure-o3", "upstream: azure/o3-mini, apiVersion: v1"),
        ("azure-ai", "upstream: azure_ai/mistral-large, apiVersion: v1"),
        ("azure-ai-gpt", "upstream: azure_ai/gpt-4o, apiVersion: v1"),
        ("cerebras", "upstream: cerebras/llama-3.3-70b"),
        ("cohere", "upstream: cohere/command-r"),
        ("cohere-chat", "upstream: cohere_chat/command-r"),
        ("deepseek", "upstream: deepseek/deepseek-chat"),
        ("fireworks", "upstream: fireworks_ai/llama-v3p1-8b-instruct"),
        ("gemini", "upstream: gemini/gemini-2.5-flash"),
        ("groq", "upstream: groq/llama-3.1-8b-instant"),
        ("vllm", "upstream: hosted_vllm/llama"),
        ("mistral", "upstream: mistral/mistral-small-latest"),
        ("openai", "upstream: openai/gpt-4o"),
        ("openrouter", "upstream: openrouter/openai/gpt-4o"),
        ("perplexity", "upstream: perplexity/sonar"),
        ("together", "upstream: together_ai/llama"),
        ("xai", "upstream: xai/grok-3"),
    ]

    private func manifest(_ site: ProxySite, _ provider: FakeProvider) -> String {
        let rows = Self.keyed.map { name, fields in
            "        - {name: acme/\(name), \(fields), apiBase: \"\(provider.url)/\(name)\"}"
        }
        return """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: \(site.id("all"))}
            spec:
              budget: {limit: 5, period: 30d}
              models: [gf-chat-default]
              providerSecrets:
                - name: BEDROCK_API_KEY
                  valueFrom: {env: TENANT_KEY}
                  models:
                    - name: acme/nova
                      upstream: bedrock/amazon.nova-lite-v1:0
                      params: {aws_region_name: eu-central-1}
                - name: PROVIDER_KEY
                  valueFrom: {env: TENANT_KEY}
                  models:
            \(rows.joined(separator: "\n"))
                - name: AWS_ACCESS_KEY_ID
                  valueFrom: {env: TENANT_AWS_ID}
                - name: AWS_SECRET_ACCESS_KEY
                  valueFrom: {env: TENANT_AWS_SECRET}
                  models:
                    - name: acme/claude
                      upstream: bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0
                      params: {aws_region_name: eu-central-1}
                      credentials: {aws_access_key_id: AWS_ACCESS_KEY_ID, aws_secret_access_key: AWS_SECRET_ACCESS_KEY}
                    - name: acme/claude-invoke
                      upstream: bedrock/invoke/anthropic.claude-3-5-sonnet-20240620-v1:0
                      params: {aws_region_name: eu-central-1}
                      credentials: {aws_access_key_id: AWS_ACCESS_KEY_ID, aws_secret_access_key: AWS_SECRET_ACCESS_KEY}

            """
    }

    @Test func `each gets the workspace's, and none the operator's`() async throws {
        try await ProxySite.open(.real) { site in
            let provider = try FakeProvider()
            let port = ProcessInfo.processInfo.environment["BURSAR_TEST_BEDROCK_PORT"] ?? ""
            let bedrock = try FakeProvider(port: try #require(Int(port)))
            try site.configure("prod", owner: "prod")
            let configuration = try #require(site.scratch.text("prod/bursar.yaml"))
            try site.scratch.write(
                configuration + """
                      providerSecrets:
                        allow: [{env: "TENANT_*"}]
                        proxyLacks: [AWS_PROFILE_NAME, AWS_ROLE_NAME]

                    """, to: "prod/bursar.yaml")
            try site.scratch.write(manifest(site, provider), to: "prod/all.yaml")
            let names =
                Self.keyed.map { "acme/\($0.name)" } + [
                    "acme/claude", "acme/claude-invoke", "acme/nova",
                ]
            let applied = try await BuiltBinary.run(
                [
                    "apply", "--yes", "--allow", "openTeams=1000000",
                    site.scratch.path + "/prod",
                ],
                environment: [
                    "LITELLM_URL": site.url, "LITELLM_MASTER_KEY": site.key,
                    "TENANT_KEY": Self.key, "TENANT_AWS_ID": Self.amazonID,
                    "TENANT_AWS_SECRET": Self.amazonSecret,
                ])
            #expect(applied.status == 0, "\(applied.all)")
            let key = try #require(
                site.scratch.text("prod/secrets/\(site.id("all"))/LITELLM_API_KEY"))
            // What the provider answers is OpenAI's; where LiteLLM does not understand it, it calls again.
            try await withThrowingTaskGroup { group in
                for name in names {
                    group.addTask {
                        _ = try await site.chat(key, model: "\(site.id("all"))--\(name)")
                    }
                }
                try await group.waitForAll()
            }
            for name in names {
                _ = try await site.call(
                    "POST", "/model/delete",
                    ["id": BroughtModel.id(of: "\(site.id("all"))--\(name)")])
            }

            let calls = try await provider.calls()
            for (name, _) in Self.keyed {
                let own = calls.filter {
                    $0.path.split(separator: "/").first.map { $0 == name } ?? false
                }
                #expect(!own.isEmpty, "\(name) was not called")
                for call in own {
                    #expect(call.bears(Self.key), "\(name) got \(call)")
                }
            }
            let amazon = try await bedrock.calls()
            let signed = amazon.filter { $0.path.contains("claude") }
            for route in ["converse", "invoke"] {
                #expect(signed.contains { $0.path.hasSuffix("/\(route)") }, "\(signed)")
            }
            for call in signed {
                #expect(call.authorization.contains("Credential=\(Self.amazonID)/"), "\(call)")
            }
            let borne = amazon.filter { $0.path.contains("nova") }
            #expect(!borne.isEmpty)
            for call in borne { #expect(call.authorization == "Bearer \(Self.key)", "\(call)") }
            for call in calls + amazon {
                #expect(!"\(call)".lowercased().contains("operator"), "\(call)")
            }
        }
    }
}

extension FakeProvider.Call {
    fileprivate func bears(_ key: String) -> Bool {
        path.contains(key) || headers.values.contains { $0.contains(key) }
    }
}

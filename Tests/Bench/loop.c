/* Bare libcurl: makes the requests that standard input names, reads the answers whole and does nothing with them.
 * Usage: loop [LANES]
 *
 * A line is a request: METHOD, URL, bearer token and body between tabs, `-` where there is none. A blank line ends a
 * chain: its requests follow one another. A line `---` ends a phase: the chains of one run in LANES at once (default 1), and the next
 * phase begins when all are done. Exits 1 at the first answer that is not 2xx. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LANES 64

typedef struct {
    CURL *easy;
    struct curl_slist *headers;
    char *url, *chain;
} Lane;

/* What no lane has taken of the phase. */
static char *phase;

static size_t ignore(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes, (void)context;
    return size * count;
}

/* The next field; the rest of the line is left in `*rest`. */
static char *field(char **rest) {
    char *text = strsep(rest, "\t");
    return text && strcmp(text, "-") ? text : NULL;
}

static void start(CURLM *multi, Lane *lane, char *line) {
    char text[512], *rest = line, *method = field(&rest), *bearer, *body;
    lane->url = field(&rest), bearer = field(&rest), body = field(&rest);
    if (!method || !lane->url) { fprintf(stderr, "not a request: %s\n", line); exit(1); }
    curl_slist_free_all(lane->headers);
    lane->headers = curl_slist_append(NULL, "Accept: application/json");
    if (body) lane->headers = curl_slist_append(lane->headers, "Content-Type: application/json");
    if (bearer && snprintf(text, sizeof text, "Authorization: Bearer %s", bearer) > 0)
        lane->headers = curl_slist_append(lane->headers, text);
    curl_easy_reset(lane->easy);
    curl_easy_setopt(lane->easy, CURLOPT_URL, lane->url);
    curl_easy_setopt(lane->easy, CURLOPT_PRIVATE, lane);
    curl_easy_setopt(lane->easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(lane->easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(lane->easy, CURLOPT_HTTPHEADER, lane->headers);
    if (body) curl_easy_setopt(lane->easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(lane->easy, CURLOPT_CUSTOMREQUEST, method);
    curl_multi_add_handle(multi, lane->easy);
}

/* The lane's next request: of its own chain, or the first of one that no lane has. */
static char *take(Lane *lane) {
    while (!lane->chain || !*lane->chain) {
        if (!phase || !*phase) return NULL;
        char *gap = strstr(phase, "\n\n");
        lane->chain = phase;
        phase = gap ? gap + 2 : NULL;
        if (gap) *gap = 0;
    }
    return strsep(&lane->chain, "\n");
}

/* Starts what is next for the lane; 0 where nothing is. */
static int go_on(CURLM *multi, Lane *lane) {
    char *line = take(lane);
    if (line) start(multi, lane, line);
    return line != NULL;
}

static Lane *finish(CURLM *multi, CURLMsg *message) {
    Lane *lane;
    long status = 0;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &lane);
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    if (message->data.result != CURLE_OK || status < 200 || status > 299) {
        fprintf(stderr, "%s: %s, status %ld\n", lane->url, curl_easy_strerror(message->data.result), status);
        exit(1);
    }
    curl_multi_remove_handle(multi, lane->easy);
    return lane;
}

int main(int argc, char **argv) {
    int lanes = argc > 1 ? atoi(argv[1]) : 1, requests = 0;
    char *input = NULL;
    size_t room = 0;
    if (lanes < 1 || lanes > MOST_LANES || getdelim(&input, &room, '\0', stdin) < 0) return 64;
    CURLM *multi = curl_multi_init();
    Lane lane[MOST_LANES] = {{0}};
    for (int i = 0; i < lanes; i++) lane[i].easy = curl_easy_init();
    while (input) {
        char *end = strstr(input, "---\n");
        phase = input, input = end ? end + 4 : NULL;
        if (end) *end = 0;
        int busy = 0, running, left;
        for (int i = 0; i < lanes; i++) busy += go_on(multi, &lane[i]);
        while (busy) {
            CURLMsg *message;
            curl_multi_perform(multi, &running);
            while ((message = curl_multi_info_read(multi, &left))) {
                requests++;
                busy -= !go_on(multi, finish(multi, message));
            }
            if (busy) curl_multi_poll(multi, NULL, 0, 60000, NULL);
        }
    }
    printf("%d requests\n", requests);
    return 0;
}

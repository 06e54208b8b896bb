#include <curl/curl.h>

// Swift cannot call variadic functions: one wrapper for each type of argument.

static inline CURLcode bursar_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_ALL); }

static inline CURLcode bursar_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode bursar_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode bursar_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode bursar_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode bursar_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

typedef size_t (*bursar_curl_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode bursar_curl_set_callback(CURL *easy, CURLoption option, bursar_curl_callback value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode bursar_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode bursar_curl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode bursar_curl_get_pointer(CURL *easy, CURLINFO info, void *value) {
    return curl_easy_getinfo(easy, info, (char **)value);
}

static inline CURLMcode bursar_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// The result of a message of kind CURLMSG_DONE.
static inline CURLcode bursar_curl_message_result(const CURLMsg *message) { return message->data.result; }

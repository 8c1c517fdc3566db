// libcurl's functions, which load the library when one of them is first called. It and the 24 libraries that it brings
// along cost a start 4 ms and 3 MB, and most starts reach no network. Callers include <curl/curl.h> as ever; nothing
// links libcurl.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>

#include <bit>
#include <cstdarg>
#include <type_traits>

#undef curl_easy_getinfo
#undef curl_easy_setopt

namespace {

// Of this function in the library; nullptr without the library. Never unloaded.
template <class Function>
Function* find(const char* name) {
  static void* const library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  return library == nullptr ? nullptr : std::bit_cast<Function*>(::dlsym(library, name));
}

// Returned without the library: nullptr, as libcurl does when memory is short, and of codes the one of a bad handle.
template <class Returned>
Returned nothing() {
  if constexpr (std::is_enum_v<Returned>) return static_cast<Returned>(1);
  return Returned();
}

// Newer headers have a const that older ones lack.
template <class Returned, class First, class... Rest>
First first_parameter(Returned (*)(First, Rest...));
using UrlToRead = decltype(first_parameter(&curl_url_get));

}  // namespace

#define FORWARD(name, ...)                                  \
  static const auto function = find<decltype(name)>(#name); \
  using Returned = decltype(function(__VA_ARGS__));         \
  return function == nullptr ? nothing<Returned>() : function(__VA_ARGS__)

// Their last argument is a long, a curl_off_t or a pointer, which are passed alike on the processors that we build for.
static_assert(sizeof(long) == sizeof(void*) && sizeof(curl_off_t) == sizeof(void*));
#define FORWARD_WITH_LAST(name, last, ...)      \
  va_list arguments;                            \
  va_start(arguments, last);                    \
  void* const value = va_arg(arguments, void*); \
  va_end(arguments);                            \
  FORWARD(name, __VA_ARGS__, value)

CURL* curl_easy_init() {
  FORWARD(curl_easy_init);
}
CURLcode curl_easy_setopt(CURL* handle, CURLoption option, ...) {
  FORWARD_WITH_LAST(curl_easy_setopt, option, handle, option);
}
CURLcode curl_easy_getinfo(CURL* handle, CURLINFO info, ...) {
  FORWARD_WITH_LAST(curl_easy_getinfo, info, handle, info);
}
void curl_easy_reset(CURL* handle) {
  FORWARD(curl_easy_reset, handle);
}
void curl_easy_cleanup(CURL* handle) {
  FORWARD(curl_easy_cleanup, handle);
}
const char* curl_easy_strerror(CURLcode code) {
  FORWARD(curl_easy_strerror, code);
}
CURLM* curl_multi_init() {
  FORWARD(curl_multi_init);
}
CURLMcode curl_multi_add_handle(CURLM* multi, CURL* handle) {
  FORWARD(curl_multi_add_handle, multi, handle);
}
CURLMcode curl_multi_remove_handle(CURLM* multi, CURL* handle) {
  FORWARD(curl_multi_remove_handle, multi, handle);
}
CURLMcode curl_multi_perform(CURLM* multi, int* running) {
  FORWARD(curl_multi_perform, multi, running);
}
CURLMcode curl_multi_poll(CURLM* multi, curl_waitfd extra[], unsigned int count, int timeout_ms, int* events) {
  FORWARD(curl_multi_poll, multi, extra, count, timeout_ms, events);
}
CURLMsg* curl_multi_info_read(CURLM* multi, int* left) {
  FORWARD(curl_multi_info_read, multi, left);
}
CURLMcode curl_multi_cleanup(CURLM* multi) {
  FORWARD(curl_multi_cleanup, multi);
}
curl_slist* curl_slist_append(curl_slist* list, const char* text) {
  FORWARD(curl_slist_append, list, text);
}
void curl_slist_free_all(curl_slist* list) {
  FORWARD(curl_slist_free_all, list);
}
int curl_strnequal(const char* one, const char* other, size_t count) {
  FORWARD(curl_strnequal, one, other, count);
}
CURLU* curl_url() {
  FORWARD(curl_url);
}
CURLUcode curl_url_set(CURLU* url, CURLUPart part, const char* text, unsigned int flags) {
  FORWARD(curl_url_set, url, part, text, flags);
}
CURLUcode curl_url_get(UrlToRead url, CURLUPart part, char** text, unsigned int flags) {
  FORWARD(curl_url_get, url, part, text, flags);
}
void curl_url_cleanup(CURLU* url) {
  FORWARD(curl_url_cleanup, url);
}
void curl_free(void* memory) {
  FORWARD(curl_free, memory);
}

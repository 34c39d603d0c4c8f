#pragma once
// How is one HTTP GET done, and what did the server say? One try, no files: libcurl does it.
#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tuneit/meta/error.hpp"

namespace tuneit::io {

struct HttpRequest {
  std::string address;
  std::uint64_t from = 0;      ///< > 0: only the bytes from here on are asked for
  std::string validator = {};  ///< ETag of the bytes that are there: if it has changed the whole is wanted
  bool decode = true;          ///< undo a Content-Encoding (never asked for, sent by some all the same)
  bool https_only = false;     ///< do not follow to http
  std::string ca_file = {};    ///< certificates to trust; empty: the system's
  std::chrono::milliseconds connect{30'000}, stall{30'000}, total{3'600'000};
};

/// What the server said before the bytes.
struct HttpHead {
  long status = 0;
  std::optional<std::uint64_t> length;              ///< of the body as sent
  std::optional<std::uint64_t> range_begin, whole;  ///< of Content-Range
  std::string etag, type, encoding;                 ///< an ETag only if it is a strong one
  [[nodiscard]] bool encoded() const { return !encoding.empty() && encoding != "identity"; }
};

/// How a try ended. `trouble` is empty if all bytes came that the server announced, else a phrase for people.
struct HttpReply {
  HttpHead head;
  std::string trouble;
  bool again = false;  ///< might the same request succeed a little later?
  std::chrono::seconds retry_after{0};
};

/// Told of the head once, then of the bytes, if the status is 200 or 206. May throw, which ends the try.
struct HttpSink {
  std::function<void(const HttpHead&)> begin;
  std::function<void(std::span<const std::byte>)> bytes;
};

namespace detail {

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct HttpState {
  CURL* curl;
  const HttpSink& sink;
  HttpHead head;
  bool begun = false;
  std::exception_ptr thrown;

  bool begin() {  // true if the body is wanted
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &head.status);
    if (head.status != 200 && head.status != 206) return false;
    if (!begun) {
      begun = true;
      sink.begin(head);
    }
    return true;
  }
};

inline std::optional<std::uint64_t> whole_number(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

/// "bytes 100-199/200" and "bytes */200"
inline void read_content_range(std::string_view text, HttpHead& head) {
  if (text.substr(0, 6) != "bytes ") return;
  text.remove_prefix(6);
  const std::size_t slash = text.find('/'), dash = text.find('-');
  if (dash < slash) head.range_begin = whole_number(text.substr(0, dash));
  if (slash != std::string_view::npos) head.whole = whole_number(text.substr(slash + 1));
}

inline std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) noexcept {
  try {
    HttpHead& head = static_cast<HttpState*>(user)->head;
    std::string_view line(data, size);
    if (line.substr(0, 5) == "HTTP/") head = {};  // of the next server, behind a redirection
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    std::string name(line.substr(0, colon));
    for (char& c : name) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    line.remove_prefix(colon + 1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.remove_suffix(1);
    if (name == "content-length") head.length = whole_number(line);
    if (name == "content-range") read_content_range(line, head);
    if (name == "content-type") head.type = line.substr(0, 100);
    if (name == "content-encoding") head.encoding = line.substr(0, 100);
    if (name == "etag" && line.substr(0, 1) == "\"" && line.size() < 1000) head.etag = line;
    return size;
  } catch (...) {
    return 0;
  }
}

inline std::size_t on_bytes(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& state = *static_cast<HttpState*>(user);
  try {
    if (!state.begin()) return 0;  // an error page, which may have no end
    state.sink.bytes(std::as_bytes(std::span(data, size)));
    return size;
  } catch (...) {
    state.thrown = std::current_exception();
    return 0;
  }
}

/// Would the same request fail in the same way?
inline bool for_good(CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_BAD_CONTENT_ENCODING:
      return true;
    default:
      return false;
  }
}

inline void allow_protocols(CURL* curl, bool https_only) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, https_only ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, https_only ? "https" : "http,https");
#else
  const long allowed = https_only ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS;
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, allowed);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, allowed);
#endif
}

inline std::string status_text(long status) {
  const char* meaning = status == 401 || status == 403   ? " (not allowed)"
                        : status == 404 || status == 410 ? " (there is no such file)"
                        : status == 407                  ? " (the proxy wants a password)"
                        : status == 416                  ? " (no such range)"
                        : status == 429                  ? " (too many requests)"
                        : status == 503                  ? " (unavailable)"
                                                         : "";
  return "the server answered " + std::to_string(status) + meaning;
}

}  // namespace detail

/// Asks for an address, following up to 10 redirections within http and https, never from https to http. Proxies come
/// from the usual variables (https_proxy, no_proxy). Whatever the network does is told by the reply; throws what the
/// sink throws.
inline HttpReply http_get(const HttpRequest& request, const HttpSink& sink) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, detail::FreeCurl> handle(ready == CURLE_OK ? curl_easy_init() : nullptr);
  if (handle == nullptr) throw Error(ErrorKind::Io, "libcurl cannot be started");
  CURL* curl = handle.get();
  detail::HttpState state{curl, sink, {}, false, {}};
  char reason[CURL_ERROR_SIZE] = "";
  const auto milliseconds = [](auto time) { return static_cast<long>(std::chrono::milliseconds(time).count()); };

  curl_easy_setopt(curl, CURLOPT_URL, request.address.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "tuneit");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // no alarm() in a program that has threads
  detail::allow_protocols(curl, request.https_only);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "identity");
  curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, request.decode ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connect));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, std::max(1L, milliseconds(request.total)));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);  // bytes a second: less is nothing
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, std::max(1L, milliseconds(request.stall) / 1000));
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, detail::on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &state);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, detail::on_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &state);
  if (!request.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());
  std::unique_ptr<curl_slist, detail::FreeCurl> headers;
  if (request.from > 0) {
    curl_easy_setopt(curl, CURLOPT_RANGE, (std::to_string(request.from) + "-").c_str());
    if (!request.validator.empty()) {
      headers.reset(curl_slist_append(nullptr, ("If-Range: " + request.validator).c_str()));
      curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    }
  }

  const CURLcode code = curl_easy_perform(curl);
  if (state.thrown) std::rethrow_exception(state.thrown);
  if (code == CURLE_OK) state.begin();  // an empty body
  HttpReply reply;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &state.head.status);
  const long status = state.head.status;
  reply.head = state.head;
  curl_off_t wait = 0;
  if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK) reply.retry_after = std::chrono::seconds(wait);
  const bool refused = status >= 400 || (code == CURLE_OK && status != 200 && status != 206) ||
                       (code == CURLE_WRITE_ERROR && status != 200 && status != 206);
  if (refused) {
    reply.trouble = detail::status_text(status);
    reply.again = status == 408 || status == 425 || status == 429 || status >= 500;
  } else if (code != CURLE_OK) {
    if (code == CURLE_UNSUPPORTED_PROTOCOL && request.https_only && status / 100 == 3)
      reply.trouble = "the server redirects from https to another protocol, which is not followed";
    else
      reply.trouble = *reason != '\0' ? std::string(reason) : std::string(curl_easy_strerror(code));
    reply.again = !detail::for_good(code);
  }
  return reply;
}

}  // namespace tuneit::io

#pragma once
// Which parts has an address on the web: what is fetched, what is shown, and what is the file called?
#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>

#include "tuneit/io/download/hash.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// Does the text begin with http:// or https:// (any case)?
[[nodiscard]] inline bool is_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    std::string begin(text.substr(0, scheme.size()));
    for (char& c : begin) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (begin == scheme) return true;
  }
  return false;
}

struct Url {
  std::string address;     ///< what is asked for: without the fragment
  std::string shown;       ///< for people: without user, password and query, which may be secrets
  std::string file_name;   ///< last component of the path, decoded
  bool secure = false;     ///< https
  Checksum checksum = {};  ///< of the fragment (#sha256=DIGITS or #sha1=DIGITS), else of the file's name
};

namespace detail {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

inline std::string url_part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

/// May a name that a stranger chose be the name of a file in our folder?
inline bool safe_file_name(std::string_view name) {
  if (name.empty() || name.size() > 200 || name.front() == '.' || name.front() == '-' || !is_utf8(name)) return false;
  for (const char c : name)
    if (c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  return true;
}

inline Checksum checksum_in_fragment(std::string_view fragment) {
  const std::size_t equal = fragment.find('=');
  const std::string_view kind = fragment.substr(0, equal);
  if (equal == std::string_view::npos || (kind != "sha256" && kind != "sha1")) return {};
  std::string digits(fragment.substr(equal + 1));
  for (char& c : digits) c = 'A' <= c && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::size_t all = kind == "sha256" ? 64 : 40;
  if (digits.size() < 8 || digits.size() > all || !is_hexadecimal(digits))
    throw Error(
        ErrorKind::Usage, quote(fragment) + " is no checksum",
        "Give 8 to " + std::to_string(all) + " hexadecimal digits, for example #" + std::string(kind) + "=f37072fd.");
  return {kind == "sha256" ? HashKind::Sha256 : HashKind::Sha1, std::move(digits)};
}

}  // namespace detail

/// Takes an address apart. A fragment `#sha256=DIGITS` is the file's checksum. Throws ErrorKind::Usage where it is no
/// http(s) address, or its last component cannot be the name of a file.
[[nodiscard]] inline Url parse_url(const std::string& text) {
  const std::unique_ptr<CURLU, detail::FreeUrl> url(curl_url());
  if (!is_url(text) || url == nullptr || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    throw Error(ErrorKind::Usage, quote(text, 400) + " is no address that can be downloaded from",
                "It should look like https://host/folder/file.pth.");
  Url out;
  const std::string fragment = detail::url_part(url.get(), CURLUPART_FRAGMENT);
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  out.address = detail::url_part(url.get(), CURLUPART_URL);
  out.secure = detail::url_part(url.get(), CURLUPART_SCHEME) == "https";
  for (const CURLUPart secret : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY})
    curl_url_set(url.get(), secret, nullptr, 0);
  out.shown = detail::url_part(url.get(), CURLUPART_URL);
  const std::string path = detail::url_part(url.get(), CURLUPART_PATH);
  int length = 0;
  const std::size_t slash = path.rfind('/');
  const std::string last = slash == std::string::npos ? path : path.substr(slash + 1);
  if (char* decoded = curl_easy_unescape(nullptr, last.c_str(), static_cast<int>(last.size()), &length)) {
    out.file_name.assign(decoded, static_cast<std::size_t>(length));
    curl_free(decoded);
  }
  if (!detail::safe_file_name(out.file_name))
    throw Error(ErrorKind::Usage, "the address " + quote(out.shown, 400) + " names no file that could be stored",
                "Give the address of the file itself.");
  out.checksum = detail::checksum_in_fragment(fragment);
  if (!out.checksum.known()) out.checksum = checksum_in_name(out.file_name);
  return out;
}

}  // namespace tuneit::io

#pragma once
// How is a file fetched from a server that may fail in every way? By attempts that go on where the last one ended.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "tuneit/io/download/expected_file.hpp"
#include "tuneit/io/download/hash.hpp"
#include "tuneit/io/download/http.hpp"
#include "tuneit/io/download/partial_file.hpp"
#include "tuneit/io/download/transfer.hpp"
#include "tuneit/io/download/url.hpp"

namespace tuneit::io {

struct DownloadOptions {
  int attempts = 5;                                                 ///< in a row that bring less than a megabyte each
  std::chrono::milliseconds first_wait{500}, longest_wait{60'000};  ///< between two; doubled each time, with jitter
  std::chrono::milliseconds connect{30'000}, stall{30'000};         ///< longer silence ends an attempt
  std::chrono::milliseconds total{6 * 3'600'000};
  std::uint64_t most_bytes = std::uint64_t{64} << 30U;
  std::string ca_file = {};  ///< certificates to trust; empty: SSL_CERT_FILE, else the system's
  std::function<void(const Transfer&)> progress = {};
};

namespace detail {

/// One download: its attempts, and what they have brought so far.
class Download {
 public:
  Download(const Url& url, const std::filesystem::path& target, const Expected& expected,
           const DownloadOptions& options)
      : url_(url), target_(target), expected_(expected), options_(options) {
    const char* trusted = std::getenv("SSL_CERT_FILE");
    request_.ca_file = !options.ca_file.empty() ? options.ca_file : trusted != nullptr ? trusted : "";
    request_.address = url.address;
    request_.https_only = url.secure;
    const std::string extension = target.extension().string();
    request_.decode = extension != ".gz" && extension != ".tgz";  // some servers call the file's own format an encoding
    request_.connect = options.connect;
    request_.stall = options.stall;
  }

  void run() {
    PartialFile file(target_, [this] { return wait_for_others(); });
    if (is_as_expected(target_, expected_)) return;         // another process has fetched it meanwhile
    if (!expected_.checksum.known()) file.forget_at_end();  // nothing could tell whether the parts fit together
    if (!expected_.checksum.known() || (expected_.bytes > 0 && file.size() > expected_.bytes)) file.clear();
    before_ = file.size();
    joined_ = file.size() > 0;
    if (joined_) note("going on with " + file.path().string() + " at " + byte_text(file.size()));
    for (;;) {
      fetch_rest(file);
      const std::string found =
          expected_.checksum.known() ? hash_of_file(file.path(), expected_.checksum.kind, expected_.error_kind) : "";
      if (expected_.checksum.agrees(found)) break;
      // Pieces of two files, or a body whose end could not be told from a broken connection: once more, as a whole.
      if (restarted_ || !(joined_ || !announced_)) reject(file, found);
      restarted_ = true;
      note("what arrived does not fit together; " + url_.file_name + " is fetched once more");
      start_anew(file);
    }
    file.commit();
  }

 private:
  /// Attempts until all bytes are there, as far as can be told.
  void fetch_rest(PartialFile& file) {
    for (int failures = 0; expected_.bytes == 0 || file.size() < expected_.bytes;) {
      const std::uint64_t had = file.size();
      const HttpReply reply = attempt(file);
      if (reply.trouble.empty()) return;
      if (reply.head.status == 416 && had > 0) {  // there is nothing behind what is here: all of it, or another file
        if (reply.head.whole == had) return;
        start_anew(file);
      } else if (!reply.again) {
        refuse(reply.trouble, true);
      }
      if (reply.head.encoded()) start_anew(file);  // the next one may be sent in another encoding
      failures = file.size() >= had + 1'000'000 ? 1 : failures + 1;
      if (failures >= options_.attempts)
        refuse(reply.trouble + " (after " + std::to_string(failures) + (failures == 1 ? " attempt)" : " attempts)"));
      wait(failures, reply);
    }
  }

  HttpReply attempt(PartialFile& file) {
    request_.from = file.size();
    request_.total = left();
    std::string other;  // why the reply is of no use
    HttpReply reply;
    try {
      reply = http_get(request_, {[&](const HttpHead& head) {
                                    other = begin(file, head);
                                    if (!other.empty()) throw Useless{};
                                  },
                                  [&](std::span<const std::byte> bytes) { take(file, bytes); }});
    } catch (const Useless&) {
      reply.trouble = other;
      reply.again = true;
      return reply;
    }
    const HttpHead& head = reply.head;
    if (reply.trouble.empty() && total_ > file.size()) {
      reply.trouble = std::to_string(file.size()) + " of " + std::to_string(total_) + " bytes arrived";
      reply.again = true;
    }
    if (!head.encoded() && (head.status == 200 || head.status == 206)) request_.validator = head.etag;
    return reply;
  }
  struct Useless {};

  /// Looks at the head of a reply that brings bytes. A phrase if they are of no use.
  std::string begin(PartialFile& file, const HttpHead& head) {
    if (head.status == 206) {
      const bool changed = !request_.validator.empty() && !head.etag.empty() && head.etag != request_.validator;
      if (request_.from == 0 || head.range_begin != request_.from || changed || head.encoded()) {
        start_anew(file);
        return changed ? "the file has changed on the server" : "the server sent another part than asked for";
      }
      joined_ = true;
    } else if (file.size() > 0) {
      start_anew(file);
    }
    announced_ = head.length.has_value() && !head.encoded();
    total_ = expected_.bytes;
    if (announced_) {
      const std::uint64_t whole =
          head.status == 206 && head.whole ? *head.whole : file.size() + *head.length;  // a server may send less
      if (expected_.bytes > 0 && whole != expected_.bytes)
        throw Error(expected_.error_kind,
                    cannot() + "the server has " + std::to_string(whole) + " bytes for it, " +
                        std::to_string(expected_.bytes) + " are expected" + page(head),
                    by_hand());
      if (whole > options_.most_bytes) refuse_size(whole);
      file.check_room(*head.length);
      total_ = whole;
    }
    if (!expected_.checksum.known() && !page(head).empty())
      throw Error(expected_.error_kind, cannot() + "the server sent a web page", by_hand());
    page_ = page(head);
    return {};
  }

  void take(PartialFile& file, std::span<const std::byte> bytes) {
    const std::uint64_t most = expected_.bytes > 0 ? expected_.bytes : options_.most_bytes;
    if (bytes.size() > most || file.size() > most - bytes.size()) {
      if (expected_.bytes == 0) refuse_size(file.size() + bytes.size());
      file.clear();
      throw Error(
          expected_.error_kind,
          cannot() + "the server sends more than the " + std::to_string(most) + " bytes that are expected" + page_,
          by_hand());
    }
    file.append(bytes);
    if (options_.progress)
      options_.progress({url_.file_name, file.size(), total_, std::min(before_, file.size()),
                         std::chrono::duration<double>(Clock::now() - began_).count()});
  }

  void start_anew(PartialFile& file) {
    file.clear();
    request_.validator.clear();
    joined_ = false;
    before_ = 0;
  }

  [[noreturn]] void reject(PartialFile& file, const std::string& found) {
    const Checksum& wanted = expected_.checksum;
    const std::string size = byte_text(file.size());
    const std::string away = quote_path(file.reject());
    throw Error(expected_.error_kind,
                cannot() + "what arrived (" + size + page_ + ") has the " + name_of(wanted.kind) + " " +
                    found.substr(0, std::max<std::size_t>(wanted.digits.size(), 16)) + ", expected is " + wanted.digits,
                "It is kept as " + away + " to look at, and never used. " + by_hand());
  }

  void wait(int failures, const HttpReply& reply) {
    static thread_local std::minstd_rand random{std::random_device{}()};
    if (reply.retry_after > options_.longest_wait)
      refuse(reply.trouble + " and asks to come back in " + std::to_string(reply.retry_after.count()) + " seconds");
    std::chrono::milliseconds time = options_.first_wait * (1L << std::min(failures - 1, 20));
    time = std::min(time, options_.longest_wait);
    time = time / 2 + time * static_cast<int>(random() % 1000U) / 1000;  // half to one and a half of it
    time = std::max<std::chrono::milliseconds>(time, reply.retry_after);
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", static_cast<double>(time.count()) * 1e-3);
    note(url_.file_name + ": " + reply.trouble + "; trying again in " + seconds);
    if (time >= left()) refuse(reply.trouble + " (time is up)");
    std::this_thread::sleep_for(time);
  }

  bool wait_for_others() {
    if (!std::exchange(waiting_, true)) note("another process is downloading " + url_.file_name + "; waiting for it");
    return Clock::now() - began_ < options_.total;
  }

  std::chrono::milliseconds left() {
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(options_.total - (Clock::now() - began_));
    if (time.count() <= 0) refuse("it takes longer than " + std::to_string(options_.total.count() / 1000) + " s");
    return time;
  }

  [[nodiscard]] std::string cannot() const { return "cannot download " + quote(url_.shown, 400) + ": "; }
  [[nodiscard]] std::string by_hand() const {
    return "A file from elsewhere will do: put it at " + quote_path(target_) + ".";
  }
  static std::string page(const HttpHead& head) { return head.type.rfind("text/html", 0) == 0 ? ", a web page" : ""; }

  [[noreturn]] void refuse(const std::string& why, bool for_good = false) const {
    std::string mend = by_hand();
    if (why.find("ertificate") != std::string::npos)
      mend = "If a proxy of yours signs with a certificate of its own, name its file in SSL_CERT_FILE. " + mend;
    if (!for_good && expected_.checksum.known()) mend = "The next start goes on with what has arrived. " + mend;
    throw Error(ErrorKind::Io, cannot() + why, mend);
  }
  [[noreturn]] void refuse_size(std::uint64_t bytes) const {
    throw Error(ErrorKind::Io,
                cannot() + "it has " + byte_text(bytes) + " or more, the limit is " + byte_text(options_.most_bytes),
                by_hand());
  }
  void note(const std::string& text) const {
    if (options_.progress) options_.progress({url_.file_name, 0, 0, 0, 0, text});
  }

  using Clock = std::chrono::steady_clock;
  const Url& url_;
  const std::filesystem::path& target_;
  const Expected& expected_;
  const DownloadOptions& options_;
  HttpRequest request_;
  std::uint64_t total_ = 0, before_ = 0;
  bool joined_ = false, announced_ = false, restarted_ = false, waiting_ = false;
  std::string page_;
  Clock::time_point began_ = Clock::now();
};

}  // namespace detail

}  // namespace tuneit::io

#pragma once
// How far is a download? One line on a terminal, redrawn; now and then a plain line in a log file.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include <unistd.h>

namespace tuneit::io {

/// What a download tells while it runs. With a `note` it is that sentence and nothing else.
struct Transfer {
  std::string name;                   ///< of the file
  std::uint64_t done = 0, total = 0;  ///< bytes; total 0: not known
  std::uint64_t before = 0;           ///< of `done`: were there when this started
  double seconds = 0;                 ///< since it started
  std::string note = {};
};

/// 512 B, 44.7 MB, 1.6 GB: powers of ten, as disks and browsers count.
[[nodiscard]] inline std::string byte_text(std::uint64_t bytes) {
  char text[32];
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000)
    std::snprintf(text, sizeof text, "%u B", static_cast<unsigned>(bytes));
  else if (bytes < 1'000'000)
    std::snprintf(text, sizeof text, "%.0f kB", value * 1e-3);
  else if (bytes < 1'000'000'000)
    std::snprintf(text, sizeof text, "%.1f MB", value * 1e-6);
  else
    std::snprintf(text, sizeof text, "%.2f GB", value * 1e-9);
  return text;
}

/// "resnet18-f37072fd.pth  62 %  27.7 MB of 44.7 MB  11.2 MB/s  0:02 left"
[[nodiscard]] inline std::string transfer_line(const Transfer& t) {
  if (!t.note.empty()) return t.note;
  std::string line = t.name;
  if (t.total > 0) {
    const double part = static_cast<double>(std::min(t.done, t.total)) / static_cast<double>(t.total);
    line +=
        "  " + std::to_string(static_cast<int>(100 * part)) + " %  " + byte_text(t.done) + " of " + byte_text(t.total);
  } else {
    line += "  " + byte_text(t.done);
  }
  if (t.seconds < 0.5 || t.done <= t.before) return line;
  const double rate = static_cast<double>(t.done - t.before) / t.seconds;
  line += "  " + byte_text(static_cast<std::uint64_t>(rate)) + "/s";
  if (t.total <= t.done) return line;
  const double left = static_cast<double>(t.total - t.done) / rate;
  const auto seconds = static_cast<long long>(std::min(left, 359'999.0));
  char text[48];
  if (seconds >= 3600)
    std::snprintf(text, sizeof text, "  %lld:%02lld:%02lld left", seconds / 3600, seconds / 60 % 60, seconds % 60);
  else
    std::snprintf(text, sizeof text, "  %lld:%02lld left", seconds / 60, seconds % 60);
  return line + text;
}

/// Prints transfers: redraws one line on a terminal, elsewhere a line every ten seconds, and every note.
class TransferPrinter {
 public:
  explicit TransferPrinter(std::FILE* out = stderr) : out_(out), terminal_(::isatty(::fileno(out)) != 0) {}
  TransferPrinter(const TransferPrinter&) = delete;
  TransferPrinter& operator=(const TransferPrinter&) = delete;
  ~TransferPrinter() { leave_line(); }

  void operator()(const Transfer& t) {
    const auto now = std::chrono::steady_clock::now();
    if (!t.note.empty()) {
      leave_line();
      std::fprintf(out_, "%s\n", t.note.c_str());
    } else {
      const bool end = t.total > 0 && t.done >= t.total;
      const std::chrono::duration<double> every(terminal_ ? 0.1 : 10.0);
      if (now - printed_ < every && !(end && terminal_)) return;
      printed_ = now;
      std::fprintf(out_, terminal_ ? "\r%s\x1b[K" : "%s\n", transfer_line(t).c_str());
      open_ = terminal_;
    }
    std::fflush(out_);
  }

 private:
  void leave_line() {
    if (open_) std::fputc('\n', out_);
    open_ = false;
  }

  std::FILE* out_;
  bool terminal_, open_ = false;
  std::chrono::steady_clock::time_point printed_ = std::chrono::steady_clock::now();
};

}  // namespace tuneit::io

#pragma once
// How does a text grow line by line so that a reader, a crash or a full disk never sees half of a line?
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// A new file of lines. Each is written by one call of the system; what a full disk takes of a line is taken back. A
/// line that could not be written waits, and goes before the next one. Throws Error(Io), at the beginning also where
/// the file is there already.
class LineFile {
 public:
  explicit LineFile(std::filesystem::path path) : path_(std::move(path)) {
    do fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    while (fd_ < 0 && errno == EINTR);
    if (fd_ < 0) fail("cannot be made", errno);
  }
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  ~LineFile() { ::close(fd_); }

  /// Appends the line and its end.
  void add(std::string_view line) {
    waiting_ += line;
    waiting_ += '\n';
    write_waiting();
  }
  /// Tries again to write what waits.
  void write_waiting() {
    if (waiting_.empty()) return;
    const ssize_t put = write_once();
    if (put != static_cast<ssize_t>(waiting_.size())) {
      const int code = put < 0 ? errno : ENOSPC;
      if (put > 0 && ::ftruncate(fd_, size_) != 0) {  // then the rest of the line comes when there is room
        waiting_.erase(0, static_cast<std::size_t>(put));
        size_ += put;
      }
      fail("cannot be written", code);
    }
    size_ += put;
    waiting_.clear();
  }
  /// All lines, those that waited too, are on the disk.
  void flush() {
    write_waiting();
    if (::fdatasync(fd_) != 0 && errno != EINVAL && errno != EROFS) fail("cannot be flushed to the disk", errno);
  }

 private:
  [[nodiscard]] ssize_t write_once() const {
    ssize_t put = -1;
    do put = ::write(fd_, waiting_.data(), waiting_.size());
    while (put < 0 && errno == EINTR);
    return put;
  }
  [[noreturn]] void fail(const std::string& what, int code) const {
    const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
    throw Error(ErrorKind::Io, quote_path(path_) + " " + what + ": " + std::strerror(code),
                full ? "Free some space, or write to another disk." : "");
  }

  std::filesystem::path path_;
  std::string waiting_;
  off_t size_ = 0;  ///< of whole lines
  int fd_ = -1;
};

}  // namespace tuneit::io

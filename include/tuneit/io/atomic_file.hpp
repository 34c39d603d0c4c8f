#pragma once
// How is a file written so that a reader, a crash or a full disk never sees half of it?
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// A file that appears under its path only when commit() returns: bytes go to a new temporary in the same directory,
/// which is flushed to the disk, renamed, and the directory flushed too. Without commit() the destructor removes it and
/// the path is as it was. A link at the path is replaced, not followed. Throws Error(ErrorKind::Io) in all its
/// functions.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
    struct stat status {};
    if (path_.filename().empty()) fail("names no file", 0);
    // Renaming over a device such as /dev/null would destroy it for everybody.
    if (::stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
      fail(S_ISDIR(status.st_mode) ? "cannot be written: it is a directory"
                                   : "cannot be written: it is not a regular file",
           0);
    static std::atomic<unsigned> serial{0};
    for (int attempt = 0; attempt < 100 && fd_ < 0; ++attempt) {
      temporary_ = path_.parent_path() / ("." + path_.filename().string().substr(0, 180) + "." +
                                          std::to_string(::getpid()) + "-" + std::to_string(serial++) + ".tmp");
      do fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      while (fd_ < 0 && errno == EINTR);
      if (fd_ < 0 && errno != EEXIST) break;
    }
    if (fd_ < 0) fail("cannot be written", errno);
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() { discard(); }

  /// Appends. Unbuffered: hand over large pieces.
  void write(std::span<const std::byte> bytes) {
    if (fd_ < 0) fail("is already closed", 0);
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) fail("cannot be written", put < 0 ? errno : ENOSPC);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// What was written is on the disk (a full one may say so only now), under no name yet.
  void flush() {
    if (fd_ < 0) fail("is already closed", 0);
    if (::fsync(fd_) != 0) fail("cannot be flushed to the disk", errno);
  }

  /// Makes the file appear under its path, durable on the disk. Call once.
  void commit() {
    flush();
    if (::close(std::exchange(fd_, -1)) != 0) fail("cannot be closed", errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot be put into place", errno);
    temporary_.clear();
    flush_directory();
  }

 private:
  void discard() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    temporary_.clear();
  }

  // Without it the rename may be lost with the power, though the program has reported success.
  void flush_directory() const {
    const std::filesystem::path parent = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    const int fd = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;  // a directory that may be written but not read: nothing more can be done
    const int code = ::fsync(fd) == 0 ? 0 : errno;
    ::close(fd);
    if (code != 0 && code != EINVAL && code != ENOTSUP)
      throw_refusal("is written, but its directory cannot be flushed", code);
  }

  [[noreturn]] void throw_refusal(const std::string& what, int code) const {
    const char* mend = code == ENOSPC || code == EDQUOT                   ? "Free some space, or write to another disk."
                       : code == ENOENT                                   ? "Create the directory first."
                       : code == EACCES || code == EPERM || code == EROFS ? "Choose a directory that you may write to."
                                                                          : "";
    throw Error(ErrorKind::Io,
                quote_path(path_) + " " + what + (code != 0 ? ": " + std::string(std::strerror(code)) : ""), mend);
  }
  [[noreturn]] void fail(const std::string& what, int code) {
    discard();
    throw_refusal(what, code);
  }

  std::filesystem::path path_, temporary_;
  int fd_ = -1;
};

/// Writes the whole file at once through AtomicFile: afterwards the path holds either all of `bytes` or what it held
/// before.
inline void atomic_write(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}
inline void atomic_write(const std::filesystem::path& path, std::string_view text) {
  atomic_write(path, std::as_bytes(std::span(text)));
}

}  // namespace tuneit::io

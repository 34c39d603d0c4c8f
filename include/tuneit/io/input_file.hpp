#pragma once
// How does tuneit read bytes of a file that may be anything (a pipe, a directory, cut while being read)?
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// A regular file open for reading at any offset. It is read with pread into owned memory and never mapped, so that a
/// file which shrinks meanwhile is an error and not a SIGBUS. Opening never blocks. Throws Error: ErrorKind::Io where
/// the system refuses, `fault` where the path is no regular file or ends before the bytes asked for.
class InputFile {
 public:
  explicit InputFile(std::filesystem::path path, ErrorKind error_kind = ErrorKind::Weights)
      : path_(std::move(path)), error_kind_(error_kind) {
    do fd_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    while (fd_ < 0 && errno == EINTR);
    if (fd_ < 0) refuse_to_open(errno);
    struct stat status {};
    if (::fstat(fd_, &status) != 0) fail_and_close(ErrorKind::Io, "cannot be examined: " + reason(errno));
    if (!S_ISREG(status.st_mode))
      fail_and_close(error_kind_, std::string("is ") + kind(status.st_mode) + ", not a file");
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  /// The same for bytes that are in memory already and outlive this: for data that came some other way, and for
  /// fuzzing. `name` stands for the path in messages.
  InputFile(std::span<const std::byte> memory, std::filesystem::path name, ErrorKind error_kind = ErrorKind::Weights)
      : path_(std::move(name)), error_kind_(error_kind), size_(memory.size()), memory_(memory) {}
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::string name() const { return quote_path(path_); }
  [[nodiscard]] bool in_memory() const noexcept { return fd_ < 0; }

  /// Fills `into` from `offset` on, or throws.
  void read(std::uint64_t offset, std::span<std::byte> into) const {
    if (offset > size_ || into.size() > size_ - offset)
      throw Error(error_kind_, name() + " is truncated: bytes " + std::to_string(offset) + " to " +
                                   std::to_string(offset + into.size()) + " are needed, the file has " +
                                   std::to_string(size_));
    if (fd_ < 0 && !into.empty()) {
      std::memcpy(into.data(), memory_.data() + offset, into.size());
      return;
    }
    while (!into.empty()) {
      const ssize_t got = ::pread(fd_, into.data(), into.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0)
        throw Error(ErrorKind::Io, name() + " cannot be read at byte " + std::to_string(offset) + ": " + reason(errno));
      if (got == 0)
        throw Error(error_kind_,
                    name() + " became shorter while it was read: it ended at byte " + std::to_string(offset),
                    "Wait until the program that writes it has finished.");
      into = into.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
  }

 private:
  static std::string reason(int code) { return std::strerror(code); }

  static const char* kind(mode_t mode) {
    if (S_ISDIR(mode)) return "a directory";
    if (S_ISFIFO(mode)) return "a pipe (FIFO)";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
  }

  [[noreturn]] void refuse_to_open(int code) const {
    std::error_code ignored;
    if (code == ENOENT && std::filesystem::is_symlink(path_, ignored))
      throw Error(ErrorKind::Io, name() + " is a link to a file that does not exist");
    if (code == ENOENT) throw Error(ErrorKind::Io, name() + " does not exist", "Check the spelling of the path.");
    if (code == EACCES)
      throw Error(ErrorKind::Io, name() + " may not be read: permission denied", "Check its owner and mode.");
    if (code == ENXIO) throw Error(error_kind_, name() + " is a pipe or a socket, not a file");
    throw Error(ErrorKind::Io, name() + " cannot be opened: " + reason(code));
  }

  [[noreturn]] void fail_and_close(ErrorKind error_kind, const std::string& what) {
    ::close(fd_);  // the destructor of an object whose constructor throws does not run
    throw Error(error_kind, name() + " " + what, "Give the path of the file itself.");
  }

  std::filesystem::path path_;
  ErrorKind error_kind_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::span<const std::byte> memory_;
};

}  // namespace tuneit::io

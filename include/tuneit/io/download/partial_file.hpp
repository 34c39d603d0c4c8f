#pragma once
// Where do the bytes of a download lie until all are there, so that nobody takes them for the file, two processes do
// not mix theirs, and the next start can go on?
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// The file TARGET.partial, held by one process at a time (flock): another one waits. What a dead process left there is
/// found again. The target appears, whole and durable, by commit(). On file systems without locks the name is one of
/// its own, and what it holds does not survive. Throws Error(ErrorKind::Io).
class PartialFile {
 public:
  /// `waiting` is called ten times a second while another process holds the file; returning false ends the waiting with
  /// an error.
  PartialFile(std::filesystem::path target, const std::function<bool()>& waiting) : target_(std::move(target)) {
    path_ = target_;
    path_ += ".partial";
    while (fd_ < 0) {
      open(O_CREAT);
      if (!lock(waiting)) {  // no locks here
        discard();
        static std::atomic<unsigned> serial{0};
        path_ = target_;
        path_ += "." + std::to_string(::getpid()) + "-" + std::to_string(serial++) + ".partial";
        own_ = true;
        open(O_CREAT | O_EXCL);
      } else if (!still_there()) {  // who held it has made the target of it
        discard();
      }
    }
    held_ = true;
    struct stat status {};
    if (::fstat(fd_, &status) != 0) fail("cannot be examined", errno);
    if (!S_ISREG(status.st_mode)) fail("is not a regular file", 0);
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  ~PartialFile() { discard_empty(); }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// What is there is removed if it is not committed.
  void forget_at_end() { own_ = true; }

  void append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) fail("cannot be written", put < 0 ? errno : ENOSPC);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      size_ += static_cast<std::uint64_t>(put);
    }
  }

  void clear() {
    if (::ftruncate(fd_, 0) != 0) fail("cannot be emptied", errno);
    size_ = 0;
  }

  /// Throws if the disk has no room for so many more bytes.
  void check_room(std::uint64_t more) const {
    struct statvfs disk {};
    if (::fstatvfs(fd_, &disk) != 0) return;
    const std::uint64_t room = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    if (room < more)
      throw Error(ErrorKind::Io,
                  "no room for " + quote_path(target_) + ": " + std::to_string(more) +
                      " bytes are to come, the disk has " + std::to_string(room),
                  "Free some space, or choose a folder on another disk.");
  }

  /// The target is what has been written, durable.
  void commit() {
    if (::fsync(fd_) != 0) fail("cannot be flushed to the disk", errno);
    move_to(target_);
    const std::filesystem::path parent = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
    const int folder = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    ::fsync(folder);  // else a power failure may bring the old name back, which the next start can handle
    ::close(folder);
  }

  /// Puts away what is not what was asked for. The name under which it can be looked at.
  std::filesystem::path reject() {
    std::filesystem::path away = target_;
    away += ".rejected";
    move_to(away);
    return away;
  }

 private:
  void open(int flags) {
    do fd_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0666);
    while (fd_ < 0 && errno == EINTR);
    if (fd_ < 0) fail("cannot be written", errno);
  }

  bool lock(const std::function<bool()>& waiting) {
    while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return false;
      if (!waiting()) fail("is being downloaded by another process, which takes too long", 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return true;
  }

  [[nodiscard]] bool still_there() const {
    struct stat here {
    }, there{};
    return ::fstat(fd_, &here) == 0 && ::lstat(path_.c_str(), &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
  }

  void move_to(const std::filesystem::path& to) {
    if (::rename(path_.c_str(), to.c_str()) != 0) fail("cannot be put into place", errno);
    discard();
  }
  void discard() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  void discard_empty() {
    if (fd_ >= 0 && held_ && (own_ || size_ == 0)) ::unlink(path_.c_str());
    discard();
  }

  [[noreturn]] void fail(const std::string& what, int code) {
    discard_empty();
    const char* mend = code == ENOSPC || code == EDQUOT || code == EFBIG
                           ? "Free some space and start again: the download goes on where it stopped."
                       : code == EACCES || code == EPERM || code == EROFS
                           ? "Set TORCH_HOME to a folder that you may write to."
                           : "";
    throw Error(ErrorKind::Io,
                quote_path(path_) + " " + what + (code != 0 ? ": " + std::string(std::strerror(code)) : ""), mend);
  }

  std::filesystem::path target_, path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  bool held_ = false, own_ = false;
};

}  // namespace tuneit::io

#pragma once
// How does a folder of many files appear at once, whole, or not at all?
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// The folder TARGET.partial, empty at first, held by one process at a time (flock on the folder itself; another
/// waits). commit() makes it the target; without it, it is removed. What a dead process left there is removed, too.
/// Throws Error(ErrorKind::Io).
class PartialFolder {
 public:
  explicit PartialFolder(std::filesystem::path target) : target_(std::move(target)) {
    if (target_.filename().empty()) target_ = target_.parent_path();  // a/b/
    path_ = target_;
    path_ += ".partial";
    while (fd_ < 0 && !done()) {
      open();
      if (!lock()) {
        close();
        static std::atomic<unsigned> serial{0};
        path_ = target_;
        path_ += "." + std::to_string(::getpid()) + "-" + std::to_string(serial++) + ".partial";
        open();
      } else if (!still_there()) {
        close();
      }
    }
    if (done()) {
      discard();
    } else {
      remove_inside();
    }
  }
  PartialFolder(const PartialFolder&) = delete;
  PartialFolder& operator=(const PartialFolder&) = delete;
  ~PartialFolder() { discard(); }

  /// Is the target there already? Then there is nothing to do.
  [[nodiscard]] bool done() const {
    std::error_code failed;
    return std::filesystem::is_directory(target_, failed);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// The target is what has been put into the folder, durable.
  void commit() {
#ifdef __linux__
    if (::syncfs(fd_) != 0) fail("cannot be flushed to the disk", errno);  // one call for thousands of files
#else
    ::sync();
#endif
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail("cannot be put into place", errno);
    close();
  }

 private:
  void open() {
    if (::mkdir(path_.c_str(), 0777) != 0 && errno != EEXIST) fail("cannot be made", errno);
    fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd_ < 0 && errno != ENOENT) fail("cannot be opened", errno);  // ENOENT: another process was quicker
  }
  bool lock() const {
    int code = 0;
    do code = fd_ < 0 ? 0 : ::flock(fd_, LOCK_EX);
    while (code != 0 && errno == EINTR);
    return code == 0;
  }
  [[nodiscard]] bool still_there() const {
    struct stat here {
    }, there{};
    return fd_ >= 0 && ::fstat(fd_, &here) == 0 && ::lstat(path_.c_str(), &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
  }
  void remove_inside() const {
    std::error_code failed;
    for (auto it = std::filesystem::directory_iterator(path_, failed); !failed && it != std::filesystem::end(it);
         it.increment(failed))
      std::filesystem::remove_all(it->path(), failed);
  }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void discard() {
    std::error_code ignored;
    if (fd_ >= 0) std::filesystem::remove_all(path_, ignored);
    close();
  }
  [[noreturn]] void fail(const std::string& what, int code) {
    discard();
    throw Error(
        ErrorKind::Io, quote_path(path_) + " " + what + ": " + std::strerror(code),
        code == EACCES || code == EPERM || code == EROFS ? "Set TORCH_HOME to a folder that you may write to." : "");
  }

  std::filesystem::path target_, path_;
  int fd_ = -1;
};

}  // namespace tuneit::io

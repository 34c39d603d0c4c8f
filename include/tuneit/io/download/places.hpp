#pragma once
// Can results be written to this place, and is there room for them? Asked before the work, not after it.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>

#include "tuneit/io/atomic_file.hpp"
#include "tuneit/io/download/transfer.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// Bytes that may still be written to the disk of a folder that is there; nothing where the system does not say.
[[nodiscard]] inline std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0 || disk.f_blocks == 0) return std::nullopt;
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
}

/// Throws Error(Io) where the disk of a folder has no room for so many bytes, or a limit of the shell (ulimit -f) is
/// below the largest file. `what`: of which they are, for the message.
inline void check_room(const std::filesystem::path& folder, std::uint64_t bytes, std::uint64_t largest_file,
                       const std::string& what) {
  if (const auto there = free_bytes(folder); there && *there < bytes)
    throw Error(ErrorKind::Io,
                "no room in " + quote_path(folder) + ": " + what + " need " + byte_text(bytes) + ", and its disk has " +
                    byte_text(*there),
                "Free some space, or choose a folder on another disk.");
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < largest_file)
    throw Error(ErrorKind::Io,
                "no room in " + quote_path(folder) + ": a file of " + byte_text(largest_file) +
                    " is to come, and files may have " + byte_text(limit.rlim_cur) + " (ulimit -f)",
                "Raise the limit.");
}

/// Writes a file in a folder as results will be written (created, written, flushed, renamed), and removes it. Throws
/// Error(Io) with the system's reason.
inline void try_folder(const std::filesystem::path& folder) {
  const std::filesystem::path trial = folder / (".tuneit-trial-" + std::to_string(::getpid()));
  try {
    atomic_write(trial, std::string(4096, '\n'));
    ::unlink(trial.c_str());
  } catch (const Error& e) {
    ::unlink(trial.c_str());
    std::string what = e.what();
    if (const std::string name = quote_path(trial); what.rfind(name, 0) == 0)
      what = quote_path(folder) + what.substr(name.size());
    throw Error(e.kind(), what);
  }
}

/// Proves that atomic_write can put a file under this path; what is there stays as it is. Throws Error(Io): no such
/// folder, a folder or device of this name, no permission, no room.
inline void try_file(const std::filesystem::path& path) {
  AtomicFile file(path);
  file.write(std::string(4096, '\n'));
  file.flush();
  // In a folder such as /tmp only the owner of a file may replace it.
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  struct stat there {
  }, folder{};
  const uid_t me = ::geteuid();
  if (me != 0 && ::lstat(path.c_str(), &there) == 0 && ::stat(parent.c_str(), &folder) == 0 &&
      (folder.st_mode & S_ISVTX) != 0 && there.st_uid != me && folder.st_uid != me)
    throw Error(ErrorKind::Io, quote_path(path) + " cannot be replaced: it is another person's file",
                "Give another name.");
}

/// Are both paths one file that is there?
[[nodiscard]] inline bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code ignored;
  return !a.empty() && !b.empty() && std::filesystem::equivalent(a, b, ignored) && !ignored;
}

}  // namespace tuneit::io

#pragma once
// Where can many rows of equal length be kept: in memory, in a file, or nowhere? No LibTorch.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "tuneit/meta/columns.hpp"

namespace tuneit {

enum class KeptIn : std::uint8_t { Memory, File, Nowhere };

/// Where `bytes` would go. `text` is for people: "197.5 MB in memory".
struct Room {
  KeptIn where = KeptIn::Nowhere;
  std::int64_t bytes = 0;
  std::string folder;  ///< of the file
  std::string text;
};

namespace detail {

/// The first number behind `key` in a file of /proc or /sys; less than 0 where there is none. (Not std::ifstream: it
/// takes 0.2 s to compile.)
inline std::int64_t number_in(const char* path, const char* key) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "re"), &std::fclose);
  char line[256];
  while (file != nullptr && std::fgets(line, sizeof line, file.get()) != nullptr)
    if (const std::size_t n = std::strlen(key); std::strncmp(line, key, n) == 0) {
      char* end = line + n;
      const long long number = std::strtoll(line + n, &end, 10);
      return end == line + n ? -1 : number;
    }
  return -1;
}

/// Memory that this process could still take without pushing anything else out: of the machine, and of its control
/// group where that has a limit.
inline std::int64_t available_memory() {
  const std::int64_t machine = number_in("/proc/meminfo", "MemAvailable:");
  const std::int64_t most = number_in("/sys/fs/cgroup/memory.max", ""),
                     used = number_in("/sys/fs/cgroup/memory.current", "");
  const std::int64_t available = machine < 0 ? std::int64_t{1} << 62 : machine * 1024;
  return most < 0 || used < 0 ? available : std::min(available, most - used);
}

/// Free bytes of the disk under a folder; 0 where there is none, or where its files lie in memory.
inline std::int64_t free_disk(const std::string& folder) {
  struct statvfs space {};
  struct statfs kind {};
  constexpr std::int64_t tmpfs = 0x01021994, ramfs = 0x858458f6;
  if (folder.empty() || ::access(folder.c_str(), W_OK) != 0 || ::statvfs(folder.c_str(), &space) != 0 ||
      ::statfs(folder.c_str(), &kind) != 0 || std::int64_t{kind.f_type} == tmpfs || std::int64_t{kind.f_type} == ramfs)
    return 0;
  return static_cast<std::int64_t>(space.f_bavail) * static_cast<std::int64_t>(space.f_frsize);
}

}  // namespace detail

/// Looks for room: in memory up to `memory_limit` and half of what is available; else in a file in TMPDIR, /var/tmp,
/// the current folder or /tmp, where it leaves a gigabyte free.
inline Room find_room(std::int64_t bytes, std::int64_t memory_limit) {
  const std::int64_t memory = std::min(memory_limit, detail::available_memory() / 2);
  if (bytes <= memory) return {KeptIn::Memory, bytes, {}, bytes_text(bytes) + " in memory"};
  const char* wanted = std::getenv("TMPDIR");
  for (const std::string folder : {wanted == nullptr ? "" : wanted, "/var/tmp", ".", "/tmp"})
    if (detail::free_disk(folder) - (std::int64_t{1} << 30) >= bytes)
      return {KeptIn::File, bytes, folder, bytes_text(bytes) + " in a file in " + folder + ", gone at the end"};
  return {KeptIn::Nowhere,
          bytes,
          {},
          "not at all: " + bytes_text(bytes) + " are more than the " + bytes_text(std::max<std::int64_t>(memory, 0)) +
              " of memory that may be used, and no disk has room (TMPDIR)"};
}

/// Rows of bytes, uninitialised, in memory or in a file without a name that is mapped and disappears with the process.
class RowStore {
 public:
  RowStore() = default;
  RowStore(RowStore&& other) noexcept
      : begin_(std::exchange(other.begin_, nullptr)), bytes_(other.bytes_), row_bytes_(other.row_bytes_) {}
  RowStore& operator=(RowStore&& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(bytes_, other.bytes_);
    std::swap(row_bytes_, other.row_bytes_);
    return *this;
  }
  ~RowStore() {
    if (begin_ != nullptr) ::munmap(begin_, bytes_);
  }

  /// False where the system refuses after all.
  bool open(const Room& room, std::size_t row_bytes) {
    const auto bytes = static_cast<std::size_t>(room.bytes);
    if (room.where == KeptIn::Nowhere || bytes == 0) return false;
    int file = -1;
    if (room.where == KeptIn::File) {
      std::string name = room.folder + "/tuneit-features-XXXXXX";
      if ((file = ::mkostemp(name.data(), O_CLOEXEC)) < 0) return false;
      ::unlink(name.c_str());
      if (::posix_fallocate(file, 0, room.bytes) != 0) {  // else a full disk would end the process at some write
        ::close(file);
        return false;
      }
    }
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED, file, 0);
    if (file >= 0) ::close(file);
    if (at == MAP_FAILED) return false;
#ifdef MADV_HUGEPAGE
    if (file < 0) ::madvise(at, bytes, MADV_HUGEPAGE);
#endif
    *this = {};
    begin_ = static_cast<char*>(at);
    bytes_ = bytes;
    row_bytes_ = row_bytes;
    return true;
  }

  [[nodiscard]] bool is_open() const { return begin_ != nullptr; }
  [[nodiscard]] char* row(std::size_t i) const { return begin_ + i * row_bytes_; }
  [[nodiscard]] std::size_t row_bytes() const { return row_bytes_; }

 private:
  char* begin_ = nullptr;
  std::size_t bytes_ = 0, row_bytes_ = 0;
};

}  // namespace tuneit

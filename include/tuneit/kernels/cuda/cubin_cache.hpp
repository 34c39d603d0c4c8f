#pragma once
// Compiled kernels on the disk, so that the next program need not compile them: a file for each text, GPU and compiler.
// A cache that cannot be read or written is as if it were empty.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/kernels/cuda/nvrtc.hpp"

namespace tuneit::kernels::cuda {

/// FNV-1a (Fowler, Noll, Vo) with 64 bits.
constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325u) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

class CubinCache {
 public:
  /// `folder` is made where it is not there; empty: nothing is kept.
  explicit CubinCache(std::string folder) : folder_(std::move(folder)) {}

  /// The file of kernels of a text.
  [[nodiscard]] std::string path(const std::string& text, const std::vector<std::string>& kernels, int capability,
                                 int version) const {
    std::string key = text;
    for (const std::string& k : kernels) key.append("\n").append(k);
    const std::string what = std::to_string(capability) + "-" + std::to_string(version);
    char name[64];
    std::snprintf(name, sizeof name, "%016llx%016llx-%s", static_cast<unsigned long long>(fnv1a(key)),
                  static_cast<unsigned long long>(fnv1a(what, fnv1a(key, 1))), what.c_str());
    return folder_ + "/" + name + ".cubin";
  }

  /// What is in a file; no code where it is not there, or not whole.
  [[nodiscard]] Compiled read(const std::string& file, std::size_t kernels) const {
    Compiled out;
    if (folder_.empty()) return out;
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return out;
    std::string all;
    char part[1 << 16];
    for (ssize_t n = 0; (n = ::read(fd, part, sizeof part)) > 0;) all.append(part, static_cast<std::size_t>(n));
    ::close(fd);
    // "tuneit", a hash of the rest; a name in each line; the code
    if (all.size() < 24 || all.compare(0, 7, "tuneit ") != 0 ||
        all.substr(7, 17) != sum_of(std::string_view(all).substr(24)))
      return out;
    std::size_t at = 24;
    for (std::size_t i = 0; i < kernels; ++i) {
      const std::size_t end = all.find('\n', at);
      if (end == std::string::npos) return {};
      out.names.push_back(all.substr(at, end - at));
      at = end + 1;
    }
    out.code = all.substr(at);
    return out;
  }

  void write(const std::string& file, const Compiled& c) const {
    if (folder_.empty()) return;
    for (std::size_t at = folder_.find('/', 1); at != std::string::npos; at = folder_.find('/', at + 1))
      ::mkdir(folder_.substr(0, at).c_str(), 0777);
    ::mkdir(folder_.c_str(), 0777);
    std::string rest;
    for (const std::string& name : c.names) rest.append(name).append("\n");
    rest += c.code;
    const std::string all = "tuneit " + sum_of(rest) + rest, own = file + "." + std::to_string(::getpid());
    const int fd = ::open(own.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return;
    const bool whole = ::write(fd, all.data(), all.size()) == static_cast<ssize_t>(all.size());
    if (::close(fd) != 0 || !whole || ::rename(own.c_str(), file.c_str()) != 0) ::unlink(own.c_str());
  }

 private:
  static std::string sum_of(std::string_view text) {
    char sum[32];
    std::snprintf(sum, sizeof sum, "%016llx\n", static_cast<unsigned long long>(fnv1a(text)));
    return sum;
  }
  std::string folder_;
};

}  // namespace tuneit::kernels::cuda

#pragma once
// Which pictures of the test part did the training see? Copies under two names make a test look better than it is.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/data/samples.hpp"
#include "tuneit/io/input_file.hpp"

namespace tuneit::data {

/// How many pictures of the test part are also in the training part, byte for byte, and the first such pair.
struct SharedPictures {
  std::size_t count = 0;
  std::string test, train;
};

namespace detail {

/// Up to `most` bytes of a file; empty where it cannot be read, which is not judged here.
inline std::string beginning_of(const std::string& path, std::uint64_t most) {
  try {
    const io::InputFile file(path, Fault::Data);
    std::string bytes(static_cast<std::size_t>(std::min(file.size(), most)), '\0');
    file.read(0, std::as_writable_bytes(std::span(bytes)));
    return bytes;
  } catch (const Error&) {
    return {};
  }
}

}  // namespace detail

/// Looks only into files that have the size of one in the other part, at their first 4 KiB, and at the whole where
/// these are equal, so that a large data set is opened without being read.
inline SharedPictures shared_pictures(const std::vector<Sample>& train, const std::vector<Sample>& test) {
  constexpr std::uint64_t head = 4096, whole = std::uint64_t{1} << 30U;
  const auto size = [](const std::string& path) {
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(path, error);
    return error ? 0 : bytes;
  };
  std::unordered_set<std::uintmax_t> sizes, shared;
  for (const Sample& sample : test) sizes.insert(size(sample.path));
  sizes.erase(0);
  using Key = std::pair<std::uintmax_t, std::size_t>;  // size, and hash of the beginning
  std::map<Key, std::vector<const Sample*>> seen;
  for (const Sample& sample : train) {
    const std::uintmax_t bytes = size(sample.path);
    if (!sizes.contains(bytes)) continue;
    shared.insert(bytes);
    seen[{bytes, std::hash<std::string>()(detail::beginning_of(sample.path, head))}].push_back(&sample);
  }
  SharedPictures out;
  for (const Sample& sample : test) {
    const std::uintmax_t bytes = size(sample.path);
    if (!shared.contains(bytes)) continue;
    const std::string start = detail::beginning_of(sample.path, head);
    const auto alike = seen.find({bytes, std::hash<std::string>()(start)});
    if (start.empty() || alike == seen.end()) continue;
    const std::string content = detail::beginning_of(sample.path, whole);
    const auto twin = std::find_if(alike->second.begin(), alike->second.end(), [&](const Sample* other) {
      return detail::beginning_of(other->path, whole) == content;
    });
    if (twin != alike->second.end() && out.count++ == 0) out.test = sample.path, out.train = (*twin)->path;
  }
  return out;
}

}  // namespace tuneit::data

#pragma once
// Which pictures are there twice, byte for byte: in both parts, which makes a test look better than it is, or in two
// classes, of which one is wrong?
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/io/download/hash.hpp"
#include "tuneit/io/input_file.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data {

/// How many pictures are there, and the first pair.
struct Copies {
  std::size_t count = 0;
  std::string one{}, other{};
  int label_of_one = 0, label_of_other = 0;
  bool same_file = false;  ///< of the first pair: one is a link to the other
};

/// Of the test part those that are also in the training part; of all those that are also in another class.
struct SharedImages {
  Copies parts, classes;
};

namespace detail {

/// Up to `most` bytes of a file; empty where it cannot be read, which is not judged here.
inline std::string beginning_of(const std::string& path, std::uint64_t most) {
  try {
    const io::InputFile file(path, ErrorKind::Data);
    std::string bytes(static_cast<std::size_t>(std::min(file.size(), most)), '\0');
    file.read(0, std::as_writable_bytes(std::span(bytes)));
    return bytes;
  } catch (const Error&) {
    return {};
  }
}

/// A picture, and what makes it another one than its like: the part, and the class where there are classes.
struct Listed {
  const Sample* sample = nullptr;
  bool test = false;
  dev_t device = 0;
  ino_t file = 0;
};

inline std::size_t kinds_of(const std::vector<Listed>& some, bool classes) {
  for (const Listed& one : some)
    if (one.test != some.front().test || (classes && one.sample->label != some.front().sample->label)) return 2;
  return 1;
}

/// Counts those of equal content.
inline void count_copies(const std::vector<Listed>& equal, bool classes, SharedImages& out) {
  const auto note = [](Copies& copies, const Listed& one, const Listed& other) {
    if (copies.count++ > 0) return;
    copies.one = one.sample->path;
    copies.other = other.sample->path;
    copies.label_of_one = one.sample->label;
    copies.label_of_other = other.sample->label;
    copies.same_file = one.device == other.device && one.file == other.file;
  };
  const auto train = std::find_if(equal.begin(), equal.end(), [](const Listed& l) { return !l.test; });
  for (const Listed& one : equal) {
    if (one.test && train != equal.end()) note(out.parts, one, *train);
    if (!classes) continue;
    const auto other =
        std::find_if(equal.begin(), equal.end(), [&](const Listed& l) { return l.sample->label != one.sample->label; });
    if (other != equal.end()) note(out.classes, one, *other);
  }
}

}  // namespace detail

/// Looks only into files of a size that another part or class has, at their first 4 KiB, and at the whole where these
/// are equal, so that a large data set is opened without being read. No file is read more than twice.
inline SharedImages shared_images(const std::vector<Sample>& train, const std::vector<Sample>& test) {
  constexpr std::uint64_t head = 4096, whole = std::uint64_t{1} << 30U;
  using detail::Listed;
  const bool classes =
      (train.empty() || train.front().targets.empty()) && (test.empty() || test.front().targets.empty());
  std::unordered_map<off_t, std::vector<Listed>> by_size;
  for (const auto* part : {&train, &test})
    for (const Sample& sample : *part) {
      struct stat status {};
      if (::stat(sample.path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        by_size[status.st_size].push_back({&sample, part == &test, status.st_dev, status.st_ino});
    }
  const auto split = [&](const std::vector<Listed>& some, const auto& key_of) {
    std::map<std::string, std::vector<Listed>> out;
    for (const Listed& one : some)
      if (const std::string bytes = key_of(one.sample->path); !bytes.empty()) out[bytes].push_back(one);
    return out;
  };
  SharedImages out;
  std::vector<std::vector<Listed>> equal;
  for (const auto& [size, alike] : by_size) {
    if (detail::kinds_of(alike, classes) < 2) continue;
    const auto heads = split(alike, [&](const std::string& path) {
      const std::string bytes = detail::beginning_of(path, head);
      return bytes.empty() ? std::string() : std::to_string(std::hash<std::string_view>()(bytes));
    });
    for (const auto& [hash, same_head] : heads) {
      if (detail::kinds_of(same_head, classes) < 2) continue;
      const auto contents = split(same_head, [&](const std::string& path) {
        const std::string bytes = detail::beginning_of(path, whole);
        return bytes.empty() ? std::string() : io::hash_of(bytes);
      });
      for (const auto& [content, same] : contents)
        if (detail::kinds_of(same, classes) > 1) equal.push_back(same);
    }
  }
  // The first pair is the first by path, not by where a table of hashes has it.
  const auto before = [](const Listed& a, const Listed& b) { return a.sample->path < b.sample->path; };
  for (auto& same : equal) std::sort(same.begin(), same.end(), before);
  std::sort(equal.begin(), equal.end(), [&](const auto& a, const auto& b) { return before(a.front(), b.front()); });
  for (const auto& same : equal) detail::count_copies(same, classes, out);
  return out;
}

namespace detail {

/// Warnings about pictures that are there twice.
inline Dataset with_copies_named(Dataset data) {
  const SharedImages shared = shared_images(data.train, data.test);
  if (const Copies& copies = shared.parts; copies.count > 0)
    data.warnings.push_back(count_text(copies.count, "picture") +
                            " of the test part can also be found in the training part, byte for byte, and make the "
                            "test look better than it is: " +
                            io::quote(copies.one, 400) + " is " + io::quote(copies.other, 400) + ".");
  if (const Copies& copies = shared.classes; copies.count > 0)
    data.warnings.push_back(
        count_text(copies.count, "picture") + " can also be found in another class, byte for byte, and " +
        (copies.count == 1 ? "has" : "have") + " a wrong label in one of them: " + io::quote(copies.one, 400) + " (" +
        io::quote(data.classes[static_cast<std::size_t>(copies.label_of_one)]) + ") is " +
        (copies.same_file ? "the same file as " : "") + io::quote(copies.other, 400) + " (" +
        io::quote(data.classes[static_cast<std::size_t>(copies.label_of_other)]) + ").");
  return data;
}

}  // namespace detail
}  // namespace tuneit::data

#pragma once
// What are weights with deltas on top of them: in memory, by their hashes, or written to one file?
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/delta/delta_stack.hpp"
#include "tuneit/io/weights/safetensors.hpp"

namespace tuneit::io {

/// What a delta is made on: weights of a file, or those and deltas, by what their tensors are. A few kilobytes.
struct DeltaBase {
  Digests tensors;
  std::string hash;  ///< digest_of them all
};

using DeltaPaths = std::span<const std::filesystem::path>;

namespace detail {

/// The metadata of weights with deltas: what the last of these says of the model.
inline std::map<std::string, std::string> metadata_of(const TensorStream& base, const DeltaStack& stack) {
  std::map<std::string, std::string> said =
      stack.empty() ? base.about().metadata : stack.files().back().tensors.about().metadata;
  said.erase(delta_key);
  return said;
}

/// The file that deltas go on top of. Throws where it is a delta itself, or of a newer format.
struct BaseFile : TensorStream {
  BaseFile(const std::filesystem::path& path, const ReadOptions& options) : TensorStream(path, options) {
    check_format(about().metadata, name());
    check_whole(about().metadata, name());
  }
};

/// Takes every tensor of the base, one at a time, and returns the digests of those behind the prefix, under their names
/// without it. `see(tensor)` is told each, under the file's name, whose place no delta takes.
template <class See>
Digests each_of_base(TensorStream& base, const DeltaStack& stack, std::string_view prefix, const TiedNames& tied,
                     const See& see) {
  Digests digests;
  for (std::size_t i = 0; i < base.size(); ++i) {
    NamedTensor tensor = base.take(i);
    const bool ours = tensor.name.starts_with(prefix);
    const std::string name = ours ? tensor.name.substr(prefix.size()) : "";
    if (ours) digests.emplace(name, digest_of(tensor));
    if (!ours || stack.keeps(name, tied)) see(std::move(tensor));
  }
  return digests;
}

}  // namespace detail

/// The tensors of weights with deltas on top, as read_tensors reads those of one file; metadata are those of the last
/// delta. What stands before names that begin with `prefix` (of a file of another's) stands before those of deltas,
/// too. Needs as much memory as the result. Throws as read_tensors does, and Error(ErrorKind::Weights) for what is no
/// delta, was made on top of something else, or is damaged.
[[nodiscard]] inline TensorFile read_with_deltas(const std::filesystem::path& path, DeltaPaths deltas,
                                                 const ReadOptions& options = {}, const std::string& prefix = "") {
  DeltaStack stack(deltas);
  detail::BaseFile base(path, options);
  TensorFile result = {base.about().path, base.about().format, {}, detail::metadata_of(base, stack),
                       base.about().key,  base.about().objects};
  Digests digests = detail::each_of_base(base, stack, prefix, options.tied,
                                         [&](NamedTensor t) { result.tensors.push_back(std::move(t)); });
  stack.over(
      std::move(digests), base.name(),
      [&](std::size_t, NamedTensor t) {
        t.name.insert(0, prefix);
        result.tensors.push_back(std::move(t));
      },
      options.tied);
  return result;
}

/// What a delta is made on. The file's tensors are read one at a time. Throws as read_with_deltas does.
[[nodiscard]] inline DeltaBase read_delta_base(const std::filesystem::path& path, DeltaPaths deltas = {},
                                               const ReadOptions& options = {}, const std::string& prefix = "") {
  DeltaStack stack(deltas);
  detail::BaseFile base(path, options);
  Digests digests = detail::each_of_base(base, stack, prefix, options.tied, [](const NamedTensor&) {});
  DeltaBase result{stack.over(
                       std::move(digests), base.name(), [](std::size_t, const NamedTensor&) {}, options.tied),
                   {}};
  result.hash = digest_of(result.tensors);
  return result;
}

/// Writes weights with deltas on top into one file of safetensors, without a second copy in memory: each tensor is read
/// when it is written. What is there already is replaced only when all is well. Throws as read_with_deltas and
/// write_safetensors do.
inline void merge_deltas(const std::filesystem::path& path, DeltaPaths deltas, const std::filesystem::path& to,
                         const ReadOptions& options = {}, const std::string& prefix = "") {
  DeltaStack stack(deltas);
  detail::BaseFile base(path, options);
  struct Source {
    TensorStream* file;
    std::size_t at;
  };
  std::vector<TensorHead> heads;
  std::vector<Source> sources;
  Digests digests;
  const auto stripped = [&](std::string_view name) { return name.substr(prefix.size()); };
  for (std::size_t i = 0; i < base.size(); ++i) {
    TensorHead head = base.head(i);
    if (!head.name.starts_with(prefix)) continue;
    head.name = stripped(head.name);
    if (stack.keeps(head.name, options.tied)) {
      heads.push_back(head), sources.push_back({&base, i});
    } else {
      digests.emplace(head.name, digest_of(base.take(i)));
    }
  }
  for (std::size_t d = 0; d < stack.files().size(); ++d) {
    TensorStream& file = stack.files()[d].tensors;
    for (std::size_t i = 0; i < file.size(); ++i)
      if (stack.counts(d, file.head(i).name)) heads.push_back(file.head(i)), sources.push_back({&file, i});
  }
  write_safetensors(
      to, heads,
      [&](std::size_t i) {
        NamedTensor tensor = sources[i].file->take(sources[i].at);
        if (sources[i].file == &base) digests.emplace(heads[i].name, digest_of(tensor));
        return std::move(tensor.bytes);
      },
      detail::metadata_of(base, stack),
      [&] {
        stack.over(
            std::move(digests), base.name(), [](std::size_t, const NamedTensor&) {}, options.tied);
      });
}

}  // namespace tuneit::io

#pragma once
// How is written what a training has changed?
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/io/delta/apply.hpp"

namespace tuneit::io {

/// Writes a delta: of `count` tensors those whose type, shape or bytes are not the base's, whole, and the names of what
/// the base has and they lack. `tensor(i)` gives the i-th, and is asked once to compare and, where it differs, once
/// more to write, so that none but one need be in memory. `model` is its name for people. Metadata are those of a file
/// of weights, beside those of the delta. Returns the names of what was written. Throws as write_safetensors does.
template <class Tensor>
std::vector<std::string> write_delta(const std::filesystem::path& path, const DeltaBase& base, std::size_t count,
                                     const Tensor& tensor, const std::string& model,
                                     std::map<std::string, std::string> metadata = {}) {
  DeltaCard card;
  card.model = model;
  card.base = base.hash;
  for (const auto& [name, digest] : base.tensors) card.tensors.emplace(name, digest.substr(0, DeltaCard::short_digits));
  Digests after;
  std::vector<NamedTensor> changed;  // without bytes
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < count; ++i) {
    NamedTensor now = tensor(i);
    const std::string digest = digest_of(now);
    const auto before = base.tensors.find(now.name);
    if (before == base.tensors.end() || before->second != digest) {
      changed.push_back({now.name, now.dtype, std::move(now.shape), {}});
      which.push_back(i);
    }
    after.emplace(std::move(now.name), digest);
  }
  for (const auto& [name, digest] : base.tensors)
    if (!after.contains(name)) card.removed.push_back(name);
  card.result = digest_of(after);
  metadata[delta_key] = text_of(card);
  metadata.emplace(weights_format_key, std::to_string(weights_format));

  std::vector<TensorHead> heads;
  std::vector<std::string> names;
  for (const NamedTensor& t : changed) heads.push_back({t.name, t.dtype, t.shape}), names.push_back(t.name);
  write_safetensors(
      path, heads, [&](std::size_t i) { return tensor(which[i]).bytes; }, std::move(metadata), [] {});
  return names;
}

}  // namespace tuneit::io

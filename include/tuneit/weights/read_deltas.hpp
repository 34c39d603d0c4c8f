#pragma once
// How are weights with deltas on top read for a model?
#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/io/delta/apply.hpp"
#include "tuneit/weights/read.hpp"

namespace tuneit::weights {
namespace detail {

/// Throws Error(ErrorKind::Weights) where a base with these deltas has not the tensors of the model. Asked of the
/// headers alone, so that a delta of another network is called one, whatever the base is.
inline void check_network(const io::DeltaStack& stack, std::span<const Expected> expected) {
  if (stack.empty()) return;
  std::set<std::string, std::less<>> there;
  for (const auto& [name, digest] : stack.files().front().card.tensors) there.insert(name);
  for (const io::DeltaFile& file : stack.files()) {
    for (const std::string& name : file.card.removed) there.erase(name);
    for (std::size_t t = 0; t < file.tensors.size(); ++t) there.emplace(file.tensors.head(t).name);
  }
  const io::DeltaFile& last = stack.files().back();
  const auto refuse = [&](const std::string& why) {
    io::detail::refuse(
        last.tensors.name() + " is a delta of another network" +
            (last.card.model.empty() ? "" : ", a " + last.card.model) + ": " + why,
        "Give the deltas of this model: as its recipe says, with the same rules (Lora) and the same head.");
  };
  std::set<std::string_view> names;
  for (const Expected& e : expected) {
    names.insert(e.name);
    if (!there.contains(e.name) && !e.optional && !e.may_differ && !e.added)
      refuse("neither it nor its base has the model's " + io::quote(e.name));
  }
  for (const std::string& name : there)
    if (!names.contains(name)) refuse("with it there is " + io::quote(name) + ", which this model lacks");
}

}  // namespace detail

/// The tensors of weights with deltas on top, for a model: as weights::read and io::read_with_deltas. Throws what they
/// throw, and Error(ErrorKind::Weights) for a delta of another network.
[[nodiscard]] inline io::TensorFile read_with_deltas(const std::filesystem::path& path, io::DeltaPaths deltas,
                                                     std::span<const Expected> expected, const MatchOptions& options) {
  detail::check_network(io::DeltaStack(deltas), expected);
  return io::read_with_deltas(path, deltas, read_options(expected, options), options.strip_prefix);
}

}  // namespace tuneit::weights

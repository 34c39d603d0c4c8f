#pragma once
// How much of a model lies in a set of names, behind which prefix, and what else is there?
#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tuneit/io/weights/mappings.hpp"
#include "tuneit/weights/expected.hpp"

namespace tuneit::weights::detail {

using Heads = std::span<const io::TensorHead>;

/// What the names are without the prefix, sorted by what becomes of them. The views are into those given.
struct Sorted {
  std::unordered_map<std::string_view, std::size_t> used;  ///< of the model, by its name: index of the tensor
  std::unordered_set<std::string_view>
      fresh_layers;                          ///< of a replaced head: one of its tensors is missing or misshapen
  std::vector<std::string_view> unexpected;  ///< full names
  std::vector<std::string_view> old_head;    ///< full names of tensors where a fresh head will be
};

/// The outermost module around a layer of the head in which nothing else of the model lies, with its dot: "fc." of
/// "fc", "classifier." of MobileNetV2's "classifier.1". Empty where there is none.
[[nodiscard]] inline std::string container_of(std::string_view layer, std::span<const Expected> expected) {
  std::string best;
  for (std::string_view module = layer; !module.empty(); module = module_of(module)) {
    const std::string prefix = std::string(module) + ".";
    const bool alone = std::all_of(expected.begin(), expected.end(),
                                   [&](const Expected& e) { return e.may_differ || !e.name.starts_with(prefix); });
    if (!alone) break;
    best = prefix;
  }
  return best;
}

[[nodiscard]] inline Sorted sort_names(Heads tensors, std::span<const Expected> expected, std::string_view prefix,
                                       bool fresh_head = false) {
  Sorted out;
  std::unordered_map<std::string_view, std::size_t> there;
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (tensors[i].name.starts_with(prefix)) there.emplace(tensors[i].name.substr(prefix.size()), i);
  std::unordered_set<std::size_t> taken;
  for (const Expected& e : expected) {
    const auto it = there.find(e.name);
    if (it != there.end()) out.used.emplace(e.name, it->second), taken.insert(it->second);
    if (e.may_differ && !e.optional &&
        (fresh_head || it == there.end() ||
         !std::equal(e.shape.begin(), e.shape.end(), tensors[it->second].shape.begin(),
                     tensors[it->second].shape.end())))
      out.fresh_layers.insert(module_of(e.name));
  }
  std::vector<std::string> heads;
  for (const std::string_view layer : out.fresh_layers)
    if (std::string container = container_of(layer, expected); !container.empty())
      heads.push_back(std::move(container));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string_view name = tensors[i].name;
    if (taken.contains(i) || is_counter(name)) continue;
    const bool in_head = name.starts_with(prefix) && std::any_of(heads.begin(), heads.end(), [&](const std::string& h) {
                           return name.substr(prefix.size()).starts_with(h);
                         });
    (in_head ? out.old_head : out.unexpected).push_back(name);
  }
  return out;
}

/// So many of the model's tensors are there without the prefix.
struct Fit {
  std::string prefix;
  std::size_t named = 0, fits = 0;  ///< by name; by name and shape
  std::size_t carriers = 0;         ///< so many of the file's names begin with the prefix
  std::size_t first = 0;            ///< the first tensor of those
  /// None, or one that programs put around a whole model: "module.".
  [[nodiscard]] bool usual() const {
    return prefix.empty() || io::is_usual_key(std::string_view(prefix).substr(0, prefix.size() - 1));
  }
};

[[nodiscard]] inline std::size_t count_of_model(std::span<const Expected> expected) {
  return static_cast<std::size_t>(std::count_if(expected.begin(), expected.end(), counts));
}

/// The prefixes (the empty one among them) without which tensors of the model are there: the best first (of equal ones
/// the usual, then in the order of the file), and none that has less than half of what the best has. Linear in the
/// names, whatever they are.
[[nodiscard]] inline std::vector<Fit> fits_of(Heads tensors, std::span<const Expected> expected) {
  std::unordered_map<std::string_view, const Expected*> wanted;
  std::size_t longest = 0;
  for (const Expected& e : expected)
    if (counts(e)) wanted.emplace(e.name, &e), longest = std::max(longest, e.name.size());
  std::map<std::string_view, Fit> found;
  for (std::size_t at = 0; at < tensors.size(); ++at) {
    const io::TensorHead& tensor = tensors[at];
    const std::string_view name = tensor.name;
    for (std::size_t begin = 0; begin != std::string_view::npos;) {
      if (name.size() - begin <= longest)
        if (const auto it = wanted.find(name.substr(begin)); it != wanted.end()) {
          const Expected& e = *it->second;
          Fit& fit = found[name.substr(0, begin)];
          if (fit.named++ == 0) fit.first = at;
          fit.fits += e.may_differ || is_counter(e.name) ||
                              std::equal(e.shape.begin(), e.shape.end(), tensor.shape.begin(), tensor.shape.end())
                          ? 1U
                          : 0U;
        }
      const std::size_t dot = name.find('.', begin);
      begin = dot == std::string_view::npos ? dot : dot + 1;
    }
  }
  std::vector<Fit> out;
  std::size_t most = 0, most_named = 0;
  for (auto& [prefix, fit] : found) {
    fit.prefix = prefix;
    most = std::max(most, fit.fits), most_named = std::max(most_named, fit.named);
    out.push_back(fit);
  }
  std::erase_if(out, [&](const Fit& f) { return most > 0 ? 2 * f.fits < most : 2 * f.named < most_named; });
  std::sort(out.begin(), out.end(), [](const Fit& a, const Fit& b) {
    return std::tuple(b.fits, b.named, !a.usual(), a.first, std::string_view(a.prefix)) <
           std::tuple(a.fits, a.named, !b.usual(), b.first, std::string_view(b.prefix));
  });
  if (out.size() > 8) out.resize(8);
  for (Fit& f : out)
    for (const io::TensorHead& tensor : tensors) f.carriers += tensor.name.starts_with(f.prefix) ? 1U : 0U;
  return out;
}

}  // namespace tuneit::weights::detail

#pragma once
// Files of networks of texts, as transformers writes them, under the names of a model: with and without the prefix of
// the body, with old names of layer norms, with buffers and heads that the model does not have. No LibTorch.
#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/io/weights/tensor_file.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/models/transformer.hpp"
#include "tuneit/weights/expected.hpp"

namespace tuneit::weights {

namespace detail {

/// "...LayerNorm.gamma", as TensorFlow's files had it.
inline void rename_norm(std::string& name) {
  for (const auto& [old, now] :
       {std::pair<std::string_view, std::string_view>{".gamma", ".weight"}, {".beta", ".bias"}})
    if (name.ends_with(old) && std::string_view(name).substr(0, name.size() - old.size()).ends_with("LayerNorm"))
      name.replace(name.size() - old.size(), old.size(), now);
}
/// Buffers that older versions wrote: positions, and GPT-2's triangles of ones.
inline bool is_old_buffer(std::string_view name) {
  return name.ends_with("embeddings.position_ids") || name.ends_with(".attn.bias") ||
         name.ends_with(".attn.masked_bias");
}

}  // namespace detail

/// Names of `file` become those of a model, behind `strip_prefix`, which stays. The prefix of the body goes where all
/// layers have it. What is neither of the embeddings nor of the layers, and not in the model, is passed over: poolers
/// and heads of other tasks (`notes`, if set, is told). Where no tensor is of the layers nothing is: a refusal then has
/// all names to go by.
inline void to_names_of(const transformer::FileNames& of, io::TensorFile& file, const std::vector<Expected>& expected,
                        std::string_view strip_prefix = {}, std::vector<std::string>* notes = nullptr) {
  const std::string prefix = of.prefix, with = prefix + of.layers;
  const auto named = [&](const io::NamedTensor& t) {
    const std::string_view name = t.name;
    return name.starts_with(strip_prefix) ? name.substr(strip_prefix.size()) : std::string_view{};
  };
  const auto begins = [&](std::string_view start) {
    return std::any_of(file.tensors.begin(), file.tensors.end(),
                       [&](const io::NamedTensor& t) { return named(t).starts_with(start); });
  };
  const bool strips = begins(with) && (prefix == of.layers || !begins(of.layers));
  for (io::NamedTensor& t : file.tensors) {
    if (strips && named(t).starts_with(prefix)) t.name.erase(strip_prefix.size(), prefix.size());
    detail::rename_norm(t.name);
  }
  if (!begins(of.layers)) return;
  std::unordered_set<std::string_view> known;
  for (const Expected& e : expected) {
    known.insert(e.name);
    known.insert(e.also.begin(), e.also.end());
  }
  std::size_t passed = 0;
  std::string first;
  std::erase_if(file.tensors, [&](const io::NamedTensor& t) {
    const std::string_view name = named(t);
    if (name.empty() || known.contains(name)) return false;
    if (detail::is_old_buffer(name)) return true;
    if (name.starts_with(of.layers) || name.starts_with("embeddings.")) return false;
    if (passed++ == 0) first = t.name;
    return true;
  });
  if (passed > 0 && notes != nullptr)
    notes->push_back(std::to_string(passed) + " tensors of heads that this network does not have are passed over: " +
                     io::quote(first) + (passed > 1 ? ", ..." : ""));
}

/// The modules that a file of a task need not have (BERT's pooler) may be missing: they start anew.
inline void may_lack_pooler(const transformer::FileNames& of, std::vector<Expected>& expected) {
  const std::string_view pooler = of.pooler;
  if (pooler.empty()) return;
  for (Expected& e : expected) e.may_differ = e.may_differ || e.name.starts_with(pooler);
}

namespace detail {

/// What files call a model's modules, if it says so.
template <class Model>
concept SaysFileNames = requires {
  Model::file_names.prefix;
};

}  // namespace detail
}  // namespace tuneit::weights

#pragma once
// A name in Layer that the model does not have, and that is a selector by itself: Layer<"backbone"> is Backbone. Asked
// only of what is refused.
#include <string_view>

#include "tuneit/recipe/selectors/selector.hpp"

namespace tuneit::detail {

struct SelectorWord {
  std::string_view word;
  int selector;  ///< a number of NamedSelectors
};
using NamedSelectors = List<All, Backbone, Head, Norms, Biases, Weights>;
inline constexpr SelectorWord selector_words[] = {
    {"all", 0},        {"everything", 0}, {"model", 0},       {"network", 0},     {"backbone", 1}, {"base", 1},
    {"trunk", 1},      {"encoder", 1},    {"features", 1},    {"body", 1},        {"head", 2},     {"top", 2},
    {"fc", 2},         {"classifier", 2}, {"norm", 3},        {"norms", 3},       {"bns", 3},      {"batchnorm", 3},
    {"batchnorms", 3}, {"batch_norm", 3}, {"batch_norms", 3}, {"batchnorm2d", 3}, {"bias", 4},     {"biases", 4},
    {"weight", 5},     {"weights", 5}};

/// The selector of this name in NamedSelectors, whatever the case of its letters; negative: none.
constexpr int selector_called(const char* name, std::size_t n) {
  for (const SelectorWord& w : selector_words) {
    bool same = w.word.size() == n;
    for (std::size_t i = 0; same && i < n; ++i)
      same = (name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] + 32) : name[i]) == w.word[i];
    if (same) return w.selector;
  }
  return -1;
}

}  // namespace tuneit::detail

#pragma once
// Which tensors does a policy speak of? Selectors are tags with one constexpr question, `matches<Model>(row)`; the
// answer for a whole model is a mask, computed once per (model, selector).
#include <type_traits>

#include "tuneit/net/table.hpp"

namespace tuneit {

/// Base of all selectors. A selector of one's own derives from it and defines
/// `template <NetworkLike Model> static constexpr bool matches(std::size_t row)`, a row of `table<Model>`.
struct SelectorTag {};

template <class S>
concept Selector = std::is_base_of_v<SelectorTag, S>;

/// One truth per tensor of a model.
template <std::size_t N>
struct Mask {
  bool at[N]{};
  std::size_t first = 0, last = 0;  ///< all that are true lie in [first, last): a loop over few rows compiles faster

  [[nodiscard]] constexpr bool any() const {
    for (const bool b : at)
      if (b) return true;
    return false;
  }
};

namespace detail {

template <class Model, class S>
constexpr auto make_mask() {
  Mask<table<Model>.size> m;
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (S::template matches<Model>(i)) {
      m.at[i] = true;
      if (m.last == 0) m.first = i;
      m.last = i + 1;
    }
  return m;
}

}  // namespace detail

/// The tensors of Model that S selects.
template <NetworkLike Model, Selector S>
inline constexpr auto mask = detail::make_mask<Model, S>();

/// Everything.
struct All : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t) {
    return true;
  }
};

/// The last top-level block.
struct Head : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return table<Model>.rows[row].block + 1u == Model::block_count;
  }
};

/// Everything but the head.
struct Backbone : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return !Head::matches<Model>(row);
  }
};

/// Top-level blocks First up to, not including, Last. Block 0 is the stem.
template <int First, int Last>
struct Layers : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    const int block = table<Model>.rows[row].block;
    return First <= block && block < Last;
  }
};

/// Modules or single tensors by their name in the state dict ("layer4", "layer3.1", "fc.bias"), or top-level blocks by
/// their name in the plan's table ("stem").
template <fixed_string... Names>
struct Layer;

/// Tensors whose whole name matches a glob: `*`, `?`, `[abc]`, `[0-9]`, `[!a]`. `*` also crosses dots.
template <fixed_string Glob>
struct Match : SelectorTag {
  static constexpr std::size_t plain = text::plain_prefix(Glob.data(), Glob.size());  // compared first: it is faster
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    const char* name = table<Model>.name_data(row);
    const std::size_t n = table<Model>.rows[row].name_size;
    return n >= plain && text::begins(name, Glob.data(), plain) &&
           text::glob(Glob.data() + plain, Glob.size() - plain, name + plain, n - plain);
  }
};

/// Normalisation layers whole: weight, bias and running statistics.
struct Norms : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return table<Model>.rows[row].owner == Owner::Norm;
  }
};

/// Every tensor that is a bias, those of normalisation layers included.
struct Biases : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return table<Model>.rows[row].kind == Kind::Bias;
  }
};

/// Every tensor that is a weight, those of normalisation layers included.
struct Weights : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return table<Model>.rows[row].kind == Kind::Weight;
  }
};

/// Everything that S does not select.
template <class S>
struct Except : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return !mask<Model, S>.at[row];
  }
};

/// What any of Ss selects.
template <class... Ss>
struct Union : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return (mask<Model, Ss>.at[row] || ...);
  }
};

/// What all of Ss select.
template <class... Ss>
struct Intersect : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return (mask<Model, Ss>.at[row] && ...);
  }
};

namespace detail {

template <fixed_string Name, class... Blocks>
constexpr int block_named(List<Blocks...>) {
  int found = -1, i = 0;
  ((text::equal(Blocks::name.data(), Blocks::name.size(), Name.data(), Name.size()) ? void(found = i++) : void(i++)),
   ...);
  return found;
}

// The block of this name, or -1: compared once per model and name, not once per row.
template <class Model, fixed_string Name>
inline constexpr int block_of = block_named<Name>(typename Model::blocks{});

template <class Model, fixed_string Name>
constexpr bool named(std::size_t row) {
  return text::inside(table<Model>.name_data(row), table<Model>.rows[row].name_size, Name.data(), Name.size()) ||
         table<Model>.rows[row].block == block_of<Model, Name>;
}

}  // namespace detail

template <fixed_string... Names>
struct Layer : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return (detail::named<Model, Names>(row) || ...);
  }
};

}  // namespace tuneit

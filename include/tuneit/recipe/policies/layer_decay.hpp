#pragma once
// Rates that fall from the head to the stem, layer by layer.
#include "tuneit/meta/math.hpp"
#include "tuneit/recipe/policies/rates.hpp"

namespace tuneit {

/// What LayerDecay counts. PerLayer: every turn of an outermost Repeat and every other top-level block, as timm does.
struct PerLayer {
  static constexpr int of(const TensorRow& row) { return row.depth; }
};
/// Top-level blocks alone.
struct PerBlock {
  static constexpr int of(const TensorRow& row) { return row.block; }
};

/// The rate of the layer d layers before the head is multiplied by max(Least, X^d), X in (0, 1], Least in [0, 1]:
/// timm's param_groups_layer_decay, whose groups a timm model of the same layers has. `LayerDecay<1 / 2.6, PerBlock>`
/// are ULMFiT's discriminative rates (arXiv 1801.06146).
template <auto X, class Per = PerLayer, auto Least = 0>
struct LayerDecay : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr std::array numbers{Hyperparameter{.name = "layer-decay",
                                                     .value = static_cast<double>(X),
                                                     .most = 1,
                                                     .open = true,
                                                     .about = "times the rate, for each layer before the head"},
                                      Hyperparameter{.name = "layer-decay-floor",
                                                     .value = static_cast<double>(Least),
                                                     .most = 1,
                                                     .about = "the rate falls to this share at most"}};
  template <class Model>
  using judge = detail::JudgeRanges<LayerDecay>;
  template <class Model, class P>
  static constexpr void apply(P& plan, const double* n) {
    const int head = Per::of(table<Model>.rows[P::size - 1]);
    double scale = 1;
    int layer = head;
    for (std::size_t i = P::size; i-- > 0;) {  // backwards: one multiplication for each layer
      for (; layer > Per::of(table<Model>.rows[i]); --layer) scale *= n[0];
      plan.rows[i].lr_scale *= scale > n[1] ? scale : n[1];
    }
  }
};

}  // namespace tuneit

#pragma once
// Lightning's BackboneFinetuning, as phases and as a recipe.
#include "tuneit/recipe/named/pieces.hpp"

namespace tuneit {
namespace detail {

// How many epochs S is below the full rate: Start, Start Factor, Start Factor^2, ..., at most `most` of them.
template <auto Start, auto Factor>
constexpr int epochs_below(int most) {
  int n = 0;
  for (double x = static_cast<double>(Start); x < 1 - 1e-9 && n < most; x *= static_cast<double>(Factor)) ++n;
  return n;
}

template <int At, int Left, auto Start, auto Factor, class Still, int... I>
auto rising(std::integer_sequence<int, I...>) {
  constexpr int rest = Left - static_cast<int>(sizeof...(I));
  if constexpr (rest > 0 || Left <= 0)  // nothing left for the backbone: refused as a phase without epochs
    return Phases<
        phase_of_t<Epochs<At>, List<Freeze<Backbone>>, Still>,
        Phase<Epochs<1>, LrScale<Backbone, static_cast<double>(Start) * power(static_cast<double>(Factor), I)>>...,
        Phase<Epochs<rest>>>{};
  else
    return Phases<
        phase_of_t<Epochs<At>, List<Freeze<Backbone>>, Still>,
        Phase<Epochs<1>, LrScale<Backbone, static_cast<double>(Start) * power(static_cast<double>(Factor), I)>>...>{};
}

// The phases of Lightning's callback.
template <class Model, int At, int Total, auto Start, auto Factor>
using lightning_phases_t =
    decltype(rising<At, Total - At, Start, Factor, where_t<Model, OldStatistics, BatchStats<OldNorms>>>(
        std::make_integer_sequence<int, epochs_below<Start, Factor>(Total - At)>{}));

}  // namespace detail

/// Lightning's BackboneFinetuning with its defaults: At epochs of the head alone (whose optimizer is Adam at 1e-3, as
/// in the callback's example), then the backbone at Start (0.1) of the head's rate, each epoch Factor (2) times more
/// until both are the same; Total epochs in all. While the backbone is frozen, its batch norms use the batch and update
/// their statistics: the callback does not put them into evaluation mode. `LightningBackbone<ResNet18, ReplaceHead<2>,
/// 10, 30>`.
template <class Model, class NewHead, int At = 10, int Total = 20, auto Start = 0.1, auto Factor = 2, class... More>
using LightningBackbone = Finetune<Model, detail::new_head_t<NewHead>, Adam<Lr<1e-3>>,
                                   detail::lightning_phases_t<Model, At, Total, Start, Factor>, More...>;

}  // namespace tuneit

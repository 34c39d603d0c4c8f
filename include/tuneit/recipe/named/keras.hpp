#pragma once
// Keras' guide "Transfer learning & fine-tuning", as a recipe.
#include "tuneit/recipe/named/pieces.hpp"

namespace tuneit {
namespace detail {

// The second phase: everything but Top and the head is frozen. A Top that is no selector is judged as that of a Freeze.
template <class Model, class Length, class Top>
struct KerasSecond {
  using type = Phase<Length, Freeze<Top>, Lr<1e-5>>;
};
template <class Model, class Length, Selector Top>
struct KerasSecond<Model, Length, Top> {
  using type = frozen_phase_t<Model, Length, Except<Union<Top, Head>>, Lr<1e-5>>;
};

}  // namespace detail

/// First the new head alone with Adam at 1e-3, then Top (a selector; the guide: the whole backbone) and the head at
/// 1e-5. Batch norms normalise by their running statistics throughout and do not update them, as the guide's
/// training=False has it; their weight and bias train with Top. `KerasTransfer<ResNet18, ReplaceHead<2>, Epochs<20>,
/// Epochs<10>, Layers<3, 5>>`. Keras adds its eps of 1e-7 before the bias correction, torch and tuneit after it.
template <class Model, class NewHead, class First = Epochs<20>, class Second = Epochs<10>, class Top = Backbone,
          class... More>
using KerasTransfer = detail::recipe_t<
    Model,
    List<detail::new_head_t<NewHead>, Adam<Lr<1e-3>, Eps<1e-7>>,
         Phases<Phase<First, Freeze<Backbone>>, typename detail::KerasSecond<Model, Second, Top>::type>, More...>,
    detail::where_t<Model, detail::OldStatistics, FrozenStats<detail::OldNorms>>>;

}  // namespace tuneit

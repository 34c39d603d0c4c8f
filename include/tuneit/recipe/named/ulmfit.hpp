#pragma once
// ULMFiT (arXiv 1801.06146), section 3.3, as a recipe.
#include "tuneit/recipe/named/pieces.hpp"

namespace tuneit {

/// Gradual unfreezing by top-level blocks, one an epoch and then everything for the rest of Length; each block at 1
/// / 2.6 of the rate of the one behind it; slanted triangular rates over the whole training (cut 0.1, ratio 32) up to
/// 0.01; Adam with betas 0.7 and 0.99. `Ulmfit<MyNetwork, ReplaceHead<2>, Epochs<15>>`.
template <class Model, class NewHead, class Length, class... More>
using Ulmfit = Finetune<Model, NewHead, Length, GradualUnfreeze<Epochs<1>>, LayerDecay<1 / 2.6, PerBlock>,
                        SlantedTriangular<0.1, 32>, Adam<Lr<0.01>, Betas<0.7, 0.99>>, More...>;

}  // namespace tuneit

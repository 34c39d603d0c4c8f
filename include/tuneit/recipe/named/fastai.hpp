#pragma once
// fastai's fine_tune, as a recipe.
#include "tuneit/recipe/named/pieces.hpp"

namespace tuneit {

/// fastai's (wd_bn_bias=False): norms and biases have no decay.
struct Fastai {
  template <class Model>
  static constexpr bool exempts(std::size_t row) {
    return table<Model>.rows[row].owner == Owner::Norm || table<Model>.rows[row].kind == Kind::Bias;
  }
};

/// fastai's create_head for K classes: maximum and mean of the features; batch norm, dropout, linear to 512, ReLU;
/// batch norm, dropout, linear; started by kaiming_normal.
template <int K>
using FastaiHead = ReplaceHead<K, ConcatPool, HeadNorm, Dropout<0.25>, Hidden<512, false>, HeadNorm, Dropout<0.5>,
                               NoBias, KaimingNormal>;

namespace detail {

// fastai's groups: of a ResNet [conv1 to layer2 | layer3, layer4 | head], of everything else [backbone | head].
template <class Model>
inline constexpr bool like_resnet = false;
template <NetworkLike Model>
inline constexpr bool like_resnet<Model> =
    block_of<Model, "layer3"> == 3 && block_of<Model, "layer4"> == 4 && Model::block_count == 6;
template <class Model, auto Lowest>
using fastai_rates_t =
    std::conditional_t<like_resnet<Model>, DiscriminativeRates<Lowest, Layers<0, 3>, Layers<3, 5>, Head>,
                       DiscriminativeRates<Lowest, Backbone, Head>>;

}  // namespace detail

/// fastai's fine_tune(epochs, base_lr, freeze_epochs) with its defaults: first Frozen epochs of the head and of the
/// norms of the backbone (train_bn=True: their statistics move, too), at a tenth of the rate, in one cycle that rises
/// for 0.99 of the time; then Length of everything at half the rate, in groups from 1/100 of it to all of it, in one
/// cycle that begins at a fifth and rises for 0.3. AdamW with betas 0.9 (moved by the cycle) and 0.99, eps 1e-5, decay
/// 0.01. `FastaiFineTune<ResNet34, FastaiHead<37>, Epochs<3>>`.
template <class Model, class NewHead, class Length, class Frozen = Epochs<1>, auto Rate = 2e-3, class... More>
using FastaiFineTune = detail::recipe_t<
    Model,
    List<detail::new_head_t<NewHead>, AdamW<Lr<Rate>, Betas<0.9, 0.99>, Eps<1e-5>, WeightDecay<1e-2>>,
         NoDecayLike<Fastai>,
         Phases<detail::phase_of_t<Frozen, List<Freeze<Backbone>, OneCycle<0.99>>,
                                   detail::where_t<Model, detail::OldNorms, Unfreeze<detail::OldNorms>, TenthBelow<>>>,
                Phase<Length, Lr<Rate / 2>, detail::fastai_rates_t<Model, 1e-2>, OneCycle<0.3, 5>>>,
         More...>>;

}  // namespace tuneit

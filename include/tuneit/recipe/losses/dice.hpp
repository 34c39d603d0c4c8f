#pragma once
// Dice loss of masks (V-Net, arXiv 1606.04797), with names and semantics of MONAI's DiceLoss.
#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/losses/loss.hpp"

namespace tuneit {

template <class... Options>
struct Dice;

/// What Dice adds to numerator and denominator (MONAI's smooth_nr and smooth_dr), > 0: of an empty mask of which
/// nothing is predicted the loss is 0.
template <auto S>
struct DiceSmooth {
  using home = Dice<DiceSmooth>;
  static constexpr std::array numbers{Hyperparameter{.name = "dice-smooth",
                                                     .value = static_cast<double>(S),
                                                     .open = true,
                                                     .about = "added to numerator and denominator of Dice"}};
};

/// Probabilities of Dice are a softmax over the channels, one class for each pixel, and not a sigmoid of each.
struct SoftmaxChannels {
  using home = Dice<SoftmaxChannels>;
};

/// Dice divides by the sums of squares, as V-Net does (MONAI's squared_pred).
struct SquaredSums {
  using home = Dice<SquaredSums>;
};

namespace detail {
template <class T>
struct ChannelWeightIs {
  using type = NumberIs<"channel-weight", least_of(T::values), be::Over<0.>>;
};
}  // namespace detail

/// How much each channel counts in the mean of Dice (MONAI's `weight`): one number for each. All > 0.
template <auto... W>
struct ChannelWeights {
  using home = Dice<ChannelWeights>;
  static constexpr std::array<double, sizeof...(W)> values{static_cast<double>(W)...};
  static constexpr bool in_range = ((W > 0) && ...);
  using number_is = detail::ChannelWeightIs<ChannelWeights>;
};

namespace detail {

template <class O>
struct IsChannelWeights {
  static constexpr bool value = false;
};
template <auto... W>
struct IsChannelWeights<ChannelWeights<W...>> {
  static constexpr bool value = true;
};

}  // namespace detail

/// 1 - (2 sum(p t) + s) / (sum(p) + sum(t) + s), the sums over the pixels of each channel of each sample, p the sigmoid
/// of the outputs [N, K, H, W] and t targets like them in [0, 1]; then the mean over channels and samples. `Dice<>` is
/// of masks that may overlap, `Dice<SoftmaxChannels>` of one class a pixel, with targets that are 1 for it and 0 for
/// the others. Of outputs [N, K] each number is a channel of one pixel.
template <class... Options>
struct Dice : detail::LossWithOptions<Dice<Options...>, Options...> {
  using known_options = List<DiceSmooth<1e-5>, SoftmaxChannels, SquaredSums, ChannelWeights<1, 3>, Sum>;
  using targets = MultiLabel<0>;
  using channel_weights = front_or_t<filter_t<detail::IsChannelWeights, Options...>, ChannelWeights<>>;
  static constexpr bool softmax = (std::is_same_v<Options, SoftmaxChannels> || ...),
                        squared = (std::is_same_v<Options, SquaredSums> || ...);
  static constexpr const char* name = "Dice";
  static constexpr Mixes mixes = Mixes::OfTargets;
  static constexpr std::array numbers{detail::number_among<DiceSmooth<1e-5>, Options...>()};
  static constexpr bool fits(Shape output) {
    constexpr std::size_t weights = channel_weights::values.size();
    const int channels = detail::count_outputs(output);
    return output.rank != 2 && (weights == 0 || static_cast<int>(weights) == channels) && (!softmax || channels > 1);
  }
  static std::string words(const Numbers<Dice>&) {
    std::string text = softmax ? "Dice loss of one class a pixel" : "Dice loss of each mask";
    const char* const sums = squared ? ", by sums of squares" : "";
    const char* const weights = channel_weights::values.empty() ? "" : ", channels weighted";
    text.append(sums).append(weights);
    for (const double w : channel_weights::values) text += " " + short_number(w);
    return text;
  }
};

}  // namespace tuneit

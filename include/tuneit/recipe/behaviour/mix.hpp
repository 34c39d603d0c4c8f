#pragma once
// Images of a batch are mixed, and their labels with them.
#include <array>
#include <string>

#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

enum class MixKind { None, Mixup, CutMix, Either };
/// Does it put rectangles of one picture into another?
constexpr bool cuts_pixels(MixKind k) { return k == MixKind::CutMix || k == MixKind::Either; }

/// Does it add pictures?
constexpr bool blends_images(MixKind k) { return k == MixKind::Mixup || k == MixKind::Either; }

namespace slots {
struct Mix {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_kind<P, MixKind>, detail::asked_numbers<P, 1>}};
};
}  // namespace slots

namespace detail {

// Judged with the whole recipe.
template <class P, class Parts>
struct JudgeMix;

/// What all of them have.
template <MixKind Kind, class Self>
struct MixPolicy : PolicyTag {
  using slot = slots::Mix;
  static constexpr MixKind kind = Kind;
  static constexpr Moments acts = OnBatch;
  static constexpr Topic topic = Topic::Mixing;
  template <class Parts>
  using judge_recipe = JudgeMix<Self, Parts>;
  template <class Model>
  using judge = JudgeRanges<Self>;
};

}  // namespace detail

/// Mixup (arXiv 1710.09412): pictures become lambda x + (1 - lambda) x', x' the batch in reverse, lambda ~ Beta(Alpha,
/// Alpha) once a batch, and the loss lambda loss(y) + (1 - lambda) loss(y'). Alpha > 0.
template <auto AlphaValue = 0.2>
struct Mixup : detail::MixPolicy<MixKind::Mixup, Mixup<AlphaValue>> {
  static constexpr std::array numbers{Hyperparameter{.name = "mixup",
                                                     .value = static_cast<double>(AlphaValue),
                                                     .open = true,
                                                     .about = "alpha of mixup: how much pictures are mixed"}};
  static std::string sentence(const double* n) { return "mixup of the pictures, alpha " + short_number(n[0]); }
};

/// CutMix (arXiv 1905.04899): a rectangle of x' is put into x: of its share sqrt(1 - lambda) of each side, its centre
/// uniform, cut at the border; lambda becomes the share of x that is left. Alpha > 0.
template <auto AlphaValue = 1.0>
struct CutMix : detail::MixPolicy<MixKind::CutMix, CutMix<AlphaValue>> {
  static constexpr std::array numbers{Hyperparameter{.name = "cutmix",
                                                     .value = static_cast<double>(AlphaValue),
                                                     .open = true,
                                                     .about = "alpha of CutMix: how much of a picture is replaced"}};
  static std::string sentence(const double* n) { return "CutMix of the pictures, alpha " + short_number(n[0]); }
};

/// One of the two for each batch, with equal probability (timm's mixup and cutmix together, switch_prob 0.5).
template <auto MixupAlpha = 0.2, auto CutMixAlpha = 1.0>
struct MixupOrCutMix : detail::MixPolicy<MixKind::Either, MixupOrCutMix<MixupAlpha, CutMixAlpha>> {
  static constexpr std::array numbers{Mixup<MixupAlpha>::numbers[0], CutMix<CutMixAlpha>::numbers[0]};
  static std::string sentence(const double* n) {
    return "mixup (alpha " + short_number(n[0]) + ") or CutMix (alpha " + short_number(n[1]) +
           ") of the pictures, either in half of the batches";
  }
};

}  // namespace tuneit

#pragma once
// The transforms that a recipe's Augment and TestViews stand for, in the form that the loader holds.
#include <array>
#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/data/augment/augment.hpp"
#include "tuneit/data/augment/auto_augment.hpp"
#include "tuneit/data/augment/erase.hpp"
#include "tuneit/data/augment/jitter.hpp"
#include "tuneit/data/augment/warp.hpp"
#include "tuneit/recipe/queries/augment_views.hpp"

namespace tuneit::data {
namespace detail {

// Each step behind a std::function: one call a picture, the loops over pixels are inside.
using ImageChange = std::function<io::Image(io::Image, Draws&)>;

/// The short side that a middle crop of this share is cut from: 256 for 224 and 0.875.
inline int short_side(int side, double share) { return python_round(side / share); }

/// A step that changes bytes, as a std::function of either kind. Empty for RandomErasing and Own.
template <class Function>
Function function_of(const StepView& v, int side) {
  const Interpolation sampling = v.bilinear ? Interpolation::Bilinear : Interpolation::Nearest;
  const auto& n = v.n;
  const auto whole = [&](std::size_t i) { return static_cast<int>(n[i]); };
  switch (v.kind) {
    case StepKind::WholeImage:
      return ResizeExact{side, side};
    case StepKind::CenterCrop:
      return Compose(Resize{short_side(side, n[0])}, CenterCrop{side});
    case StepKind::RandomResizedCrop:
      return RandomResizedCrop{side, {n[0], n[1], n[2], n[3]}};
    case StepKind::HorizontalFlip:
      return RandomHorizontalFlip{n[0]};
    case StepKind::VerticalFlip:
      return RandomVerticalFlip{n[0]};
    case StepKind::Rotation:
      return RandomRotation{-n[0], n[0], sampling};
    case StepKind::Affine:
      return RandomAffine{
          n[0], std::array{n[1], n[1]}, std::array{n[2], n[3]}, std::array{-n[4], n[4], -n[4], n[4]}, true, sampling};
    case StepKind::ColorJitter:
      return ColorJitter{n[0], n[1], n[2], n[3]};
    case StepKind::Grayscale:
      return RandomGrayscale{n[0]};
    case StepKind::Invert:
      return RandomInvert{n[0]};
    case StepKind::AutoContrast:
      return RandomAutocontrast{n[0]};
    case StepKind::Equalize:
      return RandomEqualize{n[0]};
    case StepKind::Posterize:
      return RandomPosterize{n[1], {whole(0)}};
    case StepKind::Solarize:
      return RandomSolarize{n[1], {n[0]}};
    case StepKind::Sharpness:
      return RandomAdjustSharpness{n[1], {n[0]}};
    case StepKind::TrivialAugmentWide:
      return TrivialAugmentWide{whole(0), sampling};
    case StepKind::RandAugment:
      return RandAugment{whole(0), whole(1), whole(2), sampling};
    case StepKind::RandomErasing:
    case StepKind::Own:
      break;
  }
  return {};
}

/// What a step that reads whole pictures makes of their short side.
inline int least_side(const StepView& v, int side) {
  return v.kind == StepKind::CenterCrop ? short_side(side, v.n[0]) : side;
}

inline bool draws_nothing(StepKind k) { return k == StepKind::WholeImage || k == StepKind::CenterCrop; }

inline bool is_flip(StepKind k) { return k == StepKind::HorizontalFlip || k == StepKind::VerticalFlip; }
/// May a flip before this step be done after it? Where it changes pixels by themselves, by counts of their values, or
/// by neighbours that count alike on all sides.
inline bool lets_flips_wait(StepKind k) {
  return is_flip(k) || (k >= StepKind::ColorJitter && k <= StepKind::Sharpness);
}

/// Changes one after the other. With an Deferred, flips that all steps behind them let wait are noted there.
struct Chain {
  Augment::Pipeline first;
  std::vector<ImageChange> rest;
  std::vector<StepView> steps;  ///< of `rest`
  std::size_t waits = 0;        ///< from this one on flips can wait

  io::Image run(const io::Image& in, Draws& draws, Deferred* deferred) const {
    io::Image picture = first(in, draws);
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if (deferred == nullptr || i < waits || !is_flip(steps[i].kind)) {
        picture = rest[i](std::move(picture), draws);
      } else if (draws.uniform(0.0, 1.0) < steps[i].n[0]) {
        bool& flip = steps[i].kind == StepKind::HorizontalFlip ? deferred->mirrored : deferred->turned_over;
        flip = !flip;  // twice is not at all
      }
    }
    return picture;
  }
};

}  // namespace detail

/// Transforms from plain steps. `own`: the callables of steps of one's own, in their order. Throws Error(Usage) where
/// one is missing.
inline Augment train_augment(const StepList& steps, int side, const Normalize& normalize = {},
                             const std::vector<detail::ImageChange>& own = {}) {
  const auto chain = std::make_shared<detail::Chain>();
  Augment::Choose choose;
  Augment::Pipeline& first = chain->first;
  std::vector<detail::ImageChange>& rest = chain->rest;
  std::vector<RandomErasing> erasings;
  std::size_t owned = 0;
  bool random = false;
  if (!crops(steps)) first = detail::function_of<Augment::Pipeline>(test_crop(steps), side);
  for (const StepView& v : steps) {
    if (first && v.kind != StepKind::RandomErasing) chain->steps.push_back(v);
    random = random || !detail::draws_nothing(v.kind);
    if (v.kind == StepKind::RandomErasing) {
      erasings.push_back({v.n[0], v.n[1], v.n[2], v.n[3], v.n[4], {}, v.noise});
    } else if (v.kind == StepKind::Own) {
      if (owned == own.size())
        throw Error(ErrorKind::Usage, "a step of one's own in Augment cannot be called",
                    "Give it io::Image operator()(io::Image, S& draws) const, a template over S.");
      if (first)
        rest.push_back(own[owned++]);
      else
        first = own[owned++];
    } else if (first) {
      rest.push_back(detail::function_of<detail::ImageChange>(v, side));
    } else if (v.kind == StepKind::RandomResizedCrop) {
      choose = RandomResizedCrop{side, {v.n[0], v.n[1], v.n[2], v.n[3]}}.chooser();
      first = ResizeExact{side, side};
    } else {
      first = detail::function_of<Augment::Pipeline>(v, side);  // reads the decoded picture where it lies
    }
  }
  chain->waits = rest.size();
  while (chain->waits > 0 && detail::lets_flips_wait(chain->steps[chain->waits - 1].kind)) --chain->waits;
  Augment::Pipeline all = [chain](const io::Image& in, Draws& draws) { return chain->run(in, draws, nullptr); };
  Augment augment = choose ? Augment(side, std::move(choose), std::move(all), normalize)
                           : Augment(side, random, std::move(all), normalize);
  const bool whole_first = !crops(steps) || detail::draws_nothing(steps.begin()->kind);
  if (whole_first) augment.shrinks_to(detail::least_side(test_crop(steps), side));
  if (!erasings.empty()) augment.erase(std::move(erasings));
  return augment.leave_flips(
      [chain](const io::Image& in, Draws& draws, Deferred& deferred) { return chain->run(in, draws, &deferred); });
}

/// What tests see where training takes these steps: the middle of a picture, or the whole, or several views of it.
inline Augment test_augment(const StepList& steps, TestViewKind views, int side, const Normalize& normalize = {}) {
  const StepView crop = test_crop(steps);
  if (views <= TestViewKind::Mirror) {
    const Augment::Pipeline once = detail::function_of<Augment::Pipeline>(crop, side);
    Augment augment(side, false, once, normalize);
    augment.shrinks_to(detail::least_side(crop, side));
    if (views == TestViewKind::Mirror)
      augment.add_view([once](const io::Image& in, Draws& draws) { return mirror(once(in, draws)); });
    return augment;
  }
  if (crop.kind == StepKind::WholeImage)
    throw Error(ErrorKind::Usage, "test views that are crops do not go with pictures that are seen whole",
                "Use the mirror image, or other augmentation.");
  const Resize larger{detail::short_side(side, crop.n[0])};
  Augment augment(side, false, Compose(larger, CornerCrop{side, 0}), normalize);
  augment.shrinks_to(larger.short_side);
  const int count = views == TestViewKind::TenCrops ? 10 : 5;
  for (int i = 1; i < count; ++i)
    augment.add_view([larger, cut = CornerCrop{side, i % 5}, mirrored = i >= 5](const io::Image& in, Draws& draws) {
      io::Image picture = larger(in, draws);
      if (mirrored) picture = mirror(std::move(picture));
      return cut(picture, draws);
    });
  return augment;
}

namespace detail {

template <class Step>
void add_own(std::vector<ImageChange>& own) {
  if constexpr (std::is_base_of_v<AugmentStep, Step> && std::invocable<const Step&, io::Image, Draws&>)
    own.push_back(Step{});
}
template <class... Steps>
std::vector<ImageChange> own_steps(List<Steps...>) {
  std::vector<ImageChange> own;
  (add_own<Steps>(own), ...);
  return own;
}

}  // namespace detail

/// The transforms of the training pictures of recipe R, with these numbers, and of those to test on. Where R says
/// nothing: random crops and mirror images, and the middle of pictures. Throws Error(Usage) for numbers that do not fit
/// together.
template <class R>
Augment train_augment(const Settings& s = defaults<R>(), const Normalize& normalize = {}) {
  return train_augment(train_steps<R>(s), s.side, normalize, detail::own_steps(typename R::augment::steps{}));
}
/// The same in the I-th phase, of pictures of its side.
template <class R, std::size_t I>
Augment train_augment_in(const Settings& s, const Normalize& normalize = {}) {
  using A = tuneit::detail::in_phase_t<typename R::parts, I, slots::Augment, typename R::augment>;
  return train_augment(train_steps_in<R, I>(s), side_in<R, I>(s), normalize, detail::own_steps(typename A::steps{}));
}
template <class R>
Augment test_augment(const Settings& s = defaults<R>(), const Normalize& normalize = {}) {
  return test_augment(train_steps<R>(s), R::test_views::kind, s.side, normalize);
}

/// What a loader is told of the phases of R: `loader.set_phases(data::train_phases<R>(settings))`. Empty where all of
/// them want the same data.
template <class R>
std::vector<DataPhase> train_phases([[maybe_unused]] const Settings& s = defaults<R>(),
                                    [[maybe_unused]] const Normalize& normalize = {}) {
  using P = typename R::parts;
  std::vector<DataPhase> phases;
  if constexpr (tuneit::detail::data_differs<P>) {
    std::uint64_t epoch = 1;
    const auto one = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      phases.push_back({epoch, static_cast<std::size_t>(batch_size_in<R, I>(s)), train_augment_in<R, I>(s, normalize)});
      epoch += static_cast<std::uint64_t>(s.values[tuneit::detail::phase_offset<P, I>]);
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) { (one(std::integral_constant<std::size_t, I>{}), ...); }
    (std::make_index_sequence<R::phase_count>{});
  }
  return phases;
}

}  // namespace tuneit::data

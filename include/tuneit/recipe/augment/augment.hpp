#pragma once
// How are pictures changed at random before the network sees them, and in how many ways are they seen in tests?
#include "tuneit/recipe/augment/steps.hpp"
#include "tuneit/recipe/plan/edit.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit {

enum class TestViewKind : std::uint8_t { One, Mirror, FiveCrops, TenCrops };

namespace detail {

template <class P>
concept SaysSteps = requires {
  typename P::steps;
};

}  // namespace detail

namespace slots {
struct Augment {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::SaysSteps<P>, true, "steps"}}};
};
struct TestViews {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_kind<P, TestViewKind>}};
};
}  // namespace slots

namespace detail {

template <class T>
inline constexpr bool is_step = std::is_base_of_v<AugmentStep, T>;
constexpr bool is_crop(StepKind k) {
  return k == StepKind::WholeImage || k == StepKind::CenterCrop || k == StepKind::RandomResizedCrop;
}

// Which two steps do not go together in this order? Equal: all do.
struct StepPair {
  std::size_t first = 0, second = 0;
  bool crops = false;
};
template <class... Steps>
constexpr StepPair wrong_steps() {
  constexpr StepKind kinds[] = {Steps::kind..., StepKind::Own};
  for (std::size_t i = 0; i < sizeof...(Steps); ++i)
    for (std::size_t j = i + 1; j < sizeof...(Steps); ++j) {
      if (is_crop(kinds[i]) && is_crop(kinds[j])) return {i, j, true};
      if (kinds[i] == StepKind::RandomErasing && kinds[j] != StepKind::RandomErasing) return {i, j, false};
    }
  return {};
}
template <class... Steps>
constexpr auto judge_steps() {
  constexpr StepPair wrong = wrong_steps<Steps...>();
  if constexpr (wrong.first == wrong.second) {
    return Type<Accepted>{};
  } else {
    using First = typename TypeAt<wrong.first, List<Steps...>>::type;
    using Second = typename TypeAt<wrong.second, List<Steps...>>::type;
    if constexpr (wrong.crops)
      return Type<TwoCrops<First, Second>>{};
    else
      return Type<BehindErasing<Second, First>>{};
  }
}
template <class... Steps>
struct JudgeStepOrder {
  using type = typename decltype(judge_steps<Steps...>())::type;
};
template <class Step>
constexpr bool step_in_range() {
  if constexpr (requires { typename Step::sampling; })
    if (!is_bilinear<typename Step::sampling> && !std::is_same_v<typename Step::sampling, tuneit::Nearest>)
      return false;
  if constexpr (requires { typename Step::filling; })
    if (!Step::noise && !std::is_same_v<typename Step::filling, MeanColour>) return false;
  return numbers_in_range<Step>() && Step::orderly(number_values<Step>.data());
}
template <class Step>
struct JudgeStepNumbers : Demand<step_in_range<Step>(), OutOfRange<Step>> {};

}  // namespace detail

/// What training does to pictures, step by step. Without a step that crops, pictures are cut as in tests: the short
/// side to 256 / 224 of the side of the pictures, then the middle. A recipe that says nothing has
/// Augment<RandomResizedCrop<>, HorizontalFlip<>>; Augment<> changes nothing. At most 24 steps.
template <class... Steps>
struct Augment : PolicyTag {
  using slot = slots::Augment;
  using steps = List<Steps...>;
  static constexpr auto numbers = detail::join_numbers<Steps...>();
  template <class Model>
  using judge = judge_all<Demand<(sizeof...(Steps) <= StepList::most), OutOfRange<Augment>>,
                          Demand<detail::is_step<Steps>, NotAnAugmentation<Augment, Steps>>...,
                          detail::JudgeStepNumbers<Steps>..., detail::JudgeStepOrder<Steps...>>;
};

struct Mirror {};     ///< the picture, and its mirror image
struct FiveCrops {};  ///< the corners and the middle of the picture, torchvision's FiveCrop
struct TenCrops {};   ///< those and their mirror images, torchvision's TenCrop

namespace detail {

template <class V>
inline constexpr TestViewKind test_view_kind = TestViewKind::One;
template <>
inline constexpr TestViewKind test_view_kind<Mirror> = TestViewKind::Mirror;
template <>
inline constexpr TestViewKind test_view_kind<FiveCrops> = TestViewKind::FiveCrops;
template <>
inline constexpr TestViewKind test_view_kind<TenCrops> = TestViewKind::TenCrops;

}  // namespace detail

/// Tests see several versions of each picture and judge the mean of their outputs (logits).
template <class V>
struct TestViews : PolicyTag {
  using slot = slots::TestViews;
  static constexpr TestViewKind kind = detail::test_view_kind<V>;
  template <class Model>
  using judge = Demand<kind != TestViewKind::One, UnknownViews<TestViews, V>>;
};

namespace detail {

struct NoAugmentSaid {
  using steps = List<RandomResizedCrop<>, HorizontalFlip<>>;
};
struct OneView {
  static constexpr TestViewKind kind = TestViewKind::One;
};
template <class Parts>
inline constexpr bool says_augment = !std::is_same_v<typename Parts::augment, NoAugmentSaid>;

// Crops for tests of pictures that are seen whole.
template <class L>
inline constexpr bool sees_whole = false;
template <class... Steps>
inline constexpr bool sees_whole<List<Steps...>> = ((Steps::kind == StepKind::WholeImage) || ...);
template <class Parts>
constexpr bool crops_whole_images() {
  if constexpr (Parts::test_views::kind > TestViewKind::Mirror) return sees_whole<typename Parts::augment::steps>;
  return false;
}
template <class Parts>
struct JudgeTestViews : Demand<!crops_whole_images<Parts>(), CropsWholeImage<typename Parts::test_views, WholeImage>> {
};

}  // namespace detail
}  // namespace tuneit

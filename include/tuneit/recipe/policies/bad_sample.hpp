#pragma once
// What happens when a picture cannot be read?
#include <string>

#include "tuneit/recipe/plan/edit.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/recipe/policies/rates.hpp"

namespace tuneit {

namespace slots {
struct BadSample {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_numbers<P, 0>}};
  static constexpr Topic topic = Topic::Samples;
  template <class P>
  requires(number_count<P> != 0) static std::string sentence(const double* n) {
    return "up to " + short_number(n[0]) + " pictures that cannot be read are left out";
  }
};
}  // namespace slots

/// The first picture that cannot be read ends the training, with its name and what is wrong with it.
struct Fail {
  static constexpr int count = 0;
};
/// Up to Max different pictures that cannot be read are left out and listed; one more ends the training.
template <int Max>
struct Skip {
  static constexpr int count = Max;
};

namespace detail {

template <class W>
inline constexpr bool is_bad_sample_rule = false;
template <>
inline constexpr bool is_bad_sample_rule<Fail> = true;
template <int Max>
inline constexpr bool is_bad_sample_rule<Skip<Max>> = true;

/// Only Skip has a number that can be changed at run time: with 0 it is Fail.
template <class What>
constexpr std::size_t bad_sample_numbers = 0;
template <int Max>
constexpr std::size_t bad_sample_numbers<Skip<Max>> = 1;

}  // namespace detail

/// What a picture that is damaged, cut short, or gone does to the training: `OnBadSample<Fail>` (the default) or
/// `OnBadSample<Skip<10>>`. A picture that is left out makes its batch shorter; which pictures share a batch never
/// changes.
template <class What>
struct OnBadSample : PolicyTag {
  using slot = slots::BadSample;
  using known_options = List<Fail, Skip<100>>;
  static constexpr std::array<Hyperparameter, detail::bad_sample_numbers<What>> numbers = [] {
    std::array<Hyperparameter, detail::bad_sample_numbers<What>> all{};
    for (Hyperparameter& k : all)
      k = Hyperparameter{.name = "skip-at-most",
                         .value = detail::count_of<What>(),
                         .most = 1e9,
                         .whole = true,
                         .unit = "pictures",
                         .about = "that cannot be read are left out; one more ends the training"};
    return all;
  }();
  template <class Model>
  using judge = judge_all<Demand<detail::is_bad_sample_rule<What>, NotAnOption<OnBadSample, What>>,
                          detail::JudgeRanges<OnBadSample>>;
};

}  // namespace tuneit

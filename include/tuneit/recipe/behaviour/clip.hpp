#pragma once
// Gradients are clipped.
#include <array>
#include <cstdint>

#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

/// How gradients are clipped: of all tensors together, before the optimizer steps.
enum class ClipKind : std::uint8_t { None, Norm, Value };

namespace slots {
struct Clip {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_kind<P, ClipKind>, detail::asked_numbers<P, 1>}};
};
}  // namespace slots

namespace detail {

/// What both have.
template <ClipKind Kind>
struct Clips : PolicyTag {
  using slot = slots::Clip;
  static constexpr ClipKind kind = Kind;
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Limit;
  static constexpr Effects effects{.by_group = true, .replays = true};
  static constexpr Topic topic = Topic::Gradients;
};

}  // namespace detail

/// Gradients are scaled down to a common 2-norm of at most Max (> 0): torch's clip_grad_norm_, g *= min(1, Max / (norm
/// + 1e-6)).
template <auto Max>
struct ClipNorm : detail::Clips<ClipKind::Norm> {
  static constexpr std::array numbers{Hyperparameter{.name = "clip-norm",
                                                     .value = static_cast<double>(Max),
                                                     .open = true,
                                                     .about = "the largest norm of all gradients together"}};
  static std::string sentence(const double* n) {
    return "gradients are scaled down to a norm of at most " + short_number(n[0]) + " together";
  }
  template <class Model>
  using judge = detail::JudgeRanges<ClipNorm>;
};

/// Each number of a gradient is clipped to [-Max, Max] (Max > 0): torch's clip_grad_value_.
template <auto Max>
struct ClipValue : detail::Clips<ClipKind::Value> {
  static constexpr std::array numbers{Hyperparameter{.name = "clip-value",
                                                     .value = static_cast<double>(Max),
                                                     .open = true,
                                                     .about = "the largest number of a gradient"}};
  static std::string sentence(const double* n) {
    return "each number of a gradient is clipped at " + short_number(n[0]);
  }
  template <class Model>
  using judge = detail::JudgeRanges<ClipValue>;
};

}  // namespace tuneit

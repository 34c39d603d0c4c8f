#pragma once
// Finetune<Model, Policies...>: judged once, here; then everything that follows from it is a constant.
#include "tuneit/recipe/judges/judge.hpp"

namespace tuneit {

/// A recipe: what is fine-tuned and how. Stops the compilation with one sentence if its verdict is a reason.
/// Members: `model` (with the new head), `origin`, `optimizer`, `schedule`, `warmup`, `loss`, `precision`, `epochs`,
/// `batch_size`, `phases`, `phase_count`, `new_classes` (0 if the head is kept, Dynamic if it comes at run time).
template <class Model, class... Policies>
struct Finetune : detail::Report<verdict<Finetune<Model, Policies...>>>::template recipe<Model, Policies...> {};

/// The I-th phase of a recipe, counted from 0 as those of `plans<R>`.
template <std::size_t I>
struct In {};

/// A recipe as it is in its I-th phase: `plan`, `loss`, `frozen_prefix` and the engine's passes of it are those of the
/// phase.
/// One that the recipe has not is refused, with `NotInRecipe<R, In<I>>`.
template <class R, std::size_t I>
struct InPhase : R {
  using whole = R;
  using loss = detail::loss_of_phase<typename R::parts, I>;
  static constexpr std::size_t phase = I;
};

namespace detail {

template <class R, std::size_t I>
requires(I >= R::phase_count) struct JudgeRecipe<InPhase<R, I>> {
  using type = NotInRecipe<R, In<I>>;
};

}  // namespace detail

template <class R, std::size_t I>
requires(I >= R::phase_count) struct InPhase<R, I>
    : detail::Report<NotInRecipe<R, In<I>>>::template recipe<typename R::root> {
  using whole = R;
  static constexpr std::size_t phase = 0;
};

namespace detail {

template <class R>
struct PlanOf {
  static constexpr const auto& value = plans_of_parts<typename R::parts>[0];
};
template <class R, std::size_t I>
requires(I < R::phase_count) struct PlanOf<InPhase<R, I>> {
  static constexpr const auto& value = plans_of_parts<typename R::parts>[I];
};

}  // namespace detail

/// What the recipe does with each tensor of its model (rows of `table<R::model>`), in its first phase, or in that of an
/// InPhase.
template <class R>
inline constexpr const auto& plan = detail::PlanOf<R>::value;

/// The same in each phase: `plans<R>[1].rows[i]`.
template <class R>
inline constexpr const auto& plans = detail::plans_of_parts<typename R::parts>;

/// Does the tensor move in any phase? One that is tied is asked under its first name.
template <class R>
constexpr bool ever_trains(std::size_t row) {
  if (table<typename R::model>.rows[row].is_buffer() || table<typename R::model>.rows[row].is_tied()) return false;
  for (const auto& p : plans<R>)
    if (!p.rows[row].frozen) return true;
  return false;
}

}  // namespace tuneit

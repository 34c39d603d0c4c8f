#pragma once
// A training in phases: in each of them other tensors train, at other rates. All parameter groups exist from step 0;
// which phase a step belongs to follows from its number alone.
#include "tuneit/recipe/plan/duration.hpp"
#include "tuneit/recipe/plan/phase_numbers.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/recipe/schedules/schedule.hpp"

namespace tuneit {

namespace detail {

// Makes phases of a model; void: within a phase, which has none.
template <class P, class Model>
concept MakesPhases = std::is_void_v<Model> || requires {
  typename P::template phases_for<Model, 0>;
};
template <class P>
concept SaysPhases = requires {
  typename P::list;
};
template <class P>
concept SaysEpochs = requires {
  P::epochs + 0;
};

}  // namespace detail

namespace slots {
struct Phases {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::MakesPhases<P, Model> || detail::SaysPhases<P>, true, "list"},
                                     {detail::MakesPhases<P, Model> || detail::SaysCount<P>, true, "count"},
                                     {detail::MakesPhases<P, Model> || detail::SaysEpochs<P>, true, "epochs"}}};
};
}  // namespace slots

/// The epochs First up to, not including, Last (counted from 0): a phase by its place instead of its length.
template <int First, int Last>
struct Span {
  static constexpr int first = First, last = Last, count = Last - First;
};

namespace detail {

template <class D>
inline constexpr bool is_span = false;
template <int First, int Last>
inline constexpr bool is_span<Span<First, Last>> = true;

/// The epochs of a phase; 0 for what is none, which is then refused.
template <class P>
constexpr int epochs_of_phase() {
  if constexpr (requires { typename P::length; }) return count_of<typename P::length>();
  return 0;
}

}  // namespace detail

/// Part of a training. Length: Epochs<N> or Span<First, Last>. Items: what differs in it from the rest of the recipe:
/// policies that freeze or scale, a schedule or warm-up that then runs over this phase alone, options of the optimizer
/// (`Lr<1e-5>`) or another one, whose state begins there, BatchSize, Side and Augment, and policies that act in a step.
/// They win over what fills the same slot in the recipe.
template <class Length, class... Items>
struct Phase {
  using length = Length;
  template <class T>
  struct is_policy {
    static constexpr bool value = Policy<T>;
  };
  using policies = filter_t<is_policy, Items...>;
  using items = List<Items...>;
  using numbered = List<Items..., detail::PhaseOnly<Items>...>;  ///< whose numbers are the phase's, behind its length
  static constexpr auto numbers = [] {
    const auto of_items = detail::join_numbers<Items..., detail::PhaseOnly<Items>...>();
    std::array<Hyperparameter, of_items.size() + 1> all{
        Hyperparameter{.name = "epochs",
                       .value = detail::count_of<Length>(),
                       .least = 1,
                       .most = 1e6,
                       .whole = true,
                       .about = "passes over the training set in this phase"}};
    for (std::size_t i = 0; i < of_items.size(); ++i) all[i + 1] = of_items[i];
    return all;
  }();
};

/// A training of several phases, one after the other: `Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<4>,
/// Freeze<Layers<0, 2>>>>`. Everything else in the recipe holds in all of them. The length of the training is theirs
/// together.
template <class... Ps>
struct Phases : PolicyTag {
  using slot = slots::Phases;
  using list = List<Ps...>;
  static constexpr std::size_t count = sizeof...(Ps);
  static constexpr auto numbers = detail::join_numbers<Ps...>();
  static constexpr int epochs = (0 + ... + detail::epochs_of_phase<Ps>());
};

namespace detail {

/// A recipe without phases is one phase in which nothing differs.
struct WholeTraining {
  using policies = List<>;
  using items = List<>;
  using numbered = List<>;
};
struct OnePhase {
  using list = List<WholeTraining>;
  static constexpr std::size_t count = 1;
};

/// Where the numbers of X begin among those of Xs.
template <class X, class... Xs>
constexpr std::size_t numbers_before(List<Xs...>) {
  std::size_t sum = 0;
  bool found = false;
  [[maybe_unused]] const auto one = [&]<class Y>(Type<Y>) {
    found = found || std::is_same_v<X, Y>;
    if (!found) sum += number_count<Y>;
  };
  (one(Type<Xs>{}), ...);
  return sum;
}

}  // namespace detail
}  // namespace tuneit

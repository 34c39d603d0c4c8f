#pragma once
// Unfreezing one group after the other.
#include <utility>

#include "tuneit/recipe/policies/freeze.hpp"
#include "tuneit/recipe/policies/phases.hpp"

namespace tuneit {
namespace detail {

// Does S select anything of the model? What is no model and no selector is judged as such, later.
template <class Model, class S>
inline constexpr bool selects_any = false;
template <NetworkLike Model, Selector S>
inline constexpr bool selects_any<Model, S> = mask<Model, S>.any();

// A phase in which S is frozen, where S is anything at all.
template <class Model, class Length, class S, class... Items>
using frozen_phase_t =
    std::conditional_t<selects_any<Model, S>, Phase<Length, Freeze<S>, Items...>, Phase<Length, Items...>>;

// Phases of `Each` epochs; of the `Said` epochs that the recipe has, the last phase gets what is left.
template <class Each, int Count, int Said>
struct GradualLength {
  static constexpr int before = (Count - 1) * Each::count;
  static constexpr int last = Said > before ? Said - before : Each::count;
  template <int I>
  using at = Epochs<(I + 1 < Count ? Each::count : last)>;
};

// What is frozen in phase I: the blocks before the I + 1 last ones ...
template <class Model, class Each, int Said, class... Ss>
struct GradualPhases {
  static constexpr int count = static_cast<int>(Model::block_count);
  template <int I>
  using frozen = Layers<0, count - 1 - I>;
};
// ... or everything but the I + 1 first selectors.
template <class Model, class Each, int Said, class S, class... Ss>
struct GradualPhases<Model, Each, Said, S, Ss...> {
  static constexpr int count = 1 + static_cast<int>(sizeof...(Ss));
  template <class L, class Indices>
  struct Among;
  template <class... Ts, std::size_t... J>
  struct Among<List<Ts...>, std::index_sequence<J...>> {
    using type = Except<Union<typename TypeAt<J, List<Ts...>>::type...>>;
  };
  template <int I>
  using frozen = typename Among<List<S, Ss...>, std::make_index_sequence<static_cast<std::size_t>(I + 1)>>::type;
};

template <class Model, class Each, int Said, class... Ss>
struct Gradual {
  using type = OnePhase;  // judged as what it is: no duration, no selector
};
template <class Model, int N, int Said, class... Ss>
requires(NetworkLike<Model>&& N >= 1 && (Selector<Ss> && ...)) struct Gradual<Model, Epochs<N>, Said, Ss...> {
  using phases = GradualPhases<Model, Epochs<N>, Said, Ss...>;
  using length = GradualLength<Epochs<N>, phases::count, Said>;
  template <int... I>
  static Phases<frozen_phase_t<Model, typename length::template at<I>, typename phases::template frozen<I>>...> make(
      std::integer_sequence<int, I...>);
  using type = decltype(make(std::make_integer_sequence<int, phases::count>{}));
};

}  // namespace detail

/// ULMFiT's gradual unfreezing (arXiv 1801.06146): phases of Each epochs, in the first of which the last top-level
/// block alone trains, in each further one one more, in the last everything. With selectors: the first of them, then
/// the first two, ..., and what is in none stays frozen. If the recipe says Epochs<N>, the last phase has what is left
/// of them.
template <class Each, class... Ss>
struct GradualUnfreeze : PolicyTag {
  using slot = slots::Phases;
  using each = Each;
  template <class Model, int Said>
  using phases_for = typename detail::Gradual<Model, Each, Said, Ss...>::type;
  template <class Model>
  using judge = judge_all<Demand<detail::is_epochs<Each>, NotADuration<GradualUnfreeze, Each>>,
                          detail::JudgeNumber<GradualUnfreeze, (detail::count_of<Each>() >= 1)>,
                          judge_selector<GradualUnfreeze, Model, Ss>...>;
};

}  // namespace tuneit

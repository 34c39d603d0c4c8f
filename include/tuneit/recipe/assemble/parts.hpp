#pragma once
// What a pack of policies decides, before anybody judges it.
#include "tuneit/recipe/augment/augment.hpp"
#include "tuneit/recipe/behaviour/accumulate.hpp"
#include "tuneit/recipe/behaviour/clip.hpp"
#include "tuneit/recipe/behaviour/distill.hpp"
#include "tuneit/recipe/behaviour/early_stop.hpp"
#include "tuneit/recipe/behaviour/ema.hpp"
#include "tuneit/recipe/behaviour/l2sp.hpp"
#include "tuneit/recipe/behaviour/mix.hpp"
#include "tuneit/recipe/behaviour/sam.hpp"
#include "tuneit/recipe/behaviour/swa.hpp"
#include "tuneit/recipe/losses/losses.hpp"
#include "tuneit/recipe/metrics/metrics.hpp"
#include "tuneit/recipe/optimizers/optimizers.hpp"
#include "tuneit/recipe/policies/bad_sample.hpp"
#include "tuneit/recipe/policies/batch_size.hpp"
#include "tuneit/recipe/policies/freeze.hpp"
#include "tuneit/recipe/policies/gradual.hpp"
#include "tuneit/recipe/policies/group_of.hpp"
#include "tuneit/recipe/policies/group_rates.hpp"
#include "tuneit/recipe/policies/layer_decay.hpp"
#include "tuneit/recipe/policies/no_decay_like.hpp"
#include "tuneit/recipe/policies/origin.hpp"
#include "tuneit/recipe/policies/phases.hpp"
#include "tuneit/recipe/policies/precision.hpp"
#include "tuneit/recipe/policies/rates.hpp"
#include "tuneit/recipe/policies/recompute.hpp"
#include "tuneit/recipe/policies/replace_head.hpp"
#include "tuneit/recipe/policies/reuse_rows.hpp"
#include "tuneit/recipe/policies/side.hpp"
#include "tuneit/recipe/policies/texts.hpp"
#include "tuneit/recipe/policies/views.hpp"
#include "tuneit/recipe/rewrites/rules.hpp"
#include "tuneit/recipe/schedules/schedules.hpp"

namespace tuneit {

template <class Model, class... Policies>
struct Finetune;

namespace detail {

// The policy of a slot, or the default.
template <class Slot>
struct InSlot {
  template <class P>
  struct test {
    static constexpr bool value = false;
  };
  template <class P>
  requires requires { typename P::slot; }
  struct test<P> {
    static constexpr bool value = std::is_same_v<typename P::slot, Slot>;
  };
  template <class P>
  struct other {
    static constexpr bool value = !test<P>::value;
  };
};
template <std::size_t I, bool Found, class Default, class L>
struct Pick : TypeAt<I, L> {};
template <std::size_t I, class Default, class L>
struct Pick<I, false, Default, L> {
  using type = Default;
};
template <class Slot, class Default, class... Policies>
using pick_t = typename Pick<slot_at<Slot, Policies...>, (slot_at<Slot, Policies...> < sizeof...(Policies)), Default,
                             List<Policies...>>::type;

template <class Slot, class Default, class L>
struct PickFrom;
template <class Slot, class Default, class... Policies>
struct PickFrom<Slot, Default, List<Policies...>> {
  using type = pick_t<Slot, Default, Policies...>;
};
template <class Slot, class Default, class L>
using pick_from_t = typename PickFrom<Slot, Default, L>::type;

struct KeepHead {
  static constexpr int classes = 0;
  using initialiser = DefaultInit;
  template <class Model>
  using adapted = Model;
};

template <class Phases, int Otherwise>
inline constexpr int epochs_of = Otherwise;
template <class... Ps, int Otherwise>
inline constexpr int epochs_of<Phases<Ps...>, Otherwise> = Phases<Ps...>::epochs;

// Phases as they are for a model and for `Said` epochs (0: the recipe does not say): some depend on both.
template <class P, class Model, int Said>
struct PhasesFor {
  using type = P;
};
template <class P, class Model, int Said>
requires requires { typename P::template phases_for<Model, Said>; }
struct PhasesFor<P, Model, Said> {
  using type = typename P::template phases_for<Model, Said>;
};

template <class Phases>
inline constexpr bool some_has_group = false;
template <class... Ps>
inline constexpr bool some_has_group<List<Ps...>> = (has_group<typename Ps::items> || ...);

/// Everything a recipe decides, without judging it. An unknown thing in the pack is simply not asked.
template <class Model, class... Policies>
struct Parts {
  using root = Model;
  using head = pick_t<slots::Head, KeepHead, Policies...>;
  using model = typename Rewriting<(rewrites<Policies> || ...)>::template model<typename head::template adapted<Model>,
                                                                                Policies...>;
  using optimizer = pick_t<slots::Optimizer, Sgd<Lr<1e-3>, Momentum<0.9>>, Policies...>;
  using schedule = pick_t<slots::Schedule, Constant, Policies...>;
  using warmup = pick_t<slots::Warmup, NoWarmup, Policies...>;
  using loss = pick_t<slots::Loss, CrossEntropy<>, Policies...>;
  using unused = pick_t<slots::Unused, Unused<>, Policies...>;
  using metrics = pick_t<slots::Metrics, NoMetrics, Policies...>;
  using monitor = pick_t<slots::Monitor, NoMonitor, Policies...>;
  using precision = typename pick_t<slots::Precision, Precision<FP32>, Policies...>::type;
  using accumulate = pick_t<slots::Accumulate, NoAccumulation, Policies...>;
  using bad_sample = pick_t<slots::BadSample, OnBadSample<Fail>, Policies...>;
  using rows = pick_t<slots::ReuseRows, NoRows, Policies...>;
  using augment = pick_t<slots::Augment, NoAugmentSaid, Policies...>;
  using test_views = pick_t<slots::TestViews, OneView, Policies...>;
  static constexpr int said_epochs = pick_t<slots::Epochs, Epochs<0>, Policies...>::count;
  template <class Otherwise>
  using phases_or = typename PhasesFor<pick_t<slots::Phases, Otherwise, Policies...>, model, said_epochs>::type;
  using phases = phases_or<OnePhase>;
  static constexpr std::size_t phase_count = phases::count;
  static constexpr int epochs = epochs_of<phases, pick_t<slots::Epochs, Epochs<5>, Policies...>::count>;
  static constexpr int batch_size = pick_t<slots::BatchSize, BatchSize<32>, Policies...>::count;
  static constexpr int side = pick_t<slots::Side, Side<model::input::side>, Policies...>::count;
  static constexpr int views = pick_t<slots::Views, FreshViews, Policies...>::count;  ///< 0: fresh ones every epoch
  static constexpr int new_classes = head::classes;                                   ///< 0: the head is kept
  using policies = List<Policies...>;
  using common = filter_t<InSlot<slots::Phases>::template other, Policies...>;  ///< what holds in all phases
  using phased = phases_or<void>;                                               ///< Phases, or void: there are none
  static constexpr bool grouped = has_group<policies> || some_has_group<typename phases::list>;  ///< has it GroupOfs?
};

// The numbers of a recipe: those of its common policies, then those of its phases.
template <class... Common, class Phases>
constexpr auto numbers_of_parts(List<Common...>, Type<Phases>) {
  return join_numbers<Common..., Phases>();
}
template <class P>
inline constexpr auto parts_numbers = numbers_of_parts(typename P::common{}, Type<typename P::phased>{});

template <class... Ps>
constexpr std::size_t count_numbers(List<Ps...>) {
  return (std::size_t{0} + ... + number_count<Ps>);
}

/// Where the values of X, a policy that holds in all phases, begin.
template <class P, class X>
inline constexpr std::size_t number_offset = numbers_before<X>(typename P::common{});

template <std::size_t I, class... Ps>
constexpr std::size_t numbers_before_phase(List<Ps...>) {
  constexpr std::size_t counts[] = {number_count<Ps>..., 0};
  std::size_t sum = 0;
  for (std::size_t i = 0; i < I; ++i) sum += counts[i];
  return sum;
}

/// The I-th phase of a recipe, and where its values begin: the first is its length.
template <class P, std::size_t I>
using phase_t = typename TypeAt<I, typename P::phases::list>::type;
template <class P, std::size_t I>
inline constexpr std::size_t phase_offset =
    count_numbers(typename P::common{}) + numbers_before_phase<I>(typename P::phases::list{});

/// The policy of a slot in the I-th phase: the phase's own, else Common.
template <class P, std::size_t I, class Slot, class Common>
using in_phase_t = pick_from_t<Slot, Common, typename phase_t<P, I>::items>;
/// Does some phase have its own?
template <class P, class Slot>
inline constexpr bool differs_in_phases = []<std::size_t... I>(std::index_sequence<I...>) {
  return (!std::is_void_v<in_phase_t<P, I, Slot, void>> || ...);
}
(std::make_index_sequence<P::phase_count>{});
template <class P, class Slot>
requires std::is_void_v<typename P::phased>
inline constexpr bool differs_in_phases<P, Slot> = false;

/// Does a recipe say what fills the slot, for all phases alike?
template <class P, class Slot>
inline constexpr bool says_for_all =
    !std::is_void_v<pick_from_t<Slot, void, typename P::common>> && !differs_in_phases<P, Slot>;

/// Do phases want other batches, or other pictures?
template <class P>
inline constexpr bool data_differs =
    differs_in_phases<P, slots::BatchSize> || differs_in_phases<P, slots::Side> || differs_in_phases<P, slots::Augment>;

/// Where the values of X begin, an item of the I-th phase.
template <class P, std::size_t I, class X>
inline constexpr std::size_t phase_item_offset = phase_offset<P, I> + 1 +
                                                 numbers_before<X>(typename phase_t<P, I>::numbered{});

/// Does an item of a phase act in its steps?
template <class Item>
inline constexpr bool acts_in_phase = false;
template <Policy Item>
inline constexpr bool acts_in_phase<Item> = moments<Item> != NoMoments;
template <class... Items>
constexpr bool some_act(List<Items...>) {
  return (acts_in_phase<Items> || ...);
}
template <class... Ps>
constexpr bool some_phase_acts(List<Ps...>) {
  return (some_act(typename Ps::items{}) || ...);
}
template <class All, class... Items>
struct AddActing {
  using type = All;
};
template <class... All, class X, class... Rest>
struct AddActing<List<All...>, X, Rest...>
    : AddActing<std::conditional_t<acts_in_phase<X> && !(std::is_same_v<All, X> || ...), List<All..., X>, List<All...>>,
                Rest...> {};
template <class All, class... Phases>
struct ActingOfPhases {
  using type = All;
};
template <class All, class First, class... Rest>
struct ActingOfPhases<All, First, Rest...> {
  template <class... Items>
  static typename AddActing<All, Items...>::type add(List<Items...>);
  using type = typename ActingOfPhases<decltype(add(typename First::items{})), Rest...>::type;
};
template <class P, class Phased>
struct ActingPolicies {
  template <class... Phases>
  static auto add(List<Phases...>) {
    if constexpr (some_phase_acts(List<Phases...>{}))
      return typename ActingOfPhases<typename P::common, Phases...>::type{};
    else
      return typename P::common{};
  }
  using type = decltype(add(typename Phased::list{}));
};
template <class P>
struct ActingPolicies<P, void> {
  using type = typename P::common;
};
/// The policies of a recipe, and behind them those of its phases that act, each once.
template <class P>
using acting_policies = typename ActingPolicies<P, typename P::phased>::type;

template <class X, class... Items>
constexpr bool displaced(List<Items...>) {
  return slot_of<X> != nullptr && !is_group<X> && (((slot_of<Items> == slot_of<X>)&&!std::is_same_v<Items, X>) || ...);
}
template <class X, class... Items>
constexpr bool stands_among(List<Items...>) {
  return (std::is_same_v<Items, X> || ...);
}
/// Does X, of acting_policies, act in the I-th phase? What a phase says wins over what holds in all of them.
template <class P, std::size_t I, class X>
inline constexpr bool acts_here = stands_among<X>(typename phase_t<P, I>::items{}) ||
                                  (stands_among<X>(typename P::common{}) &&
                                   !displaced<X>(typename phase_t<P, I>::items{}));
/// Where the values of X begin in the I-th phase.
template <class P, std::size_t I, class X>
constexpr std::size_t acting_offset() {
  if constexpr (stands_among<X>(typename phase_t<P, I>::items{}))
    return phase_item_offset<P, I, X>;
  else
    return number_offset<P, X>;
}

/// The optimizer of the I-th phase.
template <class P, std::size_t I>
using optimizer_in = in_phase_t<P, I, slots::Optimizer, typename P::optimizer>;

/// Has the I-th phase a loss of its own?
template <class P, std::size_t I>
inline constexpr bool says_loss = !std::is_void_v<in_phase_t<P, I, slots::Loss, void>>;
/// The loss of the I-th phase.
template <class P, std::size_t I>
using loss_of_phase = in_phase_t<P, I, slots::Loss, typename P::loss>;
/// What a recipe decides, with the loss of its I-th phase.
template <class P, std::size_t I>
struct PartsInPhase : P {
  using whole = P;
  using loss = loss_of_phase<P, I>;
};
template <class P, std::size_t I>
using parts_in_phase = std::conditional_t<says_loss<P, I>, PartsInPhase<P, I>, P>;

}  // namespace detail

/// What the policies of a recipe do together to what planners ask for.
template <class R>
inline constexpr detail::RecipeEffects recipe_effects =
    detail::join_effects(detail::acting_policies<typename R::parts>{});

/// May somebody in a recipe say c.hold()? `Accepted`, or HoldsUnannounced.
template <class R>
using hold_verdict = std::conditional_t<recipe_effects<R>.skips_steps, Accepted, HoldsUnannounced<R>>;

}  // namespace tuneit

#pragma once
// What a pack of policies decides, before anybody judges it.
#include "tuneit/recipe/assemble/acting_policies.hpp"
#include "tuneit/recipe/assemble/phase_parts.hpp"
#include "tuneit/recipe/assemble/slot_pick.hpp"
#include "tuneit/recipe/augment/augment.hpp"
#include "tuneit/recipe/behaviour/accumulate.hpp"
#include "tuneit/recipe/behaviour/adversarial.hpp"
#include "tuneit/recipe/behaviour/clip.hpp"
#include "tuneit/recipe/behaviour/distill.hpp"
#include "tuneit/recipe/behaviour/early_stop.hpp"
#include "tuneit/recipe/behaviour/ema.hpp"
#include "tuneit/recipe/behaviour/l2sp.hpp"
#include "tuneit/recipe/behaviour/mix.hpp"
#include "tuneit/recipe/behaviour/mixout.hpp"
#include "tuneit/recipe/behaviour/rdrop.hpp"
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
}  // namespace detail

/// What the policies of a recipe do together to what planners ask for.
template <class R>
inline constexpr detail::RecipeEffects recipe_effects =
    detail::join_effects(detail::acting_policies<typename R::parts>{});

/// May somebody in a recipe say c.hold()? `Accepted`, or HoldsUnannounced.
template <class R>
using hold_verdict = std::conditional_t<recipe_effects<R>.skips_steps, Accepted, HoldsUnannounced<R>>;

}  // namespace tuneit

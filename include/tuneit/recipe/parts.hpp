#pragma once
// What a pack of policies decides, and the plan that follows from it, before anybody judges it.
#include "tuneit/recipe/freeze.hpp"
#include "tuneit/recipe/head.hpp"
#include "tuneit/recipe/loop.hpp"
#include "tuneit/recipe/optimizers.hpp"
#include "tuneit/recipe/rates.hpp"
#include "tuneit/recipe/schedules.hpp"
#include "tuneit/recipe/views.hpp"

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
};
template <class Slot, class Default, class... Policies>
using pick_t = front_or_t<filter_t<InSlot<Slot>::template test, Policies...>, Default>;

struct KeepHead {
  static constexpr int classes = 0;
  using initialiser = DefaultInit;
  template <class Model>
  using adapted = Model;
};

/// Everything a recipe decides, without judging it. An unknown thing in the pack is simply not asked.
template <class Model, class... Policies>
struct Parts {
  using origin = Model;
  using head = pick_t<slots::Head, KeepHead, Policies...>;
  using model = typename head::template adapted<Model>;
  using optimizer = pick_t<slots::Optimizer, Sgd<Lr<1e-3>, Momentum<0.9>>, Policies...>;
  using schedule = pick_t<slots::Schedule, Constant, Policies...>;
  using warmup = pick_t<slots::Warmup, NoWarmup, Policies...>;
  using loss = pick_t<slots::Loss, CrossEntropy<>, Policies...>;
  using precision = typename pick_t<slots::Precision, Precision<FP32>, Policies...>::type;
  static constexpr int epochs = pick_t<slots::Epochs, Epochs<5>, Policies...>::count;
  static constexpr int batch_size = pick_t<slots::BatchSize, BatchSize<32>, Policies...>::count;
  static constexpr int views = pick_t<slots::Views, FreshViews, Policies...>::count;  ///< 0: fresh ones every epoch
  static constexpr int new_classes = head::classes;                                   ///< 0: the head is kept
  using policies = List<Policies...>;
};

template <class P, class Model, class PlanType>
constexpr void apply_at(PlanType& plan, Stage stage) {
  if constexpr (Policy<P>)
    if constexpr (P::stage != Stage::None)
      if (P::stage == stage) P::template apply<Model>(plan);
}

// The plan before any policy: everything trains, batch norms use the batch, only a new head is fresh.
template <class Model>
constexpr auto start_plan(bool new_head) {
  Plan<table<Model>.size> plan;
  for (std::size_t i = 0; i < plan.size; ++i) {
    plan.rows[i].batch_statistics = table<Model>.rows[i].is_buffer();
    if (new_head && table<Model>.rows[i].owner == Owner::Linear && Head::matches<Model>(i))
      plan.rows[i].origin = Origin::Fresh;
  }
  return plan;
}

template <class Model, bool NewHead, class... Policies>
constexpr auto make_plan(List<Policies...>) {
  auto plan = start_plan<Model>(NewHead);
  for ([[maybe_unused]] const Stage stage : {Stage::Freeze, Stage::Unfreeze, Stage::Statistics, Stage::Scale})
    (apply_at<Policies, Model>(plan, stage), ...);
  return plan;
}

template <class P>
inline constexpr auto plan_of_parts = make_plan<typename P::model, P::new_classes != 0>(typename P::policies{});

}  // namespace detail
}  // namespace tuneit

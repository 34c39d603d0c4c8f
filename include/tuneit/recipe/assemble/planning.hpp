#pragma once
// From policies to plans: one for each phase of a recipe.
#include "tuneit/recipe/assemble/groups.hpp"
#include "tuneit/recipe/assemble/parts.hpp"
#include "tuneit/recipe/assemble/unused_rows.hpp"

namespace tuneit::detail {

template <class P, class Model, class PlanType>
constexpr void apply_at(PlanType& plan, [[maybe_unused]] Stage stage, [[maybe_unused]] const double* n) {
  if constexpr (Policy<P>)
    if constexpr (P::stage != Stage::None)
      if (P::stage == stage) {
        if constexpr (requires { P::template apply<Model>(plan, n); })
          P::template apply<Model>(plan, n);
        else
          P::template apply<Model>(plan);
      }
}

/// The stages in which policies edit a plan, in their order.
inline constexpr Stage stages[] = {Stage::Origin,     Stage::Freeze, Stage::Unfreeze,
                                   Stage::Statistics, Stage::Scale,  Stage::Memory};

// The policies of a list, whose values begin at n.
template <class Model, class PlanType, class... Ps>
constexpr void apply_all([[maybe_unused]] PlanType& plan, [[maybe_unused]] Stage stage,
                         [[maybe_unused]] const double* n, List<Ps...>) {
  ((apply_at<Ps, Model>(plan, stage, n), n += number_count<Ps>), ...);
}

// The plan before any policy: everything trains, batch norms use the batch, only a new head is fresh.
template <class Model, class Head>
constexpr auto start_plan() {
  Plan<table<Model>.size> plan;
  for (std::size_t i = 0; i < plan.size; ++i) {
    plan.rows[i].batch_statistics = table<Model>.rows[i].is_buffer();
    if constexpr (requires { Model::is_fresh(i); })
      if (Model::is_fresh(i)) plan.rows[i].starts_from = Origin::Fresh;
  }
  return plan;
}

// Made once and copied for each phase.
template <class Model, class Head>
inline constexpr auto started_plan = start_plan<Model, Head>();

/// The plan of the I-th phase under these values of the recipe's numbers.
template <class P, std::size_t I>
constexpr auto make_plan(const double* values) {
  using Model = typename P::model;
  auto plan = started_plan<Model, typename P::head>;
  for (const Stage stage : stages) {
    apply_all<Model>(plan, stage, values, typename P::common{});
    if constexpr (P::phase_count > 1 || !std::is_void_v<typename P::phased>)
      apply_all<Model>(plan, stage, values + phase_offset<P, I> + 1, typename phase_t<P, I>::items{});
  }
  if constexpr (P::unused::names::size > 0) still_unused<P>(plan);
  if constexpr (P::grouped) mark_groups<P, I>(plan);
  return plan;
}

/// The recipe's own values of its numbers.
template <class P>
inline constexpr auto default_values = [] {
  std::array<double, parts_numbers<P>.size() + 1> values{};
  for (std::size_t i = 0; i < parts_numbers<P>.size(); ++i) values[i] = parts_numbers<P>[i].value;
  return values;
}();

template <class P, std::size_t... I>
constexpr auto make_plans(std::index_sequence<I...>) {
  return std::array{make_plan<P, I>(default_values<P>.data())...};
}

/// The plans of all phases.
template <class P>
inline constexpr auto plans_of_parts = make_plans<P>(std::make_index_sequence<P::phase_count>{});

}  // namespace tuneit::detail

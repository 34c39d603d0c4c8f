#pragma once
// What does a policy do, as far as one look at one plan shows it? Judges ask this first: the whole effect of a policy
// costs several times as much compile time.
#include "tuneit/recipe/judges/effect.hpp"

namespace tuneit::detail {

enum class EditFault : std::uint8_t { None, Function, Numbers, Nothing, Range };

/// What one look at the low plan shows of a policy. It costs a fifth of `edits`, and mostly is enough.
struct Glance {
  EditFault fault = EditFault::None;
  bool any = false;                   ///< something changes
  bool sets = false;                  ///< for certain: what is frozen or recomputed, where something starts from
  bool scales = false;                ///< rates or decay
  bool unfit = false;                 ///< a rate or decay below 0, or none at all
  bool parameters = false;            ///< not of buffers alone
  std::uint32_t first = 0, last = 0;  ///< of the parameters whose rates or decay it scales
};

// Applied to one plan, with as many numbers as it has: reading more is no constant expression.
template <std::size_t N>
constexpr Glance glance(const Editor<N>& e, std::size_t count) {
  auto* const n = new double[count]{};
  for (std::size_t i = 0; i < e.count && i < count; ++i) n[i] = e.values[i];
  Plan<N> plan = probe_plan<N, 0>;
  e.edit(plan, n);
  delete[] n;
  Glance g;
  // Runs of equal rows are passed by in the condition of a while: nothing is evaluated faster.
  double rate = 1, decay = 1;
  std::size_t first = 0, end = 0;
  for (std::size_t i = 0;; ++i) {
    while (i < N && plan.rows[i].lr_scale == rate && plan.rows[i].decay_scale == decay) ++i;
    if (rate != 1 || decay != 1) end = i;
    if (i == N) break;
    if (!g.scales) first = i;
    g.scales = g.any = true;
    rate = plan.rows[i].lr_scale, decay = plan.rows[i].decay_scale;
    g.unfit = g.unfit || !fits(plan.rows[i]);
  }
  const auto scaled = [&](std::size_t i) {
    return !e.tensors[i].is_buffer() && (plan.rows[i].lr_scale != 1 || plan.rows[i].decay_scale != 1);
  };
  while (first < end && !scaled(first)) ++first;
  while (first < end && !scaled(end - 1)) --end;
  if (first < end) {
    g.parameters = true;
    g.first = static_cast<std::uint32_t>(first);
    g.last = static_cast<std::uint32_t>(end - 1);
  }
  // Heads and backbones are at the ends.
  for (std::size_t i = 0, j = N; i < j-- && !g.any; ++i)
    for (const PlanRow* r : {&plan.rows[i], &plan.rows[j]}) {
      g.sets = g.sets || r->frozen || r->recomputed || r->starts_from == Origin::Fresh;
      g.any = g.any || g.sets || r->batch_statistics;
    }
  return g;
}
// Evaluated once, whether that is possible or not: as a part of the function's type it would be twice.
template <Glance G>
struct Seen {
  static constexpr Glance glance = G;
};
template <class P, class Model, std::size_t Count, Glance G = glance(editor<P, Model>, Count)>
constexpr Seen<G> try_edit(int);
template <class P, class Model, std::size_t Count>
constexpr void try_edit(...);

template <class P, class Model>
constexpr Glance find_glance() {
  using Tried = decltype(try_edit<P, Model, number_count<P>>(0));
  if constexpr (!std::is_void_v<Tried>) {
    Glance g = Tried::glance;
    if constexpr (Tried::glance.any)
      g.fault = g.unfit ? EditFault::Range : EditFault::None;
    else
      g.fault = !edits<P, Model>.any()  ? EditFault::Nothing
                : edits<P, Model>.unfit ? EditFault::Range
                                        : EditFault::None;
    return g;
  } else if constexpr (!std::is_void_v<decltype(try_edit<P, Model, number_count<P> + 96>(0))>) {
    return {EditFault::Numbers};
  } else {
    return {EditFault::Function};
  }
}
template <class P, class Model>
inline constexpr Glance glance_at{};
template <class P, class Model>
requires(P::stage != Stage::None) inline constexpr Glance glance_at<P, Model> = find_glance<P, Model>();

}  // namespace tuneit::detail

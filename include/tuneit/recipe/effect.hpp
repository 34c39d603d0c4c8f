#pragma once
// What does a policy do to the plan? It is applied to two opposite plans, and the rows are compared: a field that comes
// out equal in both was set, a rate that comes out as many times larger was multiplied. No member of the policy is asked,
// so judges see a policy of one's own as they see ours.
#include "tuneit/recipe/planning.hpp"

namespace tuneit {

/// What became of one field of a row. True, False, To: set to this, whatever it was. Times: multiplied. Else: none of
/// these; it hangs on what was there.
enum class Change : std::uint8_t { None, True, False, Times, To, Else };

struct RowEffect {
  Change frozen{}, batch_statistics{}, fresh{};  ///< `fresh`: origin becomes Fresh (True) or Pretrained (False)
  Change rate{}, decay{};
  double rate_by = 1, decay_by = 1;  ///< of Times and To: the number

  constexpr bool operator==(const RowEffect&) const = default;
};

template <std::size_t N>
struct PlanEffect {
  static constexpr std::size_t size = N;
  Stage stage = Stage::None;
  RowEffect rows[N]{};
  unsigned seen[5]{};  ///< bits: which Changes there are of frozen, batch_statistics, fresh, rate, decay in any row

  [[nodiscard]] constexpr bool any() const { return (seen[0] | seen[1] | seen[2] | seen[3] | seen[4]) != 0; }
  /// Rates and decay alone.
  [[nodiscard]] constexpr bool only_scales() const { return (seen[0] | seen[1] | seen[2]) == 0 && any(); }
  [[nodiscard]] constexpr bool has(std::size_t field, Change c) const {
    return (seen[field] >> static_cast<unsigned>(c) & 1u) != 0;
  }
};

namespace detail {

/// A policy that edits, without its type, so that one loop judges all of a recipe.
template <std::size_t N>
struct Editor {
  void (*apply)(Plan<N>&, Stage, const double*) = nullptr;
  Stage stage = Stage::None;
  const Knob* knobs = nullptr;
  const double* values = nullptr;
  std::size_t count = 0;  ///< of knobs

  constexpr void edit(Plan<N>& plan, const double* n) const { apply(plan, stage, n); }
};
template <class P, class Model>
inline constexpr Editor<table<Model>.size> editor{};
template <class P, class Model>
requires(P::stage != Stage::None)
inline constexpr Editor<table<Model>.size> editor<P, Model>{&apply_at<P, Model, Plan<table<Model>.size>>, P::stage,
                                                            knobs_of<P>.data(), knob_values<P>.data(), knob_count<P>};

template <std::size_t N>
constexpr Plan<N> plan_of(const PlanRow& row) {
  Plan<N> plan;
  for (PlanRow& r : plan.rows) r = row;
  return plan;
}
// Two opposite rows, and two in which what is opposite there is mixed.
inline constexpr PlanRow opposite[2] = {{1, 1, false, false, Origin::Pretrained}, {2, 2, true, true, Origin::Fresh}};
inline constexpr PlanRow mixed[2] = {{1, 1, true, false, Origin::Pretrained}, {2, 2, false, true, Origin::Fresh}};

constexpr Change bit_change(bool low, bool high, bool low_after, bool high_after) {
  if (low == low_after && high == high_after) return Change::None;
  return low_after != high_after ? Change::Else : low_after ? Change::True : Change::False;
}
// Before, they were 1 and 2.
constexpr Change number_change(double low_after, double high_after) {
  if (low_after == 1 && high_after == 2) return Change::None;
  return high_after == 2 * low_after ? Change::Times : high_after == low_after ? Change::To : Change::Else;
}

template <std::size_t N>
constexpr void probe(PlanEffect<N>& effect, const Editor<N>& e, const double* values, const PlanRow (&before)[2]) {
  Plan<N> low = plan_of<N>(before[0]), high = plan_of<N>(before[1]);
  e.edit(low, values);
  e.edit(high, values);
  for (std::size_t i = 0; i < N; ++i) {
    const PlanRow &l = low.rows[i], &h = high.rows[i];
    if (l == before[0] && h == before[1]) continue;
    RowEffect& r = effect.rows[i];
    r.frozen = bit_change(before[0].frozen, before[1].frozen, l.frozen, h.frozen);
    r.batch_statistics = bit_change(before[0].batch_statistics, before[1].batch_statistics, l.batch_statistics,
                                    h.batch_statistics);
    r.fresh = bit_change(false, true, l.origin == Origin::Fresh, h.origin == Origin::Fresh);
    r.rate = number_change(l.lr_scale, h.lr_scale);
    r.decay = number_change(l.decay_scale, h.decay_scale);
    r.rate_by = l.lr_scale;
    r.decay_by = l.decay_scale;
    const Change changes[] = {r.frozen, r.batch_statistics, r.fresh, r.rate, r.decay};
    for (std::size_t f = 0; f < 5; ++f)
      if (changes[f] != Change::None) effect.seen[f] |= 1u << static_cast<unsigned>(changes[f]);
  }
}

// A policy that does nothing to the opposite plans may do something under other numbers (LrScale<Head, 1>), or where
// a frozen tensor has its weights from a file.
template <std::size_t N>
constexpr PlanEffect<N> make_effect(const Editor<N>& e) {
  PlanEffect<N> effect;
  effect.stage = e.stage;
  if (e.apply == nullptr) return effect;
  probe(effect, e, e.values, opposite);
  if (effect.any()) return effect;
  probe(effect, e, e.values, mixed);
  if (effect.any() || e.count == 0 || e.count > 96) return effect;
  double others[96]{};
  for (std::size_t i = 0; i < e.count; ++i) {
    const double half = e.values[i] / 2;
    others[i] = e.knobs[i].allows(half) ? half : e.values[i];
  }
  probe(effect, e, others, opposite);
  for (RowEffect& r : effect.rows) r.rate_by = r.decay_by = 1;
  return effect;
}

// The same, whichever is applied first?
template <std::size_t N>
constexpr bool commute(const Editor<N>& a, const Editor<N>& b) {
  const auto near = [](double x, double y) { return x == y || (x - y < 1e-12 * x && y - x < 1e-12 * x); };
  for (int p = 0; p < 4; ++p) {
    Plan<N> ab = plan_of<N>(p < 2 ? opposite[p] : mixed[p - 2]), ba = ab;
    a.edit(ab, a.values), b.edit(ab, b.values);
    b.edit(ba, b.values), a.edit(ba, a.values);
    for (std::size_t i = 0; i < N; ++i) {
      PlanRow x = ab.rows[i], y = ba.rows[i];
      if (!near(x.lr_scale, y.lr_scale) || !near(x.decay_scale, y.decay_scale)) return false;
      x.lr_scale = x.decay_scale = y.lr_scale = y.decay_scale = 1;
      if (!(x == y)) return false;
    }
  }
  return true;
}

}  // namespace detail

/// What P does to the rows of `table<Model>`: `effect<Freeze<Head>, ResNet18>.rows[61].frozen == Change::True`. Nothing,
/// for a policy that does not edit. P's own numbers are those of the recipe.
template <class P, class Model>
inline constexpr auto effect = detail::make_effect(detail::editor<P, Model>);

}  // namespace tuneit

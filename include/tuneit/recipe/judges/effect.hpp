#pragma once
// What does a policy do to the plan? It is applied to two opposite plans, and the rows are compared: a field that comes
// out equal in both was set, a rate that comes out as many times larger was multiplied. No member of the policy is
// asked, so judges see a policy of one's own as they see ours.
#include "tuneit/recipe/assemble/planning.hpp"
#include "tuneit/recipe/plan/values.hpp"

namespace tuneit {

/// What became of one field of a row. True, False, To: set to this, whatever it was. Times: multiplied. Else: none of
/// these; it hangs on what was there.
enum class Change : std::uint8_t { None, True, False, Times, To, Else };

struct RowEffect {
  Change frozen{}, batch_statistics{}, fresh{};  ///< `fresh`: origin becomes Fresh (True) or Pretrained (False)
  Change rate{}, decay{};
  Change recomputed{};
  double rate_by = 1, decay_by = 1;  ///< of Times and To: the number

  constexpr bool operator==(const RowEffect&) const = default;
};

namespace detail {

constexpr Change bit_change(bool low, bool high, bool low_after, bool high_after) {
  if (low == low_after && high == high_after) return Change::None;
  return low_after != high_after ? Change::Else : low_after ? Change::True : Change::False;
}
// Before, they were 1 and 2.
constexpr Change number_change(double low_after, double high_after) {
  if (low_after == 1 && high_after == 2) return Change::None;
  return high_after == 2 * low_after ? Change::Times : high_after == low_after ? Change::To : Change::Else;
}

/// Are rate and decay what they may be?
constexpr bool fits(const PlanRow& r) {
  return r.lr_scale >= 0 && r.lr_scale < 1e300 && r.decay_scale >= 0 && r.decay_scale < 1e300;
}

// Two opposite rows, and two in which what is opposite there is mixed.
inline constexpr PlanRow opposite[2] = {{1, 1, false, false, Origin::Pretrained, false},
                                        {2, 2, true, true, Origin::Fresh, true}};
inline constexpr PlanRow mixed[2] = {{1, 1, true, false, Origin::Pretrained, false},
                                     {2, 2, false, true, Origin::Fresh, true}};

}  // namespace detail

namespace detail {

/// What a policy does to the N rows of a plan, as judges ask it: bits of what happens to each, and in any of them.
template <std::size_t N>
struct Edits {
  enum Of { Frozen, BatchStatistics, Fresh, Rate, Decay, Recomputed };
  enum Bit : std::uint8_t { Freezes = 1, Releases = 2, Scales = 4, Sets = 8, Recomputes = 16 };
  struct Rows {
    std::uint8_t at[N]{};
  };
  Stage stage = Stage::None;
  bool was_mixed = false;   ///< which two plans it was applied to
  bool own_numbers = true;  ///< with the recipe's numbers, or with others
  unsigned seen[6]{};       ///< bits: the Changes that there are
  bool unfit = false;       ///< a rate or decay below 0, or none at all
  Rows rows{};

  [[nodiscard]] constexpr bool freezes(std::size_t i) const { return (rows.at[i] & Freezes) != 0; }
  [[nodiscard]] constexpr bool releases(std::size_t i) const { return (rows.at[i] & Releases) != 0; }
  [[nodiscard]] constexpr bool scales(std::size_t i) const { return (rows.at[i] & Scales) != 0; }
  [[nodiscard]] constexpr bool recomputes(std::size_t i) const { return (rows.at[i] & Recomputes) != 0; }
  [[nodiscard]] constexpr bool any() const { return (seen[0] | seen[1] | seen[2] | seen[3] | seen[4] | seen[5]) != 0; }
  /// Rates and decay alone.
  [[nodiscard]] constexpr bool only_scales() const { return (seen[0] | seen[1] | seen[2] | seen[5]) == 0 && any(); }
  [[nodiscard]] constexpr bool has(Of field, Change c) const {
    return (seen[field] >> static_cast<unsigned>(c) & 1u) != 0;
  }
};

}  // namespace detail

/// What a policy does to the N rows of a plan: `[i]`.
template <std::size_t N>
struct PlanEffect {
  static constexpr std::size_t size = N;
  detail::Edits<N> edits;
  Plan<N> low, high;  ///< what the two plans are afterwards

  [[nodiscard]] constexpr RowEffect operator[](std::size_t i) const {
    const PlanRow &l = low.rows[i], &h = high.rows[i];
    const auto& before = edits.was_mixed ? detail::mixed : detail::opposite;
    RowEffect r;
    if (edits.stage == Stage::None) return r;
    r.frozen = detail::bit_change(before[0].frozen, before[1].frozen, l.frozen, h.frozen);
    r.batch_statistics = detail::bit_change(false, true, l.batch_statistics, h.batch_statistics);
    r.fresh = detail::bit_change(false, true, l.starts_from == Origin::Fresh, h.starts_from == Origin::Fresh);
    r.recomputed = detail::bit_change(false, true, l.recomputed, h.recomputed);
    r.rate = detail::number_change(l.lr_scale, h.lr_scale);
    r.decay = detail::number_change(l.decay_scale, h.decay_scale);
    if (edits.own_numbers) r.rate_by = l.lr_scale, r.decay_by = l.decay_scale;
    return r;
  }
  /// Anything at all?
  [[nodiscard]] constexpr bool any() const { return edits.any(); }
};

namespace detail {

/// A policy that edits, without its type, so that one loop judges all of a recipe.
template <std::size_t N>
struct Editor {
  void (*apply)(Plan<N>&, Stage, const double*) = nullptr;
  Stage stage = Stage::None;
  const Hyperparameter* numbers = nullptr;
  const double* values = nullptr;
  std::size_t count = 0;  ///< of numbers
  const TensorRow* tensors = nullptr;

  constexpr void edit(Plan<N>& plan, const double* n) const { apply(plan, stage, n); }
};
template <class P, class Model>
inline constexpr Editor<table<Model>.size> editor{};
template <class P, class Model>
requires(P::stage != Stage::None) inline constexpr Editor<table<Model>.size> editor<P, Model>{
    &apply_at<P, Model, Plan<table<Model>.size>>,
    P::stage,
    hyperparameters_of<P>.data(),
    number_values<P>.data(),
    number_count<P>,
    table<Model>.rows};

template <std::size_t N>
constexpr Plan<N> plan_of(const PlanRow& row) {
  Plan<N> plan;
  for (PlanRow& r : plan.rows) r = row;
  return plan;
}
template <std::size_t N, int K>
inline constexpr Plan<N> probe_plan = plan_of<N>(K < 2 ? opposite[K] : mixed[K - 2]);

// Rows are many, and most of them as they were: those are passed by quickly. What happens to the others is gathered as
// sets of bits.
template <std::size_t N>
constexpr void probe(Edits<N>& e, Plan<N>& low, Plan<N>& high, const Editor<N>& policy, const double* values) {
  policy.edit(low, values);
  policy.edit(high, values);
  std::uint64_t codes = 0;
  const bool swapped = e.was_mixed;
  for (std::size_t i = 0;; ++i) {
    // A condition of a while is what compilers evaluate fastest.
    while (i < N && low.rows[i].frozen == swapped && high.rows[i].frozen != swapped && !low.rows[i].batch_statistics &&
           high.rows[i].batch_statistics && low.rows[i].starts_from != high.rows[i].starts_from &&
           high.rows[i].starts_from == Origin::Fresh)
      ++i;
    if (i == N) break;
    const PlanRow &l = low.rows[i], &h = high.rows[i];
    codes |= std::uint64_t{1} << ((l.frozen ? 1 : 0) | (h.frozen ? 2 : 0) | (l.batch_statistics ? 4 : 0) |
                                  (h.batch_statistics ? 8 : 0) | (l.starts_from == Origin::Fresh ? 16 : 0) |
                                  (h.starts_from == Origin::Fresh ? 32 : 0));
    e.rows.at[i] = Edits<N>::Sets | (l.frozen != h.frozen ? 0 : l.frozen ? Edits<N>::Freezes : Edits<N>::Releases);
  }
  for (std::size_t i = 0;; ++i) {
    while (i < N && low.rows[i].lr_scale == 1 && high.rows[i].lr_scale == 2 && low.rows[i].decay_scale == 1 &&
           high.rows[i].decay_scale == 2)
      ++i;
    if (i == N) break;
    const PlanRow l = low.rows[i], h = high.rows[i];
    e.seen[3] |= 1u << static_cast<unsigned>(number_change(l.lr_scale, h.lr_scale));
    e.seen[4] |= 1u << static_cast<unsigned>(number_change(l.decay_scale, h.decay_scale));
    e.unfit = e.unfit || !fits(l);
    e.rows.at[i] |= Edits<N>::Scales;
    // Those behind it are mostly scaled as much.
    while (i + 1 < N && low.rows[i + 1].lr_scale == l.lr_scale && low.rows[i + 1].decay_scale == l.decay_scale &&
           high.rows[i + 1].lr_scale == h.lr_scale && high.rows[i + 1].decay_scale == h.decay_scale)
      e.rows.at[++i] |= Edits<N>::Scales;
  }
  for (std::size_t i = 0;; ++i) {
    while (i < N && !low.rows[i].recomputed && high.rows[i].recomputed) ++i;
    if (i == N) break;
    e.seen[5] |= 1u << static_cast<unsigned>(bit_change(false, true, low.rows[i].recomputed, high.rows[i].recomputed));
    e.rows.at[i] |= Edits<N>::Recomputes;
  }
  for (unsigned code = 0; code < 64; ++code)
    for (unsigned f = 0; f < 3 && (codes >> code & 1) != 0; ++f) {
      const bool other = swapped && f == 0;
      const Change c = bit_change(other, !other, (code >> 2 * f & 1) != 0, (code >> 2 * f & 2) != 0);
      e.seen[f] |= 1u << static_cast<unsigned>(c);
    }
  for (unsigned& s : e.seen) s &= ~1u;  // Change::None
}

// A policy that does nothing to the opposite plans may do something under other numbers (LrScale<Head, 1>), or where
// a frozen tensor has its weights from a file.
// Plans are copied, not made: of a thousand rows that is what costs compile time.
template <std::size_t N>
constexpr Edits<N> probe_all(Plan<N>& low, Plan<N>& high, const Editor<N>& e) {
  Edits<N> edits;
  edits.stage = e.stage;
  if (e.apply == nullptr) return edits;
  probe(edits, low, high, e, e.values);
  if (edits.any()) return edits;
  edits = {e.stage, true};
  low = probe_plan<N, 2>, high = probe_plan<N, 3>;
  probe(edits, low, high, e, e.values);
  if (edits.any() || e.count == 0) return edits;
  HyperparameterValues others;
  others.resize(e.count);
  for (std::size_t i = 0; i < e.count; ++i) {
    const double half = e.values[i] / 2;
    others[i] = e.numbers[i].allows(half) ? half : e.values[i];
  }
  edits = {e.stage, false, false};
  low = probe_plan<N, 0>, high = probe_plan<N, 1>;
  probe(edits, low, high, e, others.data());
  return edits;
}
template <std::size_t N>
constexpr Edits<N> make_edits(const Editor<N>& e) {
  Plan<N> low = probe_plan<N, 0>, high = probe_plan<N, 1>;
  return probe_all(low, high, e);
}
template <std::size_t N>
constexpr PlanEffect<N> make_effect(const Editor<N>& e) {
  Plan<N> low = probe_plan<N, 0>, high = probe_plan<N, 1>;
  const Edits<N> edits = probe_all(low, high, e);
  return {edits, low, high};
}
// Kept for the policies that must be compared with others (recipe/judges/edits.hpp): their plans would take a hundred
// times as much.
template <class P, class Model>
inline constexpr auto edits = make_edits(editor<P, Model>);

// The same, whichever is applied first?
template <std::size_t N>
constexpr bool commute(const Editor<N>& a, const Editor<N>& b) {
  const auto near = [](double x, double y) { return x == y || (x - y < 1e-12 * x && y - x < 1e-12 * x); };
  for (const Plan<N>* start : {&probe_plan<N, 0>, &probe_plan<N, 1>, &probe_plan<N, 2>, &probe_plan<N, 3>}) {
    Plan<N> ab = *start, ba = ab;
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

/// What P does to the rows of `table<Model>`: `effect<Freeze<Head>, ResNet18>[61].frozen == Change::True`. Nothing,
/// for a policy that does not edit. P's own numbers are those of the recipe.
template <class P, class Model>
inline constexpr auto effect = detail::make_effect(detail::editor<P, Model>);

}  // namespace tuneit

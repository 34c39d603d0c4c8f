// What a policy does, asked of the plan: for ours and for anybody's.
#include "../tiny.hpp"
using namespace tuneit;

struct MyFreeze : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, Norms>(plan, [](PlanRow& row, const TensorRow&) { row.frozen = true; });
  }
};
struct Halve : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (PlanRow& row : plan.rows) row.lr_scale /= 2;
  }
};
struct Assign : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (PlanRow& row : plan.rows) row.lr_scale = 0.1;
  }
};
// Where a frozen tensor comes from a file, which is so in neither of the opposite plans.
struct SlowFrozen : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (PlanRow& row : plan.rows)
      if (row.frozen && row.starts_from == Origin::Pretrained) row.lr_scale = 0;
  }
};

// frozen, released, statistics: row 3 is a running mean, 9 and 10 the head
static_assert(effect<MyFreeze, Tiny>[1].frozen == Change::True && effect<MyFreeze, Tiny>[0] == RowEffect{});
static_assert(effect<Freeze<Head>, Tiny>[9].frozen == Change::True && effect<Freeze<Head>, Tiny>[8] == RowEffect{});
static_assert(effect<Unfreeze<Head>, Tiny>[9].frozen == Change::False);
static_assert(effect<FrozenStats<>, Tiny>[3].batch_statistics == Change::False &&
              effect<FrozenStats<>, Tiny>[3].frozen == Change::True &&
              effect<FrozenStats<>, Tiny>[1].frozen == Change::None);
static_assert(effect<BatchStats<>, Tiny>[3].batch_statistics == Change::True &&
              effect<BatchStats<>, Tiny>[3].frozen == Change::False);
static_assert(effect<Reinitialise<Head>, Tiny>[9].fresh == Change::True &&
              effect<FromScratch, Tiny>[0].fresh == Change::True);

// rates: multiplied, or assigned
static_assert(effect<LrScale<Head, 10>, Tiny>[9].rate == Change::Times &&
              effect<LrScale<Head, 10>, Tiny>[9].rate_by == 10);
static_assert(effect<LrScale<Head, 10>, Tiny>[9].decay == Change::None &&
              effect<LrScale<Head, 10>, Tiny>[0] == RowEffect{});
static_assert(effect<Halve, Tiny>[0].rate == Change::Times && effect<Halve, Tiny>[0].rate_by == 0.5);
static_assert(effect<Assign, Tiny>[0].rate == Change::To && effect<Assign, Tiny>[0].rate_by == 0.1);
static_assert(effect<NoDecay<Biases>, Tiny>[10].decay == Change::Times &&
              effect<NoDecay<Biases>, Tiny>[10].decay_by == 0);
static_assert(effect<LayerDecay<0.5>, Tiny>[8].rate_by == 0.5 && effect<LayerDecay<0.5>, Tiny>[9].rate == Change::None);

// what hangs on what was there; what does nothing under the recipe's numbers but would under others; what edits nothing
static_assert(effect<SlowFrozen, Tiny>.any() && effect<SlowFrozen, Tiny>[0].rate == Change::Else);
static_assert(effect<LrScale<Head, 1>, Tiny>[9].rate == Change::Times &&
              effect<LrScale<Head, 1>, Tiny>[9].rate_by == 1 && effect<LrScale<Head, 1>, Tiny>[0] == RowEffect{});
static_assert(!effect<CosineLr, Tiny>.any() && effect<CosineLr, Tiny>[0] == RowEffect{});
static_assert(!effect<Freeze<Match<"no*">>, Tiny>.any());
static_assert(effect<Freeze<Head>, ResNet18>[121].frozen == Change::True);

// --- a law: of any two policies that are accepted together, the plan is the same whichever stands first; and whoever
// is refused for the order would have made another plan.
template <class Model, class A, class B>
constexpr bool same_plan() {
  const auto apply = []<class... Ps>(List<Ps...>) {
    auto plan = detail::start_plan<Model, void>();
    for (const Stage stage : detail::stages)
      (detail::apply_at<Ps, Model>(plan, stage, detail::number_values<Ps>.data()), ...);
    return plan;
  };
  const auto ab = apply(List<A, B>{}), ba = apply(List<B, A>{});
  for (std::size_t i = 0; i < ab.size; ++i)
    if (!(ab.rows[i] == ba.rows[i])) return false;
  return true;
}
template <class V>
inline constexpr bool about_pairs = false;
template <class A, class B>
inline constexpr bool about_pairs<OrderMatters<A, B>> = true;
template <class M, class A, class B>
inline constexpr bool about_pairs<StatisticsContradict<M, A, B>> = true;
template <class M, class A, class B, fixed_string T, Field F>
inline constexpr bool about_pairs<SetsDiffer<M, A, B, T, F>> = true;
template <class A, class B>
inline constexpr bool lawful =
    about_pairs<verdict<Finetune<Tiny, A, B>>> ==
    about_pairs<verdict<Finetune<Tiny, B, A>>>&& about_pairs<verdict<Finetune<Tiny, A, B>>> != same_plan<Tiny, A, B>();
template <class A, class... Bs>
inline constexpr bool lawful_with = (lawful<A, Bs> && ...);
template <class... Ps>
inline constexpr bool all_lawful = (lawful_with<Ps, Ps...> && ...);

struct Thaw : PolicyTag {  // in the stage of Freeze
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    plan.rows[1].frozen = false;
  }
};
struct Cap : PolicyTag {  // reads what others multiply
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (PlanRow& row : plan.rows)
      if (row.lr_scale > 0.75) row.lr_scale = 0.75;
  }
};
static_assert(all_lawful<MyFreeze, Thaw, Freeze<Layer<"n">>, Freeze<Layer<"b">>, Halve, Assign, Cap,
                         LrScale<Norms, 0.5>, NoDecay<Biases>, DecayScale<Biases, 0.5>, FrozenStats<>, BatchStats<>>);

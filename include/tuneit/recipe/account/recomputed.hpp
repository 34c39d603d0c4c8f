#pragma once
// Which parts of a network keep only their input, and run again on the way back? Those that a plan names, where that
// keeps less. And the account of their memory.
#include <array>
#include <cstddef>

#include "tuneit/net/segments.hpp"
#include "tuneit/recipe/account/step_memory.hpp"
#include "tuneit/recipe/assemble/planning.hpp"

namespace tuneit::detail {

/// Does any phase of a recipe recompute anything? If not, nothing else here is instantiated.
template <class Parts>
inline constexpr bool recomputes = [] {
  for (const auto& plan : plans_of_parts<Parts>)
    for (const PlanRow& row : plan.rows)
      if (row.recomputed) return true;
  return false;
}();

/// The rows of a network, in the order in which an account passes by them: those of parts that shall run again.
class Chosen {
 public:
  /// `choose`: take out the parts for which it is not worth it, and take whole parts in.
  constexpr Chosen(bool* rows, bool choose) : rows_(rows), choose_(choose) {}
  [[nodiscard]] constexpr bool next(std::size_t rows) const {
    bool any = false;
    for (std::size_t i = 0; i < rows; ++i) any = any || rows_[i];
    return any;
  }
  [[nodiscard]] constexpr bool chooses() const { return choose_; }
  /// The next part is done.
  constexpr void pass(std::size_t rows, bool again) {
    for (std::size_t i = 0; i < rows && choose_; ++i) rows_[i] = again;
    rows_ += rows;
  }

 private:
  bool* rows_;
  bool choose_;
};

/// A part that runs twice. The first time somebody holds its input; what it has kept is thrown away with its result.
template <class... Ops>
constexpr Flowing account_again(List<Ops...> part, Flowing x, StepAccount& a) {
  const StepAccount::Mark begin = a.mark();
  if constexpr (names_wires<List<Ops...>>) {
    for (int i = 0; i < wire_names<List<Ops...>>.read_count; ++i)  // kept for the second time
      a.wire(wire_names<List<Ops...>>.reads[i]).kept = true;
    const StepAccount::Wires wires = a.wires();
    account(part, {x.shape, true}, a);
    a.restore(wires);
  } else {
    account(part, {x.shape, true}, a);
  }
  a.rewind(begin);
  const std::int64_t peak = a.restart_peak();
  const Flowing out = account(part, x, a);
  a.second_forward(begin, out, peak);
  return {out.shape, false};
}

// Does a part by itself keep more than its input?
template <class... Ops>
constexpr bool keeps_more(List<Ops...> part, Shape x, StepAccount& a) {
  const StepAccount::Mark begin = a.mark();
  const auto run = [&] {
    if constexpr (names_wires<List<Ops...>>) {
      const StepAccount::Wires wires = a.wires();
      const Flowing y = account(part, {x, false}, a);
      a.restore(wires);
      return y;
    } else {
      return account(part, {x, false}, a);
    }
  };
  const Flowing out = run();
  const std::int64_t more = a.mark().live - begin.live - (out.held ? 0 : a.size(out.shape));
  a.rewind(begin);
  return more > 0;
}

template <class... Ops>
constexpr Flowing account_part(List<Ops...> part, Flowing x, StepAccount& a, Chosen& chosen) {
  constexpr std::size_t rows = op_tensors<List<Ops...>>;
  const bool again = chosen.next(rows) && (!chosen.chooses() || keeps_more(part, x.shape, a));
  chosen.pass(rows, again);
  return again ? account_again(part, x, a) : account(part, x, a);
}
template <class... Ops>
constexpr Flowing account_part(List<op::Unread<Ops...>> part, Flowing x, StepAccount& a, Chosen& chosen) {
  chosen.pass(op_tensors<List<Ops...>>, false);
  return account(part, x, a);
}
template <int First, int Count, class Layer>
constexpr Flowing account_part(Repeat<First, Count, Layer>, Flowing x, StepAccount& a, Chosen& chosen) {
  for (int i = 0; i < Count; ++i) x = account_part(program<Layer>{}, x, a, chosen);
  return x;
}
template <class... Parts>
constexpr Flowing account_parts(List<Parts...>, Flowing x, StepAccount& a, Chosen& chosen) {
  ((x = account_part(Parts{}, x, a, chosen)), ...);
  return x;
}

/// One bool for each row of a table.
template <std::size_t N>
struct RowSet {
  bool at[N]{};
};

// At the network's usual side.
template <class Model, class... Blocks>
constexpr auto choose_recomputed(const PlanRow* plan, List<Blocks...>) {
  RowSet<table<Model>.size> rows;
  for (std::size_t i = 0; i < table<Model>.size; ++i) rows.at[i] = plan[i].recomputed;
  StepAccount a(table<Model>.rows, plan, 8, 4, 1000);
  Chosen chosen(rows.at, true);
  Flowing x{Model::input::at(Model::input::side), true};
  a.take(a.size(x.shape));
  [[maybe_unused]] const auto plan_of_wires = plan_of<Model>(0);
  if constexpr (has_wires<Model>) put_crossing<Model>(a, plan_of_wires, Model::input::side, 0);
  std::size_t block = 0;
  const auto one = [&]<class Layers>(Type<Layers>) {
    a.begin_block(table<Model>.block_begin[block + 1] - table<Model>.block_begin[block]);
    x = account_parts(parts_of_program<program<Layers>>{}, x, a, chosen);
    ++block;
  };
  (one(Type<typename Blocks::layers>{}), ...);
  return rows;
}

/// The rows of all parts that run again in a phase.
template <class Parts, std::size_t Phase>
inline constexpr auto recomputed_rows = choose_recomputed<typename Parts::model>(plans_of_parts<Parts>[Phase].rows,
                                                                                 typename Parts::model::blocks{});

/// Marks of the parts of a phase (net/segments.hpp).
template <class Parts, std::size_t Phase>
struct RecomputedParts {
  static constexpr bool again(std::size_t begin, std::size_t count) {
    for (std::size_t i = begin; i < begin + count; ++i)
      if (recomputed_rows<Parts, Phase>.at[i]) return true;
    return false;
  }
};

// The same, for whoever has the phase as a number.
template <class Parts, std::size_t... I>
constexpr auto all_recomputed(std::index_sequence<I...>) {
  return std::array{recomputed_rows<Parts, I>...};
}
template <class Parts>
inline constexpr auto recomputed_in = all_recomputed<Parts>(std::make_index_sequence<Parts::phase_count>{});

}  // namespace tuneit::detail

#pragma once
// Questions to a recipe, answered at compile time: how many parameters train, at which rate, in how much memory?
#include "tuneit/net/module_network.hpp"
#include "tuneit/recipe/account/prefix_memory.hpp"
#include "tuneit/recipe/account/recomputed.hpp"
#include "tuneit/recipe/account/step_memory.hpp"
#include "tuneit/recipe/assemble/unread.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"
#include "tuneit/recipe/queries/arithmetic.hpp"
#include "tuneit/recipe/queries/remembered.hpp"

namespace tuneit {

/// Parameters in elements (buffers not counted) that never move, or that move in some phase; `classes` stands in for a
/// Dynamic head.
template <class R>
constexpr std::int64_t count_parameters(bool frozen, int classes) {
  std::int64_t n = 0;
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {
    const TensorRow& row = table<typename R::model>.rows[i];
    if (!row.is_buffer() && !row.is_tied() && ever_trains<R>(i) != frozen) n += row.numel(classes);
  }
  return n;
}

namespace detail {

// Names the mistake of asking a recipe for a number that depends on a class count it does not know.
template <int Classes>
constexpr int static_classes() {
  static_assert(Classes != Dynamic,
                "tuneit: the head's size is known only at run time; ask with it: count_parameters<R>(frozen, classes), "
                "forward_macs<R>(side, classes), training_macs<R>(side, classes)");
  return 0;
}

}  // namespace detail

/// Parameters that train, in some phase at least. For a Dynamic head, use count_parameters<R>(false, classes).
template <class R>
inline constexpr std::int64_t trainable_parameters = count_parameters<R>(false,
                                                                         detail::static_classes<R::new_classes>());

/// Parameters that never move.
template <class R>
inline constexpr std::int64_t frozen_parameters = count_parameters<R>(true, detail::static_classes<R::new_classes>());

namespace detail {

// Leading blocks that stand still in a phase and can run apart from the others. Of a recipe with averaged weights, in
// the phases before it, too: the average of what moved earlier goes on moving.
template <class R>
constexpr std::size_t still_blocks(std::size_t phase) {
  if constexpr (ModuleModel<typename R::model>) return 0;  // runs as one
  const auto& t = table<typename R::model>;
  for (std::size_t i = 0; i < t.size; ++i)
    for (std::size_t p = recipe_effects<R>.averages_weights ? 0 : phase; p <= phase; ++p)
      if (!plans<R>[p].rows[i].frozen) return t.rows[i].block;
  return R::model::block_count;
}
template <class R>
inline constexpr std::size_t phase_of = 0;
template <class R, std::size_t I>
inline constexpr std::size_t phase_of<InPhase<R, I>> = I;

}  // namespace detail

/// The number of leading top-level blocks in which nothing trains and no statistics move: they run outside autograd.
template <class R>
constexpr std::size_t frozen_prefix() {
  return detail::still_blocks<R>(detail::phase_of<R>);
}

/// Bytes of a training step on the CPU, in its most expensive phase (of a network that runs as a module without what
/// the module keeps). `activations` is what is kept for the backward
/// pass when forward is through, `workspace` what is there beside all of the others at the moment of the peak:
/// gradients on their way, transformed weights, the frozen prefix's copies of its weights. `apart` is what of gradients
/// and activations is never there at the same time: the gradients come while the activations go. `copies` are those of
/// weights and gradients that policies keep beside them (Effects: averages, L2Sp's start, what Sam puts back), `beside`
/// what else they keep: a teacher. On a GPU, in lower precision, casts of the weights behind the frozen prefix come
/// beside: 2 bytes for each number.
struct Memory {
  std::int64_t weights = 0, gradients = 0, optimizer = 0, activations = 0, workspace = 0, apart = 0, copies = 0,
               beside = 0;
  [[nodiscard]] constexpr std::int64_t total() const {
    return weights + gradients + optimizer + activations + workspace - apart + copies + beside;
  }
  constexpr operator std::int64_t() const { return total(); }
};

namespace detail {

/// Bytes of a number that flows, under these settings.
constexpr int bytes_of_flow(const Settings& s) {
  return s.precision == PrecisionKind::Double                                           ? 8
         : s.precision == PrecisionKind::BFloat16 || s.precision == PrecisionKind::Half ? 2
                                                                                        : 4;
}
template <class... Blocks>
constexpr void run_blocks(InferenceAccount& account, Shape x, List<Blocks...>) {
  ((x = account.run(program<typename Blocks::layers>{}, x)), ...);
}
template <class Model, class S>
constexpr PolicyMemory network_memory(const S& s) {
  const int bytes = bytes_of_flow(s), kept = bytes == 8 ? 8 : 4;
  PolicyMemory m;
  for (const TensorRow& row : table<Model>.rows)
    m.kept += row.numel(s.classes) * (row.kind == Kind::BatchCount ? 8 : kept);
  InferenceAccount account(s.batch_size, bytes);
  [[maybe_unused]] const auto plan_of_wires = plan_of<Model>(0);
  if constexpr (has_wires<Model>) account.begin_wires<Model>(plan_of_wires, s.side);
  run_blocks(account, Model::input::at(s.side), typename Model::blocks{});
  m.kept += account.prepared();
  m.peak = account.peak();
  return m;
}
template <class P>
constexpr PolicyMemory memory_with([[maybe_unused]] const Settings& s) {
  if constexpr (moments<P> != NoMoments && effects_of<P>.memory) return P::memory(s);
  return {};
}
/// What policies need beside the network; peaks come one after the other.
template <class... Ps>
constexpr PolicyMemory memory_of_policies([[maybe_unused]] const Settings& s, List<Ps...>) {
  PolicyMemory all;
  [[maybe_unused]] const auto add = [&](const PolicyMemory& m) {
    all.kept += m.kept;
    if (m.peak > all.peak) all.peak = m.peak;
  };
  (add(memory_with<Ps>(s)), ...);
  return all;
}

template <class Parts, std::size_t... I, class... Blocks>
constexpr Memory phase_memory(const Settings& common, int batch_size, int side, std::size_t phase, std::size_t prefix,
                              std::index_sequence<I...>, List<Blocks...>) {
  using Model = typename Parts::model;
  Settings s = common;
  s.batch_size = batch_size, s.side = side;
  const int bytes = bytes_of_flow(s);
  const std::int64_t kept = bytes == 8 ? 8 : 4;
  const auto remembered = remembered_by<Parts>(s, phase);
  Memory m;
  for (const TensorRow& row : table<Model>.rows)
    if (!row.is_tied()) m.weights += row.numel(s.classes) * (row.kind == Kind::BatchCount ? 8 : kept);
  constexpr RecipeEffects effects = join_effects(acting_policies<Parts>{});
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const TensorRow& row = table<Model>.rows[i];
    if (row.is_buffer() || row.is_tied()) continue;
    bool ever = false;
    for (const auto& p : plans_of_parts<Parts>) ever = ever || !p.rows[i].frozen;
    if (ever) {
      m.optimizer += kept * remembered(i);
      m.copies += kept * row.numel(s.classes) * (effects.weight_copies + effects.gradient_copies);
    }
    if (!plans_of_parts<Parts>[phase].rows[i].frozen) m.gradients += kept * row.numel(s.classes);
  }
  // The blocks behind the frozen prefix keep, those within it hand on.
  const TensorRow* rows = table<Model>.rows;
  const PlanRow* plan = plans_of_parts<Parts>[phase].rows;
  StepAccount account_of(rows + table<Model>.block_begin[prefix], plan + table<Model>.block_begin[prefix], s.batch_size,
                         bytes, s.classes);
  const Shape picture = Model::input::at(s.side);
  const std::int64_t pictures = account_of.size(picture);  // somebody holds them all the time
  InferenceAccount before(s.batch_size, bytes);
  Flowing x{picture, true};
  account_of.take(pictures);
  [[maybe_unused]] const auto plan_of_wires = plan_of<Model>(prefix);
  [[maybe_unused]] const auto plan_before = plan_of<Model>(0);
  if constexpr (has_wires<Model>) before.begin_wires<Model>(plan_before, s.side);
  const auto block = [&]<class Layers, class Program>(std::size_t i, Type<Layers>, Type<Program>) {
    if constexpr (has_wires<Model>)
      if (i == prefix) put_crossing<Model>(account_of, plan_of_wires, s.side, prefix);
    if (i < prefix)
      x.shape = before.run(program<Layers>{}, x.shape);
    else {
      if (i == prefix && prefix > 0) {  // what the prefix made belongs to the rest
        x.held = false;
        account_of.take(account_of.size(x.shape));
      }
      const std::size_t tensors = table<Model>.block_begin[i + 1] - table<Model>.block_begin[i];
      account_of.begin_block(tensors);
      if constexpr (effects.flat_gradients)  // they go to the buffer when the block's way back is through
        account_of.back({.freed = account_of.gradients(tensors), .hands_on = true});
      if constexpr (recomputes<Parts>) {
        RowSet<table<Model>.size> again = recomputed_in<Parts>[phase];
        Chosen chosen(again.at + table<Model>.block_begin[i], false);
        x = account_parts(parts_of_program<Program>{}, x, account_of, chosen);
      } else {
        x = account(Program{}, x, account_of);
      }
    }
  };
  [&]<class... Programs>(List<Programs...>) {
    (block(I, Type<typename Blocks::layers>{}, Type<Programs>{}), ...);
  }(typename OnlyRead<Parts, List<program<typename Blocks::layers>...>>::type{});
  std::int64_t peak = account_of.run_back(&m.activations) + (effects.flat_gradients ? m.gradients : 0);
  if (before.peak() > peak) peak = before.peak();
  const PolicyMemory policies = memory_of_policies(s, typename Parts::common{});
  m.beside = policies.kept;
  if (policies.peak > peak) peak = policies.peak;
  const std::int64_t beside = peak + before.prepared() - m.activations - m.gradients;
  (beside > 0 ? m.workspace : m.apart) = beside > 0 ? beside : -beside;
  return m;
}

}  // namespace detail

/// The memory of a step of R under run-time numbers, in bytes: what its tensors take at the peak.
template <class R>
constexpr Memory memory(const Settings& s) {
  Memory most;
  [&]<std::size_t... P>(std::index_sequence<P...>) {
    const auto one = [&](const Memory& m) {
      if (m.total() > most.total()) most = m;
    };
    (one(detail::phase_memory<typename R::parts>(
         s, batch_size_in<R, P>(s), side_in<R, P>(s), P, frozen_prefix<InPhase<R, P>>(),
         std::make_index_sequence<R::model::block_count>{}, typename R::model::blocks{})),
     ...);
  }
  (std::make_index_sequence<R::phase_count>{});
  return most;
}

/// The memory of a step of R for a batch of pictures of side x side pixels: `static_assert(memory<R>(64, 224) <
/// 8_GiB)`.
template <class R>
constexpr Memory memory(int batch, int side) {
  Settings s = defaults<R>();
  s.batch_size = batch;
  s.side = side;
  return memory<R>(s);
}

/// The same for a head whose size is in the recipe: `static_assert(forward_macs<R>(224) < 2'000'000'000)`.
template <class R>
constexpr long long forward_macs(int side = R::model::input::side) {
  return forward_macs<R>(side, detail::static_classes<R::new_classes>());
}
template <class R>
constexpr long long training_macs(int side = R::model::input::side) {
  return training_macs<R>(side, detail::static_classes<R::new_classes>());
}

/// The former name of forward_macs, and a former count of a step: three times the forward pass behind the frozen
/// prefix, whatever trains there. Both go with the next version.
template <class R>
[[deprecated("tuneit: these are multiply-accumulates of the forward pass: forward_macs<R>(side)")]] constexpr long long
flops(int side = R::model::input::side) {
  return cost<typename R::model>(side).macs;
}
template <class R>
[[deprecated("tuneit: training_macs<R>(side) counts what trains")]] constexpr long long macs(
    int side = R::model::input::side) {
  const auto costs = block_costs<typename R::model>(side);
  long long most = 0;
  [&]<std::size_t... P>(std::index_sequence<P...>) {
    const auto one = [&](std::size_t prefix) {
      long long n = 0;
      for (std::size_t b = 0; b < R::model::block_count; ++b) n += costs.cost[b].macs * (b < prefix ? 1 : 3);
      if (n > most) most = n;
    };
    (one(frozen_prefix<InPhase<R, P>>()), ...);
  }
  (std::make_index_sequence<R::phase_count>{});
  return most;
}

inline namespace literals {
constexpr std::int64_t operator""_KiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 10; }
constexpr std::int64_t operator""_MiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 20; }
constexpr std::int64_t operator""_GiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 30; }
}  // namespace literals

}  // namespace tuneit

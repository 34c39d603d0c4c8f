#pragma once
// How much memory does a training step of a recipe take?
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tuneit/recipe/account/prefix_memory.hpp"
#include "tuneit/recipe/account/recomputed.hpp"
#include "tuneit/recipe/account/step_memory.hpp"
#include "tuneit/recipe/assemble/unread.hpp"
#include "tuneit/recipe/queries/parameters.hpp"
#include "tuneit/recipe/queries/remembered.hpp"

namespace tuneit {

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
  constexpr RecipeEffects effects = join_effects(acting_policies<Parts>{});
  Settings s = common;
  s.batch_size = batch_size * effects.batches_at_once, s.side = side;
  const int bytes = bytes_of_flow(s);
  const std::int64_t kept = bytes == 8 ? 8 : 4;
  const auto remembered = remembered_by<Parts>(s, phase);
  Memory m;
  for (const TensorRow& row : table<Model>.rows)
    if (!row.is_tied()) m.weights += row.numel(s.classes) * (row.kind == Kind::BatchCount ? 8 : kept);
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

}  // namespace tuneit

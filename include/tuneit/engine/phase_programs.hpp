#pragma once
// The passes of a recipe, phase by phase: phases in which the same tensors move and the same batch norms use the batch
// share one instantiation, whatever their rates are.
#include <tuple>

#include "tuneit/engine/infer/program.hpp"
#include "tuneit/engine/train.hpp"

namespace tuneit::detail {

/// The first phase that needs the same passes as phase p.
template <class R>
constexpr std::size_t passes_of(std::size_t p) {
  for (std::size_t q = 0; q < p; ++q) {
    bool same = still_blocks<R>(p) == still_blocks<R>(q);
    for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {
      const PlanRow &a = plans<R>[p].rows[i], &b = plans<R>[q].rows[i];
      same = same && a.frozen == b.frozen && a.batch_statistics == b.batch_statistics;
    }
    if (same) return q;
  }
  return p;
}

/// The inference programs of one phase: the frozen prefix, and the rest of the network for evaluation.
template <class R, std::size_t I>
struct PhasePrograms {
  using Model = typename R::model;
  static constexpr std::size_t prefix_blocks = frozen_prefix<InPhase<R, I>>();
  InferenceProgram<Model, 0, prefix_blocks, recipe_numbers<R>> prefix;
  InferenceProgram<Model, prefix_blocks, Model::block_count, recipe_numbers<R>> rest;
};

// A phase that shares its passes with an earlier one has no programs of its own.
template <class R, std::size_t I, bool Own = passes_of<R>(I) == I>
struct OwnPrograms {
  PhasePrograms<R, I> programs;
};
template <class R, std::size_t I>
struct OwnPrograms<R, I, false> {};

template <class R, std::size_t... I>
std::tuple<OwnPrograms<R, I>...> programs_of(std::index_sequence<I...>);
template <class R>
using AllPrograms = decltype(programs_of<R>(std::make_index_sequence<R::phase_count>{}));

/// Blocks at the beginning in which nothing moves in phase p.
template <class R>
std::size_t frozen_blocks_in(std::size_t p) {
  std::size_t blocks = 0;
  in_phase<R>(p, [&](auto i) { blocks = frozen_prefix<InPhase<R, decltype(i)::value>>(); });
  return blocks;
}

}  // namespace tuneit::detail

#pragma once
// The passes of a recipe, phase by phase: phases in which the same tensors move and the same batch norms use the batch
// share one instantiation, whatever their rates are.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tuneit/engine/run/inference_program.hpp"
#include "tuneit/engine/run/network.hpp"
#include "tuneit/engine/run/packed.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"

namespace tuneit::detail {

/// The first phase that needs the same passes as phase p.
template <class R>
constexpr std::size_t passes_of(std::size_t p) {
  for (std::size_t q = 0; q < p; ++q) {
    bool same = still_blocks<R>(p) == still_blocks<R>(q);
    for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {
      const PlanRow &a = plans<R>[p].rows[i], &b = plans<R>[q].rows[i];
      same = same && a.frozen == b.frozen && a.batch_statistics == b.batch_statistics && a.recomputed == b.recomputed;
    }
    if (same) return q;
  }
  return p;
}

/// Calls f with the number (an integral constant) of the phase whose passes phase p uses.
template <class R, class F>
void with_passes(std::size_t p, const F& f) {
  in_phase<R>(p, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    f(std::integral_constant<std::size_t, passes_of<R>(I)>{});
  });
}

// The inference programs of a phase: the frozen prefix, and the rest of the network for evaluation. A phase that shares
// its passes with an earlier one has none of its own.
template <class R, std::size_t I, bool Own = passes_of<R>(I) == I>
struct ProgramsOf {
  using Model = typename R::model;
  static constexpr std::size_t prefix_blocks = frozen_prefix<InPhase<R, I>>();
  InferenceProgram<Model, 0, prefix_blocks, recipe_dtypes<R>> prefix;
  InferenceProgram<Model, prefix_blocks, Model::block_count, recipe_dtypes<R>> rest;
};
template <class R, std::size_t I>
struct ProgramsOf<R, I, false> {};

/// The inference programs of all phases of a recipe. Each is made from tensors when it is first run, and again when
/// they may have moved.
template <class R>
class PhasePrograms {
  using Model = typename R::model;
  template <std::size_t... I>
  static std::tuple<ProgramsOf<R, I>...> programs_of(std::index_sequence<I...>);

 public:
  /// What flows out of the blocks that are frozen in a phase: x itself where there are none.
  /// `others`: the inputs behind the first.
  at::Tensor prefix(at::Tensor x, std::size_t phase, const Tensors& tensors, at::ScalarType numbers,
                    [[maybe_unused]] const Tensors& others = {}) {
    with_passes<R>(phase, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      if constexpr (frozen_prefix<InPhase<R, I>>() > 0) {
        auto& program = std::get<I>(programs_).prefix;
        program.prepare(tensors, numbers, static_cast<long long>(phase));  // earlier phases may have moved them
        if constexpr (crosses<Model, frozen_prefix<InPhase<R, I>>()>) {
          Tensors beside;
          x = program.run_wired(std::move(x), others, nullptr, &beside);
          x = cuts_.pack(std::move(x), beside);
        } else if constexpr (has_wires<Model>) {
          x = program.run_wired(std::move(x), others, nullptr, nullptr);
        } else {
          x = program.run(std::move(x));
        }
      }
    });
    return x;
  }

  /// The last output from what `prefix` gave, after so many steps of the optimizer; `outputs` receives all, of a
  /// network with wires. `others`: the inputs behind the first, where nothing is frozen before.
  at::Tensor rest(at::Tensor x, std::size_t phase, const Tensors& tensors, at::ScalarType numbers, long long steps,
                  [[maybe_unused]] Tensors* outputs = nullptr, [[maybe_unused]] const Tensors& others = {}) {
    with_passes<R>(phase, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      auto& program = std::get<I>(programs_).rest;
      program.prepare(tensors, numbers, steps);
      if constexpr (has_wires<Model>) {
        const Tensors beside = frozen_prefix<InPhase<R, I>>() == 0 ? others : unpack<I>(x);
        x = program.run_wired(std::move(x), beside, outputs, nullptr);
      } else {
        x = program.run(std::move(x));
      }
    });
    return x;
  }

  /// What `prefix` gave in a phase, apart: what flows stays in x.
  Tensors unpacked(at::Tensor& x, std::size_t phase) const {
    Tensors beside;
    with_passes<R>(phase, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) { beside = unpack<I>(x); });
    return beside;
  }
  /// What `prefix` gave in phase I, apart: what flows stays in x.
  template <std::size_t I>
  Tensors unpack([[maybe_unused]] at::Tensor& x) const {
    if constexpr (crosses<Model, frozen_prefix<InPhase<R, I>>()>) return cuts_.unpack(x);
    return {};
  }

 private:
  struct NoCuts {  // never called; clang looks for them all the same
    static at::Tensor pack(at::Tensor x, const Tensors&) { return x; }
    static Tensors unpack(const at::Tensor&) { return {}; }
  };
  std::conditional_t<has_wires<Model>, PackedCuts, NoCuts> cuts_;
  decltype(programs_of(std::make_index_sequence<R::phase_count>{})) programs_;
};

/// Blocks at the beginning in which nothing moves in phase p.
template <class R>
std::size_t frozen_blocks_in(std::size_t p) {
  std::size_t blocks = 0;
  in_phase<R>(p, [&](auto i) { blocks = frozen_prefix<InPhase<R, decltype(i)::value>>(); });
  return blocks;
}

}  // namespace tuneit::detail

#pragma once
// How much arithmetic is a picture to a recipe: forward, and in a training step, of which only what trains and what is
// behind it counts?
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tuneit/net/cost.hpp"
#include "tuneit/net/module_network.hpp"
#include "tuneit/recipe/account/recomputed.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"

namespace tuneit {
namespace detail {

/// Goes through a network in the order of its table and adds up the multiply-accumulates of a step. Forward: once. The
/// gradient of a layer's weights: as much again, by the share of them that trains (biases cost nothing). The gradient
/// of its input: as much again, where something before it trains.
struct CountTraining {
  const TensorRow* rows;
  const PlanRow* plan;
  int classes;
  const bool* again = nullptr;  ///< of each row: it is in a part that runs forward twice
  const bool* read = nullptr;   ///< of each row: an output with a loss depends on it
  bool need = false;
  std::size_t at = 0;
  long long total = 0;
  WireShapes* wires = nullptr;

  template <class Leaf>
  constexpr void operator()(Leaf, Shape in, Shape out) {
    add(leaf_cost<Leaf>(in, out).macs_of(classes), tensor_count<Leaf>);
  }
  constexpr void add(long long macs, std::size_t tensors) {
    std::int64_t all = 0, trained = 0;
    const bool back = read == nullptr || tensors == 0 || read[at];
    bool any = false, twice = back && again != nullptr && tensors > 0 && again[at];
    for (; tensors > 0; --tensors, ++at) {
      const bool trains = !rows[at].is_buffer() && !plan[at].frozen;
      any = any || trains;
      if (rows[at].kind != Kind::Weight) continue;
      all += rows[at].numel(classes);
      if (trains) trained += rows[at].numel(classes);
    }
    total += need && back ? 2 * macs : macs;
    if (twice) total += macs;
    if (trained == all)
      total += all > 0 ? macs : 0;
    else
      total +=
          static_cast<long long>(static_cast<double>(macs) * static_cast<double>(trained) / static_cast<double>(all));
    need = need || any;
  }
};

template <class Model>
constexpr void require_known_macs() {
  static_assert(counts_macs<Model>,
                "tuneit: what a module computes is not known; its struct may say it: static constexpr long long "
                "forward_macs(int side)");
}

template <class Model>
constexpr long long training_macs_under(const PlanRow* plan, int side, int classes, const bool* again,
                                        const bool* read = nullptr) {
  CountTraining count{table<Model>.rows, plan, classes, again, read};
  if constexpr (ModuleModel<Model>) {  // as one layer
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      count.need = count.need || (!table<Model>.rows[i].is_buffer() && !plan[i].frozen);
    if constexpr (counts_macs<Model>) count.add(Model::forward_macs(side), table<Model>.size);
  } else {
    trace_blocks<typename Model::input>(typename Model::blocks{}, Model::input::at(side), count);
  }
  return count.total;
}

template <class R>
constexpr long long training_macs_in(std::size_t phase, int side, int classes) {
  const bool* again = nullptr;
  if constexpr (recomputes<typename R::parts>) again = recomputed_in<typename R::parts>[phase].at;
  const bool* read = nullptr;
  if constexpr (R::parts::unused::names::size > 0) read = used_rows<typename R::parts>.data();
  return training_macs_under<typename R::model>(plans_of_parts<typename R::parts>[phase].rows, side, classes, again,
                                                read);
}

}  // namespace detail

/// Multiply-accumulates of the network of R on one picture of side x side pixels, forward: torchvision's count, which
/// its model pages call GFLOPs. Convolutions and linear layers count, and layers of one's own (by `cost`). `classes`
/// stands in for a Dynamic head.
template <class R>
constexpr long long forward_macs(int side, int classes) {
  using Model = typename R::model;
  detail::require_known_macs<Model>();
  if constexpr (!ModuleModel<Model>)
    return cost<Model>(side).macs_of(classes);
  else if constexpr (detail::counts_macs<Model>)
    return Model::forward_macs(side);
  return 0;
}

/// Multiply-accumulates of a training step of R on one picture, in its most expensive phase. What trains counts: a
/// layer's gradients cost as much as its forward for its weights, where they train, and as much for its input, where
/// something before it trains; biases and batch norms count nothing. A frozen beginning thus costs its forward pass
/// alone, as does what only Unused outputs depend on; what Recompute selects counts its forward pass twice. `classes`
/// stands in for a Dynamic head.
template <class R>
constexpr long long training_macs(int side, int classes) {
  detail::require_known_macs<typename R::model>();
  long long most = 0;
  for (std::size_t phase = 0; phase < R::phase_count; ++phase) {
    const long long n = detail::training_macs_in<R>(phase, side, classes);
    if (n > most) most = n;
  }
  return most;
}

}  // namespace tuneit

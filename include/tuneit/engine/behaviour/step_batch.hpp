#pragma once
// What those that act are given of a batch: what flows in, what comes out, and what it should be. Of a network with one
// input and one output it is a tensor each.
#include <ATen/core/Tensor.h>

#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/engine/run/outputs.hpp"
#include "tuneit/net/wire_plan.hpp"

namespace tuneit {

/// A batch on its way into the network: images [N, C, H, W] (or what the network takes) on the device, in the number
/// type in which it computes, and what they should give.
struct StepBatch {
  at::Tensor images;
  Targets targets;
};
/// Of a network with several inputs or outputs. `images` is the first input, `targets` are those of the first output
/// that has a loss; the others are beside them.
struct SeveralStepBatch : StepBatch {
  std::vector<at::Tensor> other_inputs;
  std::vector<Targets> other_targets;
};

/// What the network gave for a batch, before the backward pass.
struct StepOutputs {
  const at::Tensor& outputs;  ///< [N, K], float32 (float64 in double precision)
  const Targets& targets;
  DeviceScalar& loss;    ///< the mean over the batch: what is told; a number on the CPU
  at::Tensor& gradient;  ///< of what is trained (with the reduction Sum: of the sum) by the outputs, like these; change
                         ///< it in place, or put another in its place
};
/// Of a network with several outputs. `loss` is the weighted sum of all losses; of an output without a loss the
/// gradient is undefined, and of none it is zero.
struct SeveralStepOutputs {
  const Outputs& outputs;
  const std::vector<Targets>& targets;  ///< in the order in which the recipe's losses name their outputs
  DeviceScalar& loss;
  Outputs& gradient;
};

namespace detail {

template <class Model>
inline constexpr bool several_inputs = Model::input::others::size > 0;
/// Are there indices among the inputs, of which layers make vectors?
template <class Model>
inline constexpr bool takes_indices = [] {
  using In = typename Model::input;
  bool any = In::at(In::side).dtype == ElementType::Index;
  [&]<class... Others>(List<Others...>) {
    ((any = any || Others::at(In::side).dtype == ElementType::Index), ...);
  }(typename In::others{});
  return any;
}();
template <class Model>
inline constexpr bool several_outputs = output_count<Model> > 1;

/// What flows into a network with several inputs: x, and what lies on wires.
struct Flow {
  at::Tensor x;
  std::vector<at::Tensor> others{};

  Flow() = default;
  Flow(at::Tensor flows, std::vector<at::Tensor> beside = {}) : x(std::move(flows)), others(std::move(beside)) {}
};
template <class R>
using StepFlow = std::conditional_t<several_inputs<typename R::model>, Flow, at::Tensor>;
inline const at::Tensor& first_of(const at::Tensor& x) { return x; }
inline const at::Tensor& first_of(const Flow& flow) { return flow.x; }

/// What a batch should give: of several outputs, of each that has a loss.
template <class R>
using StepTargets = std::conditional_t<several_outputs<typename R::model>, std::vector<Targets>, Targets>;
inline const Targets& first_of(const Targets& t) { return t; }
inline const Targets& first_of(const std::vector<Targets>& all) { return all.front(); }

}  // namespace detail

/// What a policy is given in the recipe R: `on_batch(StepBatchOf<R>&, c)`, `on_outputs(StepOutputsOf<R>&, c)`. One that
/// takes a StepBatch of a recipe with several inputs or outputs sees the first of each.
template <class R>
using StepBatchOf =
    std::conditional_t<detail::several_inputs<typename R::model> || detail::several_outputs<typename R::model>,
                       SeveralStepBatch, StepBatch>;
template <class R>
using StepOutputsOf = std::conditional_t<detail::several_outputs<typename R::model>, SeveralStepOutputs, StepOutputs>;

}  // namespace tuneit

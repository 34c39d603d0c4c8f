#pragma once
// How do the inputs and targets of a batch come to where a network with several of them computes?
#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/describe.hpp"
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/engine/loss/on_outputs.hpp"
#include "tuneit/engine/step/trainer_state.hpp"

namespace tuneit::detail {

[[noreturn, gnu::noinline]] inline void refuse_input(const std::string& name, const at::Tensor& given, Shape wanted) {
  std::string sizes = "samples";
  for (int d = 0; d < wanted.rank; ++d) sizes.append(", ").append(std::to_string(wanted.dims[d]));
  const char* const type = wanted.dtype == ElementType::Index   ? "int64"
                           : wanted.dtype == ElementType::Truth ? "bool"
                                                                : "floating-point numbers";
  throw Error(ErrorKind::Usage,
              "the input \"" + name + "\" of the batch is " +
                  (given.defined() ? std::string(c10::toString(given.scalar_type())) + " " + aten::shape_text(given)
                                   : std::string("not there")),
              "Give " + std::string(type) + " [" + sizes + "].");
}

/// The I-th input behind the first on the device, numbers in the type in which the network computes. Throws
/// Error(Usage) for one of another type or shape, BadSample for an index that its table does not have.
template <class In, std::size_t I, class R>
at::Tensor prepared_input(const TrainerState<R>& t, const at::Tensor& given, int side) {
  constexpr bool image = In::at(In::side).rank == 3;
  const Shape wanted = input_beside<typename R::model::input::first, In>(side);
  bool fits = given.defined() && given.dim() == wanted.rank + 1;
  for (int d = 0; fits && d < wanted.rank; ++d) fits = (image && d > 0) || given.size(d + 1) == wanted.dims[d];
  if (fits)
    fits = wanted.dtype == ElementType::Index   ? given.scalar_type() == at::kLong
           : wanted.dtype == ElementType::Truth ? given.scalar_type() == at::kBool
                                                : given.is_floating_point();
  if (!fits) refuse_input(std::string(In::name.chars, In::name.size()), given, wanted);
  if constexpr (In::at(In::side).dtype == ElementType::Index)
    check_indices(given, index_tables<typename R::model>.rows[I + 1], input_name<In>());
  return channels_last(given.to(t.device, given.is_floating_point() ? t.compute : given.scalar_type()));
}

/// All inputs of a batch. Throws Error(Usage) where there are not as many as the network has.
template <class R>
StepFlow<R> prepared_inputs(const TrainerState<R>& t, const data::Batch& batch) {
  using In = typename R::model::input;
  if (batch.other_inputs.size() != std::size_t{In::others::size})
    throw Error(ErrorKind::Usage,
                "the network has " + std::to_string(In::others::size + 1) + " inputs, and the batch " +
                    std::to_string(batch.other_inputs.size() + 1),
                "Batch::images are the first, Batch::other_inputs those behind it, in the network's order.");
  if constexpr (!several_inputs<typename R::model>) {
    return t.prepared(batch.images);
  } else {
    Flow flow{t.prepared(batch.images)};
    constexpr bool texts = takes_tokens<typename In::first>;
    const int side = texts               ? static_cast<int>(flow.x.size(1))
                     : flow.x.dim() == 4 ? static_cast<int>(flow.x.size(2))
                                         : In::side;
    [&]<class... Others, std::size_t... I>(List<Others...>, std::index_sequence<I...>) {
      (flow.others.push_back(prepared_input<Others, I>(t, batch.other_inputs[I], side)), ...);
    }(typename In::others{}, std::make_index_sequence<In::others::size>{});
    for (const at::Tensor& x : flow.others)
      if (x.size(0) != flow.x.size(0))
        throw Error(ErrorKind::Usage,
                    "the inputs of the batch have " + std::to_string(flow.x.size(0)) + " and " +
                        std::to_string(x.size(0)) + " samples",
                    "All inputs of a batch have as many.");
    return flow;
  }
}

/// The targets of a batch on the device. Throws Error(Usage) where there are not as many as outputs with a loss.
template <class R>
StepTargets<R> prepared_targets(const TrainerState<R>& t, const data::Batch& batch) {
  if constexpr (several_outputs<typename R::model>) {
    std::vector<Targets> all{{t.on_device(batch.labels)}};
    for (const at::Tensor& one : batch.other_targets) all.push_back({t.on_device(one)});
    if (all.size() != static_cast<std::size_t>(loss_places<R>.targets))
      refuse_targets(all.size(), loss_places<R>.targets);
    return all;
  } else {
    if (!batch.other_targets.empty()) refuse_targets(batch.other_targets.size() + 1, 1);
    return {t.on_device(batch.labels)};
  }
}

}  // namespace tuneit::detail

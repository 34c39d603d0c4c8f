#pragma once
// A network's tensors, and the passes through all of its blocks.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <vector>

#include "tuneit/aten/tensors.hpp"
#include "tuneit/engine/layers/embedding.hpp"
#include "tuneit/engine/layers/forward.hpp"
#include "tuneit/engine/layers/layer_norm.hpp"
#include "tuneit/engine/layers/smooth.hpp"
#include "tuneit/engine/run/autograd.hpp"
#include "tuneit/engine/run/forward_lists.hpp"
#include "tuneit/engine/run/wires.hpp"
#include "tuneit/engine/spatial/upsample.hpp"
#include "tuneit/engine/tokens/attention.hpp"
#include "tuneit/engine/tokens/dropout.hpp"
#include "tuneit/engine/tokens/named_linear.hpp"
#include "tuneit/engine/tokens/token_layers.hpp"
#include "tuneit/recipe/queries/queries.hpp"

namespace tuneit {

namespace detail {

// Facts of evaluation: nothing moves.
template <class Model>
struct Still {
  template <std::size_t Block>
  static constexpr auto facts = block_facts<Model, Block>([] {
    Plan<table<Model>.size> plan;
    for (PlanRow& row : plan.rows) row.frozen = true;
    return plan;
  }());
};

/// The number types of a recipe.
template <class R>
inline constexpr DTypeSet recipe_dtypes = dtypes_of<typename R::precision>;

// Facts of a recipe's training.
template <class R>
struct Moving {
  template <std::size_t Block>
  static constexpr auto facts = block_facts<typename R::model, Block>(plan<R>, recipe_dtypes<R>);
};

template <class Model, class FactsOf, std::size_t First, std::size_t... I, class... Blocks>
at::Tensor run_blocks(at::Tensor x, const Tensors& tensors, const at::Generator& generator, std::index_sequence<I...>,
                      List<Blocks...>,
                      [[maybe_unused]] WireStore<Model, First, First + sizeof...(I)>* wires = nullptr) {
  Context all{tensors.data(), nullptr, &generator, 0};
  if constexpr (has_wires<Model>) all.wired = &wires->frame();
  using All = std::tuple<typename Blocks::layers...>;
  ((x = Forward<std::tuple_element_t<First + I, All>, FactsOf::template facts<First + I>>::run(
        std::move(x), all.after(table<Model>.block_begin[First + I]))),
   ...);
  return x;
}

}  // namespace detail

/// A network with wires, or a part of it, under autograd: as `infer` and `forward` below. `others`: the inputs behind
/// the first, or what crosses the cut before block First; `outputs` receives all outputs, `crossing` what crosses the
/// cut behind the last block.
template <class Model, class FactsOf, std::size_t First = 0, std::size_t Last = Model::block_count>
at::Tensor run_wired(at::Tensor x, const Tensors& tensors, const at::Generator& generator, const Tensors& others,
                     Tensors* outputs, Tensors* crossing = nullptr) {
  detail::WireStore<Model, First, Last> wires;
  wires.begin(others);
  at::Tensor y = detail::run_blocks<Model, FactsOf, First>(
      std::move(x), tensors, generator, std::make_index_sequence<Last - First>{}, typename Model::blocks{}, &wires);
  if (crossing != nullptr) *crossing = wires.end();
  if (outputs != nullptr) *outputs = wires.outputs_of(y);
  return y;
}

/// The blocks [First, Last) as in evaluation: running statistics, no dropout. x: [N, C, H, W], or what flows into
/// First.
template <class Model, std::size_t First = 0, std::size_t Last = Model::block_count>
at::Tensor infer(at::Tensor x, const Tensors& tensors) {
  if constexpr (detail::has_wires<Model>)
    return run_wired<Model, detail::Still<Model>, First, Last>(std::move(x), tensors, {}, {}, nullptr);
  else
    return detail::run_blocks<Model, detail::Still<Model>, First>(
        std::move(x), tensors, {}, std::make_index_sequence<Last - First>{}, typename Model::blocks{});
}

/// The whole network as the recipe trains it: the frozen prefix as in evaluation and outside autograd, the rest
/// recorded by autograd. Dropout draws from the generator. Returns logits [N, classes].
template <class R>
at::Tensor forward(at::Tensor x, const Tensors& tensors, const at::Generator& generator) {
  using Model = typename R::model;
  constexpr std::size_t prefix = frozen_prefix<R>();
  if constexpr (detail::has_wires<Model>) {
    Tensors crossing;
    if constexpr (prefix > 0) {
      const at::NoGradGuard no_grad;
      x = run_wired<Model, detail::Still<Model>, 0, prefix>(std::move(x), tensors, {}, {}, nullptr, &crossing);
    }
    return run_wired<Model, detail::Moving<R>, prefix>(std::move(x), tensors, generator, crossing, nullptr);
  } else {
    if constexpr (prefix > 0) {
      const at::NoGradGuard no_grad;
      x = infer<Model, 0, prefix>(std::move(x), tensors);
    }
    return detail::run_blocks<Model, detail::Moving<R>, prefix>(std::move(x), tensors, generator,
                                                                std::make_index_sequence<Model::block_count - prefix>{},
                                                                typename Model::blocks{});
  }
}

}  // namespace tuneit

#pragma once
// A recipe's network in training: the blocks behind the frozen prefix, forward and backward, below the autograd engine.
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/grad_mode.h>

#include <tuple>
#include <vector>

#include "tuneit/engine/layers/affine.hpp"
#include "tuneit/engine/layers/conv.hpp"
#include "tuneit/engine/layers/depthwise.hpp"
#include "tuneit/engine/layers/embedding.hpp"
#include "tuneit/engine/layers/layer_norm.hpp"
#include "tuneit/engine/layers/list.hpp"
#include "tuneit/engine/layers/norm.hpp"
#include "tuneit/engine/layers/shape_ops.hpp"
#include "tuneit/engine/layers/smooth.hpp"
#include "tuneit/engine/layers/sum.hpp"
#include "tuneit/engine/rewrite/bottleneck.hpp"
#include "tuneit/engine/rewrite/effective.hpp"
#include "tuneit/engine/run/autograd.hpp"
#include "tuneit/engine/run/network.hpp"
#include "tuneit/engine/run/segment.hpp"
#include "tuneit/engine/spatial/pool.hpp"
#include "tuneit/engine/spatial/upsample.hpp"
#include "tuneit/engine/tokens/attention.hpp"
#include "tuneit/engine/tokens/dropout.hpp"
#include "tuneit/engine/tokens/named_linear.hpp"
#include "tuneit/engine/tokens/token_layers.hpp"
#include "tuneit/engine/wires/tags.hpp"

namespace tuneit {

namespace detail {

/// Code in this scope calls ATen's kernels directly; nothing is recorded.
struct BelowAutograd {
  at::NoGradGuard no_grad{};
  at::AutoDispatchBelowADInplaceOrView below{};
};

/// The programs of all blocks in training, with what a recipe recomputes as segments.
template <class R>
class BlockPrograms {
  template <class... Blocks>
  static std::tuple<program<typename Blocks::layers>...> of(List<Blocks...>, ...);
  template <class... Blocks, std::size_t... I>
  requires recomputes<typename R::parts>
  static std::tuple<segmented<RecomputedParts<typename R::parts, phase_of<R>>, table<typename R::model>.block_begin[I],
                              program<typename Blocks::layers>>...>
      of(List<Blocks...>, std::index_sequence<I...>);

 public:
  using all = decltype(of(typename R::model::blocks{}, std::make_index_sequence<R::model::block_count>{}));
};
template <class R>
struct TrainPrograms : BlockPrograms<R> {};

}  // namespace detail

/// One pass of a recipe's blocks [First, end): forward keeps, backward gives gradients. What is kept has a type, and
/// lives as long as this object.
template <class R, std::size_t First = frozen_prefix<R>()>
class TrainPass {
  using Model = typename R::model;
  static_assert(!ModuleModel<Model>, "tuneit: to train a ModuleNetwork, #include <tuneit/engine/module_network.hpp>");
  static constexpr std::size_t count = Model::block_count - First;

  template <std::size_t I>
  using Program = std::tuple_element_t<First + I, typename detail::TrainPrograms<R>::all>;
  template <std::size_t I>
  static constexpr auto facts = detail::Moving<R>::template facts<First + I>;
  template <std::size_t I>
  static constexpr bool need() {
    bool any = false;
    for (std::size_t i = table<Model>.block_begin[First]; i < table<Model>.block_begin[First + I]; ++i)
      any = any || (!table<Model>.rows[i].is_buffer() && !plan<R>.rows[i].frozen);
    return any;
  }
  template <std::size_t I>
  using Run = Train<Program<I>, facts<I>, Need{need<I>()}>;
  template <std::size_t... I>
  static std::tuple<typename Run<I>::Saved...> saved_of(std::index_sequence<I...>);

 public:
  /// Before forward: vectors that are moved in it.
  void move_vectors(detail::MovedVectors* moved) { moved_ = moved; }
  /// x: what flows into block First. Returns the logits; the statistics of the batch are left in `statistics`. Call in
  /// a scope without autograd. `numbers`: in which it computes, where indices flow in.
  at::Tensor forward(at::Tensor x, const Tensors& tensors, const at::Generator& generator,
                     PendingStatistics* statistics = nullptr, at::ScalarType numbers = at::ScalarType::Undefined) {
    context_ = {tensors.data(), nullptr, &generator, 0, numbers, statistics, nullptr, moved_};
    if (moved_ != nullptr) moved_->at = tensors.data() + moved_->row;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = Run<I>::forward(std::move(x), std::get<I>(saved_), place<I>())), ...);
      return std::move(x);
    }
    (std::make_index_sequence<count>{});
  }

  /// dy: the gradient of the logits. gradients: one (undefined) tensor per tensor of the table; filled for what trains.
  void backward(at::Tensor dy, Tensors& gradients) {
    context_.gradients = gradients.data();
    back<count>({std::move(dy)});
  }
  /// The same. `done(block)`: the gradients of a block that trains are there, and all behind it.
  template <class Done>
  void backward(at::Tensor dy, Tensors& gradients, const Done& done) {
    context_.gradients = gradients.data();
    back<count>({std::move(dy)}, done);
  }

 private:
  template <std::size_t I>
  Context place() const {
    return context_.after(table<Model>.block_begin[First + I]);
  }
  template <std::size_t Left>
  void back(Gradient dy) {
    if constexpr (Left > 0) {
      constexpr std::size_t i = Left - 1;
      if constexpr (need<i>() || detail::any_trains<facts<i>>)
        back<i>(Run<i>::backward(std::move(dy), std::get<i>(saved_), place<i>()));
    }
  }
  template <std::size_t Left, class Done>
  void back(Gradient dy, const Done& done) {
    if constexpr (Left > 0) {
      constexpr std::size_t i = Left - 1;
      if constexpr (need<i>() || detail::any_trains<facts<i>>) {
        dy = Run<i>::backward(std::move(dy), std::get<i>(saved_), place<i>());
        if constexpr (detail::any_trains<facts<i>>) done(First + i);
        back<i>(std::move(dy), done);
      }
    }
  }

  Context context_{};
  detail::MovedVectors* moved_ = nullptr;
  decltype(saved_of(std::make_index_sequence<count>{})) saved_{};
};

}  // namespace tuneit

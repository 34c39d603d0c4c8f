#pragma once
// Pooling in training: of what a layer yields, or straight from a batch norm's input.
#include <ATen/ops/div_ops.h>

#include <array>
#include <cstdint>
#include <utility>

#include "tuneit/aten/context.hpp"
#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/list.hpp"
#include "tuneit/engine/layers/norm.hpp"
#include "tuneit/engine/layers/window.hpp"
#include "tuneit/engine/spatial/max_pool.hpp"
#include "tuneit/kernels/pool/pooling.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit::detail {

/// Mean over the pixels of each picture, [N, C, H, W] to [N, C].
template <DTypeSet N>
at::Tensor average_forward(const at::Tensor& input) {
  if (!has_kernels<N>(input)) return input.mean({2, 3});
  const at::Tensor x = channels_last(input);
  at::Tensor y = aten::empty({x.size(0), x.size(1)}, x.options(), at::MemoryFormat::Contiguous);
  with_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
    kernels::average_forward(kernels::GlobalPooling{x.size(0), x.size(2) * x.size(3), static_cast<int>(x.size(1))},
                             kernels::Direct<T>{data<const T>(x)}, data<T>(y));
  });
  return y;
}

/// The gradient of a mean over all pixels, in one kernel.
inline at::Tensor average_backward_on_device(const at::Tensor& dy, const std::array<std::int64_t, 4>& sizes) {
  at::Tensor dx = aten::empty(sizes, dy.options(), at::MemoryFormat::ChannelsLast);
  const at::Tensor pixels = aten::full({}, static_cast<double>(sizes[2] * sizes[3]), at::kDouble);
  return at::_ops::div_out::call(dy.reshape({sizes[0], sizes[1], 1, 1}).expand(sizes), pixels, dx);
}

/// Mean over the cells of a grid; where every pixel is a cell, x itself.
template <int H, int W>
at::Tensor adaptive_average(at::Tensor x) {
  return x.size(2) == H && x.size(3) == W ? x : aten::adaptive_avg_pool2d(x, {H, W});
}

}  // namespace tuneit::detail

namespace tuneit {

template <Window W, auto F, Need N>
struct Train<MaxPool2d<W>, F, N> {
  using Saved = detail::PoolSaved;

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    if (W.is_plain() && detail::has_kernels<F.dtypes>(x))
      return detail::max_pool_forward<F.dtypes>(x, W, N.x ? &saved : nullptr);
    auto [y, index] = aten::max_pool2d_with_indices(x, detail::sizes(W.kernel), detail::sizes(W.stride),
                                                    detail::sizes(W.padding), detail::sizes(W.dilation));
    if constexpr (N.x) {
      saved.x = std::move(x);
      saved.index = std::move(index);
    }
    return y;
  }
  static Gradient backward(Gradient incoming, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    const at::Tensor dy = std::move(incoming).sum();
    if (!saved.x.defined()) return {detail::max_pool_backward<F.dtypes>(dy, saved)};
    if (dy.is_cuda() && aten::context::is_deterministic(at::globalContext()))
      return {detail::max_pool_backward_apart(dy, saved, W)};
    return {aten::max_pool2d_with_indices_backward(dy, saved.x, detail::sizes(W.kernel), detail::sizes(W.stride),
                                                   detail::sizes(W.padding), detail::sizes(W.dilation), saved.index)};
  }
};

template <class BatchNorm, class Activation, Window W, auto F, Need N>
struct Train<op::NormPool<BatchNorm, Activation, MaxPool2d<W>>, F, N> {
 private:
  static constexpr detail::NormTask task = detail::norm_task<BatchNorm, Activation, F>;
  static constexpr bool keeps = N.x || task.affine_moves;
  static constexpr auto activation = detail::activation_of<Activation>;
  using Chain = Train<List<op::Norm<BatchNorm, Activation>, MaxPool2d<W>>, F, N>;

 public:
  struct Saved {
    detail::PoolSaved fused{};
    typename Chain::Saved chain{};
  };
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    if (!detail::has_kernels<F.dtypes>(x)) return Chain::forward(std::move(x), saved.chain, c);
    return detail::norm_pool_forward<F.dtypes, activation>(std::move(x), c.tensors, task, W, saved.fused, keeps,
                                                           c.statistics);
  }
  static Gradient backward(Gradient incoming, Saved& saved, const Context& c) {
    if (!saved.fused.x.defined()) return Chain::backward(std::move(incoming), saved.chain, c);
    const at::Tensor dy = std::move(incoming).sum();
    at::Tensor dx =
        detail::norm_pool_backward<F.dtypes, activation>(dy, c.tensors, c.gradients, task, saved.fused, N.x);
    saved.fused.clear();
    return {std::move(dx)};
  }
};

template <auto F, Need N>
struct Train<GlobalAvgPool, F, N> {
  struct Saved {
    std::array<std::int64_t, 4> sizes{};
  };
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    saved.sizes = {x.size(0), x.size(1), x.size(2), x.size(3)};
    return detail::average_forward<F.dtypes>(x);
  }
  static Gradient backward(Gradient incoming, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    const at::Tensor dy = std::move(incoming).sum();
    const auto [n, c, h, w] = saved.sizes;
    if (dy.is_cuda()) return {detail::average_backward_on_device(dy, saved.sizes)};
    if (!detail::has_kernels<F.dtypes>(dy))
      return {dy.div(static_cast<double>(h * w))
                  .view({n, c, 1, 1})
                  .expand(saved.sizes)
                  .contiguous(at::MemoryFormat::ChannelsLast)};
    const at::Tensor d = dy.contiguous();
    at::Tensor dx = aten::empty(saved.sizes, d.options(), at::MemoryFormat::ChannelsLast);
    detail::with_numbers<F.dtypes>(d.scalar_type(), [&]<class T>(T*) {
      kernels::average_backward(kernels::GlobalPooling{n, h * w, static_cast<int>(c)}, detail::data<const T>(d),
                                kernels::Store<T>{detail::data<T>(dx)});
    });
    return {std::move(dx)};
  }
};

template <int H, int W, auto F, Need N>
struct Train<AdaptiveAvgPool2d<H, W>, F, N> {
  using Saved = at::Tensor;  // x, where it was not the result

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    at::Tensor y = detail::adaptive_average<H, W>(x);
    if (N.x && !y.is_same(x)) saved = std::move(x);
    return y;
  }
  static Gradient backward(Gradient incoming, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    if (!saved.defined()) return incoming;
    at::Tensor dx = detail::channels_last(aten::adaptive_avg_pool2d_backward(std::move(incoming).sum(), saved));
    saved.reset();
    return {std::move(dx)};
  }
};

}  // namespace tuneit

#pragma once
// Pooling in training: of what a layer yields, or straight from a batch norm's input, whose results are then never
// written to memory (the stem of a ResNet).
#include <array>
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/list.hpp"
#include "tuneit/engine/layers/norm.hpp"
#include "tuneit/engine/layers/window.hpp"
#include "tuneit/kernels/norm/norm_backward.hpp"
#include "tuneit/kernels/pool/pooling.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit::detail {

struct PoolKept {
  at::Tensor x, index, picked;  ///< picked: the numbers of x that were the maxima
  NormKept norm{};
  kernels::Pooling geometry{};

  void clear() {
    for (at::Tensor* t : {&x, &index, &picked}) t->reset();
    norm.clear();
  }
};

inline at::Tensor pooled_like(const at::Tensor& x, const kernels::Pooling& g, at::ScalarType type) {
  return aten::empty({g.n, g.c, g.out_h, g.out_w}, x.options().dtype(type), at::MemoryFormat::ChannelsLast);
}

/// Maximum over windows of x; keeps where the maxima were if backward will come. Our kernels (has_kernels(x)).
template <DTypeSet N>
at::Tensor max_pool_forward(const at::Tensor& input, Window w, PoolKept* kept) {
  const at::Tensor x = channels_last(input);
  const kernels::Pooling g = window_geometry(x, w);
  at::Tensor y = pooled_like(x, g, x.scalar_type());
  if (kept != nullptr) {
    kept->geometry = g;
    kept->index = pooled_like(x, g, at::kByte);
  }
  with_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
    kernels::max_pool_forward(g, kernels::Direct<T>{data<const T>(x)}, data<T>(y),
                              kept == nullptr ? nullptr : data<std::uint8_t>(kept->index));
  });
  return y;
}

template <DTypeSet N>
at::Tensor max_pool_backward(const at::Tensor& gradient, const PoolKept& kept) {
  const at::Tensor dy = channels_last(gradient);
  const kernels::Pooling& g = kept.geometry;
  at::Tensor dx = aten::empty({g.n, g.c, g.h, g.w}, dy.options(), at::MemoryFormat::ChannelsLast);
  with_numbers<N>(dy.scalar_type(), [&]<class T>(T*) {
    kernels::max_pool_backward(g, data<const T>(dy), data<const std::uint8_t>(kept.index),
                               kernels::Store<T>{data<T>(dx)});
  });
  return dx;
}

/// max over windows of act(norm(x)).
template <DTypeSet N, kernels::Activation A>
at::Tensor norm_pool_forward(at::Tensor x, const at::Tensor* t, const NormTask& task, Window w, PoolKept& kept,
                             bool keep) {
  x = channels_last(x);
  kept.geometry = window_geometry(x, w);
  norm_coefficients<N>(x, t, task, kept.norm);
  at::Tensor y = pooled_like(x, kept.geometry, x.scalar_type());
  if (keep) {
    kept.index = pooled_like(x, kept.geometry, at::kByte);
    kept.picked = aten::empty_like(y);
  }
  with_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
    const auto a = converted<T>(kept.norm.a), b = converted<T>(kept.norm.b);
    kernels::max_pool_forward<A>(
        kept.geometry, kernels::Normalised<T, kernels::Activation::None>{data<const T>(x), a.data(), b.data()},
        data<T>(y), data<std::uint8_t>(kept.index), data<T>(kept.picked));
  });
  if (keep) kept.x = std::move(x);
  return y;
}

/// Backward of norm_pool_forward: the sums come from the pooled side, the gradient is gathered for each pixel of x.
template <DTypeSet N, kernels::Activation A>
at::Tensor norm_pool_backward(const at::Tensor& gradient, const at::Tensor* t, at::Tensor* g, const NormTask& task,
                              PoolKept& kept, bool need_input) {
  const at::Tensor dy = channels_last(gradient);
  at::Tensor dx;
  if (need_input) dx = exclusive(kept.x) ? kept.x : aten::empty_like(kept.x);
  with_numbers<N>(dy.scalar_type(), [&]<class T>(T*) {
    const auto a = converted<T>(kept.norm.a), b = converted<T>(kept.norm.b), mean = converted<T>(kept.norm.mean);
    std::vector<double> sum(a.size()), product(a.size());
    kernels::norm_reduce<T>({.dy = data<const T>(dy),
                             .x = data<const T>(kept.picked),
                             .a = a.data(),
                             .b = b.data(),
                             .mean = mean.data(),
                             .clamp = task.clamp},
                            extent(dy), sum.data(), product.data());
    const NormPullback back =
        norm_pullback(t, g, task, kept.norm, sum, product, static_cast<double>(extent(kept.x).rows));
    if (!need_input) return;
    const auto p = converted<T>(back.p), q = converted<T>(back.q), s = converted<T>(back.s);
    kernels::max_pool_backward(kept.geometry, data<const T>(dy), data<const std::uint8_t>(kept.index),
                               kernels::StoreNormGradient<T, A>{data<T>(dx), data<const T>(kept.x), a.data(), b.data(),
                                                                p.data(), q.data(), s.data()});
  });
  return dx;
}

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

/// Mean over the cells of a grid; where every pixel is a cell, x itself.
template <int H, int W>
at::Tensor adaptive_average(at::Tensor x) {
  return x.size(2) == H && x.size(3) == W ? x : aten::adaptive_avg_pool2d(x, {H, W});
}

}  // namespace tuneit::detail

namespace tuneit {

template <Window W, auto F, bool NeedInput>
struct Train<MaxPool2d<W>, F, NeedInput> {
  using Kept = detail::PoolKept;

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place&) {
    if (detail::has_kernels<F.dtypes>(x)) return detail::max_pool_forward<F.dtypes>(x, W, NeedInput ? &kept : nullptr);
    auto [y, index] = aten::max_pool2d_with_indices(x, W.kernel, W.stride, W.padding);
    if constexpr (NeedInput) {
      kept.x = std::move(x);
      kept.index = std::move(index);
    }
    return y;
  }
  static Flow backward(Flow flow, Kept& kept, const Place&) {
    if constexpr (!NeedInput) return {};
    const at::Tensor dy = std::move(flow).sum();
    if (!kept.x.defined()) return {detail::max_pool_backward<F.dtypes>(dy, kept)};
    return {aten::max_pool2d_with_indices_backward(dy, kept.x, W.kernel, W.stride, W.padding, kept.index)};
  }
};

template <class BatchNorm, class Activation, Window W, auto F, bool NeedInput>
struct Train<op::NormPool<BatchNorm, Activation, MaxPool2d<W>>, F, NeedInput> {
 private:
  static constexpr detail::NormTask task = detail::norm_task<BatchNorm, Activation, F>;
  static constexpr bool keeps = NeedInput || task.affine_moves;
  static constexpr auto activation = detail::activation_of<Activation>;
  using Chain = Train<List<op::Norm<BatchNorm, Activation>, MaxPool2d<W>>, F, NeedInput>;

 public:
  struct Kept {
    detail::PoolKept fused{};
    typename Chain::Kept chain{};
  };
  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) {
    if (!detail::has_kernels<F.dtypes>(x)) return Chain::forward(std::move(x), kept.chain, at);
    return detail::norm_pool_forward<F.dtypes, activation>(std::move(x), at.tensors, task, W, kept.fused, keeps);
  }
  static Flow backward(Flow flow, Kept& kept, const Place& at) {
    if (!kept.fused.x.defined()) return Chain::backward(std::move(flow), kept.chain, at);
    const at::Tensor dy = std::move(flow).sum();
    at::Tensor dx =
        detail::norm_pool_backward<F.dtypes, activation>(dy, at.tensors, at.gradients, task, kept.fused, NeedInput);
    kept.fused.clear();
    return {std::move(dx)};
  }
};

template <auto F, bool NeedInput>
struct Train<GlobalAvgPool, F, NeedInput> {
  struct Kept {
    std::array<std::int64_t, 4> sizes{};
  };
  static at::Tensor forward(at::Tensor x, Kept& kept, const Place&) {
    kept.sizes = {x.size(0), x.size(1), x.size(2), x.size(3)};
    return detail::average_forward<F.dtypes>(x);
  }
  static Flow backward(Flow flow, Kept& kept, const Place&) {
    if constexpr (!NeedInput) return {};
    const at::Tensor dy = std::move(flow).sum();
    const auto [n, c, h, w] = kept.sizes;
    if (!detail::has_kernels<F.dtypes>(dy))
      return {dy.div(static_cast<double>(h * w))
                  .view({n, c, 1, 1})
                  .expand(kept.sizes)
                  .contiguous(at::MemoryFormat::ChannelsLast)};
    const at::Tensor d = dy.contiguous();
    at::Tensor dx = aten::empty(kept.sizes, d.options(), at::MemoryFormat::ChannelsLast);
    detail::with_numbers<F.dtypes>(d.scalar_type(), [&]<class T>(T*) {
      kernels::average_backward(kernels::GlobalPooling{n, h * w, static_cast<int>(c)}, detail::data<const T>(d),
                                kernels::Store<T>{detail::data<T>(dx)});
    });
    return {std::move(dx)};
  }
};

template <int H, int W, auto F, bool NeedInput>
struct Train<AdaptiveAvgPool2d<H, W>, F, NeedInput> {
  using Kept = at::Tensor;  // x, where it was not the result

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place&) {
    at::Tensor y = detail::adaptive_average<H, W>(x);
    if (NeedInput && !y.is_same(x)) kept = std::move(x);
    return y;
  }
  static Flow backward(Flow flow, Kept& kept, const Place&) {
    if constexpr (!NeedInput) return {};
    if (!kept.defined()) return flow;
    at::Tensor dx = detail::channels_last(aten::adaptive_avg_pool2d_backward(std::move(flow).sum(), kept));
    kept.reset();
    return {std::move(dx)};
  }
};

}  // namespace tuneit

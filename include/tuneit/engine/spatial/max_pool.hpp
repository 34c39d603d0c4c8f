#pragma once
// Maxima over windows, in training: of a tensor, or straight from the input of a batch norm, whose results are then
// never written to memory (the stem of a ResNet).
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/norm.hpp"
#include "tuneit/engine/layers/window.hpp"
#include "tuneit/kernels/norm/norm_backward.hpp"
#include "tuneit/kernels/pool/pooling.hpp"

namespace tuneit::detail {

struct PoolSaved {
  at::Tensor x, index, picked;  ///< picked: the numbers of x that were the maxima
  NormSaved norm{};
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
at::Tensor max_pool_forward(const at::Tensor& input, Window w, PoolSaved* saved) {
  const at::Tensor x = channels_last(input);
  const kernels::Pooling g = window_geometry(x, w);
  at::Tensor y = pooled_like(x, g, x.scalar_type());
  if (saved != nullptr) {
    saved->geometry = g;
    saved->index = pooled_like(x, g, at::kByte);
  }
  with_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
    kernels::max_pool_forward(g, kernels::Direct<T>{data<const T>(x)}, data<T>(y),
                              saved == nullptr ? nullptr : data<std::uint8_t>(saved->index));
  });
  return y;
}

template <DTypeSet N>
at::Tensor max_pool_backward(const at::Tensor& gradient, const PoolSaved& saved) {
  const at::Tensor dy = channels_last(gradient);
  const kernels::Pooling& g = saved.geometry;
  at::Tensor dx = aten::empty({g.n, g.c, g.h, g.w}, dy.options(), at::MemoryFormat::ChannelsLast);
  with_numbers<N>(dy.scalar_type(), [&]<class T>(T*) {
    kernels::max_pool_backward(g, data<const T>(dy), data<const std::uint8_t>(saved.index),
                               kernels::Store<T>{data<T>(dx)});
  });
  return dx;
}

/// max over windows of act(norm(x)).
template <DTypeSet N, kernels::Activation A>
at::Tensor norm_pool_forward(at::Tensor x, const at::Tensor* t, const NormTask& task, Window w, PoolSaved& saved,
                             bool keep, PendingStatistics* pending) {
  x = channels_last(x);
  saved.geometry = window_geometry(x, w);
  norm_coefficients<N>(x, t, task, saved.norm, pending);
  at::Tensor y = pooled_like(x, saved.geometry, x.scalar_type());
  if (keep) {
    saved.index = pooled_like(x, saved.geometry, at::kByte);
    saved.picked = aten::empty_like(y);
  }
  with_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
    const auto a = converted<T>(saved.norm.a), b = converted<T>(saved.norm.b);
    kernels::max_pool_forward<A>(
        saved.geometry, kernels::Normalised<T, kernels::Activation::None>{data<const T>(x), a.data(), b.data()},
        data<T>(y), data<std::uint8_t>(saved.index), data<T>(saved.picked));
  });
  if (keep) saved.x = std::move(x);
  return y;
}

/// Backward of norm_pool_forward: the sums come from the pooled side, the gradient is gathered for each pixel of x.
template <DTypeSet N, kernels::Activation A>
at::Tensor norm_pool_backward(const at::Tensor& gradient, const at::Tensor* t, at::Tensor* g, const NormTask& task,
                              PoolSaved& saved, bool need_input) {
  const at::Tensor dy = channels_last(gradient);
  at::Tensor dx;
  if (need_input) dx = exclusive(saved.x) ? saved.x : aten::empty_like(saved.x);
  with_numbers<N>(dy.scalar_type(), [&]<class T>(T*) {
    const auto a = converted<T>(saved.norm.a), b = converted<T>(saved.norm.b), mean = converted<T>(saved.norm.mean);
    std::vector<double> sum(a.size()), product(a.size());
    kernels::norm_reduce<T>({.dy = data<const T>(dy),
                             .x = data<const T>(saved.picked),
                             .a = a.data(),
                             .b = b.data(),
                             .mean = mean.data(),
                             .clamp = task.clamp},
                            extent(dy), sum.data(), product.data());
    const NormPullback back =
        norm_pullback(t, g, task, saved.norm, sum, product, static_cast<double>(extent(saved.x).rows));
    if (!need_input) return;
    const auto p = converted<T>(back.p), q = converted<T>(back.q), s = converted<T>(back.s);
    kernels::max_pool_backward(saved.geometry, data<const T>(dy), data<const std::uint8_t>(saved.index),
                               kernels::StoreNormGradient<T, A>{data<T>(dx), data<const T>(saved.x), a.data(), b.data(),
                                                                p.data(), q.data(), s.data()});
  });
  return dx;
}

/// The backward of a max pool without LibTorch's atomic additions: windows so far from each other that none shares a
/// pixel are one after the other put where their maxima were.
inline at::Tensor max_pool_backward_apart(const at::Tensor& dy, const PoolSaved& saved, Window w) {
  const at::Tensor& x = saved.x;
  const auto distance = [](std::int64_t kernel, std::int64_t stride, std::int64_t dilation) {
    return dilation * (kernel - 1) / stride + 1;
  };
  const std::int64_t down = distance(w.kernel.height, w.stride.height, w.dilation.height),
                     across = distance(w.kernel.width, w.stride.width, w.dilation.width), n = x.size(0), c = x.size(1);
  at::Tensor dx;
  for (std::int64_t i = 0; i < down && i < dy.size(2); ++i)
    for (std::int64_t j = 0; j < across && j < dy.size(3); ++j) {
      const auto some = [&](const at::Tensor& of) {
        return of.slice(2, i, std::nullopt, down).slice(3, j, std::nullopt, across).reshape({n, c, -1});
      };
      const at::Tensor part =
          aten::zeros({n, c, x.size(2) * x.size(3)}, dy.options()).scatter_(2, some(saved.index), some(dy));
      dx = dx.defined() ? dx.add_(part) : part;
    }
  return channels_last(dx.view(x.sizes()));
}

}  // namespace tuneit::detail

#pragma once
// Depthwise convolutions by our kernels, on tensors: forward and backward, with what the batch norms before and behind
// them do to a number while it is read or written.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/norm_coefficients.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/kernels/conv/depthwise.hpp"
#include "tuneit/kernels/conv/sinks.hpp"
#include "tuneit/kernels/conv/sources.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit::detail {

/// What backward needs of a depthwise convolution and the batch norms around it.
struct DepthwiseSaved {
  at::Tensor x, y;  ///< in front of the first batch norm; in front of the second
  NormSaved before, behind;
  kernels::Depthwise geometry{};

  void clear() {
    x.reset();
    y.reset();
    before.clear();
    behind.clear();
  }
};

/// A depthwise weight [C, 1, K, K] tap by tap: [K * K][C]; and back.
template <class F>
std::vector<F> by_taps(const at::Tensor& weight) {
  const at::Tensor t = weight.permute({2, 3, 1, 0}).contiguous().to(c10::CppTypeToScalarType<F>::value);
  const F* from = t.const_data_ptr<F>();
  return {from, from + t.numel()};
}
template <class F>
at::Tensor by_channels(const std::vector<F>& taps, const at::Tensor& like) {
  const at::Tensor t =
      aten::empty({like.size(2), like.size(3), 1, like.size(0)}, at::TensorOptions(c10::CppTypeToScalarType<F>::value));
  std::copy(taps.begin(), taps.end(), t.mutable_data_ptr<F>());
  return aten::empty_like(like).copy_(t.permute({3, 2, 0, 1}));
}

/// What of a depthwise convolution is known when it is compiled. Kernels for double precision, which is for checking,
/// take the sizes at run time: they are slower, and compiled once.
template <Window W, class T>
struct DepthwiseSizes {
  static constexpr bool fixed =
      !std::is_same_v<T, double> && (W.kernel == 3 || W.kernel == 5) && (W.stride == 1 || W.stride == 2);
  static constexpr int kernel = fixed ? W.kernel.height : 0, stride = fixed ? W.stride.height : 0;
};

/// conv(act(norm(x))), or conv(x) without a batch norm; sums, if not null, receives those of the result about `shift`.
template <DTypeSet N, Window W, bool Before, kernels::Activation A, bool Summed>
at::Tensor depthwise_forward(const at::Tensor& x, const at::Tensor& weight, const NormSaved* before,
                             const kernels::Depthwise& g, const std::vector<double>& shift,
                             kernels::ChannelSums* sums) {
  at::Tensor y = aten::empty({g.n, g.c, g.out_h, g.out_w}, x.options(), at::MemoryFormat::ChannelsLast);
  with_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
    using F = kernels::Compute<T>;
    using Sizes = DepthwiseSizes<W, T>;
    const std::vector<F> taps = by_taps<F>(weight), around = converted<T>(shift);
    const auto from = [&](const auto& source) {
      if constexpr (Summed)
        kernels::depthwise_forward<Sizes::kernel, Sizes::stride>(
            g, source, taps.data(), kernels::StoreAndSum<T>{data<T>(y), around.data(), sums});
      else
        kernels::depthwise_forward<Sizes::kernel, Sizes::stride>(g, source, taps.data(), kernels::Store<T>{data<T>(y)});
    };
    if constexpr (Before) {
      const std::vector<F> a = converted<T>(before->a), b = converted<T>(before->b);
      from(kernels::Normalised<T, A>{data<const T>(x), a.data(), b.data()});
    } else {
      from(kernels::Direct<T>{data<const T>(x)});
    }
  });
  return y;
}

/// What the backward of a depthwise convolution is told.
struct DepthwiseBackward {
  at::Tensor dy;
  const NormPullback* behind = nullptr;  ///< the second batch norm's, if there is one: dy is the gradient behind it
  bool need_weight = false;
};

/// Gradients by x (in front of the first batch norm's coefficients: g, with `sums` of g and g (x - mean)) and weight.
template <DTypeSet N, Window W, bool Before, kernels::Activation A, bool Behind, kernels::Activation B, bool NeedInput>
std::pair<at::Tensor, at::Tensor> depthwise_backward(const DepthwiseBackward& task, const at::Tensor& weight,
                                                     DepthwiseSaved& saved, kernels::ChannelSums& sums) {
  at::Tensor dx, dw;
  if (NeedInput) dx = aten::empty_like(saved.x);
  with_numbers<N>(task.dy.scalar_type(), [&]<class T>(T*) {
    using F = kernels::Compute<T>;
    using Sizes = DepthwiseSizes<W, T>;
    const std::vector<F> taps = by_taps<F>(weight);
    std::vector<F> gradient(taps.size());
    std::vector<F> a, b, mean, a2, b2, p, q, r;
    if (Before)
      a = converted<T>(saved.before.a), b = converted<T>(saved.before.b), mean = converted<T>(saved.before.mean);
    const T* x = data<const T>(saved.x);
    const auto run = [&](const auto& dy, const auto& to, const auto& from) {
      kernels::depthwise_backward<Sizes::kernel, Sizes::stride>(saved.geometry, dy, taps.data(), to, from,
                                                                gradient.data());
    };
    const auto read = [&](const auto& dy, const auto& to) {
      if constexpr (Before)
        run(dy, to, kernels::Normalised<T, A>{x, a.data(), b.data()});
      else
        run(dy, to, kernels::Direct<T>{x});
    };
    const auto both = [&](const auto& dy) {
      if constexpr (!NeedInput)
        read(dy, kernels::Nothing{});
      else if constexpr (Before)
        read(dy, kernels::StoreGradientAndSum<T, A>{data<T>(dx), x, a.data(), b.data(), mean.data(), &sums});
      else
        read(dy, kernels::Store<T>{data<T>(dx)});
    };
    if constexpr (!Behind) {
      both(kernels::Direct<T>{data<const T>(task.dy)});
    } else {
      a2 = converted<T>(saved.behind.a), b2 = converted<T>(saved.behind.b);
      p = converted<T>(task.behind->p), q = converted<T>(task.behind->q), r = converted<T>(task.behind->s);
      both(kernels::NormActivationGradient<T, B>{data<const T>(task.dy), data<const T>(saved.y), a2.data(), b2.data(),
                                                 p.data(), q.data(), r.data()});
    }
    if (task.need_weight) dw = by_channels<F>(gradient, weight);
  });
  return {dx, dw};
}

}  // namespace tuneit::detail

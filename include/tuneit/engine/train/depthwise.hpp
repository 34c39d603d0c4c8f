#pragma once
// Depthwise convolution between two batch norms in training, as in MobileNets: three passes over memory forward, three
// backward. What the first batch norm yields is computed while it is read, the second one's sums while it is written.

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/train/conv.hpp"
#include "tuneit/engine/train/list.hpp"
#include "tuneit/engine/train/norm.hpp"
#include "tuneit/kernels/depthwise.hpp"
#include "tuneit/kernels/sinks.hpp"
#include "tuneit/kernels/sources.hpp"

namespace tuneit::detail {

struct DepthwiseKept {
  at::Tensor x, y;  ///< in front of the first batch norm; in front of the second
  NormKept before, behind;
  kernels::Depthwise geometry{};

  void clear() {
    x.reset();
    y.reset();
    before.clear();
    behind.clear();
  }
};

inline kernels::Depthwise depthwise_geometry(const at::Tensor& x, Window w) {
  const Margins m = margins(x, w);
  const auto size = [&](std::int64_t in, std::int64_t pad) {
    return static_cast<int>((in + pad - w.kernel) / w.stride + 1);
  };
  const auto i = [](std::int64_t n) { return static_cast<int>(n); };
  return {x.size(0),
          i(x.size(2)),
          i(x.size(3)),
          i(x.size(1)),
          size(x.size(2), m.top + m.bottom),
          size(x.size(3), m.left + m.right),
          w.kernel,
          w.stride,
          i(m.top),
          i(m.left)};
}

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
  static constexpr int kernel = fixed ? W.kernel : 0, stride = fixed ? W.stride : 0;
};

template <class Activation>
inline constexpr kernels::Activation activation_of = std::is_same_v<Activation, ReLU>    ? kernels::Activation::ReLU
                                                     : std::is_same_v<Activation, ReLU6> ? kernels::Activation::ReLU6
                                                                                         : kernels::Activation::None;

/// conv(act(norm(x))), or conv(x) without a batch norm; sums, if not null, receives those of the result about `shift`.
template <NumberSet N, Window W, bool Before, kernels::Activation A, bool Summed>
at::Tensor depthwise_forward(const at::Tensor& x, const at::Tensor& weight, const NormKept* before,
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
template <NumberSet N, Window W, bool Before, kernels::Activation A, bool Behind, kernels::Activation B, bool NeedInput>
std::pair<at::Tensor, at::Tensor> depthwise_backward(const DepthwiseBackward& task, const at::Tensor& weight,
                                                     DepthwiseKept& kept, kernels::ChannelSums& sums) {
  at::Tensor dx, dw;
  if (NeedInput) dx = aten::empty_like(kept.x);
  with_numbers<N>(task.dy.scalar_type(), [&]<class T>(T*) {
    using F = kernels::Compute<T>;
    using Sizes = DepthwiseSizes<W, T>;
    const std::vector<F> taps = by_taps<F>(weight);
    std::vector<F> gradient(taps.size());
    std::vector<F> a, b, mean, a2, b2, p, q, r;
    if (Before) a = converted<T>(kept.before.a), b = converted<T>(kept.before.b), mean = converted<T>(kept.before.mean);
    const T* x = data<const T>(kept.x);
    const auto run = [&](const auto& dy, const auto& to, const auto& from) {
      kernels::depthwise_backward<Sizes::kernel, Sizes::stride>(kept.geometry, dy, taps.data(), to, from,
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
      a2 = converted<T>(kept.behind.a), b2 = converted<T>(kept.behind.b);
      p = converted<T>(task.behind->p), q = converted<T>(task.behind->q), r = converted<T>(task.behind->s);
      both(kernels::NormActivationGradient<T, B>{data<const T>(task.dy), data<const T>(kept.y), a2.data(), b2.data(),
                                                 p.data(), q.data(), r.data()});
    }
    if (task.need_weight) dw = by_channels<F>(gradient, weight);
  });
  return {dx, dw};
}

}  // namespace tuneit::detail

namespace tuneit {

template <class Before, class ActBefore, int C, Window W, class Behind, class ActBehind, auto F, bool NeedInput>
struct Train<op::Depthwise<Before, ActBefore, Conv2d<C, C, W, false>, Behind, ActBehind>, F, NeedInput> {
 private:
  using Conv = Conv2d<C, C, W, false>;
  static constexpr bool has_before = !std::is_void_v<Before>, has_behind = !std::is_void_v<Behind>;
  // where our kernels do not fit: one after the other
  using Plain = typename detail::Concat<
      typename detail::Concat<typename detail::MaybeNorm<Before, ActBefore>::type, List<Conv>>::type,
      typename detail::MaybeNorm<Behind, ActBehind>::type>::type;
  using Chain = Train<Plain, F, NeedInput>;
  static constexpr std::size_t weight_at = op_tensors<Before>, behind_at = weight_at + 1;
  template <class Norm, class Act, std::size_t Begin>
  static constexpr detail::NormTask task_of = [] {
    if constexpr (std::is_void_v<Norm>)
      return detail::NormTask{};
    else
      return detail::norm_task<Norm, Act, detail::slice<op_tensors<Norm>>(F, Begin)>;
  }();
  static constexpr detail::NormTask before = task_of<Before, ActBefore, 0>,
                                    behind = task_of<Behind, ActBehind, behind_at>;
  static constexpr bool weight_moves = F.trained(weight_at), keeps = NeedInput || detail::any_trains<F>;
  static constexpr bool need_input = NeedInput || before.affine_moves;
  static constexpr auto a = detail::activation_of<ActBefore>, b = detail::activation_of<ActBehind>;

 public:
  struct Kept {
    detail::DepthwiseKept fused{};
    typename Chain::Kept chain{};
  };

  static at::Tensor forward(at::Tensor x, Kept& all, const Place& at) {
    if (!detail::has_kernels<F.numbers>(x)) return Chain::forward(std::move(x), all.chain, at);
    detail::DepthwiseKept& kept = all.fused;
    x = detail::channels_last(x);
    kept.geometry = detail::depthwise_geometry(x, W);
    if constexpr (has_before) detail::norm_coefficients<F.numbers>(x, at.tensors, before, kept.before);
    const Place norm = at.after(behind_at);
    kernels::ChannelSums sums;
    std::vector<double> shift;
    constexpr bool summed = has_behind && behind.batch;
    if constexpr (summed) shift = detail::doubles(norm.tensors[2]);
    at::Tensor y = detail::depthwise_forward<F.numbers, W, has_before, a, summed>(
        x, at.tensors[weight_at], has_before ? &kept.before : nullptr, kept.geometry, shift, summed ? &sums : nullptr);
    if constexpr (keeps) kept.x = std::move(x);
    if constexpr (!has_behind) return y;
    std::vector<double> mean(C), variance(C);
    const kernels::Depthwise& g = kept.geometry;
    const double count = static_cast<double>(g.n) * g.out_h * g.out_w;
    if constexpr (summed)
      for (int c = 0; c < C; ++c) {
        const double m = sums.first(c) / count;
        const auto i = static_cast<std::size_t>(c);
        variance[i] = std::max(0.0, sums.second(c) / count - m * m);
        mean[i] = m + shift[i];
      }
    if constexpr (has_behind)
      detail::norm_coefficients(norm.tensors, behind, kept.behind, std::move(mean), std::move(variance), count);
    at::Tensor out = keeps ? aten::empty_like(y) : y;
    detail::with_numbers<F.numbers>(y.scalar_type(), [&]<class T>(T*) {
      kernels::norm_apply<T>(detail::data<const T>(y), nullptr, detail::data<T>(out), detail::extent(y),
                             detail::converted<T>(kept.behind.a).data(), detail::converted<T>(kept.behind.b).data(),
                             nullptr, behind.clamp);
    });
    if constexpr (keeps) kept.y = std::move(y);
    return out;
  }

  static Flow backward(Flow flow, Kept& all, const Place& at) {
    detail::DepthwiseKept& kept = all.fused;
    if (!kept.x.defined()) return Chain::backward(std::move(flow), all.chain, at);
    const at::Tensor dy = detail::channels_last(std::move(flow).sum());
    detail::DepthwiseBackward task{dy, nullptr, weight_moves};
    detail::NormPullback back;
    if constexpr (has_behind) {
      const Place norm = at.after(behind_at);
      std::vector<double> sum(C), product(C);
      const kernels::Extent e = detail::extent(dy);
      if constexpr (behind.batch || behind.affine_moves)
        detail::with_numbers<F.numbers>(dy.scalar_type(), [&]<class T>(T*) {
          const auto scale = detail::converted<T>(kept.behind.a), offset = detail::converted<T>(kept.behind.b),
                     mean = detail::converted<T>(kept.behind.mean);
          kernels::norm_reduce<T>({.dy = detail::data<const T>(dy),
                                   .x = detail::data<const T>(kept.y),
                                   .a = scale.data(),
                                   .b = offset.data(),
                                   .mean = mean.data(),
                                   .clamp = behind.clamp},
                                  e, sum.data(), product.data());
        });
      back = detail::norm_pullback(norm.tensors, norm.gradients, behind, kept.behind, sum, product,
                                   static_cast<double>(e.rows));
      task.behind = &back;
    }
    if constexpr (!need_input && !weight_moves) return {};
    kernels::ChannelSums sums;
    auto [dx, dw] = detail::depthwise_backward<F.numbers, W, has_before, a, has_behind, b, need_input>(
        task, at.tensors[weight_at], kept, sums);
    if constexpr (weight_moves) at.gradients[weight_at] = dw;
    if constexpr (has_before && need_input) {
      std::vector<double> sum(C), product(C);
      for (int c = 0; c < C; ++c) {
        sum[static_cast<std::size_t>(c)] = sums.first(c);
        product[static_cast<std::size_t>(c)] = sums.second(c);
      }
      const kernels::Extent e = detail::extent(dx);
      const detail::NormPullback pull = detail::norm_pullback(at.tensors, at.gradients, before, kept.before, sum,
                                                              product, static_cast<double>(e.rows));
      if constexpr (NeedInput)
        detail::with_numbers<F.numbers>(dx.scalar_type(), [&]<class T>(T*) {
          const auto scale = detail::converted<T>(kept.before.a), offset = detail::converted<T>(kept.before.b);
          kernels::norm_gradient<T>(detail::data<const T>(dx), detail::data<const T>(kept.x), detail::data<T>(dx), e,
                                    scale.data(), offset.data(), detail::converted<T>(pull.p).data(),
                                    detail::converted<T>(pull.q).data(), detail::converted<T>(pull.s).data(), nullptr,
                                    {});
        });
    }
    kept.clear();
    return {std::move(dx)};
  }
};

}  // namespace tuneit

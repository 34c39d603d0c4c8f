#pragma once
// Depthwise convolution between two batch norms in training, as in MobileNets: three passes over memory forward, three
// backward. What the first batch norm yields is computed while it is read, the second one's sums while it is written.
#include <algorithm>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/conv.hpp"
#include "tuneit/engine/layers/depthwise_conv.hpp"
#include "tuneit/engine/layers/list.hpp"
#include "tuneit/engine/layers/norm.hpp"
#include "tuneit/engine/layers/window.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit {

template <class Before, class ActBefore, int C, Window W, class Behind, class ActBehind, auto F, Need N>
struct Train<op::Depthwise<Before, ActBefore, Conv2d<C, C, W, false>, Behind, ActBehind>, F, N> {
 private:
  using Conv = Conv2d<C, C, W, false>;
  static constexpr bool has_before = !std::is_void_v<Before>, has_behind = !std::is_void_v<Behind>;
  // where our kernels do not fit: one after the other
  using Chain = Train<typename detail::Apart<op::Depthwise<Before, ActBefore, Conv, Behind, ActBehind>>::type, F, N>;
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
  static constexpr bool weight_moves = F.trains(weight_at), keeps = N.x || detail::any_trains<F>;
  static constexpr bool need_input = N.x || before.affine_moves;
  static constexpr auto a = detail::activation_of<ActBefore>, b = detail::activation_of<ActBehind>;

 public:
  struct Saved {
    detail::DepthwiseSaved fused{};
    typename Chain::Saved chain{};
  };

  static at::Tensor forward(at::Tensor x, Saved& all, const Context& c) {
    if (!detail::has_kernels<F.dtypes>(x)) return Chain::forward(std::move(x), all.chain, c);
    detail::DepthwiseSaved& saved = all.fused;
    x = detail::channels_last(x);
    saved.geometry = detail::window_geometry(x, W);
    if constexpr (has_before) detail::norm_coefficients<F.dtypes>(x, c.tensors, before, saved.before, c.statistics);
    const Context norm = c.after(behind_at);
    kernels::ChannelSums sums;
    std::vector<double> shift;
    constexpr bool summed = has_behind && behind.batch;
    if constexpr (summed) shift = detail::doubles(norm.tensors[2]);
    at::Tensor y = detail::depthwise_forward<F.dtypes, W, has_before, a, summed>(
        x, c.tensors[weight_at], has_before ? &saved.before : nullptr, saved.geometry, shift, summed ? &sums : nullptr);
    if constexpr (keeps) saved.x = std::move(x);
    if constexpr (!has_behind) return y;
    std::vector<double> mean(C), variance(C);
    const kernels::Depthwise& g = saved.geometry;
    const double count = static_cast<double>(g.n) * g.out_h * g.out_w;
    if constexpr (summed)
      for (int k = 0; k < C; ++k) {
        const double m = sums.first(k) / count;
        const auto i = static_cast<std::size_t>(k);
        variance[i] = kernels::not_negative(sums.second(k) / count - m * m);
        mean[i] = m + shift[i];
      }
    if constexpr (has_behind)
      detail::norm_coefficients(norm.tensors, behind, saved.behind, std::move(mean), std::move(variance), count,
                                c.statistics);
    at::Tensor out = keeps ? aten::empty_like(y) : y;
    detail::with_numbers<F.dtypes>(y.scalar_type(), [&]<class T>(T*) {
      kernels::norm_apply<T>(detail::data<const T>(y), nullptr, detail::data<T>(out), detail::extent(y),
                             detail::converted<T>(saved.behind.a).data(), detail::converted<T>(saved.behind.b).data(),
                             nullptr, behind.clamp);
    });
    if constexpr (keeps) saved.y = std::move(y);
    return out;
  }

  static Gradient backward(Gradient incoming, Saved& all, const Context& c) {
    detail::DepthwiseSaved& saved = all.fused;
    if (!saved.x.defined()) return Chain::backward(std::move(incoming), all.chain, c);
    const at::Tensor dy = detail::channels_last(std::move(incoming).sum());
    detail::DepthwiseBackward task{dy, nullptr, weight_moves};
    detail::NormPullback back;
    if constexpr (has_behind) {
      const Context norm = c.after(behind_at);
      std::vector<double> sum(C), product(C);
      const kernels::Extent e = detail::extent(dy);
      if constexpr (behind.batch || behind.affine_moves)
        detail::with_numbers<F.dtypes>(dy.scalar_type(), [&]<class T>(T*) {
          const auto scale = detail::converted<T>(saved.behind.a), offset = detail::converted<T>(saved.behind.b),
                     mean = detail::converted<T>(saved.behind.mean);
          kernels::norm_reduce<T>({.dy = detail::data<const T>(dy),
                                   .x = detail::data<const T>(saved.y),
                                   .a = scale.data(),
                                   .b = offset.data(),
                                   .mean = mean.data(),
                                   .clamp = behind.clamp},
                                  e, sum.data(), product.data());
        });
      back = detail::norm_pullback(norm.tensors, norm.gradients, behind, saved.behind, sum, product,
                                   static_cast<double>(e.rows));
      task.behind = &back;
    }
    if constexpr (!need_input && !weight_moves) return {};
    kernels::ChannelSums sums;
    auto [dx, dw] = detail::depthwise_backward<F.dtypes, W, has_before, a, has_behind, b, need_input>(
        task, c.tensors[weight_at], saved, sums);
    if constexpr (weight_moves) c.gradients[weight_at] = dw;
    if constexpr (has_before && need_input) {
      std::vector<double> sum(C), product(C);
      for (int k = 0; k < C; ++k) {
        sum[static_cast<std::size_t>(k)] = sums.first(k);
        product[static_cast<std::size_t>(k)] = sums.second(k);
      }
      const kernels::Extent e = detail::extent(dx);
      const detail::NormPullback pull = detail::norm_pullback(c.tensors, c.gradients, before, saved.before, sum,
                                                              product, static_cast<double>(e.rows));
      if constexpr (N.x)
        detail::with_numbers<F.dtypes>(dx.scalar_type(), [&]<class T>(T*) {
          const auto scale = detail::converted<T>(saved.before.a), offset = detail::converted<T>(saved.before.b);
          kernels::norm_gradient<T>(detail::data<const T>(dx), detail::data<const T>(saved.x), detail::data<T>(dx), e,
                                    scale.data(), offset.data(), detail::converted<T>(pull.p).data(),
                                    detail::converted<T>(pull.q).data(), detail::converted<T>(pull.s).data(), nullptr,
                                    {});
        });
    }
    saved.clear();
    return {std::move(dx)};
  }
};

}  // namespace tuneit

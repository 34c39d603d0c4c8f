#pragma once
// Losses of each output by itself: the sum over them, value and slope in one pass. Who adds one writes its kernel
// (kernels/loss/pointwise_loss.hpp), the same by ATen (`slopes`, in its
// namespace), and a LossRun that names both.
#include <ATen/core/Tensor.h>

#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/loss/loss_run.hpp"
#include "tuneit/kernels/loss/pointwise_loss.hpp"

namespace tuneit::kernels {

/// Value and slope at each output, by ATen: the kernels' formulas for devices that have none.
struct Slopes {
  at::Tensor value, slope;
};

}  // namespace tuneit::kernels
namespace tuneit::detail {

/// The loss L of outputs against targets like them, by a kernel.
template <class L, class Kernel>
LossValue pointwise_loss_of(const at::Tensor& outputs, const Targets& target, const Kernel& loss,
                            at::Tensor* gradient) {
  constexpr bool is_sum = std::is_same_v<typename L::reduction, Sum>;
  const at::Tensor x = outputs.contiguous(), &t = target.value;
  const double size = static_cast<double>(x.numel()), scale = is_sum ? 1 : 1 / size;
  if (has_kernels<single | double_precision>(x) && !target.weight.defined()) {
    if (gradient != nullptr) *gradient = aten::empty_like(x);
    double sum = 0;
    with_numbers<single | double_precision>(x.scalar_type(), [&]<class T>(T*) {
      if constexpr (!std::is_same_v<T, kernels::Bf16>)
        sum = kernels::pointwise_loss<T>(data<const T>(x), data<const T>(t),
                                         gradient == nullptr ? nullptr : data<T>(*gradient), x.numel(), scale, loss);
    });
    return sum / size;
  }
  kernels::Slopes s = slopes(loss, x, t);
  if (target.weight.defined()) {
    std::vector<std::int64_t> each(static_cast<std::size_t>(x.dim()), 1);
    each.front() = x.size(0);
    const at::Tensor w = target.weight.to(x.device(), x.scalar_type()).reshape(each);
    s = {s.value.mul(w), s.slope.mul(w)};
  }
  if (gradient != nullptr) *gradient = s.slope.mul(scale);
  return s.value.sum().div_(size);
}

}  // namespace tuneit::detail

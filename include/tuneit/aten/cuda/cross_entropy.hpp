#pragma once
// Softmax cross-entropy of labels by our CUDA kernel.
#include <ATen/core/Tensor.h>

#include <optional>

#include "tuneit/aten/cuda/launcher.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/kernels/cuda/cross_entropy.hpp"

namespace tuneit::aten::cuda {

/// Of logits [N, C] on a device, float or double; none where the kernel is not there.
[[gnu::noinline]] inline std::optional<Launcher> loss_launcher(const at::Tensor& logits) {
  const bool wide = logits.scalar_type() == at::kDouble;
  if (!logits.is_cuda() || logits.numel() == 0 || (!wide && logits.scalar_type() != at::kFloat)) return std::nullopt;
  const auto numbers = wide ? kernels::cuda::Numbers::Double : kernels::cuda::Numbers::Float;
  const Launcher launcher(logits.device(), {numbers, kernels::cuda::widest(numbers)});
  if (!launcher.has<kernels::cuda::CrossEntropyTask>()) return std::nullopt;
  return launcher;
}

/// 0-d, on the device: the mean, rows that were hit (int64), and whether a label is no class (bool).
struct CrossEntropy {
  at::Tensor loss, hits, outside;
};

/// Labels [N] (int64) lie beside the logits. `class_weights` [C], of their type, or undefined. `gradient`, where it is
/// not null: by the logits, of the mean, or of the sum. Formula: torch's cross_entropy.
[[gnu::noinline]] inline CrossEntropy cross_entropy(const Launcher& launcher, const at::Tensor& logits,
                                                    const at::Tensor& labels, const at::Tensor& class_weights,
                                                    double smoothing, bool is_sum, at::Tensor* gradient) {
  const at::Tensor x = logits.contiguous(), y = labels.contiguous();
  const std::int64_t rows = x.size(0), blocks = (rows + 3) / 4;
  if (gradient != nullptr) *gradient = aten::empty_like(x);
  const CrossEntropy out{aten::empty({}, x.options()), aten::empty({}, y.options()),
                         aten::empty({}, x.options().dtype(at::kBool))};
  const at::Tensor partial = aten::empty({blocks, static_cast<std::int64_t>(sizeof(kernels::cuda::CrossEntropyPart))},
                                         x.options().dtype(at::kByte));
  launcher.run({static_cast<unsigned>(blocks)}, {32, 4},
               kernels::cuda::CrossEntropyTask{x.data_ptr(), static_cast<const long long*>(y.data_ptr()),
                                               class_weights.defined() ? class_weights.data_ptr() : nullptr,
                                               gradient == nullptr ? nullptr : gradient->data_ptr(),
                                               static_cast<kernels::cuda::CrossEntropyPart*>(partial.data_ptr()),
                                               tickets(x.device()), out.loss.data_ptr(),
                                               static_cast<long long*>(out.hits.data_ptr()),
                                               static_cast<bool*>(out.outside.data_ptr()), smoothing, 0, 0, is_sum,
                                               static_cast<int>(rows), static_cast<int>(x.size(1))});
  return out;
}

}  // namespace tuneit::aten::cuda

#pragma once
// Mixup and CutMix: each picture of a batch is mixed with the one at the other end. Formulas: timm's Mixup, once a
// batch.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_standard_gamma_ops.h>

#include <algorithm>
#include <cmath>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/recipe/behaviour/mix.hpp"

namespace tuneit {

/// A rectangle of pixels: rows [top, bottom), columns [left, right).
struct Box {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  [[nodiscard]] constexpr std::int64_t area() const { return (bottom - top) * (right - left); }
  constexpr bool operator==(const Box&) const = default;
};

/// The rectangle that CutMix replaces where a share of the picture is to be left: sqrt(1 - share) of each side, around
/// the pixel (row, column), cut at the border.
inline Box cut_box(std::int64_t height, std::int64_t width, double share, std::int64_t row, std::int64_t column) {
  const double ratio = std::sqrt(1 - share);
  const auto h = static_cast<std::int64_t>(static_cast<double>(height) * ratio),
             w = static_cast<std::int64_t>(static_cast<double>(width) * ratio);
  const auto clip = [](std::int64_t x, std::int64_t most) { return std::clamp<std::int64_t>(x, 0, most); };
  return {clip(row - h / 2, height), clip(row + (h + 1) / 2, height), clip(column - w / 2, width),
          clip(column + (w + 1) / 2, width)};
}

/// What is drawn for a batch: which of the two it is, the share (lambda), and where a rectangle has its centre.
struct MixDraw {
  bool cut = false;
  double share = 1;
  double row = 0, column = 0;  ///< in [0, 1) of the height and width
};

/// Draws for a policy M with the values of its numbers: share ~ Beta(alpha, alpha). The draws are as many whatever
/// comes out of them. On the CPU: the host must know them.
template <class M>
MixDraw draw_mix(const double* values, at::Generator generator) {
  const at::TensorOptions options(at::kDouble);
  const at::Tensor drawn = aten::rand({5}, generator, options);
  const double* const u = drawn.const_data_ptr<double>();
  MixDraw draw{M::kind == MixKind::CutMix || (M::kind == MixKind::Either && u[0] < 0.5), 1, u[1], u[2]};
  const double alpha = values[M::kind == MixKind::Either && draw.cut ? 1 : 0];
  // Two gamma variates x, y give x / (x + y); of a small alpha they would be 0, so we take logarithms of
  // Gamma(alpha) = Gamma(alpha + 1) U^(1 / alpha).
  const at::Tensor gammas = at::_ops::_standard_gamma::call(aten::full({2}, alpha + 1, options), generator);
  const double* const g = gammas.const_data_ptr<double>();
  const double x = std::log(g[0]) + std::log1p(-u[3]) / alpha, y = std::log(g[1]) + std::log1p(-u[4]) / alpha;
  draw.share = 1 / (1 + std::exp(y - x));
  return draw;
}

/// A number of the host's where the images are: 0-d, sent without waiting; on the CPU a number.
inline DeviceScalar beside(double x, const at::Tensor& images) {
  if (images.is_cpu()) return x;
  return aten::full({}, x, at::TensorOptions(at::kDouble).pinned_memory(true))
      .to(images.device(), at::kDouble, /*non_blocking=*/true);
}

/// Mixes a batch in place, images [N, C, H, W] (mixup: [N, ...]), and returns what it should have given. A batch of an
/// odd size mixes the one in the middle with itself. Throws Error(Usage) for a rectangle in what is no picture.
inline Targets mix_batch(at::Tensor& images, const at::Tensor& labels, const MixDraw& draw) {
  double share = draw.share;
  if (share >= 1) return {labels, {}, 1};
  if (draw.cut) {
    if (images.dim() != 4)
      throw Error(ErrorKind::Usage, "CutMix needs pictures [N, C, H, W]", "Mixup mixes samples of any shape.");
    const std::int64_t height = images.size(2), width = images.size(3);
    const Box box = cut_box(height, width, share, static_cast<std::int64_t>(draw.row * static_cast<double>(height)),
                            static_cast<std::int64_t>(draw.column * static_cast<double>(width)));
    share = 1 - static_cast<double>(box.area()) / static_cast<double>(height * width);
    if (box.area() == 0) return {labels, {}, 1};
    at::Tensor part = images.narrow(2, box.top, box.bottom - box.top).narrow(3, box.left, box.right - box.left);
    part.copy_(part.flip(0));
    return {labels, labels.flip(0), beside(share, images)};
  }
  const DeviceScalar own = beside(share, images);
  if (own.on_device()) {
    const at::Tensor other = images.flip(0).mul_(own.tensor().neg().add_(1));
    images.mul_(own.tensor()).add_(other);
  } else {
    const at::Tensor other = images.flip(0).mul_(1 - share);
    images.mul_(share).add_(other);
  }
  return {labels, labels.flip(0), own};
}

/// Of a network with several outputs: all targets are mixed as the images are. Throws Error(Usage) where other inputs
/// are no numbers.
inline void mix_batch(SeveralStepBatch& batch, const MixDraw& draw) {
  const at::Tensor labels = batch.targets.value;
  batch.targets = mix_batch(batch.images, labels, draw);
  if (!batch.targets.other.defined()) return;
  for (Targets& t : batch.other_targets) t = {t.value, t.value.flip(0), batch.targets.share, t.weight};
  for (at::Tensor& x : batch.other_inputs) {
    if (!x.is_floating_point() || draw.cut)
      throw Error(ErrorKind::Usage, "inputs beside the first cannot be mixed as it is",
                  "Mixup mixes inputs that are numbers, CutMix only networks with one input.");
    x = detail::mix_of(x, x.flip(0), batch.targets.share);
  }
}

/// Draws and mixes for a recipe's policy M (Mixup, CutMix, MixupOrCutMix) with the values of its numbers.
template <class M>
Targets mix_batch(at::Tensor& images, const at::Tensor& labels, const double* values, const at::Generator& generator) {
  return mix_batch(images, labels, draw_mix<M>(values, generator));
}

namespace detail {

template <class M>
struct MixBehaviour {
  template <class C>
  void on_batch(StepBatch& batch, const C& c) const {
    batch.targets = mix_batch<M>(batch.images, batch.targets.value, c.numbers.data(), c.host_generator);
  }
  template <class C>
  void on_batch(SeveralStepBatch& batch, const C& c) const {
    mix_batch(batch, draw_mix<M>(c.numbers.data(), c.host_generator));
  }
};

}  // namespace detail

template <auto Alpha, class R>
struct Behaviour<Mixup<Alpha>, R> : detail::MixBehaviour<Mixup<Alpha>> {};
template <auto Alpha, class R>
struct Behaviour<CutMix<Alpha>, R> : detail::MixBehaviour<CutMix<Alpha>> {};
template <auto Alpha, auto Other, class R>
struct Behaviour<MixupOrCutMix<Alpha, Other>, R> : detail::MixBehaviour<MixupOrCutMix<Alpha, Other>> {};

}  // namespace tuneit

#pragma once
// Mixup and CutMix: each picture of a batch is mixed with the one at the other end. Formulas: timm's Mixup, once a
// batch.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_standard_gamma_ops.h>

#include <algorithm>
#include <cmath>

#include "tuneit/aten/describe.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/recipe/behaviour/mix.hpp"
#include "tuneit/recipe/judges/outputs.hpp"

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

/// How the samples of a batch were mixed: each with the one at the other end, a batch of an odd size the one in the
/// middle with itself.
struct Mixture {
  DeviceScalar share = 1.0;            ///< of the sample itself in what it is now
  Box box{};                           ///< where its pixels are those of the other; empty: all are mixed
  std::int64_t height = 0, width = 0;  ///< of the images in which the box is
  bool mixed = false;                  ///< else nothing has happened
};

namespace detail {

[[noreturn, gnu::noinline]] inline void refuse_cut(const at::Tensor& x) {
  throw Error(
      ErrorKind::Usage,
      "CutMix needs pictures [N, C, H, W], and targets of pixels of their size; here are " + aten::shape_text(x),
      "Mixup mixes samples of any shape.");
}

/// Puts the box of each sample's counterpart into it, [N, ..., H, W]. Throws Error(Usage) for another height or width.
inline void paste(at::Tensor& x, const Mixture& m) {
  const std::int64_t d = x.dim();
  if (d < 3 || x.size(-2) != m.height || x.size(-1) != m.width) refuse_cut(x);
  at::Tensor part =
      x.narrow(d - 2, m.box.top, m.box.bottom - m.box.top).narrow(d - 1, m.box.left, m.box.right - m.box.left);
  part.copy_(part.flip(0));
}

}  // namespace detail

/// Mixes images [N, C, H, W] (mixup: [N, ...]) in place. Throws Error(Usage) for a rectangle in what is no picture.
inline Mixture mix_images(at::Tensor& images, const MixDraw& draw) {
  Mixture m;
  if (draw.share >= 1) return m;
  if (draw.cut) {
    if (images.dim() != 4) detail::refuse_cut(images);
    m.height = images.size(2), m.width = images.size(3);
    m.box = cut_box(m.height, m.width, draw.share, static_cast<std::int64_t>(draw.row * static_cast<double>(m.height)),
                    static_cast<std::int64_t>(draw.column * static_cast<double>(m.width)));
    if (m.box.area() == 0) return m;
    detail::paste(images, m);
    m.share = beside(1 - static_cast<double>(m.box.area()) / static_cast<double>(m.height * m.width), images);
  } else {
    m.share = beside(draw.share, images);
    if (m.share.on_device()) {
      const at::Tensor other = images.flip(0).mul_(m.share.tensor().neg().add_(1));
      images.mul_(m.share.tensor()).add_(other);
    } else {
      const at::Tensor other = images.flip(0).mul_(1 - draw.share);
      images.mul_(draw.share).add_(other);
    }
  }
  m.mixed = true;
  return m;
}

/// What samples mixed so should give. `pixels`: targets for each pixel, which are cut as the images are, in place, and
/// have nothing that is shared then.
inline void mix_targets(Targets& t, const Mixture& m, bool pixels) {
  if (!m.mixed) return;
  if (pixels && m.box.area() > 0) return detail::paste(t.value, m);
  t.other = t.value.flip(0);
  t.share = m.share;
}

/// Both: images in place. Returns what they should have given, of samples as a whole.
inline Targets mix_batch(at::Tensor& images, const at::Tensor& labels, const MixDraw& draw) {
  Targets t{labels};
  mix_targets(t, mix_images(images, draw), false);
  return t;
}

/// Draws and mixes for a recipe's policy M (Mixup, CutMix, MixupOrCutMix) with the values of its numbers.
template <class M>
Targets mix_batch(at::Tensor& images, const at::Tensor& labels, const double* values, const at::Generator& generator) {
  return mix_batch(images, labels, draw_mix<M>(values, generator));
}

/// A batch of recipe R: all inputs in place, and all targets, each as its output has it.
template <class R>
void mix_samples(StepBatch& batch, const MixDraw& draw) {
  mix_targets(batch.targets, mix_images(batch.images, draw), detail::targets_of_pixels<R>[0]);
}
template <class R>
void mix_samples(SeveralStepBatch& batch, const MixDraw& draw) {
  const Mixture m = mix_images(batch.images, draw);
  if (!m.mixed) return;
  for (at::Tensor& x : batch.other_inputs) {
    if (m.box.area() > 0)
      detail::paste(x, m);
    else
      x = detail::mix_of(x, x.flip(0), m.share);
  }
  mix_targets(batch.targets, m, detail::targets_of_pixels<R>[0]);
  for (std::size_t i = 0; i < batch.other_targets.size(); ++i)
    mix_targets(batch.other_targets[i], m, detail::targets_of_pixels<R>[i + 1]);
}

namespace detail {

template <class M, class R>
struct MixBehaviour {
  template <class B, class C>
  void on_batch(B& batch, const C& c) const {
    mix_samples<R>(batch, draw_mix<M>(c.numbers.data(), c.host_generator));
  }
};

}  // namespace detail

template <auto Alpha, class R>
struct Behaviour<Mixup<Alpha>, R> : detail::MixBehaviour<Mixup<Alpha>, R> {};
template <auto Alpha, class R>
struct Behaviour<CutMix<Alpha>, R> : detail::MixBehaviour<CutMix<Alpha>, R> {};
template <auto Alpha, auto Other, class R>
struct Behaviour<MixupOrCutMix<Alpha, Other>, R> : detail::MixBehaviour<MixupOrCutMix<Alpha, Other>, R> {};

}  // namespace tuneit

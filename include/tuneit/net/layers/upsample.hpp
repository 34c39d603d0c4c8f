#pragma once
// Larger images: by repeating or interpolating, or by a learned convolution.
#include "tuneit/net/layers/window.hpp"
#include "tuneit/net/leaf.hpp"
#include "tuneit/net/sampling.hpp"

namespace tuneit {

/// [N, C, H, W] -> [N, C, Factor H, Factor W].
template <int Factor, class Mode = Nearest>
struct Upsample : detail::ShippedLayer {
  static_assert(Factor >= 1, "tuneit: Upsample: the factor is a whole number from 1 on");
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) {
    return {in.channels(), Factor * in.height(), Factor * in.width(), in.fits && in.rank == 3};
  }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) { return {}; }
};

/// Transposed convolution (torch.nn.ConvTranspose2d): [N, In, H, W] -> [N, Out, H', W'] with
/// H' = (H - 1) stride - 2 padding + dilation (kernel - 1) + OutputPadding + 1.
template <int In, int Out, Window W, bool Bias = false, int OutputPadding = 0>
struct ConvTranspose2d : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    static_assert(In % W.groups == 0 && Out % W.groups == 0 && !(W.padding == Same),
                  "tuneit: ConvTranspose2d: groups must divide both channel counts, and padding is in pixels");
    s.tensor("weight", Kind::Weight, Owner::Conv, {In, Out / W.groups, W.kernel.height, W.kernel.width});
    if constexpr (Bias) s.tensor("bias", Kind::Bias, Owner::Conv, {Out});
  }
  static constexpr Shape out(Shape in) {
    const Sides covers = W.covers();
    const int h = (in.height() - 1) * W.stride.height - 2 * W.padding.height + covers.height + OutputPadding,
              w = (in.width() - 1) * W.stride.width - 2 * W.padding.width + covers.width + OutputPadding;
    return {Out, h, w, in.fits && in.rank != 2 && in.channels() == In && h > 0 && w > 0};
  }
  static constexpr Cost cost(Shape in, Shape out) {
    return {in.numel() * (Out / W.groups) * W.kernel.height * W.kernel.width, out.numel()};
  }
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) {
    const bool keeps = f.need.x || f.trains_any;
    constexpr std::int64_t weights = 1LL * In * (Out / W.groups) * W.kernel.height * W.kernel.width;
    return {.input = keeps,
            .bytes = keeps && f.bytes < 4 ? weights * f.bytes : 0,  // a copy of the weight in the lower precision
            .backward_scratch = f.trains(0) ? weights * f.bytes : 0};
  }
};

}  // namespace tuneit

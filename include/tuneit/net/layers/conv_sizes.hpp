#pragma once
// What does a convolution take in a step, and prepared for inference? In numbers, one function for those of all sizes.
#include "tuneit/net/layers/window.hpp"

namespace tuneit::detail {

// 3x3 convolutions of stride 1 run by Winograd's algorithm where that pays (kernels/conv/winograd_tiles.hpp): 36 points
// of a tile of 4 x 4 results.
struct WinogradSizes {
  std::int64_t tiles, in, out, pixels;
  bool fits;
  constexpr WinogradSizes(Window w, int ci, int co, Shape x, std::int64_t batch)
      : tiles(batch * ((x.height() + 3) / 4) * ((x.width() + 3) / 4)),
        in(ci),
        out(co),
        pixels(1LL * x.height() * x.width()),
        fits(w.kernel == 3 && w.stride == 1 && w.padding == 1 && w.groups == 1 && w.dilation == 1 && ci % 32 == 0 &&
             co % 32 == 0) {}
  [[nodiscard]] constexpr bool runs(int bytes, std::int64_t batch, bool gradient) const {
    return fits && tiles >= 48 && 2 * batch * pixels >= 16 * tiles &&
           (bytes == 4 || (bytes == 2 && (gradient || in * out <= 128 * 128)));
  }
  [[nodiscard]] constexpr std::int64_t scratch() const {  // two threads
    return 4 * 36 * (in * out + 2 * 48 * (in + 32));
  }
  [[nodiscard]] constexpr std::int64_t gradient_scratch() const {
    std::int64_t at_once = (std::int64_t{6} << 20) / (36 * (in + out) * 4);
    if (at_once < 192) at_once = 192;
    if (at_once > tiles) at_once = tiles;
    return 4 * 36 * (at_once * (in + out) + in * out);
  }
};

struct ConvSizes {
  Window w;
  int in, out;
  bool bias;

  [[nodiscard]] constexpr std::int64_t weights() const {
    return 1LL * out * (in / w.groups) * w.kernel.height * w.kernel.width;
  }

  /// In training; `activates`: an activation has joined it.
  [[nodiscard]] constexpr SavedSizes saved(Shape x, const Facts& f, bool activates) const {
    const WinogradSizes winograd(w, in, out, x, f.batch);
    const bool fast = winograd.runs(f.bytes, f.batch, false), keeps = f.trains_any || f.need.x;
    SavedSizes s{.input = f.trains(0) || (!fast && keeps), .output = keeps && activates, .frees_output_first = true};
    if (fast) s.forward_scratch = winograd.scratch();
    if (fast && f.need.x) s.backward_scratch = winograd.scratch();
    if (f.trains(0)) {
      const std::int64_t scratch = winograd.runs(f.bytes, f.batch, true)
                                       ? winograd.gradient_scratch()
                                       : 2 * weights() * f.bytes;  // the gradient in oneDNN's order, and summed up
      if (scratch > s.backward_scratch) s.backward_scratch = scratch;
    }
    if (!fast && keeps && f.bytes < 4) s.bytes = weights() * f.bytes;  // a copy of the weight in the lower precision
    return s;
  }

  /// Prepared for inference: weights in oneDNN's order; of another number type, too; small ones for Winograd.
  [[nodiscard]] constexpr PreparedSizes prepared(Shape x, const Facts& f) const {
    PreparedSizes p{(f.bytes == 4 ? 1 : 2) * f.bytes * weights(), f.bytes == 4 ? f.bytes * weights() : 0, 0};
    const WinogradSizes winograd(w, in, out, x, f.batch);
    if (!winograd.runs(f.bytes, f.batch, false)) return p;
    p.scratch = winograd.scratch();
    if (1LL * in * out <= 256 * 256) p.copies += 4 * 36LL * in * out;
    return p;
  }
};

}  // namespace tuneit::detail

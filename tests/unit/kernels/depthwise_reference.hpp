#pragma once
// Depthwise convolution as it is defined, in double.
#include <tuneit/kernels/conv/depthwise_rows.hpp>
#include <vector>

namespace reference {

using tuneit::kernels::Depthwise;

/// body(index of x, index of y, index of the weight) for all that meet.
template <class Body>
void for_each_product(const Depthwise& g, const Body& body) {
  for (std::int64_t n = 0; n < g.n; ++n)
    for (int oy = 0; oy < g.out_h; ++oy)
      for (int ox = 0; ox < g.out_w; ++ox)
        for (int ky = 0; ky < g.k; ++ky)
          for (int kx = 0; kx < g.k; ++kx) {
            const int iy = oy * g.stride - g.top + ky, ix = ox * g.stride - g.left + kx;
            if (iy < 0 || ix < 0 || iy >= g.h || ix >= g.w) continue;
            for (int c = 0; c < g.c; ++c)
              body(static_cast<std::size_t>(((n * g.h + iy) * g.w + ix) * g.c + c),
                   static_cast<std::size_t>(((n * g.out_h + oy) * g.out_w + ox) * g.c + c),
                   static_cast<std::size_t>((ky * g.k + kx) * g.c + c));
          }
}

/// A sum of products and the sum of their absolute values.
struct Sum {
  double value = 0, scale = 0;
  void add(double product) { value += product, scale += product < 0 ? -product : product; }
};

inline std::int64_t x_size(const Depthwise& g) { return g.n * g.h * g.w * g.c; }
inline std::int64_t y_size(const Depthwise& g) { return g.n * g.out_h * g.out_w * g.c; }
inline std::int64_t w_size(const Depthwise& g) { return std::int64_t{g.k} * g.k * g.c; }

}  // namespace reference

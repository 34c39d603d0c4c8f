#pragma once
// Colours that change at random: torchvision's transforms of these names, which draw the same numbers in the same
// order. No LibTorch.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tuneit/data/augment/colour.hpp"
#include "tuneit/data/augment/geometry.hpp"

namespace tuneit::data {
namespace detail {

/// 0 .. N-1 in random order as torch.randperm of a few: swaps with what is left, N - 1 draws.
template <std::size_t N, DrawSource S>
std::array<std::size_t, N> shuffled(S& draws) {
  std::array<std::size_t, N> order{};
  for (std::size_t i = 0; i < N; ++i) order[i] = i;
  for (std::size_t i = 0; i + 1 < N; ++i) std::swap(order[i], order[i + draws.below(N - i)]);
  return order;
}

}  // namespace detail

/// Brightness, contrast and saturation times a factor in [max(0, 1 - x), 1 + x], the hue turned by [-hue, hue] of the
/// circle, in random order. What is 0 is left alone and draws nothing. hue is at most 0.5.
struct ColorJitter {
  double brightness = 0, contrast = 0, saturation = 0, hue = 0;

  template <DrawSource S>
  io::Image operator()(io::Image in, S& draws) const {
    const std::array<std::size_t, 4> order = detail::shuffled<4>(draws);
    const auto factor = [&](double by) { return by == 0 ? 1.0 : draws.uniform(std::max(0.0, 1 - by), 1 + by); };
    const double b = factor(brightness), c = factor(contrast), s = factor(saturation);
    const double h = hue == 0 ? 0.0 : draws.uniform(-hue, hue);
    for (const std::size_t which : order) {
      if (which == 0 && brightness != 0) in = adjust_brightness(std::move(in), b);
      if (which == 1 && contrast != 0) in = adjust_contrast(std::move(in), c);
      if (which == 2 && saturation != 0) in = adjust_saturation(std::move(in), s);
      if (which == 3 && hue != 0) in = adjust_hue(std::move(in), h);
    }
    return in;
  }
};

/// One of the functions of tables.hpp and colour.hpp with probability p.
template <class Change>
struct RandomChange {
  double p = 0.5;
  Change change{};
  template <DrawSource S>
  io::Image operator()(io::Image in, S& draws) const {
    return draws.uniform(0.0, 1.0) < p ? change(std::move(in)) : in;
  }
};

namespace detail {

struct ToGrey {
  io::Image operator()(io::Image in) const { return to_grey(std::move(in)); }
};
struct ToInverse {
  io::Image operator()(io::Image in) const { return invert(std::move(in)); }
};
struct ToFullContrast {
  io::Image operator()(io::Image in) const { return autocontrast(std::move(in)); }
};
struct ToEqualized {
  io::Image operator()(io::Image in) const { return equalize(std::move(in)); }
};
struct ToBits {
  int bits = 4;
  io::Image operator()(io::Image in) const { return posterize(std::move(in), bits); }
};
struct ToSolarized {
  double threshold = 128;
  io::Image operator()(io::Image in) const { return solarize(std::move(in), threshold); }
};
struct ToSharpness {
  double factor = 2;
  io::Image operator()(io::Image in) const { return adjust_sharpness(std::move(in), factor); }
};

}  // namespace detail

using RandomGrayscale = RandomChange<detail::ToGrey>;
using RandomInvert = RandomChange<detail::ToInverse>;
using RandomAutocontrast = RandomChange<detail::ToFullContrast>;
using RandomEqualize = RandomChange<detail::ToEqualized>;
using RandomPosterize = RandomChange<detail::ToBits>;
using RandomSolarize = RandomChange<detail::ToSolarized>;
using RandomAdjustSharpness = RandomChange<detail::ToSharpness>;

}  // namespace tuneit::data

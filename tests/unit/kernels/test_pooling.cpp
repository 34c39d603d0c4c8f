// Pooling against its definition, and the fused stem of a ResNet against batch norm, ReLU and pooling one by one.
#include <algorithm>
#include <limits>
#include <tuneit/kernels/norm/norm_backward.hpp>
#include <tuneit/kernels/pool/pooling.hpp>

#include "unit/kernels/depthwise_reference.hpp"
#include "unit/kernels/numbers.hpp"

using namespace numbers;

namespace {

//                        n  h   w   c   oh ow k  s  top left
const Pooling shapes[] = {{2, 9, 11, 16, 5, 6, 3, 2, 1, 1},  {1, 8, 8, 70, 4, 4, 2, 2, 0, 0},
                          {1, 7, 9, 33, 7, 9, 3, 1, 1, 1},   {2, 10, 7, 1, 4, 3, 3, 3, 1, 1},
                          {1, 16, 15, 64, 8, 8, 3, 2, 1, 1}, {1, 12, 13, 130, 4, 5, 5, 3, 2, 2}};

/// The position of the maximum in x for each output: the first of equals, the last NaN.
template <class X>
std::vector<std::size_t> picks(const Pooling& g, const std::vector<X>& x, std::vector<int>& taps) {
  std::vector<std::size_t> picked(static_cast<std::size_t>(reference::y_size(g)));
  std::vector<bool> any(picked.size());
  taps.assign(picked.size(), 0);
  reference::for_each_product(g, [&](std::size_t i, std::size_t o, std::size_t t) {
    if (any[o] && !(value(x[i]) > value(x[picked[o]])) && !std::isnan(value(x[i]))) return;
    any[o] = true, picked[o] = i, taps[o] = static_cast<int>(t) / g.c;
  });
  return picked;
}

}  // namespace

TEMPLATE_TEST_CASE("max pooling is its definition", "", float, double, Bf16) {
  using T = TestType;
  using F = Compute<T>;
  for (const Pooling& g : shapes) {
    CAPTURE(g.h, g.w, g.c, g.k, g.stride);
    auto x = random<T>(reference::x_size(g), 1);
    for (std::size_t i = 0; i < x.size(); ++i)  // many equal ones, some that are none
      x[i] = i % 97 == 5   ? narrow<T>(std::numeric_limits<F>::quiet_NaN())
             : i % 11 == 1 ? narrow<T>(-std::numeric_limits<F>::infinity())
                           : narrow<T>(std::round(static_cast<F>(widen(x[i])) * 2));
    const auto dy = random<T>(reference::y_size(g), 2);
    std::vector<int> taps;
    const auto picked = picks(g, x, taps);
    std::vector<reference::Sum> dx(x.size());
    for (std::size_t o = 0; o < picked.size(); ++o) dx[picked[o]].add(value(dy[o]));
    for_each_isa([&] {
      std::vector<T> y(dy.size()), inferred(dy.size()), got(x.size());
      std::vector<std::uint8_t> argmax(dy.size());
      max_pool_forward(g, Direct<T>{x.data()}, y.data(), argmax.data());
      max_pool_forward(g, Direct<T>{x.data()}, inferred.data(), nullptr);
      max_pool_backward(g, dy.data(), argmax.data(), Store<T>{got.data()});
      int wrong = 0;
      for (std::size_t o = 0; o < y.size(); ++o) {
        const double should = value(x[picked[o]]);
        wrong += argmax[o] != taps[o];
        for (const T is : {y[o], inferred[o]})
          wrong += !(value(is) == should || (std::isnan(value(is)) && std::isnan(should)));
      }
      CHECK(wrong == 0);
      for (std::size_t i = 0; i < x.size(); ++i)
        wrong += !(std::abs(value(got[i]) - dx[i].value) <= tolerance<T>(dx[i].value, dx[i].scale));
      CHECK(wrong == 0);
    });
  }
}

TEMPLATE_TEST_CASE("batch norm, ReLU and max pooling in one", "", float, double, Bf16) {
  using T = TestType;
  using F = Compute<T>;
  const Pooling g{2, 15, 14, 40, 8, 7, 3, 2, 1, 1};
  const auto c = static_cast<std::size_t>(g.c);
  const auto x = random<T>(reference::x_size(g), 1), dy = random<T>(reference::y_size(g), 2);
  const auto a = random<F>(g.c, 3), b = random<F>(g.c, 4), mean = random<F>(g.c, 5), p = random<F>(g.c, 6),
             q = random<F>(g.c, 7), r = random<F>(g.c, 8);
  std::vector<double> before(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)  // rounded as the kernels round it: equal ones stay equal
    before[i] = std::fma(widen(x[i]), a[i % c], b[i % c]);
  std::vector<int> taps;
  const auto picked = picks(g, before, taps);
  std::vector<double> gradient(x.size()), sums(2 * c);
  for (std::size_t o = 0; o < picked.size(); ++o) {
    const std::size_t i = picked[o];
    if (before[i] <= 0) continue;
    gradient[i] += value(dy[o]);
    sums[i % c] += value(dy[o]), sums[c + i % c] += value(dy[o]) * (value(x[i]) - mean[i % c]);
  }
  for_each_isa([&] {
    std::vector<T> y(dy.size()), raw(dy.size()), dx(x.size()), masked(x.size());
    std::vector<std::uint8_t> argmax(dy.size());
    max_pool_forward<Activation::ReLU>(g, Normalised<T, Activation::None>{x.data(), a.data(), b.data()}, y.data(),
                                       argmax.data(), raw.data());
    ChannelSums large;
    std::vector<double> small(c), small_product(c);  // from the pooled side: what was not picked adds nothing
    norm_reduce<T>(
        {.dy = dy.data(), .x = raw.data(), .a = a.data(), .b = b.data(), .mean = mean.data(), .clamp = {.low = 0}},
        {.rows = g.n * g.out_h * g.out_w, .channels = g.c}, small.data(), small_product.data());
    max_pool_backward(
        g, dy.data(), argmax.data(),
        StoreNormGradient<T, Activation::ReLU>{dx.data(), x.data(), a.data(), b.data(), p.data(), q.data(), r.data()});
    max_pool_backward(
        g, dy.data(), argmax.data(),
        StoreGradientAndSum<T, Activation::ReLU>{masked.data(), x.data(), a.data(), b.data(), mean.data(), &large});
    int wrong = 0;
    for (std::size_t o = 0; o < y.size(); ++o) {
      const double should = std::max(0.0, before[picked[o]]);
      wrong += !(std::abs(value(y[o]) - should) <= tolerance<T>(should, 2));
      wrong += should > 0 && value(raw[o]) != value(x[picked[o]]);
    }
    CHECK(wrong == 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double should = p[i % c] * gradient[i] + q[i % c] * value(x[i]) + r[i % c];
      wrong += !(std::abs(value(dx[i]) - should) <= tolerance<T>(should, 8));
      wrong += !(std::abs(value(masked[i]) - gradient[i]) <= tolerance<T>(gradient[i], 4));
    }
    CHECK(wrong == 0);
    const double margin = std::is_same_v<T, Bf16> ? 0.05 : 1e-4;  // `large` sums rounded gradients
    for (std::size_t i = 0; i < c; ++i) {
      const int channel = static_cast<int>(i);
      CHECK(small[i] == Approx(sums[i]).margin(1e-4));
      CHECK(small_product[i] == Approx(sums[c + i]).margin(1e-4));
      CHECK(large.first(channel) == Approx(sums[i]).margin(margin));
      CHECK(large.second(channel) == Approx(sums[c + i]).margin(margin));
    }
  });
}

TEMPLATE_TEST_CASE("the mean over an image and its gradient", "", float, double, Bf16) {
  using T = TestType;
  for (const GlobalPooling& g : {GlobalPooling{3, 49, 70}, GlobalPooling{2, 1, 5}, GlobalPooling{1, 6, 1280}}) {
    const auto c = static_cast<std::size_t>(g.c), pixels = static_cast<std::size_t>(g.pixels);
    const auto x = random<T>(g.n * g.pixels * g.c, 1), dy = random<T>(g.n * g.c, 2);
    std::vector<double> mean(dy.size());
    for (std::size_t i = 0; i < x.size(); ++i)
      mean[i / (pixels * c) * c + i % c] += value(x[i]) / static_cast<double>(pixels);
    for_each_isa([&] {
      std::vector<T> y(dy.size()), dx(x.size());
      average_forward(g, Direct<T>{x.data()}, y.data());
      average_backward(g, dy.data(), Store<T>{dx.data()});
      int wrong = 0;
      for (std::size_t i = 0; i < y.size(); ++i)
        wrong += !(std::abs(value(y[i]) - mean[i]) <= tolerance<T>(mean[i], 1));
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double should = value(dy[i / (pixels * c) * c + i % c]) / static_cast<double>(pixels);
        wrong += !(std::abs(value(dx[i]) - should) <= tolerance<T>(should, 1));
      }
      CHECK(wrong == 0);
    });
  }
}

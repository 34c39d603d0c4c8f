// Depthwise convolution against its definition: kernel sizes, strides, paddings on one side, odd sizes, any number of
// channels, all number types and instruction sets.
#include <tuneit/kernels/conv/depthwise.hpp>

#include "unit/kernels/depthwise_reference.hpp"
#include "unit/kernels/numbers.hpp"

using namespace numbers;
using reference::for_each_product;
using reference::Sum;

namespace {

//                  n  h   w   c   oh  ow  k  s  top left
const Depthwise with_constants[] = {
    {2, 9, 11, 16, 9, 11, 3, 1, 1, 1},  {1, 8, 8, 24, 4, 4, 3, 2, 0, 0},   {2, 7, 9, 33, 4, 5, 3, 2, 1, 1},
    {1, 7, 7, 40, 7, 7, 5, 1, 2, 2},    {1, 14, 14, 7, 7, 7, 5, 2, 1, 1},  {2, 13, 15, 17, 7, 8, 5, 2, 2, 2},
    {1, 5, 28, 200, 5, 28, 5, 1, 2, 2}, {1, 2, 3, 5, 2, 3, 5, 1, 2, 2},    {3, 1, 1, 1, 1, 1, 3, 1, 1, 1},
    {2, 6, 5, 19, 4, 3, 3, 1, 0, 0},    {1, 12, 10, 20, 4, 4, 5, 2, 0, 1}, {1, 30, 19, 130, 30, 19, 5, 1, 2, 2},
};
const Depthwise any[] = {
    {2, 6, 5, 18, 6, 5, 1, 1, 0, 0},  {1, 9, 8, 21, 9, 8, 4, 1, 1, 2},  {1, 13, 9, 3, 5, 3, 3, 3, 1, 1},
    {1, 12, 14, 6, 6, 7, 7, 2, 3, 2}, {2, 11, 11, 9, 4, 4, 2, 3, 0, 0}, {1, 9, 7, 35, 9, 7, 3, 1, 1, 1},
};

/// test(k, s) with constants where there are kernels for them.
template <class Test>
void dispatch(const Depthwise& g, const Test& test) {
  using std::integral_constant;
  const auto with_stride = [&](auto k) {
    if (g.stride == 1) test(k, integral_constant<int, 1>{});
    if (g.stride == 2) test(k, integral_constant<int, 2>{});
  };
  if (g.k == 3) with_stride(integral_constant<int, 3>{});
  if (g.k == 5) with_stride(integral_constant<int, 5>{});
}

/// Not all combinations are compiled: number types differ where numbers are read and written, constants in between.
template <class T, int K, int S>
constexpr bool is_new = std::is_same_v<T, Bf16> || (std::is_same_v<T, float> ? K + S == 4 : K + S == 7);

template <class T, int K, int S>
void forward_and_backward(const Depthwise& g) {
  using F = Compute<T>;
  CAPTURE(g.h, g.w, g.c, g.k, g.stride, g.top, g.left);
  const auto x = random<T>(reference::x_size(g), 1), dy = random<T>(reference::y_size(g), 2);
  const auto w = random<F>(reference::w_size(g), 3), bias = random<F>(g.c, 4);
  std::vector<Sum> y(dy.size()), dx(x.size()), dw(w.size());
  for_each_product(g, [&](std::size_t i, std::size_t o, std::size_t t) {
    y[o].add(value(x[i]) * value(w[t]));
    dx[i].add(value(dy[o]) * value(w[t]));
    dw[t].add(value(x[i]) * value(dy[o]));
  });
  for_each_isa([&] {
    std::vector<T> got(y.size()), got_dx(x.size()), only_dx(x.size());
    std::vector<F> got_dw(w.size()), only_dw(w.size());
    depthwise_forward<K, S>(g, Direct<T>{x.data()}, w.data(), Store<T, Activation::ReLU6>{got.data(), bias.data()});
    depthwise_backward<K, S>(g, Direct<T>{dy.data()}, w.data(), Store<T>{got_dx.data()}, Direct<T>{x.data()},
                             got_dw.data());
    if constexpr (K == 0 || std::is_same_v<T, Bf16>) {
      const Direct<T> d{dy.data()};
      depthwise_backward<K, S>(g, d, w.data(), Store<T>{only_dx.data()}, Nothing{}, static_cast<F*>(nullptr));
      depthwise_backward<K, S>(g, d, w.data(), Nothing{}, Direct<T>{x.data()}, only_dw.data());
    } else {
      only_dx = got_dx, only_dw = got_dw;
    }
    std::size_t wrong = 0;
    const auto check = [&](double is, double should, double scale, auto type) {
      wrong += !(std::abs(is - should) <= tolerance<decltype(type)>(should, scale));
    };
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double before = y[i].value + value(bias[i % static_cast<std::size_t>(g.c)]);
      check(value(got[i]), before < 0 ? 0 : before > 6 ? 6 : before, y[i].scale + 1, T{});
    }
    CHECK(wrong == 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      check(value(got_dx[i]), dx[i].value, dx[i].scale, T{});
      wrong += value(only_dx[i]) != value(got_dx[i]);
    }
    CHECK(wrong == 0);
    for (std::size_t i = 0; i < w.size(); ++i) {
      check(value(got_dw[i]), dw[i].value, dw[i].scale, F{});
      wrong += only_dw[i] != got_dw[i];
    }
    CHECK(wrong == 0);
  });
}

}  // namespace

TEMPLATE_TEST_CASE("depthwise kernels with constants are the definition", "", float, double, Bf16) {
  for (const Depthwise& g : with_constants)
    dispatch(g, [&](auto k, auto s) {
      if constexpr (is_new<TestType, k, s>) forward_and_backward<TestType, k, s>(g);
    });
}

TEMPLATE_TEST_CASE("depthwise kernels for any size are the definition", "", float, double, Bf16) {
  for (const Depthwise& g : any) forward_and_backward<TestType, 0, 0>(g);
}

TEMPLATE_TEST_CASE("normalising on the way in, statistics and masks on the way out", "", float, Bf16) {
  using T = TestType;
  using F = Compute<T>;
  const Depthwise g{2, 9, 7, 21, 5, 4, 3, 2, 1, 1};
  const auto c = static_cast<std::size_t>(g.c);
  const auto x = random<T>(reference::x_size(g), 1), gradient = random<T>(reference::y_size(g), 2),
             out = random<T>(reference::y_size(g), 3);
  const auto w = random<F>(reference::w_size(g), 4), a = random<F>(g.c, 5), b = random<F>(g.c, 6),
             p = random<F>(g.c, 7), q = random<F>(g.c, 8), r = random<F>(g.c, 9), mean = random<F>(g.c, 10),
             a2 = random<F>(g.c, 11), b2 = random<F>(g.c, 12);
  std::vector<double> in(x.size()), dy(out.size());
  for (std::size_t i = 0; i < x.size(); ++i) in[i] = std::max(0.0, value(x[i]) * a[i % c] + b[i % c]);
  for (std::size_t i = 0; i < dy.size(); ++i) {
    const bool passes = value(out[i]) * a2[i % c] + b2[i % c] > 0;
    dy[i] = (passes ? value(gradient[i]) * p[i % c] : 0) + value(out[i]) * q[i % c] + r[i % c];
  }
  std::vector<Sum> y(out.size()), dx(x.size()), dw(w.size());
  for_each_product(g, [&](std::size_t i, std::size_t o, std::size_t t) {
    y[o].add(in[i] * w[t]), dx[i].add(dy[o] * w[t]), dw[t].add(in[i] * dy[o]);
  });
  for_each_isa([&] {
    ChannelSums of_y, of_g;
    std::vector<T> got(y.size()), got_dx(x.size());
    std::vector<F> got_dw(w.size());
    const Normalised<T, Activation::ReLU6> source{x.data(), a.data(), b.data()};
    depthwise_forward<3, 2>(g, source, w.data(), StoreAndSum<T>{got.data(), mean.data(), &of_y});
    depthwise_backward<3, 2>(
        g,
        NormActivationGradient<T, Activation::ReLU>{gradient.data(), out.data(), a2.data(), b2.data(), p.data(),
                                                    q.data(), r.data()},
        w.data(),
        StoreGradientAndSum<T, Activation::ReLU6>{got_dx.data(), x.data(), a.data(), b.data(), mean.data(), &of_g},
        source, got_dw.data());
    std::vector<double> sums(4 * c);  // of what was stored
    for (std::size_t i = 0; i < y.size(); ++i) {
      CHECK(std::abs(value(got[i]) - y[i].value) <= tolerance<T>(y[i].value, y[i].scale));
      const double d = value(got[i]) - mean[i % c];
      sums[i % c] += d, sums[c + i % c] += d * d;
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double should = in[i] > 0 && in[i] < 6 ? dx[i].value : 0;
      CHECK(std::abs(value(got_dx[i]) - should) <= tolerance<T>(should, dx[i].scale));
      sums[2 * c + i % c] += value(got_dx[i]);
      sums[3 * c + i % c] += value(got_dx[i]) * (value(x[i]) - mean[i % c]);
    }
    for (std::size_t i = 0; i < w.size(); ++i)
      CHECK(std::abs(got_dw[i] - dw[i].value) <= tolerance<F>(dw[i].value, dw[i].scale));
    for (std::size_t i = 0; i < c; ++i) {
      const int channel = static_cast<int>(i);
      CHECK(of_y.first(channel) == Approx(sums[i]).margin(1e-4));
      CHECK(of_y.second(channel) == Approx(sums[c + i]).margin(1e-4));
      CHECK(of_g.first(channel) == Approx(sums[2 * c + i]).margin(1e-4));
      CHECK(of_g.second(channel) == Approx(sums[3 * c + i]).margin(1e-4));
    }
  });
}

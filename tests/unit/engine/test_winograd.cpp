// Winograd's algorithm against the direct convolution in double precision: forward, both gradients, the tail of
// inference; every instruction set of this processor, pictures that tiles do not fit, and batches cut between threads.
#include <ATen/Parallel.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>

#include <array>
#include <catch2/catch.hpp>

#include "tuneit/engine/layers/infer_conv.hpp"
#include "tuneit/engine/run/train.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;
using kernels::Isa;
using tuneit::detail::single, tuneit::detail::bfloat16;

namespace {

constexpr Window window{3, 1, 1};

/// Largest difference in proportion to the largest value.
double far(const at::Tensor& a, const at::Tensor& b) {
  return a.to(at::kDouble).sub(b).abs().max().item<double>() / b.abs().max().item<double>();
}

void check(int n, int h, int w, int in, int out, at::ScalarType type) {
  INFO(n << " pictures " << h << "x" << w << ", " << in << " to " << out << " channels, " << c10::toString(type));
  const auto g = make_generator(5);
  const auto last = at::MemoryFormat::ChannelsLast;
  const at::Tensor x = at::randn({n, in, h, w}, g, at::kFloat).to(type).contiguous(last);
  const at::Tensor dy = at::randn({n, out, h, w}, g, at::kFloat).to(type).contiguous(last);
  const at::Tensor weight = at::randn({out, in, 3, 3}, g, at::kFloat).mul_(0.1).contiguous(last);
  const at::Tensor xd = x.to(at::kDouble), wd = weight.to(at::kDouble), dyd = dy.to(at::kDouble);
  const std::array<std::int64_t, 2> one{1, 1}, none{0, 0};
  const at::Tensor y = at::conv2d(xd, wd, {}, 1, 1);
  const auto [dx, dw, db] =
      at::convolution_backward(dyd, xd, wd, std::nullopt, one, one, one, false, none, 1, {true, true, false});

  constexpr auto numbers = single | bfloat16;
  const double rounding = type == at::kFloat ? 1e-4 : 6e-3;  // that of a bfloat16 result
  CHECK(far(tuneit::detail::winograd_forward<numbers>(x, weight), y) < rounding);
  CHECK(far(tuneit::detail::winograd_input_gradient<numbers>(dy, weight), dx) < rounding);
  CHECK(far(tuneit::detail::winograd_weight_gradient<numbers>(x, dy), dw) < 2e-4);

  // with bias, addition and clamp; the addition is overwritten
  const at::Tensor bias = at::randn({out}, g, at::kFloat);
  const at::Tensor expected = y.add(bias.to(at::kDouble).view({1, -1, 1, 1})).add(dyd).clamp(0, 6);
  at::Tensor add = dy.clone(last);
  tuneit::detail::winograd_run<numbers>(x, tuneit::detail::winograd_points(weight), tuneit::detail::winograd_of(x, out),
                                        bias, add, {0, 6}, add);
  CHECK(far(add, expected) < rounding);
}

}  // namespace

TEST_CASE("Winograd's algorithm gives what the direct convolution gives") {
  const int threads = at::get_num_threads();
  for (const Isa widest : {Isa::Avx512, Isa::Avx2}) {
    kernels::widest_isa() = widest;
    if (kernels::isa() == Isa::Plain) continue;
    for (const int count : {1, 2}) {
      at::set_num_threads(count);
      for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
        check(2, 8, 8, 32, 32, type);
        check(3, 7, 7, 64, 32, type);
        check(5, 14, 13, 32, 96, type);
        check(40, 9, 18, 32, 32, type);  // more tiles than are taken at once
        check(1, 1, 3, 32, 64, type);
      }
    }
  }
  kernels::widest_isa() = Isa::Avx512;
  at::set_num_threads(threads);
}

TEST_CASE("many tiles are summed in several turns") {
  check(16, 30, 30, 32, 64, at::kFloat);   // 1,024 tiles
  check(20, 28, 28, 128, 96, at::kFloat);  // 980, of which 192 are transformed at once
}

namespace {

/// A convolution with bias and ReLU as one operation of a training step, against the direct sum in double precision.
template <bool Weight, bool Bias, bool Input, int out = 96>
void check_trained(int side, at::ScalarType type) {
  constexpr int in = 64;
  constexpr auto numbers = single | bfloat16;
  constexpr auto facts = [] {
    tuneit::detail::TensorFacts<2> f;
    f.live = true;
    f.set(0, Weight, false);
    f.set(1, Bias, false);
    return f;
  }();
  using Run = Train<op::ConvAct<Conv2d<in, out, window, true>, ReLU>, facts, Need{Input}>;
  INFO(side << " pixels, " << c10::toString(type) << ", trains " << Weight << Bias << Input);
  const auto g = make_generator(6);
  const auto last = at::MemoryFormat::ChannelsLast;
  const at::Tensor x = at::randn({4, in, side, side}, g, at::kFloat).to(type).contiguous(last);
  const at::Tensor dy = at::randn({4, out, side, side}, g, at::kFloat).to(type).contiguous(last);
  const Tensors t{at::randn({out, in, 3, 3}, g, at::kFloat).mul_(0.1).contiguous(last),
                  at::randn({out}, g, at::kFloat)};
  if (type == at::kFloat && side > 5 && kernels::isa() != Isa::Plain)
    REQUIRE(tuneit::detail::prefers_winograd<numbers>(x, out, true));

  Tensors gradients(2);
  typename Run::Saved saved;
  at::Tensor y, dx;
  {
    const tuneit::detail::BelowAutograd below;
    y = Run::forward(x, saved, {t.data()});
    dx = Run::backward({dy.clone(last)}, saved, {t.data(), gradients.data()}).value;
  }
  // The direct convolution of bfloat16 rounds the weights too, and the gradient of the weight at its end.
  const bool direct = type != at::kFloat && !tuneit::detail::prefers_winograd<numbers>(x, out, true);
  const bool direct_gradient = type != at::kFloat && !tuneit::detail::prefers_winograd<numbers>(x, out, true, true);
  const at::Tensor xd = x.to(at::kDouble), wd = (direct ? t[0].to(type) : t[0]).to(at::kDouble);
  const double rounding = type == at::kFloat ? 1e-4 : 6e-3;
  CHECK(far(y, at::conv2d(xd, wd, t[1].to(at::kDouble), 1, 1).clamp(0)) < rounding);
  const std::array<std::int64_t, 2> one{1, 1}, none{0, 0};
  const std::array<std::int64_t, 1> sizes{out};
  const at::Tensor masked = dy.to(at::kDouble).mul(y.gt(0));  // a value near 0 may fall on either side
  const auto [ex, ew, eb] = at::convolution_backward(masked, xd, wd, at::OptionalIntArrayRef(at::IntArrayRef(sizes)),
                                                     one, one, one, false, none, 1, {true, true, true});
  CHECK(gradients[0].defined() == Weight);
  CHECK(gradients[1].defined() == Bias);
  if constexpr (Weight) CHECK(far(gradients[0], ew) < (direct_gradient ? rounding : 2e-4));
  if constexpr (Bias) CHECK(far(gradients[1], eb) < 1e-4);
  // Without AVX-512 LibTorch adds the nine parts of a direct gradient in bfloat16.
  const double parts = direct && kernels::isa() != Isa::Avx512 ? 2e-2 : rounding;
  if constexpr (Input) CHECK(far(dx, ex) < parts);
}

}  // namespace

TEST_CASE("convolution, bias and ReLU are one operation in training") {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    check_trained<true, true, true>(14, type);
    check_trained<true, false, true>(14, type);
    check_trained<false, true, true>(14, type);
    check_trained<false, false, true>(14, type);
    check_trained<true, true, false>(14, type);
    check_trained<false, true, false>(14, type);
    check_trained<true, true, true>(5, type);        // too small for the algorithm
    check_trained<true, true, true, 512>(14, type);  // in bfloat16 only the gradient of the weight goes by it
  }
}

TEST_CASE("the direct convolution is preferred where it is faster") {
  using kernels::Winograd;
  const auto fits = [](const Winograd& g) { return g.worthwhile<float>(); };
  const bool wide = kernels::isa() != Isa::Plain;
  CHECK(fits({32, 56, 56, 64, 64}) == wide);
  CHECK_FALSE(fits({32, 56, 56, 3, 64}));    // no panels
  CHECK_FALSE(fits({1, 14, 14, 256, 256}));  // 16 tiles
  CHECK_FALSE(fits({64, 5, 5, 64, 64}));     // tiles that are mostly empty
  CHECK_FALSE(Winograd{32, 14, 14, 256, 256}.worthwhile<kernels::Bf16>());
  if (!kernels::has_bfloat16_tiles()) CHECK(Winograd{32, 14, 14, 256, 256}.worthwhile<kernels::Bf16>(true) == wide);
  CHECK_FALSE(Winograd{32, 56, 56, 64, 64}.worthwhile<double>());
}

TEST_CASE("an infinite value does not go unseen") {
  at::Tensor x = at::ones({8, 32, 12, 12}).contiguous(at::MemoryFormat::ChannelsLast);
  x[3][5][6][7] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor y =
      tuneit::detail::winograd_forward<single>(x, at::ones({32, 32, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(y[3].isnan().any().item<bool>());
  CHECK_FALSE(y[2].isnan().any().item<bool>());
}

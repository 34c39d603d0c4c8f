// The forward pass against the same operations written by hand, and what a plan changes in it.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros_like.h>

#include <catch2/catch.hpp>

#include "row_of.hpp"
#include "tuneit/engine/run/network.hpp"
#include "tuneit/models/mobilenet.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/models/vgg.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

struct Turn {
  using layers =
      Seq<Residual<Seq<Named<"c", Conv2d<4, 4, Window{3, 1, 1}>>, Named<"n", BatchNorm2d<4>>>, Identity>, ReLU>;
};
struct Net final : Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 2, Same}, true>>, ReLU6>,
                           Block<"body", Named<"b", Repeat<0, 4, Turn>>>,
                           Block<"head", GlobalAvgPool, Dropout<0.5>, Named<"fc", Linear<4, 3>>>> {};

template <class... P>
using Recipe = Finetune<Net, P...>;

at::Tensor reference(const at::Tensor& x, const Tensors& t, bool batch) {
  // the odd pixel of SAME goes right and down: 8 -> 4 with kernel 3 and stride 2 needs one
  at::Tensor y = at::conv2d(at::constant_pad_nd(x, {0, 1, 0, 1}), t[0], t[1], 2).clamp(0, 6);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto* b = &t[2 + 6 * i];
    y = at::relu(y.add(at::batch_norm(at::conv2d(y, b[0], {}, 1, 1), b[1], b[2], b[3].clone(), b[4].clone(), batch, 0.1,
                                      1e-5, false)));
  }
  return at::linear(y.mean({2, 3}), t[26], t[27]);
}

Tensors trained_like(const at::Generator& g) {
  Tensors t = make_tensors<Net>(3, g);
  for (std::size_t i = 0; i < 4; ++i) {
    t[2 + 6 * i + 3].normal_(0, 0.3, g);
    t[2 + 6 * i + 4].uniform_(0.5, 2, g);
  }
  return t;
}

}  // namespace

TEST_CASE("infer computes what the description says") {
  const at::NoGradGuard no_grad;
  const auto g = make_generator(1);
  const Tensors t = trained_like(g);
  REQUIRE(t.size() == table<Net>.size);
  const at::Tensor x = at::randn({5, 3, 8, 8}, g);
  CHECK(infer<Net>(x, t).sub(reference(x, t, false)).abs().max().item<float>() < 1e-5f);
  // part by part
  CHECK((infer<Net, 1, 3>(infer<Net, 0, 1>(x, t), t)).sub(infer<Net>(x, t)).abs().max().item<float>() < 1e-6f);
}

TEST_CASE("the input is left alone, also by activations in place") {
  const at::NoGradGuard no_grad;
  struct FirstRelu final : Network<Input<3, 8>, Block<"a", ReLU, Named<"c", Conv2d<3, 2, Window{1}>>, ReLU>,
                                   Block<"head", GlobalAvgPool, Named<"fc", Linear<2, 2>>>> {};
  const auto g = make_generator(1);
  const at::Tensor x = at::randn({2, 3, 8, 8}, g), before = x.clone();
  (void)infer<FirstRelu>(x, make_tensors<FirstRelu>(2, g));
  CHECK(x.equal(before));
}

TEST_CASE("batch norms use the batch where they train, and the running statistics where they are frozen") {
  using Free = Recipe<ReplaceHead<3>>;
  using Still = Recipe<ReplaceHead<3>, FrozenStats<Norms>>;
  const auto g = make_generator(2);
  const Tensors t = trained_like(g);
  const at::Tensor x = at::randn({5, 3, 8, 8}, g);
  const at::NoGradGuard no_grad;
  const at::Tensor mean = t[5].clone();

  const at::Tensor still = forward<Still>(x, t, make_generator(3));
  CHECK(t[5].equal(mean));
  CHECK(t[7].item<std::int64_t>() == 0);
  const at::Tensor free = forward<Free>(x, t, make_generator(3));
  CHECK_FALSE(t[5].equal(mean));
  CHECK(t[7].item<std::int64_t>() == 1);
  CHECK(still.sub(free).abs().max().item<float>() > 1e-3f);
}

TEST_CASE("a plan that differs inside of a repeat cuts it: only turn 2 is frozen") {
  using R = Recipe<ReplaceHead<3>, Freeze<Layer<"b.2">>>;
  const auto g = make_generator(4);
  const Tensors t = trained_like(g);
  const at::NoGradGuard no_grad;
  (void)forward<R>(at::randn({5, 3, 8, 8}, g), t, g);
  for (std::size_t i = 0; i < 4; ++i) CHECK(t[2 + 6 * i + 5].item<std::int64_t>() == (i == 2 ? 0 : 1));
}

TEST_CASE("dropout is on in training, off in evaluation, and scales what it keeps") {
  using R = Recipe<ReplaceHead<3>, FrozenStats<Norms>>;
  const auto g = make_generator(5);
  const Tensors t = trained_like(g);
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::randn({64, 3, 8, 8}, g);
  const at::Tensor a = forward<R>(x, t, make_generator(1)), b = forward<R>(x, t, make_generator(2));
  CHECK(forward<R>(x, t, make_generator(1)).equal(a));  // drawn from the generator alone
  CHECK_FALSE(a.equal(b));
  at::Tensor sum = at::zeros_like(a);
  for (std::uint64_t s = 0; s < 400; ++s) sum.add_(forward<R>(x, t, make_generator(s)));
  // the mean of 400 draws is a twentieth as far from the expectation as one draw is
  const at::Tensor expectation = infer<Net>(x, t);
  const float one = a.sub(expectation).abs().mean().item<float>();
  CHECK(sum.div(400).sub(expectation).abs().mean().item<float>() < 0.08f * one);
}

TEST_CASE("the frozen prefix is outside of autograd, the rest inside") {
  using R = Recipe<ReplaceHead<3>, Freeze<Layers<0, 2>>>;
  static_assert(frozen_prefix<R>() == 2);
  const auto g = make_generator(6);
  Tensors t = trained_like(g);
  for (std::size_t i = 0; i < t.size(); ++i)
    if (!table<Net>.rows[i].is_buffer()) t[i].requires_grad_(true);  // even if somebody asks for more
  forward<R>(at::randn({5, 3, 8, 8}, g), t, g).sum().backward();
  CHECK_FALSE(t[0].grad().defined());
  CHECK_FALSE(t[2].grad().defined());
  CHECK(t[26].grad().defined());
}

TEST_CASE("initialisers follow torch.nn.init") {
  const auto bound = [](const at::Tensor& t) { return t.abs().max().item<double>(); };
  using M = Adapted<ResNet18, ReplaceHead<1000>>;
  const auto weight = [](const Tensors& t) { return t[t.size() - 2]; };
  const Tensors base = make_tensors<M, DefaultInit>(1000, make_generator(1));
  CHECK(bound(weight(base)) == Approx(1 / std::sqrt(512.0)).epsilon(1e-3));
  CHECK(bound(base.back()) == Approx(1 / std::sqrt(512.0)).epsilon(1e-2));
  CHECK(bound(weight(make_tensors<M, XavierUniform>(1000, make_generator(1)))) ==
        Approx(std::sqrt(6.0 / 1512)).epsilon(1e-3));
  CHECK(bound(weight(make_tensors<M, KaimingUniform>(1000, make_generator(1)))) ==
        Approx(std::sqrt(6.0 / 512)).epsilon(1e-3));
  CHECK(weight(make_tensors<M, XavierNormal>(1000, make_generator(1))).std().item<double>() ==
        Approx(std::sqrt(2.0 / 1512)).epsilon(0.01));
  CHECK(weight(make_tensors<M, KaimingNormal>(1000, make_generator(1))).std().item<double>() ==
        Approx(std::sqrt(2.0 / 512)).epsilon(0.01));
  CHECK(bound(weight(make_tensors<M, Zeros>(1000, make_generator(1)))) == 0);
  // convolutions: Kaiming normal, fan out; the same seed gives the same network
  CHECK(base[0].std().item<double>() == Approx(std::sqrt(2.0 / (64 * 49))).epsilon(0.05));
  CHECK(make_tensors<M>(1000, make_generator(1))[0].equal(base[0]));
  CHECK_FALSE(make_tensors<M>(1000, make_generator(2))[0].equal(base[0]));
  CHECK(base[0].is_contiguous(at::MemoryFormat::ChannelsLast));
}

namespace {

double deviation(const at::Tensor& t) { return t.std().item<double>(); }

struct NarrowVgg final : vgg::Architecture<true, 1, 1, 2, 2, 2, 64>::network, vgg::Start {};

}  // namespace

TEST_CASE("a mean over a grid and flattening are torch's, whatever the memory format") {
  const at::NoGradGuard no_grad;
  struct GridNet final : Network<Input<2, 5>, Block<"a", AdaptiveAvgPool2d<2, 3>>, Block<"head", Flatten>> {};
  const auto g = make_generator(7);
  const at::Tensor x = at::randn({3, 2, 5, 7}, g);
  // cells by torch's rule: rows [0, 3) and [2, 5); columns [0, 3), [2, 5) and [4, 7)
  const at::Tensor y = infer<GridNet>(x.contiguous(at::MemoryFormat::ChannelsLast), {});
  REQUIRE(y.sizes() == at::IntArrayRef({3, 12}));
  for (int c = 0; c < 2; ++c)
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 3; ++j) {
        const at::Tensor mean =
            x.select(1, c).slice(1, 2 * i, 2 * i + 3).slice(2, 2 * j, 2 * j + 3).mean(at::IntArrayRef({1, 2}));
        CHECK(y.select(1, 6 * c + 3 * i + j).sub(mean).abs().max().item<float>() < 1e-6f);
      }
  CHECK(infer<GridNet>(x, {}).equal(y));
}

TEST_CASE("a VGG starts as torchvision's") {
  const Tensors t = make_tensors<NarrowVgg>(1000, make_generator(1));
  const auto at = [&](std::string_view name) { return t[tuneit::test::row_of<NarrowVgg>(name)]; };
  // kaiming_normal_(mode="fan_out", nonlinearity="relu"): sqrt(2 / (out * 9)); biases 0
  CHECK(deviation(at("features.4.weight")) == Approx(std::sqrt(2.0 / (128 * 9))).epsilon(0.01));
  CHECK(deviation(at("features.15.weight")) == Approx(std::sqrt(2.0 / (512 * 9))).epsilon(0.01));
  CHECK(at("features.15.bias").abs().max().item<double>() == 0);
  CHECK(at("features.16.weight").equal(at::ones_like(at("features.16.weight"))));
  // normal_(0, 0.01), biases 0: the last layer, too
  CHECK(deviation(at("classifier.0.weight")) == Approx(0.01).epsilon(0.01));
  CHECK(deviation(at("classifier.3.weight")) == Approx(0.01).epsilon(0.05));
  CHECK(deviation(at("classifier.6.weight")) == Approx(0.01).epsilon(0.05));
  for (const char* name : {"classifier.0", "classifier.3", "classifier.6"}) {
    CHECK(std::abs(at(std::string(name) + ".weight").mean().item<double>()) < 4e-4);
    CHECK(at(std::string(name) + ".bias").abs().max().item<double>() == 0);
  }

  // a new head is a torch.nn.Linear, or what the recipe says; the hidden layers stay the model's
  using M = Adapted<NarrowVgg, ReplaceHead<1000>>;
  const Tensors fresh = make_tensors<M>(1000, make_generator(1));
  const std::size_t head = tuneit::test::row_of<M>("classifier.6.weight");
  CHECK(fresh[head].abs().max().item<double>() == Approx(1 / std::sqrt(64.0)).epsilon(1e-3));
  CHECK(fresh[head + 1].abs().max().item<double>() > 0.1);
  CHECK(deviation(fresh[tuneit::test::row_of<M>("classifier.3.weight")]) == Approx(0.01).epsilon(0.05));
  const Tensors zero = make_tensors<M, Zeros>(1000, make_generator(1));
  CHECK(zero[head].abs().max().item<double>() == 0);
  CHECK(deviation(zero[tuneit::test::row_of<M>("classifier.3.weight")]) == Approx(0.01).epsilon(0.05));
}

TEST_CASE("a MobileNetV2 starts as torchvision's: depthwise convolutions by the fan out of all channels") {
  const Tensors t = make_tensors<MobileNetV2>(1000, make_generator(1));
  const auto at = [&](std::string_view name) { return t[tuneit::test::row_of<MobileNetV2>(name)]; };
  CHECK(deviation(at("features.17.conv.1.0.weight")) == Approx(std::sqrt(2.0 / (960 * 9))).epsilon(0.03));
  CHECK(deviation(at("features.17.conv.0.0.weight")) == Approx(std::sqrt(2.0 / 960)).epsilon(0.01));
  CHECK(deviation(at("features.18.0.weight")) == Approx(std::sqrt(2.0 / 1280)).epsilon(0.01));
  CHECK(deviation(at("classifier.1.weight")) == Approx(0.01).epsilon(0.01));
  CHECK(at("classifier.1.bias").abs().max().item<double>() == 0);
}

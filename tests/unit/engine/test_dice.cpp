// Dice of masks and its gradient against the formula under autograd, in double precision; weights of samples.
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>

#include "tuneit/tuneit.hpp"

using namespace tuneit;

namespace {

double far(const at::Tensor& a, const at::Tensor& b) { return a.sub(b).abs().max().item<double>(); }

/// MONAI's DiceLoss (sigmoid or softmax, squared_pred, weight), reduction mean: of each sample and channel.
template <class L>
at::Tensor each(const at::Tensor& x, const at::Tensor& t, double smooth) {
  const at::Tensor p = L::softmax ? x.softmax(1) : x.sigmoid();
  const at::Tensor sizes =
      L::squared ? p.pow(2).sum({2, 3}).add(t.pow(2).sum({2, 3})) : p.sum({2, 3}).add(t.sum({2, 3}));
  const at::Tensor f = p.mul(t).sum({2, 3}).mul(2).add(smooth).div(sizes.add(smooth)).neg().add(1);
  const at::Tensor w = at::ones({1, 3}, at::kDouble);
  for (std::size_t k = 0; k < L::channel_weights::values.size(); ++k)
    w.select(1, static_cast<std::int64_t>(k)).fill_(L::channel_weights::values[k]);
  return f.mul(w);
}

template <class L>
void as_autograd(double smooth = 1e-5, bool weighted = false) {
  INFO(type_name<L>());
  const auto g = make_generator(4);
  const at::Tensor x = at::randn({4, 3, 5, 6}, g, at::kDouble).mul(2), weight = at::rand({4}, g, at::kDouble);
  at::Tensor t = at::rand({4, 3, 5, 6}, g, at::kDouble);
  if (L::softmax) t = t.eq(t.amax({1}, true)).to(at::kDouble);
  t.select(0, 1).zero_();  // nothing there
  const at::Tensor leaf = x.detach().clone().set_requires_grad(true);
  at::Tensor f = each<L>(leaf, t, smooth);
  if (weighted) f = f.mul(weight.unsqueeze(1));
  const at::Tensor wanted = f.mean();
  constexpr bool is_sum = std::is_same_v<typename L::reduction, Sum>;
  (is_sum ? f.sum() : wanted).backward();
  at::Tensor gradient;
  Numbers<L> n;
  const BatchResult r = loss_of<L>(x, Targets{t, {}, 1.0, weighted ? weight : at::Tensor()}, n, &gradient);
  CHECK(r.loss == Approx(wanted.detach().item<double>()).epsilon(1e-12));
  CHECK((gradient.sizes() == x.sizes() && far(gradient, leaf.grad()) < 1e-14));
  at::Tensor last;  // as networks give them
  loss_of<L>(x.contiguous(at::MemoryFormat::ChannelsLast), Targets{t, {}, 1.0, weighted ? weight : at::Tensor()}, n,
             &last);
  CHECK(far(last, gradient) < 1e-15);
}

struct Segmenter final
    : Network<Inputs<Image<3, 16>>, Block<"stem", Named<"a", Conv2d<3, 8, Window{3, 1, 1}>>, ReLU, Save<"x">>,
              Block<"mid", MaxPool2d<Window{2, 2}>, Named<"b", Conv2d<8, 8, Window{3, 1, 1}>>, ReLU, Upsample<2>,
                    Merge<Concat, "x">>,
              Block<"mask", Named<"c", Conv2d<16, 1, Window{1}, true>>>> {};

}  // namespace

TEST_CASE("Dice and its gradient are the formula's") {
  as_autograd<Dice<>>();
  as_autograd<Dice<Sum>>();
  as_autograd<Dice<SquaredSums>>();
  as_autograd<Dice<SoftmaxChannels>>();
  as_autograd<Dice<DiceSmooth<1>, SoftmaxChannels, SquaredSums>>(1);
  as_autograd<Dice<SoftmaxChannels, ChannelWeights<0.5, 1, 2>>>();
  as_autograd<Dice<ChannelWeights<0.5, 1, 2>, Sum>>(1e-5, true);
  as_autograd<Dice<>>(1e-5, true);
}

TEST_CASE("an empty mask of which nothing is predicted costs nothing, a whole one that is found neither") {
  const at::Tensor no = at::full({2, 1, 4, 4}, -60, at::kDouble), yes = no.neg();
  CHECK(loss_of<Dice<>>(no, at::zeros({2, 1, 4, 4}, at::kDouble), {}, nullptr).loss == Approx(0).margin(1e-12));
  CHECK(loss_of<Dice<>>(yes, at::ones({2, 1, 4, 4}, at::kDouble), {}, nullptr).loss == Approx(0).margin(1e-12));
  CHECK(loss_of<Dice<>>(no, at::ones({2, 1, 4, 4}, at::kDouble), {}, nullptr).loss == Approx(1).margin(1e-5));
}

TEST_CASE("a network of masks learns by cross-entropy and Dice together") {
  using L = Losses<Weighted<BinaryCrossEntropy<>, 1>, Weighted<Dice<>, 1>>;
  using R = Finetune<Segmenter, L, AdamW<Lr<0.02>>, CutMix<>, Metrics<LabelAccuracy>>;
  STATIC_REQUIRE(std::is_same_v<verdict<R>, Accepted>);
  STATIC_REQUIRE(
      !std::is_same_v<verdict<Finetune<Segmenter, Dice<SoftmaxChannels>>>, Accepted>);  // one class a pixel of one
  STATIC_REQUIRE(!std::is_same_v<verdict<Finetune<Segmenter, Dice<ChannelWeights<1, 2>>>>, Accepted>);
  Trainer<R> trainer(defaults<R>());
  const at::Tensor x = at::randn({16, 3, 16, 16}, make_generator(5)), mask = x.narrow(1, 0, 1).gt(0.3).to(at::kFloat);
  double first = 0, last = 0;
  for (int i = 0; i < 60; ++i) {
    last = trainer.step(x, mask, 60).loss;
    if (i == 0) first = last;
  }
  CHECK(last < first / 2);
}

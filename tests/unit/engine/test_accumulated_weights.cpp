// Accumulate with class weights: the gradients of a window are those of its samples as one batch, in double precision.
#include <ATen/ops/cat.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

using ByClass = ClassWeights<1, 7, 0.25, 3>;
struct One final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 6, Window{3, 1, 1}>>, Tanh>,
                           Block<"head", GlobalAvgPool, Named<"fc", Linear<6, 4>>>> {};
struct Two final
    : Network<Inputs<Image<3, 8>>, Block<"stem", Named<"conv", Conv2d<3, 6, Window{3, 1, 1}>>, Tanh, Save<"x">>,
              Block<"class", GlobalAvgPool, Named<"fc", Linear<6, 4>>, Output<"class">>,
              Block<"depth", From<"x">, Named<"d", Conv2d<6, 1, Window{1}, true>>, Output<"depth">>> {};

data::Batch batch_of(std::int64_t n, std::uint64_t seed) {
  const auto g = make_generator(seed);
  data::Batch b{at::randn({n, 3, 8, 8}, g, at::kDouble), at::randint(4, {n}, g, at::kLong), {}};
  b.index.resize(static_cast<std::size_t>(n));
  return b;
}

/// How far the weights are apart after a window of three batches of different sizes, and one batch of all of them.
template <class Net, class... Ps>
double window_from_whole() {
  using Small = Finetune<Net, Precision<FP64>, Sgd<Lr<0.5>>, Accumulate<3>, Ps...>;
  using Large = Finetune<Net, Precision<FP64>, Sgd<Lr<0.5>>, Ps...>;
  Trainer<Small> small(defaults<Small>());
  Trainer<Large> large(defaults<Large>());
  const data::Batch a = batch_of(2, 1), b = batch_of(7, 2), c = batch_of(4, 3);
  for (const auto* one : {&a, &b, &c}) small.step(*one, 10);
  data::Batch all{at::cat({a.images, b.images, c.images}), at::cat({a.labels, b.labels, c.labels}),
                  std::vector<std::size_t>(13)};
  large.step(all, 10);
  double far = 0;
  for (std::size_t i = 0; i < small.tensors().size(); ++i)
    far = std::max(far, small.tensors()[i].sub(large.tensors()[i]).abs().max().template item<double>());
  return far;
}

}  // namespace

TEST_CASE("batches of a window count by the weights of their labels, of one loss and of several that share them") {
  using Heavy = CrossEntropy<ByClass>;
  using Smooth = CrossEntropy<ByClass, LabelSmoothing<0>>;
  CHECK(window_from_whole<One, Heavy>() < 1e-14);
  CHECK(window_from_whole<One, Losses<Weighted<Heavy, 1>, Weighted<Smooth, 0.5>>>() < 1e-14);
  CHECK(window_from_whole<Two, CrossEntropy<ByClass, On<"class">>, Unused<"depth">>() < 1e-14);
  using OfClass = CrossEntropy<ByClass, On<"class">>;
  CHECK(window_from_whole<Two, Losses<Weighted<OfClass, 1>, Weighted<OfClass, 0.5>>, Unused<"depth">>() < 1e-14);
  CHECK(window_from_whole<One, CrossEntropy<>>() < 1e-14);
}

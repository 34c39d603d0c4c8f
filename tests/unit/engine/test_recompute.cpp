// Recompute: a training is the same to the bit, whatever is computed again on its way back.
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;

namespace {

// Residual blocks in a Repeat, dropped at random; dropout within a block; a head with what it keeps for itself.
template <int C>
struct Basic {
  using layers =
      Seq<Residual<
              Seq<Named<"conv1", Conv2d<C, C, Window{3, 1, 1}>>, Named<"bn1", BatchNorm2d<C>>, ReLU, Dropout<0.2>,
                  Named<"conv2", Conv2d<C, C, Window{3, 1, 1}>>, Named<"bn2", BatchNorm2d<C>>, StochasticDepth<0.4, 4>>,
              Identity>,
          ReLU>;
};
struct Dropping final
    : Network<Input<3, 32>,
              Block<"stem", Named<"conv1", Conv2d<3, 8, Window{3, 1, 1}>>, Named<"bn1", BatchNorm2d<8>>, ReLU,
                    MaxPool2d<Window{3, 2, 1}>>,
              Block<"layer1", Named<"layer1", Repeat<0, 3, Basic<8>>>>,
              Block<"layer2", Named<"down", Conv2d<8, 12, Window{3, 2, 1}>>, Named<"n", BatchNorm2d<12>>, ReLU6,
                    Dropout<0.3>, Named<"layer2", Repeat<0, 2, Basic<12>>>>,
              Block<"mobile", Named<"in", Conv2d<12, 12, Window{1}>>, Named<"m", BatchNorm2d<12>>, ReLU6,
                    Named<"dw", Conv2d<12, 12, Window{3, 1, 1, 12}>>, Named<"o", BatchNorm2d<12>>, ReLU6,
                    Named<"out", Conv2d<12, 12, Window{1}>>, Named<"p", BatchNorm2d<12>>>,
              Block<"head", GlobalAvgPool, Dropout<0.5>, Named<"fc", Linear<12, 5>>>> {};

constexpr long long per_epoch = 3;

template <class R>
std::string steps(Trainer<R>& trainer, int first, int last) {
  std::string said;
  for (int i = first; i < last; ++i) {
    const at::Tensor x = at::randn({4, 3, 32, 32}, make_generator(static_cast<std::uint64_t>(i)));
    const at::Tensor y = at::arange(i, i + 4, at::kLong).remainder(2);
    const BatchResult r = trainer.step(x, y, trainer.steps_in(per_epoch));
    said.append(std::to_string(r.loss)).append(" ");
  }
  return said;
}

template <class A, class B>
void same_tensors(const Trainer<A>& a, const Trainer<B>& b) {
  for (std::size_t i = 0; i < a.tensors().size(); ++i) {
    INFO(table<typename A::model>.name(i));
    CHECK(a.tensors()[i].equal(b.tensors()[i]));
  }
}

/// Trains with and without `S` recomputed.
template <class Model, class S, class... Ps>
void same_training() {
  using Plain = Finetune<Model, ReplaceHead<2>, Ps...>;
  using Again = Finetune<Model, ReplaceHead<2>, Recompute<S>, Ps...>;
  INFO(type_name<Again>());
  Trainer<Plain> plain(defaults<Plain>());
  Trainer<Again> again(defaults<Again>());
  CHECK(steps(plain, 0, 6) == steps(again, 0, 6));
  same_tensors(plain, again);
  // and what comes afterwards draws the same, too
  CHECK(steps(plain, 6, 8) == steps(again, 6, 8));
  const at::Tensor x = at::randn({2, 3, 32, 32}, make_generator(5));
  CHECK(plain.logits(x).equal(again.logits(x)));
}

}  // namespace

TEST_CASE("recomputed parts give the same training, to the bit") {
  same_training<networks::Small, All, Precision<FP32>>();
  same_training<Dropping, All, Precision<FP32>>();
  same_training<Dropping, Layer<"layer1.1">, Precision<FP32>>();
  same_training<Dropping, Layers<1, 3>, Precision<BF16>, AdamW<Lr<1e-3>>>();
  same_training<Dropping, All, Precision<FP64>>();
}

TEST_CASE("recomputed behind a frozen beginning, and where statistics stand still") {
  same_training<Dropping, All, Precision<FP32>, Freeze<Layers<0, 2>>>();
  same_training<Dropping, All, Precision<FP32>, Freeze<Layer<"layer1.0", "conv1">>>();
  same_training<Dropping, All, Precision<FP32>, FrozenStats<>>();
  same_training<Dropping, All, Precision<FP32>, Freeze<Norms>, BatchStats<>>();
}

TEST_CASE("recomputed with policies that act") {
  same_training<Dropping, All, Precision<FP32>, Accumulate<2>>();
  same_training<Dropping, All, Precision<FP32>, Mixup<0.4>>();
  same_training<Dropping, All, Precision<FP32>, Sam<0.05>>();
  same_training<Dropping, Layers<1, 3>, Precision<FP32>,
                Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<2>, Lr<1e-2>>>>();
}

TEST_CASE("a training that recomputes goes on elsewhere, to the bit") {
  using R = Finetune<Dropping, ReplaceHead<2>, Precision<FP32>, Recompute<All>>;
  Settings other = defaults<R>();
  other.seed = 99;  // everything comes from the archive
  Trainer<R> through(defaults<R>()), before(defaults<R>()), after(other);
  Archive archive;
  steps(through, 0, 3);
  steps(before, 0, 3);
  save(before, archive);
  load(after, archive);
  CHECK(steps(through, 3, 6) == steps(after, 3, 6));
  same_tensors(through, after);
}

TEST_CASE("a phase may recompute what others keep") {
  using Plain = Finetune<Dropping, ReplaceHead<2>, Precision<FP32>,
                         Phases<Phase<Epochs<1>, Lr<1e-2>>, Phase<Epochs<2>, Lr<1e-3>>>>;
  using Again = Finetune<Dropping, ReplaceHead<2>, Precision<FP32>,
                         Phases<Phase<Epochs<1>, Lr<1e-2>>, Phase<Epochs<2>, Lr<1e-3>, Recompute<Layer<"layer1">>>>>;
  Trainer<Plain> plain(defaults<Plain>());
  Trainer<Again> again(defaults<Again>());
  CHECK(steps(plain, 0, 8) == steps(again, 0, 8));
  same_tensors(plain, again);
}

// Mixed images and what belongs to their pixels: masks, depths, images beside them.
#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "../refusal.hpp"
#include "tuneit/tuneit.hpp"

using namespace tuneit;

namespace {

inline constexpr Window W3{3, 1, 1};

struct Segmenter final : Network<Inputs<Image<3, 8>>, Block<"stem", Named<"a", Conv2d<3, 4, W3>>, ReLU>,
                                 Block<"mask", Named<"b", Conv2d<4, 3, W3>>>> {};
struct Both final : Network<Inputs<Image<3, 8>, ImageInput<"depth", 3, 8>>,
                            Block<"stem", Merge<Add, "depth">, Named<"a", Conv2d<3, 4, W3>>, ReLU, Save<"x">>,
                            Block<"class", GlobalAvgPool, Named<"fc", Linear<4, 3>>, Output<"class">>,
                            Block<"mask", From<"x">, Named<"b", Conv2d<4, 3, W3>>, Output<"mask">>> {};

// What flows in is what it was told of it: sees the batch after who mixes it.
struct Seen : PolicyTag {
  static constexpr Moments acts = OnInputs;
  using keeps = Nothing;
  at::Tensor images, depth, mask, mask_other;
  Targets classes;
  template <class B, class C>
  void on_inputs(const B& b, const C&) {
    images = b.images.clone();
    if constexpr (requires { b.other_inputs; }) {
      depth = b.other_inputs[0].clone();
      classes = b.targets;
      mask = b.other_targets[0].value.clone(), mask_other = b.other_targets[0].other;
    } else {
      mask = b.targets.value.clone(), mask_other = b.targets.other;
    }
  }
};

double apart(const at::Tensor& a, const at::Tensor& b) { return a.sub(b).abs().max().item<double>(); }

}  // namespace

TEST_CASE("CutMix cuts a mask as its image, and shares nothing of it") {
  using R = Finetune<Segmenter, BinaryCrossEntropy<>, CutMix<>, Seen, Precision<FP64>>;
  Trainer<R> trainer(defaults<R>());
  const at::Tensor x = at::rand({6, 3, 8, 8}, at::kDouble), y = x.clone(), before = x.clone();
  bool cut = false;
  for (int i = 0; i < 8; ++i) {
    trainer.step(x, y, 100);
    const Seen& seen = trainer.behaviour<Seen>();
    CHECK((seen.mask.equal(seen.images) && !seen.mask_other.defined()));
    cut = cut || !seen.images.equal(x);
  }
  CHECK((cut && x.equal(before) && y.equal(before)));  // the caller's are his own
}

TEST_CASE("values of pixels are cut, too, whatever the loss does with mixtures") {
  using R = Finetune<Segmenter, MeanSquaredError<>, CutMix<>, Seen, Precision<FP64>>;
  Trainer<R> trainer(defaults<R>());
  const at::Tensor x = at::rand({6, 3, 8, 8}, at::kDouble);
  for (int i = 0; i < 4; ++i) {
    trainer.step(x, x, 100);
    CHECK(trainer.behaviour<Seen>().mask.equal(trainer.behaviour<Seen>().images));
  }
}

TEST_CASE("with several inputs and outputs each is mixed as it is made") {
  using L = Losses<Weighted<CrossEntropy<On<"class">>, 1>, Weighted<BinaryCrossEntropy<On<"mask">>, 1>>;
  using R = Finetune<Both, L, CutMix<>, Seen, Precision<FP64>>;
  Trainer<R> trainer(defaults<R>());
  data::Batch b{at::rand({6, 3, 8, 8}, at::kDouble), at::randint(0, 3, {6}, at::kLong), {}};
  b.index.resize(6);
  b.other_inputs = {b.images.clone()};
  b.other_targets = {b.images.clone()};
  const at::Tensor before = b.images.clone();
  bool cut = false;
  for (int i = 0; i < 8; ++i) {
    trainer.step(b, 100);
    const Seen& seen = trainer.behaviour<Seen>();
    CHECK((seen.depth.equal(seen.images) && seen.mask.equal(seen.images) && !seen.mask_other.defined()));
    const at::Tensor own = seen.images.eq(before).all(1);  // [N, H, W]
    if (own.all().item<bool>()) continue;
    cut = true;
    CHECK(seen.classes.other.equal(b.labels.flip(0)));
    CHECK(static_cast<double>(seen.classes.share) == Approx(own.to(at::kDouble).mean().item<double>()));
  }
  CHECK((cut && b.other_inputs[0].equal(before) && b.other_targets[0].equal(before)));
}

TEST_CASE("mixup shares masks as numbers, and keeps the weights of samples") {
  using R = Finetune<Segmenter, BinaryCrossEntropy<>, Mixup<>, Precision<FP64>>;
  const at::Tensor x = at::rand({5, 3, 8, 8}, at::kDouble), mask = at::rand({5, 3, 8, 8}, at::kDouble),
                   weight = at::rand({5}, at::kDouble);
  StepBatch b{x.clone(), {mask, {}, 1.0, weight}};
  mix_samples<R>(b, MixDraw{false, 0.25, 0, 0});
  CHECK(apart(b.images, x.mul(0.25).add(x.flip(0).mul(0.75))) < 1e-15);
  CHECK((b.targets.value.equal(mask) && b.targets.other.equal(mask.flip(0)) && b.targets.weight.is_same(weight)));
  using C = Finetune<Segmenter, BinaryCrossEntropy<>, CutMix<>, Precision<FP64>>;
  StepBatch wrong{x.clone(), {at::rand({5, 3, 4, 4}, at::kDouble)}};
  CHECK_REFUSED(mix_samples<C>(wrong, MixDraw{true, 0.5, 0.5, 0.5}), ErrorKind::Usage,
                "targets of pixels of their size");
}

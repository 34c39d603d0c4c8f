// Networks with several outputs and inputs in the trainer: losses of each output, metrics, policies, fit, resuming.
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>

#include "../refusal.hpp"
#include "tuneit/tuneit.hpp"

using namespace tuneit;

namespace {

inline constexpr Window W3{3, 1, 1}, W1{1};

struct Two final
    : Network<Inputs<Image<3, 8>>, Block<"stem", Named<"conv", Conv2d<3, 6, W3>>, Named<"n", BatchNorm2d<6>>, ReLU>,
              Block<"body", Named<"conv2", Conv2d<6, 6, W3>>, Tanh, Save<"x">, GlobalAvgPool>,
              Block<"class", Named<"fc", Linear<6, 4>>, Output<"class">>,
              Block<"depth", From<"x">, Named<"d", Conv2d<6, 1, W1, true>>, Output<"depth">>> {};
/// Tells of each pass what was kept for the way back, and whether there was one.
struct Watched : LayerTag {
  using tensors = None;
  using out = SameShape;
  inline static int kept = 0, back = 0;
};
/// Outputs in the middle of a block, and behind wires of which some are read by what is used, too.
struct Branched final
    : Network<
          Inputs<Image<3, 8>>, Block<"stem", Named<"conv", Conv2d<3, 6, W3>>, Named<"n", BatchNorm2d<6>>, ReLU>,
          Block<"body", Named<"conv2", Conv2d<6, 6, W3>>, Tanh, Save<"x">, Named<"a", Conv2d<6, 1, W1>>, Watched,
                Output<"depth">, From<"x">, Named<"b", Conv2d<6, 6, W3>>, Named<"bn", BatchNorm2d<6>>, ReLU, Save<"y">>,
          Block<"edge", Named<"c", Conv2d<6, 6, W1>>, Watched, Merge<Add, "x">, Save<"z">, Dropout<0.5>,
                Named<"d", Conv2d<6, 1, W1>>, Merge<Concat, "z">, Named<"e", Conv2d<7, 1, W1>>, Output<"edge">>,
          Block<"class", From<"y">, GlobalAvgPool, Named<"fc", Linear<6, 4>>, Output<"class">>> {};
struct Beside final : Network<Inputs<Image<3, 8>, VectorInput<"beside", 2>>,
                              Block<"stem", Named<"conv", Conv2d<3, 6, W3>>, Named<"n", BatchNorm2d<6>>, ReLU>,
                              Block<"head", GlobalAvgPool, Merge<Concat, "beside">, Named<"fc", Linear<8, 4>>>> {};

// Halves twice and doubles twice: sides are multiples of 4.
struct Sided final
    : Network<Inputs<Image<3, 16>>, Block<"enc1", Named<"a", Conv2d<3, 4, W3>>, Save<"c1">, MaxPool2d<Window{2, 2}>>,
              Block<"enc2", Named<"b", Conv2d<4, 4, W3>>, Save<"c2">, MaxPool2d<Window{2, 2}>>,
              Block<"dec2", Upsample<2>, Merge<Concat, "c2">, Named<"c", Conv2d<8, 4, W1>>>,
              Block<"dec1", Upsample<2>, Merge<Concat, "c1">, Named<"d", Conv2d<8, 1, W1>>>> {};

using Both = Losses<Weighted<CrossEntropy<On<"class">>, 1>, Weighted<MeanSquaredError<On<"depth">>, 0.5>>;
template <class... Ps>
using Of = Finetune<Two, Both, Precision<FP64>, Sgd<Lr<0.1>, Momentum<0.9>>, Epochs<2>, Ps...>;

const at::Generator& draws() {
  static const at::Generator g = make_generator(7);
  return g;
}
at::Tensor images(std::int64_t n) { return at::randn({n, 3, 8, 8}, draws(), at::kDouble); }
at::Tensor classes(std::int64_t n) { return at::randint(0, 4, {n}, draws(), at::kLong); }
at::Tensor depths(std::int64_t n) { return at::randn({n, 1, 8, 8}, draws(), at::kDouble); }
data::Batch batch_of(std::int64_t n) {
  data::Batch b{images(n), classes(n), {}};
  b.index.resize(static_cast<std::size_t>(n));
  b.other_targets = {depths(n)};
  return b;
}
double apart(const at::Tensor& a, const at::Tensor& b) { return a.sub(b).abs().max().item<double>(); }

/// Scales the gradients by all outputs.
struct Halves : PolicyTag {
  static constexpr Moments acts = OnOutputs;
  static constexpr Order order = Order::Limit;
  template <class C>
  void on_outputs(SeveralStepOutputs& o, const C&) const {
    CHECK((o.outputs.size() == 2 && o.targets.size() == 2));
    for (std::size_t i = 0; i < 2; ++i) o.gradient[i] = o.gradient[i].mul(0.5);
  }
};

}  // namespace

template <auto F, Need N>
struct tuneit::Train<Watched, F, N> {
  using Saved = bool;
  static at::Tensor forward(at::Tensor x, Saved&, const Context&) {
    Watched::kept += N.x ? 1 : 0;
    return x;
  }
  static Gradient backward(Gradient dy, Saved&, const Context&) {
    ++Watched::back;
    return dy;
  }
};

TEST_CASE("the loss of several outputs is the weighted sum, and each gradient is its own") {
  using R = Of<>;
  const Outputs y(std::vector<at::Tensor>{at::randn({3, 4}, draws(), at::kDouble), depths(3)});
  const at::Tensor label = classes(3), depth = depths(3);
  Outputs gradient;
  const auto n = loss_numbers<R>(defaults<R>());
  const BatchResult r = losses_of<R>(y, {{label}, {depth}}, n, &gradient);
  at::Tensor first, second;
  const BatchResult a = loss_of<CrossEntropy<>>(y[0], label, {}, &first),
                    b = loss_of<MeanSquaredError<>>(y[1], depth, {}, &second);
  CHECK(r.loss == Approx(a.loss + 0.5 * b.loss).epsilon(1e-14));
  CHECK((r.correct == a.correct && r.count == 3));
  CHECK(apart(gradient[0], first) == 0);
  CHECK(apart(gradient[1], second.mul(0.5)) == 0);
  CHECK(apart(second, y[1].sub(depth).mul(2.0 / 192)) < 1e-15);
  CHECK_REFUSED(losses_of<R>(y, std::vector<Targets>{{label}}, n, nullptr), ErrorKind::Usage,
                "take 2 targets, and the batch has 1");
}

TEST_CASE("an output that is said to be unused moves nothing, and leaves the rest as it is") {
  using One = Finetune<Two, CrossEntropy<>, Unused<"depth">, Precision<FP64>, Sgd<Lr<0.1>>>;
  using Named =
      Finetune<Two, Losses<Weighted<CrossEntropy<On<"class">>, 1>, Weighted<MeanSquaredError<On<"depth">>, 0>>,
               Precision<FP64>, Sgd<Lr<0.1>>>;
  Trainer<One> one(defaults<One>());
  Trainer<Named> named(defaults<Named>());
  data::Batch b = batch_of(4);
  named.step(b, 10);
  b.other_targets.clear();
  one.step(b, 10);
  for (std::size_t i = 0; i < one.tensors().size(); ++i) CHECK(one.tensors()[i].equal(named.tensors()[i]));
}

TEST_CASE("what only an unused output depends on is not stepped, as a parameter without a gradient") {
  using R =
      Finetune<Two, CrossEntropy<>, Unused<"depth">, Precision<FP64>, Sgd<Lr<0.1>, Momentum<0.9>, WeightDecay<0.1>>>;
  Trainer<R> trainer(defaults<R>());
  Tensors reference, momentum;
  for (const at::Tensor& t : trainer.tensors()) reference.push_back(t.clone());
  momentum.resize(reference.size());
  for (int step = 0; step < 3; ++step) {
    data::Batch b = batch_of(4);
    b.other_targets.clear();
    trainer.step(b, 10);
    for (std::size_t i = 0; i < reference.size(); ++i)
      if (!table<Two>.rows[i].is_buffer()) reference[i] = reference[i].detach().requires_grad_(true);
    Tensors outputs;
    run_wired<Two, tuneit::detail::Moving<Finetune<Two, Both>>>(b.images, reference, draws(), {}, &outputs);
    outputs[0].log_softmax(1).gather(1, b.labels.unsqueeze(1)).mean().neg().backward();
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < reference.size(); ++i) {  // torch.optim.SGD
      at::Tensor& p = reference[i];
      if (!p.grad().defined()) continue;
      const at::Tensor d = p.grad().add(p, 0.1);
      momentum[i] = momentum[i].defined() ? momentum[i].mul(0.9).add(d) : d;
      p = p.sub(momentum[i], 0.1);
    }
  }
  for (std::size_t i = 0; i < reference.size(); ++i) {
    INFO(std::string(table<Two>.name(i)));
    CHECK(apart(trainer.tensors()[i].to(at::kDouble), reference[i].to(at::kDouble)) < 1e-12);
  }
}

TEST_CASE("what only an unused output depends on has no way back, and keeps nothing for it") {
  using One = Finetune<Branched, CrossEntropy<>, Unused<"depth", "edge">, Precision<FP64>, Sgd<Lr<0.1>>>;
  using Again =
      Finetune<Branched, CrossEntropy<>, Unused<"depth", "edge">, Precision<FP64>, Sgd<Lr<0.1>>, Recompute<All>>;
  using Named = Finetune<Branched,
                         Losses<Weighted<CrossEntropy<On<"class">>, 1>, Weighted<MeanSquaredError<On<"depth">>, 0>,
                                Weighted<MeanSquaredError<On<"edge">>, 0>>,
                         Precision<FP64>, Sgd<Lr<0.1>>>;
  CHECK(explain<One>().find("unused: forward alone") != std::string::npos);
  Trainer<One> one(defaults<One>());
  Trainer<Again> again(defaults<Again>());
  Trainer<Named> named(defaults<Named>());
  for (int step = 0; step < 2; ++step) {
    data::Batch b = batch_of(4);
    b.other_targets.push_back(depths(4));
    named.step(b, 10);
    b.other_targets.clear();
    Watched::kept = Watched::back = 0;
    one.step(b, 10);
    CHECK((Watched::kept == 0 && Watched::back == 0));
    again.step(b, 10);
    CHECK((Watched::kept == 0 && Watched::back == 0));
  }
  for (std::size_t i = 0; i < one.tensors().size(); ++i) {
    INFO(std::string(table<Branched>.name(i)));
    CHECK(one.tensors()[i].equal(named.tensors()[i]));
    CHECK(one.tensors()[i].equal(again.tensors()[i]));
  }
}

TEST_CASE("fit trains several outputs, and what was kept of frozen blocks changes nothing") {
  using R = Of<Freeze<Layers<0, 1>>, Metrics<On<"class", TopK<2>>>>;
  const at::Tensor x = images(12), y = classes(12), d = depths(12);
  TensorBatches train({x}, std::vector<at::Tensor>{y, d}, 5, {.shuffle = true, .seed = 1}),
      test(std::vector<at::Tensor>{x}, std::vector<at::Tensor>{y, d}, 4);
  const auto run = [&](bool keep) {
    Settings s = defaults<R>();
    s.cache_features = keep;
    Trainer<R> trainer(s);
    return fit(trainer, train, &test);
  };
  const auto kept = run(true), fresh = run(false);
  REQUIRE((kept.size() == 2 && kept[1].cached && !fresh[1].cached));
  CHECK(kept[1].train.loss() == fresh[1].train.loss());
  CHECK(kept[1].validation.loss() == fresh[1].validation.loss());
  CHECK(kept[1].validation.metric<On<"class", TopK<2>>>() == fresh[1].validation.metric<On<"class", TopK<2>>>());
  // What is measured without being said: the share of hits, and how far depths are off.
  Trainer<R> trainer(defaults<R>());
  const Score score = evaluate(trainer, test);
  data::Batch all{x, y, std::vector<std::size_t>(12), {}, {d}};
  const Outputs out = trainer.outputs(all);
  CHECK(score.metric<On<"depth", MeanAbsoluteError>>() ==
        Approx(out[1].sub(d).abs().mean().item<double>()).epsilon(1e-12));
  CHECK(score.metric<On<"class", Accuracy>>() == out[0].argmax(1).eq(y).to(at::kDouble).mean().item<double>());
  CHECK(score.accuracy() == score.metric<On<"class", Accuracy>>());
  CHECK(output<Two, "depth">(out).sizes() == at::IntArrayRef({12, 1, 8, 8}));
}

TEST_CASE("policies with several outputs: accumulated, mixed, acted on, resumed") {
  const data::Batch a = batch_of(3), b = batch_of(5);
  {  // two batches of a window are one batch
    using R = Finetune<Two, Both, Precision<FP64>, Sgd<Lr<0.1>>, Accumulate<2>, FrozenStats<All>>;
    Trainer<R> small(defaults<R>());
    using W = Finetune<Two, Both, Precision<FP64>, Sgd<Lr<0.1>>, FrozenStats<All>>;
    Trainer<W> large(defaults<W>());
    small.step(a, 10);
    small.step(b, 10);
    data::Batch both{at::cat({a.images, b.images}), at::cat({a.labels, b.labels}), std::vector<std::size_t>(8)};
    both.other_targets = {at::cat({a.other_targets[0], b.other_targets[0]})};
    large.step(both, 10);
    for (std::size_t i = 0; i < small.tensors().size(); ++i)
      CHECK(apart(small.tensors()[i].to(at::kDouble), large.tensors()[i].to(at::kDouble)) < 1e-12);
  }
  {  // classes and values are mixed as the images are
    using R =
        Finetune<Two, Losses<Weighted<CrossEntropy<On<"class">>, 1>, Weighted<BinaryCrossEntropy<On<"depth">>, 1>>,
                 Precision<FP64>, Mixup<>>;
    SeveralStepBatch m;
    m.images = a.images.clone();
    m.targets = {a.labels};
    m.other_targets = {{a.other_targets[0]}};
    mix_samples<R>(m, MixDraw{false, 0.25, 0, 0});
    CHECK(apart(m.images, a.images.mul(0.25).add(a.images.flip(0).mul(0.75))) < 1e-15);
    CHECK((m.targets.other.equal(a.labels.flip(0)) && static_cast<double>(m.targets.share) == 0.25));
    CHECK((m.other_targets[0].other.equal(a.other_targets[0].flip(0)) &&
           static_cast<double>(m.other_targets[0].share) == 0.25));
    Trainer<R> trainer(defaults<R>());
    data::Batch c = a;
    c.other_targets = {at::rand({3, 1, 8, 8}, draws(), at::kDouble)};
    const at::Tensor before = c.images.clone();
    CHECK(trainer.step(c, 10).count == 3);
    CHECK(c.images.equal(before));
  }
  {  // gradients by both outputs are halved: half the rate
    using H = Finetune<Two, Both, Precision<FP64>, Sgd<Lr<0.1>>, Halves>;
    using S = Finetune<Two, Both, Precision<FP64>, Sgd<Lr<0.05>>>;
    Trainer<H> halved(defaults<H>());
    Trainer<S> slow(defaults<S>());
    halved.step(a, 10);
    slow.step(a, 10);
    for (std::size_t i = 0; i < slow.tensors().size(); ++i)
      CHECK(apart(halved.tensors()[i].to(at::kDouble), slow.tensors()[i].to(at::kDouble)) < 1e-15);
  }
  {  // n steps, save, load, m steps are n + m steps
    using R = Of<Ema<0.9>, ClipNorm<1>, Sam<0.05>>;
    Trainer<R> whole(defaults<R>()), half(defaults<R>()), rest(defaults<R>());
    for (const auto* one : {&a, &b, &a}) whole.step(*one, 10);
    half.step(a, 10);
    Archive archive;
    save(half, archive);
    load(rest, archive);
    rest.step(b, 10);
    rest.step(a, 10);
    for (std::size_t i = 0; i < whole.tensors().size(); ++i) CHECK(whole.tensors()[i].equal(rest.tensors()[i]));
  }
}

TEST_CASE("a network with two inputs is trained and tested, and refuses what is missing") {
  using R = Finetune<Beside, Precision<FP64>, Sgd<Lr<0.1>>, Epochs<3>>;
  using F = Finetune<Beside, Precision<FP64>, Sgd<Lr<0.1>>, Epochs<3>, Freeze<Layers<0, 1>>>;
  const at::Tensor x = images(8), z = at::randn({8, 2}, draws(), at::kDouble), y = z.select(1, 0).gt(0).to(at::kLong);
  TensorBatches batches({x, z}, std::vector<at::Tensor>{y}, 4);
  const auto losses = [&]<class Q>(Type<Q>, bool keep) {
    Settings s = defaults<Q>();
    s.cache_features = keep;
    Trainer<Q> trainer(s);
    std::vector<double> all;
    for (const EpochResult& e : fit(trainer, batches, &batches)) all.push_back(e.validation.loss());
    return all;
  };
  const auto moved = losses(Type<R>{}, true);
  CHECK(moved.back() < moved.front());
  CHECK(losses(Type<F>{}, true) == losses(Type<F>{}, false));
  Trainer<R> trainer(defaults<R>());
  // What is in batches is compared once, by a source that says it before the first, else with the first.
  TensorBatches without(x, y, 4), wrong({x, z.narrow(1, 0, 1)}, std::vector<at::Tensor>{y}, 4);
  CHECK_REFUSED(fit(trainer, without, nullptr), ErrorKind::Data,
                "the recipe takes 2 inputs (images, beside), and the data has 1");
  CHECK_REFUSED(fit(trainer, wrong, nullptr), ErrorKind::Data,
                "input 1 (from 0) of the recipe, beside, is floating-point [samples, 2], and in the data it is "
                "floating-point [samples, 1]");
  data::Schema says = schema<R>();
  CHECK((says.targets.size() == 1 && says.inputs[1].name == "beside" && data::difference(schema<R>(), says).empty()));
  says.targets.emplace_back();
  CHECK(data::difference(schema<R>(), says) == "the recipe takes 1 target (out), and the data has 2");
  CHECK((schema<Of<>>().targets[1].name == "depth" && schema<Of<>>().targets[0].type == data::ItemType::Index));
  data::Batch named{x, y, std::vector<std::size_t>(8), {z}};
  CHECK((input<R, "beside">(named).is_same(z) && input<R, "images">(named).is_same(x) && named.samples() == 8));
  data::Batch b{x, y, std::vector<std::size_t>(8)};
  CHECK_REFUSED(trainer.step(b, 2), ErrorKind::Usage, "the network has 2 inputs, and the batch 1");
  b.other_inputs = {z.narrow(1, 0, 1)};
  CHECK_REFUSED(trainer.step(b, 2), ErrorKind::Usage, "the input \"beside\" of the batch is Double [8, 1]");
  b.other_inputs = {z};
  CHECK(trainer.step(b, 2).count == 8);
  b.other_targets = {y};
  CHECK_REFUSED(trainer.step(b, 2), ErrorKind::Usage, "take 1 targets, and the batch has 2");
}

TEST_CASE("targets that do not fit are told with the output that they are of") {
  Trainer<Of<>> trainer(defaults<Of<>>());
  data::Batch b = batch_of(4);
  b.other_targets[0] = b.other_targets[0].squeeze(1);
  CHECK_REFUSED(trainer.step(b, 10), ErrorKind::Data, "of the output \"depth\" the targets are Double [4, 8, 8]");
  CHECK_REFUSED(trainer.step(b, 10), ErrorKind::Data, "give `.unsqueeze(1)`");
  b = batch_of(4);
  b.labels[2] = 4;
  CHECK_REFUSED(trainer.step(b, 10), ErrorKind::Data,
                "of the output \"class\" a label is not one of the 4 classes: it is 4 (sample 2");
  CHECK(trainer.steps_done() == 0);
}

TEST_CASE("sides that a decoder cannot take are told with the merge that they end at, and the next that it takes") {
  using R = Finetune<Sided, BinaryCrossEntropy<>, Sgd<Lr<0.1>>>;
  Trainer<R> trainer(defaults<R>());
  const auto step = [&](std::int64_t height, std::int64_t width) {
    return trainer.step(at::randn({2, 3, height, width}), at::zeros({2, 1, height, width}), 10);
  };
  CHECK_REFUSED(step(18, 18), ErrorKind::Usage,
                "the network cannot take pictures of 18 x 18 pixels: in its block \"dec2\" a Merge is given 8 x 8 "
                "pixels, and its wire \"c2\" has 9 x 9");
  CHECK_REFUSED(step(18, 18), ErrorKind::Usage, "The next larger that it takes are of 20 x 20 pixels.");
  CHECK_REFUSED(
      step(17, 16), ErrorKind::Usage,
      "pictures of 16 x 17 pixels: in its block \"dec1\" a Merge is given 16 x 16 pixels, and its wire \"c1\" "
      "has 16 x 17");
  CHECK_REFUSED(step(17, 16), ErrorKind::Usage, "are of 16 x 20 pixels.");
  CHECK(step(20, 12).count == 2);
}

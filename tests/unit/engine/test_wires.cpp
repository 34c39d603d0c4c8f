// Wires in training: gradients of all weights against autograd, in double precision, where things are frozen, run
// again, repeated; features with what lies on wires.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>

#include "../refusal.hpp"
#include "tuneit/data/batches/tensor_batches.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

inline constexpr Window W3{3, 1, 1}, W2{2, 2}, W1{1};

// x (1 + tanh(w)), by a way of one's own.
struct Gated : MergeTag {
  static constexpr Shape out(Shape x, Shape w) { return Add::out(x, w); }
  static at::Tensor forward(const at::Tensor& x, const at::Tensor& w) { return x.mul(w.tanh().add(1)); }
  static std::pair<at::Tensor, at::Tensor> backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& w) {
    const at::Tensor t = w.tanh();
    return {dy.mul(t.add(1)), dy.mul(x).mul(t.mul(t).neg().add(1))};
  }
};

// Reads a wire: x + a w; with a backward of its own, or recorded.
template <bool Recorded>
struct Scaled : LayerTag {
  using reads = Wires<"c1">;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("a", Kind::Weight, {1});
  }
  using out = SameShape;
};

// An encoder whose results are on wires, a class in the middle, a decoder with turns that save for themselves.
struct Unet final
    : Network<Inputs<Image<3, 16>>,
              Block<"enc1", Named<"conv1", Conv2d<3, 8, W3>>, Named<"n", BatchNorm2d<8>>, ReLU, Save<"c1">,
                    Named<"own", Scaled<false>>, Named<"rec", Scaled<true>>>,
              Block<"enc2", MaxPool2d<W2>, Named<"conv2", Conv2d<8, 16, W3>>, ReLU, Save<"c2">, GlobalAvgPool,
                    Named<"fc", Linear<16, 10>>, Output<"class">>,
              Block<"dec1", From<"c2">, Named<"up", Conv2d<16, 8, W1>>, Save<"z">, From<"c1">, MaxPool2d<W2>,
                    Merge<Concat, "z">, Named<"conv3", Conv2d<16, 8, W3>>, Save<"g">, Sigmoid, Merge<Multiply, "g">,
                    Merge<Gated, "z">,
                    Named<"turns", Repeat<0, 2, Seq<Save<"t">, Named<"r", Conv2d<8, 8, W3>>, Merge<Add, "t">>>>,
                    Residual<Seq<Named<"s", Conv2d<8, 8, W1>>, Named<"m", BatchNorm2d<8>>, Merge<Add, "z">>, Identity>>,
              Block<"mask", Named<"conv4", Conv2d<8, 2, W1>>, Output<"mask">>> {};

double apart(const at::Tensor& a, const at::Tensor& b) { return a.sub(b).abs().max().item<double>(); }

/// Gradients of a random functional of all outputs, by autograd and by TrainPass.
template <class R>
void compare() {
  using Model = typename R::model;
  constexpr std::size_t prefix = frozen_prefix<R>();
  const auto g = make_generator(1);
  Tensors ours = make_tensors<Model>(5, g), reference;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (table<Model>.rows[i].kind != Kind::BatchCount) ours[i] = ours[i].to(at::kDouble);
    reference.push_back(ours[i].clone());
    if (!table<Model>.rows[i].is_buffer() && !plan<R>.rows[i].frozen) reference[i].requires_grad_(true);
  }
  at::Tensor x = at::randn({3, 3, 16, 16}, g, at::kDouble).contiguous(at::MemoryFormat::ChannelsLast);
  Tensors crossing, expected, directions;
  if constexpr (prefix > 0) {
    const at::NoGradGuard no_grad;
    x = run_wired<Model, tuneit::detail::Still<Model>, 0, prefix>(x, reference, g, {}, nullptr, &crossing);
  }
  run_wired<Model, tuneit::detail::Moving<R>, prefix>(x, reference, g, crossing, &expected);
  at::Tensor loss = at::zeros({}, at::kDouble);
  for (const at::Tensor& o : expected) {
    directions.push_back(at::randn(o.sizes(), g, at::kDouble));
    loss = loss.add(o.mul(directions.back()).sum());
  }
  loss.backward();
  Tensors gradients(ours.size());
  {
    const tuneit::detail::BelowAutograd below;
    TrainPass<R> pass;
    pass.forward(x, ours, g, nullptr, crossing);
    const Outputs outputs = pass.outputs();
    REQUIRE(outputs.size() == expected.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) CHECK(apart(outputs[i], expected[i].detach()) < 1e-11);
    CHECK(output<Model, "mask">(outputs).is_same(outputs[1]));
    pass.backward(Outputs(directions), gradients);
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO(std::string(table<Model>.name(i)));
    if (!reference[i].requires_grad()) continue;
    REQUIRE(gradients[i].defined());
    CHECK(reference[i].grad().abs().max().item<double>() > 0);
    CHECK(apart(gradients[i], reference[i].grad()) < 1e-10);
  }
}

using OfBoth = Losses<Weighted<BinaryCrossEntropy<On<"class">>, 1>, Weighted<BinaryCrossEntropy<On<"mask">>, 1>>;
template <class... Policies>
using Of = Finetune<Unet, OfBoth, Precision<FP64>, Policies...>;

// Reads two wires, and leaves gradients of them as asked: none, of another shape, right ones.
enum class Leaves { Both, First, Wrong };
template <Leaves L>
struct Forgetful : LayerTag {
  using reads = Wires<"u", "v">;
  using tensors = None;
  using out = SameShape;
};
template <Leaves L>
struct Forgets final : Network<Inputs<Image<3, 8>>,
                               Block<"a", Named<"conv", Conv2d<3, 4, W1>>, Save<"u">, Tanh, Save<"v">, Forgetful<L>>,
                               Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 2>>>> {};

// Ask for a wire, and do not say that they read one: with a backward of its own, or recorded.
template <bool Recorded>
struct Silent : LayerTag {
  using tensors = None;
  using out = SameShape;
};
template <bool Recorded>
struct Chain final : Network<Inputs<Image<3, 8>>, Block<"a", Named<"conv", Conv2d<3, 4, W1>>, Silent<Recorded>>,
                             Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 2>>>> {};
template <bool Recorded>  // behind one that reads
struct Behind final : Network<Inputs<Image<3, 8>>,
                              Block<"a", Named<"conv", Conv2d<3, 4, W1>>, Save<"c1">, Named<"own", Scaled<Recorded>>,
                                    Silent<Recorded>, Merge<Add, "c1">>,
                              Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 2>>>> {};

// Tokens: indices, a mask that attention would read, an encoder of blocks that are one type.
struct Masked : LayerTag {
  using reads = Wires<"mask">;
  using tensors = None;
  using out = SameShape;
};
template <int D>
struct Encoder {
  using layers =
      Seq<Save<"in">, Named<"norm", LayerNorm<D>>, Named<"fc", Linear<D, D>>, GELU<Erf>, Masked, Merge<Add, "in">>;
};
struct MeanOverTokens : LayerTag {
  using tensors = None;
  static constexpr Shape out(Shape in) { return Shape(in.channels()).with_fit(in.rank == 2 && in.fits); }
};
struct Bert final
    : Network<Inputs<Tokens<"ids", 7>, MaskInput<"mask", 7>>, Block<"embed", Named<"word", Embedding<11, 6>>>,
              Blocks<"encoder.layer", 3, Encoder<6>>, Block<"head", MeanOverTokens, Named<"fc", Linear<6, 4>>>> {};

// New layers beside each other, of which each has its gradient by finite differences.
struct Layers_ final
    : Network<Input<2, 6>,
              Block<"a", Named<"c", Conv2d<2, 4, Window{{3, 1}, {1, 2}, {1, 0}, 1, {1, 1}}>>,
                    Named<"d", Conv2d<4, 4, Window{3, 1, 2, 1, 2}>>, Named<"g", GroupNorm<2, 4>>>,
              Block<"b", Save<"w">, Upsample<2>, Named<"t", ConvTranspose2d<4, 4, Window{3, 2, 1}, true, 1>>,
                    Upsample<2, Bilinear>, MaxPool2d<Window{{8, 8}, {8, 8}}>, Tanh, Merge<Concat, "w">,
                    Named<"h", GroupNorm<4, 8>>, Save<"v">, Sigmoid, Merge<Multiply, "v">, Merge<Add, "v">,
                    Merge<Gated, "v">, Named<"u", ConvTranspose2d<8, 4, Window{{2, 1}, 1, 0, 2}>>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 3>>>> {};

// One output, so that the trainer takes it: what crosses the cut is an encoder's.
struct Single final
    : Network<Inputs<Image<3, 16>>,
              Block<"enc1", Named<"conv1", Conv2d<3, 8, W3>>, Named<"n", BatchNorm2d<8>>, ReLU, Save<"c1">>,
              Block<"enc2", MaxPool2d<W2>, Named<"conv2", Conv2d<8, 16, W3>>, ReLU, Save<"c2">>,
              Block<"dec1", Named<"up", Conv2d<16, 8, W1>>, Save<"z">, From<"c1">, MaxPool2d<W2>, Merge<Concat, "z">,
                    Merge<Concat, "c2">, Named<"conv3", Conv2d<32, 8, W3>>, ReLU>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<8, 10>>>> {};

}  // namespace

template <auto F>
struct tuneit::Forward<Masked, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) {
    return x.mul(c.wire(0).to(x.scalar_type()).unsqueeze(2));
  }
};
template <auto F>
struct tuneit::Forward<MeanOverTokens, F> {
  static at::Tensor run(const at::Tensor& x, const Context&) { return x.mean(1); }
};
template <bool Recorded, auto F>
struct tuneit::Forward<Scaled<Recorded>, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) { return x.add(c.wire(0).mul(c.tensor(0))); }
};
template <auto F, Need N>
struct tuneit::Train<Scaled<false>, F, N> {
  using Saved = at::Tensor;
  static at::Tensor forward(const at::Tensor& x, Saved& saved, const Context& c) {
    if (F.trains(0)) saved = c.wire(0);
    return x.add(c.wire(0).mul(c.tensor(0)));
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    const at::Tensor& d = dy.sum();
    if (F.trains(0)) c.set_gradient(0, d.mul(saved).sum().view({1}));
    if ((N.wires & 1) != 0) c.set_wire_gradient(0, d.mul(c.tensor(0)));
    return dy;
  }
};

template <auto F>
struct tuneit::Forward<Silent<true>, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) { return x.mul(c.wire(0)); }
};
template <auto F, Need N>
struct tuneit::Train<Silent<false>, F, N> {
  using Saved = at::Tensor;
  static at::Tensor forward(const at::Tensor& x, Saved&, const Context& c) { return x.mul(c.wire(0)); }
  static Gradient backward(Gradient dy, Saved&, const Context&) { return dy; }
};
template <Leaves L, auto F, Need N>
struct tuneit::Train<Forgetful<L>, F, N> {
  using Saved = std::array<at::Tensor, 2>;
  static at::Tensor forward(const at::Tensor& x, Saved& saved, const Context& c) {
    saved = {c.wire(0), c.wire(1)};
    return x.add(c.wire(0).mul(c.wire(1)));
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    const at::Tensor& d = dy.sum();
    if ((N.wires & 1) != 0) c.set_wire_gradient(0, d.mul(saved[1]));
    if ((N.wires & 2) != 0 && L != Leaves::First)
      c.set_wire_gradient(1, L == Leaves::Wrong ? d.mul(saved[0]).sum(0, true) : d.mul(saved[0]));
    return dy;
  }
};

TEST_CASE("a layer of one's own must leave a gradient of each wire that wants one, of its shape") {
  const at::Tensor x = at::randn({2, 3, 8, 8}), y = at::randint(0, 2, {2}, at::kLong);
  const auto step = [&]<Leaves L>(std::integral_constant<Leaves, L>) {
    using R = Finetune<Forgets<L>>;
    Trainer<R> trainer(defaults<R>());
    trainer.step(x, y, 10);
  };
  CHECK_NOTHROW(step(std::integral_constant<Leaves, Leaves::Both>{}));
  CHECK_REFUSED(step(std::integral_constant<Leaves, Leaves::First>{}), ErrorKind::Usage,
                "gradient of its wire 1 is none");
  CHECK_REFUSED(step(std::integral_constant<Leaves, Leaves::Wrong>{}), ErrorKind::Usage,
                "of its wire 1 is not of its shape");
  using Still = Finetune<Forgets<Leaves::First>, Freeze<Layers<0, 1>>>;  // nobody wants one
  Trainer<Still> still(defaults<Still>());
  CHECK_NOTHROW(still.step(x, y, 10));
}

TEST_CASE("gradients through wires are autograd's") {
  compare<Of<>>();
  compare<Of<Freeze<Layers<0, 2>>>>();
  compare<Of<Freeze<Layer<"dec1">>>>();
  compare<Of<Freeze<Layer<"enc1">>, Recompute<Layer<"dec1">>>>();
  compare<Of<Recompute<Backbone>>>();
}

TEST_CASE("indices and a mask flow through blocks of one type") {
  using R = Finetune<Bert, Precision<FP64>, Freeze<Layers<1, 3>>>;
  STATIC_REQUIRE(Bert::block_count == 5 && table<Bert>.name(1) == "encoder.layer.0.norm.weight");
  const auto g = make_generator(3);
  Tensors tensors = make_tensors<Bert>(4, g);
  for (at::Tensor& t : tensors) t = t.to(at::kDouble);
  const at::Tensor ids = at::randint(0, 11, {2, 7}, g, at::kLong),
                   mask = at::randint(0, 2, {2, 7}, g, at::kLong).to(at::kBool);
  Tensors reference, gradients(tensors.size()), outputs;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    reference.push_back(tensors[i].clone());
    if (!plan<R>.rows[i].frozen) reference[i].requires_grad_(true);
  }
  run_wired<Bert, tuneit::detail::Moving<R>>(ids, reference, g, {mask}, &outputs);
  const at::Tensor direction = at::randn(outputs[0].sizes(), g, at::kDouble);
  outputs[0].backward(direction);
  const tuneit::detail::BelowAutograd below;
  TrainPass<R> pass;
  CHECK(apart(pass.forward(ids, tensors, g, nullptr, {mask}), outputs[0].detach()) < 1e-12);
  pass.backward(direction, gradients);
  InferenceProgram<Bert, 0, Bert::block_count, tuneit::detail::double_precision> program;
  program.prepare(tensors, at::kDouble);
  CHECK(apart(program.run_wired(ids, {mask}, nullptr, nullptr), outputs[0].detach()) < 1e-12);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (reference[i].requires_grad()) CHECK(apart(gradients[i], reference[i].grad()) < 1e-12);
}

TEST_CASE("gradients of the new layers and of merges are finite differences") {
  using R = Finetune<Layers_, Precision<FP64>>;
  const auto g = make_generator(4);
  Tensors tensors = make_tensors<Layers_>(3, g), gradients(tensors.size());
  for (at::Tensor& t : tensors) t = at::randn(t.sizes(), g, at::kDouble).mul_(0.5);
  const at::Tensor x = at::randn({2, 2, 6, 6}, g, at::kDouble).contiguous(at::MemoryFormat::ChannelsLast),
                   direction = at::randn({2, 3}, g, at::kDouble);
  const tuneit::detail::BelowAutograd below;
  const auto value = [&] {
    TrainPass<R> pass;
    return pass.forward(x, tensors, g).mul(direction).sum().item<double>();
  };
  {
    TrainPass<R> pass;
    pass.forward(x, tensors, g);
    pass.backward(direction.clone(), gradients);
  }
  InferenceProgram<Layers_, 0, 3, tuneit::detail::double_precision> program;
  program.prepare(tensors, at::kDouble);
  TrainPass<R> again;
  CHECK(apart(program.run_wired(x, {}, nullptr, nullptr), again.forward(x, tensors, g)) < 1e-12);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    INFO(std::string(table<Layers_>.name(i)));
    const at::Tensor flat = tensors[i].view({-1}), slope = gradients[i].reshape({-1});
    for (std::int64_t k = 0; k < std::min<std::int64_t>(flat.size(0), 6); ++k) {
      const double was = flat[k].item<double>(), h = 1e-5;
      flat[k].fill_(was + h);
      const double up = value();
      flat[k].fill_(was - h);
      const double down = value();
      flat[k].fill_(was);
      CHECK(std::abs((up - down) / (2 * h) - slope[k].item<double>()) < 1e-6);
    }
  }
}

TEST_CASE("kept features and what lies on wires train to the bit as if computed each time") {
  const auto train = []<class R>(Type<R>, bool keep) {
    Settings s = defaults<R>();
    s.cache_features = keep;
    s.batch_size = 4;
    const auto g = make_generator(5);
    const at::Tensor x = at::randn({12, 3, 16, 16}, g), y = at::randint(0, 5, {12}, g, at::kLong);
    Trainer<R> trainer(s);
    TensorBatches batches{x, y, 4};
    double loss = 0;
    for (const EpochResult& e : fit(trainer, batches, &batches)) loss = e.train.loss();
    CHECK(trainer.logits(x.slice(0, 0, 1)).sizes() == at::IntArrayRef({1, 5}));
    return loss;
  };
  using Two = Finetune<Single, ReplaceHead<5>, Freeze<Layers<0, 2>>, Epochs<3>>;
  using Later = Finetune<Single, ReplaceHead<5>, Phases<Phase<Epochs<2>, Freeze<Backbone>>, Phase<Epochs<1>>>>;
  CHECK(train(Type<Two>{}, true) == train(Type<Two>{}, false));
  CHECK(train(Type<Later>{}, true) == train(Type<Later>{}, false));
  STATIC_REQUIRE(feature_count<Two>() == 16 * 8 * 8 + 8 * 16 * 16 + 16 * 8 * 8);
}

template <class Model>
void refuses_silent(const char* words) {
  using R = Finetune<Model, Precision<FP32>, Sgd<Lr<0.1>>>;
  Trainer<R> trainer(defaults<R>());
  const at::Tensor x = at::randn({2, 3, 8, 8}), y = at::zeros({2}, at::kLong);
  CHECK_REFUSED(trainer.step(x, y, 10), ErrorKind::Usage, words);
  CHECK_REFUSED(trainer.logits(x), ErrorKind::Usage, words);
  CHECK(trainer.steps_done() == 0);
}

TEST_CASE("a layer that asks for a wire and does not say that it reads one is told so") {
  constexpr const char* words = "a layer asks for its wire 0 (from 0), and says that it reads none";
  refuses_silent<Chain<true>>(words);
  refuses_silent<Chain<false>>(words);
  refuses_silent<Behind<true>>(words);
  refuses_silent<Behind<false>>(words);
}

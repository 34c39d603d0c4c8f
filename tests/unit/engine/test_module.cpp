// A module of torch::nn in the middle of a network: trained as if its operations stood there, and refused if its
// tensors are not those that the layer names.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include <catch2/catch.hpp>

#include "tuneit/engine/module.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/refusal.hpp"

using namespace tuneit;

namespace {

struct MixImpl : torch::nn::Module {
  torch::nn::Linear turn{register_module("turn", torch::nn::Linear(torch::nn::LinearOptions(8, 8)))};
  torch::nn::BatchNorm1d norm{register_module("norm", torch::nn::BatchNorm1d(8))};
  at::Tensor forward(const at::Tensor& x) { return norm(turn(x)).tanh() + x; }
};

using MixTensors = Seq<Named<"turn", Linear<8, 8>>, Named<"norm", BatchNorm2d<8>>>;

/// A layer that names tensors, and the shape that it keeps.
template <class Tensors>
struct Says : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    tensors_of<Tensors>(sink);
  }
  using out = SameShape;
};

/// The module, and the same computation as a layer that has only a forward.
struct Mix : Says<MixTensors> {
  using module = MixImpl;
};
struct PlainMix : Says<MixTensors> {};

template <class Middle>
using Around = Network<Input<5, 1>, Block<"in", Named<"in", Linear<5, 8>>, ReLU>, Block<"mid", Named<"mix", Middle>>,
                       Block<"again", Named<"mix2", Middle>>, Block<"head", Named<"fc", Linear<8, 3>>>>;
struct WithModule final : Around<Mix> {};
struct WithLayer final : Around<PlainMix> {};

struct Misnamed : Says<Named<"rotate", Linear<8, 8>>> {
  using module = MixImpl;
};
struct Partial : Says<Named<"turn", Linear<8, 8>>> {
  using module = MixImpl;
};
struct Misshapen : Says<Seq<Named<"turn", Linear<8, 8>>, Named<"norm", BatchNorm2d<4>>>> {
  using module = MixImpl;
};
struct WithMisnamed final : Around<Misnamed> {};
struct WithPartial final : Around<Partial> {};
struct WithMisshapen final : Around<Misshapen> {};

}  // namespace

template <auto F>
struct tuneit::Forward<PlainMix, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    const at::Tensor y = Forward<Linear<8, 8>, tuneit::detail::slice<2>(F, 0)>::run(x, c);
    return Forward<BatchNorm2d<8>, tuneit::detail::slice<5>(F, 2)>::run(y, c.after(2)).tanh().add(x);
  }
};

namespace {

template <class... Policies>
void trains_alike() {
  using Module = Finetune<WithModule, ReplaceHead<3>, Sgd<Lr<0.05>, Momentum<0.9>>, Precision<FP64>, Policies...>;
  using Plain = Finetune<WithLayer, ReplaceHead<3>, Sgd<Lr<0.05>, Momentum<0.9>>, Precision<FP64>, Policies...>;
  Trainer<Module> ours(defaults<Module>());
  Trainer<Plain> reference(defaults<Plain>());
  for (std::size_t i = 0; i < ours.tensors().size(); ++i) ours.tensors()[i].copy_(reference.tensors()[i]);
  const Tensors before = [&] {
    Tensors copies;
    for (const at::Tensor& t : ours.tensors()) copies.push_back(t.clone());
    return copies;
  }();
  const auto g = make_generator(4);
  for (int step = 0; step < 5; ++step) {
    const at::Tensor x = at::randn({12, 5}, g, at::kFloat), y = at::randint(0, 3, {12}, g, at::kLong);
    CHECK(ours.step(x, y, 5).loss == Approx(reference.step(x, y, 5).loss).epsilon(1e-12));
  }
  for (std::size_t i = 0; i < ours.tensors().size(); ++i) {
    INFO(std::string(table<WithModule>.name(i)));
    CHECK(ours.tensors()[i].allclose(reference.tensors()[i], 1e-10, 1e-12));
    if (table<WithModule>.name(i).ends_with("turn.bias")) continue;  // before a batch norm: its gradient is rounding
    const bool moved = !ours.tensors()[i].equal(before[i]);
    CHECK(moved == (!plan<Module>.rows[i].frozen));
  }
  const at::Tensor x = at::randn({7, 5}, g, at::kFloat);
  CHECK(ours.logits(x).allclose(reference.logits(x), 1e-10, 1e-12));
}

template <class Model>
std::string refusal() {
  using R = Finetune<Model, ReplaceHead<3>, Sgd<Lr<0.05>>>;
  Trainer<R> trainer(defaults<R>());
  return test::refusal([&] { trainer.step(at::randn({4, 5}), at::randint(0, 3, {4}, at::kLong), 1); }).first;
}

}  // namespace

TEST_CASE("a torch::nn module trains as its operations would, at two places of one network") {
  trains_alike<>();
  trains_alike<Freeze<Layer<"mix">>>();
  trains_alike<Freeze<Layer<"in", "mix">>>();
  trains_alike<Freeze<Layer<"in">>>();
}

TEST_CASE("a module whose tensors are not the layer's is refused by name") {
  CHECK(refusal<WithMisnamed>().find("rotate.weight") != std::string::npos);
  CHECK(refusal<WithPartial>().find("7 tensors, its layer 2") != std::string::npos);
  CHECK(refusal<WithMisshapen>().find("another shape") != std::string::npos);
}

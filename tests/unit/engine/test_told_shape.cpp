// A layer of one's own whose result is not what its description says is refused where it runs: what is behind it reads
// as many channels as the description says. And one that takes what it saves by value, where it is lost.
#include <ATen/ops/mean.h>
#include <ATen/ops/narrow.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "tuneit/engine/run/inference_program.hpp"
#include "tuneit/engine/run/train.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

enum class Gives { AsSaid, HalfTheChannels, NoPixels };

at::Tensor given(at::Tensor x, Gives what) {
  if (what == Gives::HalfTheChannels) return x.narrow(1, 0, x.size(1) / 2).contiguous(at::MemoryFormat::ChannelsLast);
  if (what == Gives::NoPixels) return x.mean({2, 3});
  return x;
}

template <Gives What>  // a forward alone
struct Recorded_ : LayerTag {
  using tensors = None;
  using out = SameShape;
};
template <Gives What>  // with a backward of its own
struct Written : LayerTag {
  using tensors = None;
  static constexpr Shape out(Shape in) { return in; }
};
struct ByValue : LayerTag {  // what it saves is lost
  using tensors = None;
  using out = SameShape;
};
template <class Layer>
struct Net final : Network<Input<3, 8>, Block<"stem", Named<"c", Conv2d<3, 8, Window{3, 1, 1}>>>,
                           Block<"body", Repeat<0, 2, Layer>, Named<"n", BatchNorm2d<8>>, ReLU>,
                           Block<"head", GlobalAvgPool, Named<"fc", Linear<8, 5>>>> {};

}  // namespace

template <Gives What, auto F>
struct tuneit::Forward<Recorded_<What>, F> {
  static at::Tensor run(at::Tensor x, const Context&) { return given(std::move(x), What); }
};
template <Gives What, auto F, Need N>
struct tuneit::Train<Written<What>, F, N> {
  using Saved = std::int64_t;
  static at::Tensor forward(at::Tensor x, Saved&, const Context&) { return given(std::move(x), What); }
  static Gradient backward(Gradient dy, Saved&, const Context&) { return dy; }
};

template <auto F, Need N>
struct tuneit::Train<ByValue, F, N> {
  using Saved = at::Tensor;
  static at::Tensor forward(const at::Tensor& x, Saved saved, const Context&) { return saved = x; }
  static Gradient backward(Gradient dy, Saved&, const Context&) { return dy; }
};
template <class Layer>
using Run = Train<Layer, tuneit::detail::TensorFacts<0>{}, Need{}>;
static_assert(!tuneit::detail::Trains<Run<ByValue>> && tuneit::detail::Trains<Run<Written<Gives::AsSaid>>>);

namespace {

template <class F>
std::string told(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::Usage);
    return e.what();
  }
  return "";
}

template <class Layer>
std::string in_training(int side) {
  using R = Finetune<Net<Layer>>;
  const tuneit::detail::BelowAutograd below;
  const Tensors tensors = make_tensors<Net<Layer>>(5, make_generator(1));
  TrainPass<R> pass;
  return told([&] { pass.forward(at::randn({2, 3, side, side}), tensors, make_generator(2)); });
}

template <class Layer>
std::string in_inference() {
  const tuneit::detail::BelowAutograd below;
  const Tensors tensors = make_tensors<Net<Layer>>(5, make_generator(1));
  InferenceProgram<Net<Layer>> program;
  program.prepare(tensors, at::kFloat);
  return told([&] {
    const at::Tensor y = program.run(at::randn({2, 3, 8, 8}));
    CHECK(y.defined());
  });
}

}  // namespace

TEST_CASE("a layer that gives what it says runs, also on other sides than the network's") {
  CHECK(in_training<Recorded_<Gives::AsSaid>>(8).empty());
  CHECK(in_training<Recorded_<Gives::AsSaid>>(11).empty());
  CHECK(in_training<Written<Gives::AsSaid>>(11).empty());
  CHECK(in_inference<Recorded_<Gives::AsSaid>>().empty());
  CHECK(in_inference<Written<Gives::AsSaid>>().empty());
}

TEST_CASE("a layer whose result is not what its description says is refused by name") {
  const std::string said = in_training<Recorded_<Gives::HalfTheChannels>>(8);
  CHECK(said.find("Recorded_<") != std::string::npos);
  CHECK(said.find("gives [2, 4, 8, 8] and its `out` says [N, 8, 8, 8]") != std::string::npos);
  CHECK(in_training<Written<Gives::HalfTheChannels>>(8).find("gives [2, 4, 8, 8]") != std::string::npos);
  CHECK(in_training<Written<Gives::NoPixels>>(8).find("gives [2, 8] and") != std::string::npos);
  CHECK(in_inference<Recorded_<Gives::HalfTheChannels>>().find("gives [2, 4, 8, 8]") != std::string::npos);
  CHECK(in_inference<Written<Gives::NoPixels>>().find("gives [2, 8] and") != std::string::npos);
}

TEST_CASE("a gradient lies as its tensor does, however a layer made it") {
  const auto last = at::MemoryFormat::ChannelsLast;
  for (const at::Tensor& weight : {at::randn({4, 3, 2, 2}).contiguous(last), at::randn({4, 3, 2, 2}),
                                   at::randn({4, 3, 1, 1}).contiguous(last), at::randn({4, 3})}) {
    Tensors gradients(1);
    const Context c{&weight, gradients.data()};
    const at::Tensor g = at::randn(weight.sizes()), turned = g.transpose(0, 1).contiguous().transpose(0, 1);
    for (const at::Tensor& given : {g, turned, g.to(at::kDouble), g.narrow(0, 0, 1).expand(weight.sizes()),
                                    weight.dim() == 4 ? g.contiguous(last) : g}) {
      c.set_gradient(0, given);
      CHECK(gradients[0].equal(given.to(at::kFloat)));
      CHECK(gradients[0].is_contiguous(weight.is_contiguous() ? at::MemoryFormat::Contiguous : last));
      CHECK(gradients[0].scalar_type() == at::kFloat);
    }
  }
}

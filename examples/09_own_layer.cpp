// A layer of one's own that says how it runs forward: autograd records that, alone, in the middle of a network that
// otherwise does without. With a backward of its own: 10_own_layer_backward.cpp.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

// x sigmoid(beta x), a beta for each channel (arXiv 1710.05941). What it is needs no LibTorch.
template <int C>
struct Swish : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("beta", Kind::Weight, {C});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == C); }
  static constexpr Cost cost(Shape in, Shape) { return {.macs = 2 * in.numel()}; }
};

template <int C, auto F>
struct tuneit::Forward<Swish<C>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    const at::Tensor beta = c.tensor(0).view({C, 1, 1}).to(x.scalar_type());
    return x.mul(x.mul(beta).sigmoid());
  }
};

struct Mine final
    : Network<Input<3, 16>, Block<"stem", Named<"conv", Conv2d<3, 8, Window{3, 2, 1}, true>>, Named<"act", Swish<8>>>,
              Block<"body", Named<"conv2", Conv2d<8, 16, Window{3, 2, 1}, true>>, Named<"act2", Swish<16>>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<16, 4>>>> {};
static_assert(table<Mine>.name(2) == "act.beta" && forward_macs<Finetune<Mine>>(16) == 33856);

using Recipe = Finetune<Mine, ReplaceHead<4>, NoDecay<Layer<"act", "act2">>, Sgd<Lr<0.2>, Momentum<0.9>>>;

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>());
  const at::Tensor x = at::randn({64, 3, 16, 16}), labels = at::randint(0, 4, {64}, at::kLong);
  for (int step = 0; step <= 200; ++step) {
    const BatchResult r = trainer.step(x, labels, 200);
    if (step % 50 == 0) std::printf("step %3d   loss %.4f\n", step, r.loss);
  }
}

// A rule of one's own: behind each batch norm of layer4 a slope for each channel trains, and else only the head.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

// A number for each channel, by which it is multiplied: 1 at first, so nothing changes.
template <int C>
struct Slope : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("slope", Kind::Weight, FirstValues::Ones, {C});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == C); }
};
template <int C, auto F>
struct tuneit::Forward<Slope<C>, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) {
    return x.mul(c.tensor(0).view({C, 1, 1}).to(x.scalar_type()));
  }
};

template <class S>
struct Sloped : AdapterTag {
  using selector = S;
  template <class Leaf>
  struct on {};  // not for other layers
  template <int C, NormOptions O>
  struct on<BatchNorm2d<C, O>> {
    using type = Seq<BatchNorm2d<C, O>, Named<"slope", Slope<C>>>;
  };
};

using Recipe = Finetune<ResNet18, ReplaceHead<4>, Sloped<Layer<"layer4">>, AdamW<Lr<1e-2>>>;
static_assert(trainable_parameters<Recipe> == 5 * 512 + 4 * 512 + 4);

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>());  // load_weights(trainer, "resnet18.pth"): a file of the plain network
  const at::Tensor x = at::randn({8, 3, 64, 64}), labels = at::randint(0, 4, {8}, at::kLong);
  for (int step = 0; step <= 20; ++step) {
    const BatchResult r = trainer.step(x, labels, 20);
    if (step % 5 == 0) std::printf("step %2d   loss %.4f\n", step, r.loss);
  }
}

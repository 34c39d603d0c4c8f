// A layer of one's own with its own backward: no autograd anywhere, and `memory<R>` knows what it keeps.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

// x sigmoid(beta x), a beta for each channel (arXiv 1710.05941). It keeps its input, and makes the rest again.
template <int C>
struct Swish : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("beta", Kind::Weight, {C});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == C); }
  static constexpr SavedSizes saved(Shape, Shape, Facts f) { return {.input = f.trains_any || f.need.x}; }
};

template <int C, auto F, Need N>
struct tuneit::Train<Swish<C>, F, N> {
  using Saved = at::Tensor;
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    at::Tensor y = x.mul(gate(x, c));
    if (N.x || F.trains(0)) saved = std::move(x);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    const at::Tensor x = std::exchange(saved, {}), s = gate(x, c), d = std::move(dy).sum();
    const at::Tensor slope = s.sub(s.mul(s)).mul(x).mul(d);  // of beta x
    if (F.trains(0)) c.set_gradient(0, slope.mul(x).sum({0, 2, 3}));
    if (N.x) return d.mul(s).add(slope.mul(beta(x, c)));
    return {};
  }

 private:
  static at::Tensor beta(const at::Tensor& x, const Context& c) {
    return c.tensor(0).view({C, 1, 1}).to(x.scalar_type());
  }
  static at::Tensor gate(const at::Tensor& x, const Context& c) { return x.mul(beta(x, c)).sigmoid(); }
};

struct Mine final
    : Network<Input<3, 16>, Block<"stem", Named<"conv", Conv2d<3, 8, Window{3, 2, 1}, true>>, Named<"act", Swish<8>>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<8, 4>>>> {};
using Recipe = Finetune<Mine, ReplaceHead<4>, Sgd<Lr<0.2>, Momentum<0.9>>>;

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>());
  const at::Tensor x = at::randn({64, 3, 16, 16}), labels = at::randint(0, 4, {64}, at::kLong);
  for (int step = 0; step <= 200; ++step) {
    const BatchResult r = trainer.step(x, labels, 200);
    if (step % 50 == 0) std::printf("step %3d   loss %.4f\n", step, r.loss);
  }
}

// A loss of one's own that only says its value: autograd records it, alone, behind a network that otherwise does
// without.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

// The multi-class hinge: each other output is to be lower than the label's by 1.
struct Margin : Loss<Margin> {
  using targets = Classes;
  static constexpr Mixes mixes = Mixes::Linear;  // of mixed pictures, Mixup: the sum of two losses
  static constexpr bool fits(Shape output) { return output.channels() > 1; }
};

template <>
struct tuneit::LossRun<Margin> {
  static at::Tensor value(const at::Tensor& y, const Targets& t, const Numbers<Margin>&) {
    const at::Tensor own = y.gather(1, t.value.unsqueeze(1));
    return y.sub(own).add(1).clamp_min(0).sum(1).sub(1).mean();
  }
};

using Recipe = Finetune<TinyNet, ReplaceHead<4>, Margin, Sgd<Lr<0.02>, Momentum<0.9>>>;

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>());
  const at::Tensor x = at::randn({64, 3, 32, 32}), labels = at::randint(0, 4, {64}, at::kLong);
  for (int step = 0; step <= 200; ++step) {
    const BatchResult r = trainer.step(x, labels, 200);
    if (step % 50 == 0) std::printf("step %3d   loss %.4f\n", step, r.loss);
  }
}

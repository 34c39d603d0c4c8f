// An optimizer of one's own: a list of options with their defaults, what it remembers, and its formula.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

// An option of its own: the share of weights that move in a step, those with the largest momenta.
template <auto X>
struct Share : OptimizerOption {
  static constexpr std::array numbers{
      Hyperparameter{.name = "share", .value = X, .most = 1, .open = true, .about = "of weights that move in a step"}};
};

// m = b m + (1 - b) g; p *= 1 - lr wd; p -= lr sign(m), where |m| is among the largest (Signum, arXiv 1802.04434).
template <class... O>
struct Signum : Optimizer<Signum<O...>, Defaults<Lr<1e-3>, WeightDecay<0>, Momentum<0.9>, Share<1.0>>, O...> {
  static constexpr std::array states{"momentum"};
};

template <class... O>
struct tuneit::Update<Signum<O...>> {
  static void step(const GroupStep<Signum<O...>>& g) {
    const double share = g.template number<Share>();
    for (std::size_t i = 0; i < g.weights.size(); ++i) {
      const at::Tensor &p = g.weights[i], &m = g.state("momentum")[i];
      m.lerp_(g.gradients[i], 1 - g.template number<Momentum>());
      at::Tensor move = m.sign();
      if (share < 1) move.mul_(m.abs().ge(m.abs().quantile(1 - share)));
      p.mul_(1 - g.lr * g.decay).sub_(move, g.lr);
    }
  }
};

using Recipe = Finetune<TinyNet, ReplaceHead<4>, Signum<Lr<2e-3>, Share<0.5>>, CosineLr,
                        Phases<Phase<Epochs<2>>, Phase<Epochs<2>, Share<1.0>>>>;

int main() {
  Settings settings = defaults<Recipe>();
  settings.optimizer.lr = 4e-3;                                    // the usual numbers by name,
  value_of<Recipe, Signum<Lr<2e-3>, Share<0.5>>>(settings) = 0.8;  // its own by type
  Trainer<Recipe> trainer(settings);
  const at::Tensor x = at::randn({64, 3, 32, 32}), labels = at::randint(0, 4, {64}, at::kLong);
  for (int step = 0; step < 200; ++step) {
    const BatchResult r = trainer.step(x, labels, 50);
    if (step % 50 == 49) std::printf("step %3d   loss %.4f\n", step + 1, r.loss);
  }
}

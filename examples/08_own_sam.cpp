// A policy that acts around the gradients: sharpness-aware minimisation, as a file of one's own (Sam is there, too);
// and a training that is saved and goes on.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cstdio>
#include <vector>

using namespace tuneit;

// The gradient is taken uphill: at w + Rho g / |g|. `run` computes gradients; running statistics move only in the first
// pass. The policy has no members, so there is nothing to save.
template <auto Rho>
struct Uphill : PolicyTag {
  static constexpr Moments acts = AroundGradients;
  static constexpr std::array numbers{Hyperparameter{.name = "rho", .value = Rho, .open = true}};
  template <class C, class Run>
  void around_gradients(const C& c, const Run& run) const {
    run();
    const double scale = c.numbers[0] / (c.gradients.norm() + 1e-12);
    const Back<C> back{c};
    for (auto g = c.gradients.begin(); g != c.gradients.end(); ++g) c.tensors[g.row()].add_(*g, scale);
    run();
  }

 private:
  template <class C>
  struct Back {  // puts the weights back, also where `run` throws
    explicit Back(const C& step) : c(step) {
      for (const at::Tensor& w : c.tensors) before.push_back(w.clone());
    }
    ~Back() {
      auto old = before.begin();
      for (const at::Tensor& w : c.tensors) w.copy_(*old++);
    }
    const C& c;
    std::vector<at::Tensor> before{};
  };
};

using Recipe = Finetune<TinyNet, ReplaceHead<4>, AdamW<Lr<1e-3>>, Uphill<0.05>, Ema<0.9>>;

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>()), other(defaults<Recipe>());
  const auto x = at::randn({16, 3, 32, 32}), y = at::randint(0, 4, {16}, at::kLong);
  for (int step = 0; step < 5; ++step) trainer.step(x, y, 100);
  Archive archive;
  save(trainer, archive);
  load(other, archive);
  for (int step = 0; step < 5; ++step) trainer.step(x, y, 100);
  for (int step = 0; step < 5; ++step) other.step(x, y, 100);
  bool same = true;
  for (std::size_t i = 0; i < other.tensors().size(); ++i)
    same = same && other.best_tensors()[i].equal(trainer.best_tensors()[i]);
  std::printf("after 10 steps at once, and after 5 and 5: %s\n", same ? "the same to the bit" : "different");
  return same ? 0 : 1;
}

// A sweep in one binary: what is frozen and which optimizer are compiled, the rate is a number of run time.
#include <ATen/Functions.h>

#include <cstdio>
#include <tuneit/train.hpp>

using namespace tuneit;

using Recipe = Finetune<TinyNet, ReplaceHead<4>, Freeze<Layers<0, 1>>, AdamW<>>;
using Recipes = Sweep<Recipe, Vary<AnyOf<AdamW>, AdamW<>, Sgd<Momentum<0.9>>>,
                      Vary<AnyOf<Freeze>, Freeze<Layers<0, 1>>, Freeze<Backbone>>>;  // four, each compiled
static_assert(Recipes::size == 4);

int main() {
  at::manual_seed(1);
  const at::Tensor x = at::randn({64, 3, 32, 32}), labels = at::randint(0, 4, {64}, at::kLong);
  double best = 1e9;
  std::string winner;
  for_each_recipe(Recipes{}, [&]<class R>(Type<R>) {
    for (const Settings& settings : sweep(defaults<R>(), "lr", {1e-2, 1e-3})) {
      Trainer<R> trainer(settings);
      double loss = 0;
      for (int step = 0; step < 50; ++step) loss = trainer.step(x, labels, 50).loss;
      std::printf("%s  rate %-6g loss %.4f  %s\n", fingerprint<R>(settings).hex().c_str(), settings.optimizer.lr, loss,
                  canonical_text<R>().c_str());
      if (loss < best) best = loss, winner = canonical_text<R>();
    }
  });
  std::printf("best: %.4f by %s\n", best, winner.c_str());
}

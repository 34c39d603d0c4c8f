// Policies of one's own, each complete in this file: one edits the plan, two act on gradients, one watches,
// and one is a schedule.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cstdio>

using namespace tuneit;

// What it does to the plan is asked of it: `Frozen<Head>` beside `ReplaceHead` is refused as `Freeze<Head>` is.
template <class S>
struct Frozen : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.frozen = true; });
  }
};

// Noise on gradients (arXiv 1511.06807). Its number is one of the recipe's: `value_of`, and an option of `main<R>`.
template <auto Std>
struct GradientNoise : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Add;  // before any clipping, wherever it stands in the recipe
  static constexpr std::array numbers{Hyperparameter{.name = "noise", .value = Std}};
  template <class C>
  void on_gradients(const C& c) const {
    for (const at::Tensor& g : c.gradients) g.add_(at::randn(g.sizes(), c.generator, g.options()), c.numbers[0]);
  }
};

// A hook in the recipe. It has a member, so it says what of it a training that goes on elsewhere needs: nothing.
struct Watch : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Read;  // what the optimizer will see
  using keeps = Nothing;
  double norm = 0;
  template <class C>
  void on_gradients(const C& c) {
    norm = c.gradients.norm();
  }
};

// The mean over processes, of each block while those before it are computed. This one is alone.
void sum_over_processes(at::Tensor& numbers) { numbers.mul_(1); }
struct AllReduce : PolicyTag {
  static constexpr Moments acts = OnBlockGradients;
  static constexpr Effects effects{.flat_gradients = true};
  static constexpr int processes = 1;
  template <class C>
  void on_block_gradients(std::size_t block, const C& c) const {
    at::Tensor own = c.flat_gradients(block, block + 1);  // one vector, finished
    sum_over_processes(own);
    own.div_(processes);
  }
};

// A factor on the rate, from 1 down to 1 - Share along a line.
template <auto Share>
struct Saw : PolicyTag {
  using slot = slots::Schedule;
  static constexpr std::array numbers{Hyperparameter{.name = "saw", .value = Share, .most = 1}};
  static constexpr double factor(const ScheduleTime& m, const double* n) { return 1 - n[0] * m.progress(); }
};

using Recipe = Finetune<TinyNet, ReplaceHead<4>, Frozen<Layers<0, 1>>, Sgd<Lr<0.05>, Momentum<0.9>>,
                        GradientNoise<1e-3>, ClipNorm<1>, Watch, AllReduce, Saw<0.5>>;

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>());
  const auto x = at::randn({64, 3, 32, 32}), y = at::randint(0, 4, {64}, at::kLong);
  for (int step = 0; step <= 40; ++step) {
    const double loss = trainer.step(x, y, 100).loss;
    if (step % 20 == 0) std::printf("step %2d   loss %.4f   norm %.4f\n", step, loss, trainer.behaviour<Watch>().norm);
  }
}

// One process of several: trains one of the recipes below and writes its weights. See check.py.
//   worker CASE OUT [EVENT [NUMBER]]      what rank 1 does wrong: kill STEP, hang STEP, nan, seed
//                                         or nothing, for long: epochs NUMBER (says "begun" with its first step)
#include <ATen/Parallel.h>
#include <signal.h>
#include <unistd.h>
#include <tuneit/ranks/environment.hpp>
#include <tuneit/recipe/behaviour/sync_batch_norm.hpp>
#include <tuneit/train.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <string>

using namespace tuneit;

namespace {

using Plain = Finetune<TinyNet, ReplaceHead<4>, FrozenStats<>, Sgd<Lr<0.05>, Momentum<0.9>>, ClipNorm<1>,
                       Precision<FP64>, BatchSize<16>, Epochs<3>, Metrics<TopK<2>>>;
using Float =
    Finetune<TinyNet, ReplaceHead<4>, FrozenStats<>, AdamW<Lr<1e-3>>, Precision<FP32>, BatchSize<16>, Epochs<3>>;
using Weighted_ = Finetune<TinyNet, ReplaceHead<4>, FrozenStats<>, CrossEntropy<ClassWeights<1, 2, 3, 0.5>>,
                           Accumulate<2>, Sgd<Lr<0.05>>, Precision<FP64>, BatchSize<16>, Epochs<3>>;
using Synced =
    Finetune<TinyNet, ReplaceHead<4>, SyncBatchNorm, CrossEntropy<ClassWeights<1, 2, 3, 0.5>>, Sgd<Lr<0.05>>, Ema<0.9>,
             Precision<FP64>, BatchSize<16>, Phases<Phase<Epochs<2>, Freeze<Layers<0, 1>>>, Phase<Epochs<2>>>>;

std::string which, event;
int event_step = -1;

struct Wrong {
  int steps = 0;
  void on_step(const StepReport&) {
    if (++steps == 1 && event == "epochs") std::puts("begun"), std::fflush(stdout);
    if (steps != event_step || ranks::environment().rank != 1) return;
    if (event == "kill") ::raise(SIGKILL);
    if (event == "hang") ::sleep(60);
  }
};

template <class R>
void train(const std::string& out) {
  Settings s = defaults<R>();
  if (event == "seed" && ranks::environment().rank == 1) s.seed = 1;
  if (event == "epochs") s.epochs = event_step;
  Trainer<R> trainer(s);
  const int n = 37;
  std::mt19937_64 draw(7);
  at::Tensor x = aten::empty({n, 3, 16, 16}), y = aten::empty({n}, at::TensorOptions(at::kLong));
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < x.numel(); ++i) x.mutable_data_ptr<float>()[i] = normal(draw);
  for (std::int64_t i = 0; i < n; ++i) y.mutable_data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(draw() % 4);
  if (event == "nan" && ranks::environment().rank == 1) x.mul_(1e37);
  if (s.precision == PrecisionKind::Double) x = x.to(at::kDouble);
  TensorBatches data(x, y, 16, {.shuffle = true}), tests(x.narrow(0, 0, 21), y.narrow(0, 0, 21), 8);
  Wrong wrong;
  const auto history = fit(trainer, data, &tests, wrong);
  if (ranks::environment().rank != 0) return;
  std::ofstream file(out, std::ios::binary);
  const auto put = [&](double v) { file.write(reinterpret_cast<const char*>(&v), sizeof v); };
  for (const at::Tensor& t : trainer.best_tensors()) {
    const at::Tensor d = t.to(at::kDouble).contiguous();
    for (std::int64_t i = 0; i < d.numel(); ++i) put(d.const_data_ptr<double>()[i]);
  }
  for (const EpochResult& e : history) {
    for (const Score* part : {&e.train, &e.validation}) {
      if (which == "plain") put(part->loss());  // with class weights a mean of the batches' own means
      put(part->accuracy());
      put(static_cast<double>(part->count));
      for (const NamedFigure& f : part->figures) put(f.value);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  at::set_num_threads(1);
  which = argv[1];
  if (argc > 3) event = argv[3];
  if (argc > 4) event_step = std::atoi(argv[4]);
  try {
    if (which == "plain") train<Plain>(argv[2]);
#ifdef TUNEIT_RANKS
    if (which == "float") train<Float>(argv[2]);
    if (which == "synced") train<Synced>(argv[2]);
#endif
    if (which == "weighted") train<Weighted_>(argv[2]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    std::fflush(stderr);
    ::_exit(1);
  }
  return 0;
}

// bench-ranks STEPS BATCH [end]: milliseconds of each step of ResNet-18 over the processes that the environment says,
// BATCH pictures each; with "end" gradients are summed up when all are there. See run.py.
#include <ATen/Parallel.h>
#include <tuneit/models/resnet.hpp>
#include <tuneit/ranks/group.hpp>
#include <tuneit/train.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

using namespace tuneit;
using Recipe = Finetune<ResNet18, ReplaceHead<10>, Sgd<Lr<0.01>, Momentum<0.9>>, Precision<FP32>>;

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  at::set_num_threads(1);
  const int steps = std::atoi(argv[1]), batch = std::atoi(argv[2]);
  ranks::Group* const all = ranks::group();
  if (all != nullptr && argc > 3) all->bucket_bytes = std::numeric_limits<std::int64_t>::max();
  Trainer<Recipe> trainer(defaults<Recipe>());
  const at::Tensor x = aten::full({batch, 3, 128, 128}, 0.5, {}).contiguous(at::MemoryFormat::ChannelsLast),
                   y = aten::zeros({batch}, at::TensorOptions(at::kLong));
  for (int i = 0; i < steps; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    trainer.step(x, y, 1000);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (all == nullptr || all->first()) std::printf("%.3f\n", took.count());
  }
}

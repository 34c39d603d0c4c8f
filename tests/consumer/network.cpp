// Everything: a network of one's own trains for two steps; headers and LibTorch compile, link and run.
#include <tuneit/tuneit.hpp>

#include <cstdio>

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

using namespace tuneit;

struct Net final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU>,
                           Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 2>>>> {};
using R = Finetune<Net, ReplaceHead<2>, Sgd<Lr<0.1>, Momentum<0.9>>>;

int main() {
  Trainer<R> trainer(defaults<R>());
  const at::Tensor images = at::ones({4, 3, 8, 8}), labels = at::zeros({4}, at::kLong);
  const double first = trainer.step(images, labels, 2).loss, second = trainer.step(images, labels, 2).loss;
  std::printf("loss %g, then %g\n", first, second);
  return second < first ? 0 : 1;
}

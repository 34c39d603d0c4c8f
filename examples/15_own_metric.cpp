// A metric of one's own: measured in training and tests, a column of log.csv, and what picks the best epoch.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cmath>
#include <cstdio>

using namespace tuneit;

// The share of classes that are told at least once: low where a network always says the same.
struct Variety : MetricTag {
  static constexpr std::string_view name = "variety";
};

template <>
struct tuneit::Metric<Variety> {
  void add(const Outputs& y, const Targets&) {  // on the device: reads nothing back
    const at::Tensor told = y.only().softmax(1).eq(y.only().softmax(1).amax(1, true)).any(0);
    told_ = told_.defined() ? told_.logical_or(told) : told;
  }
  double read() const { return told_.defined() ? told_.to(at::kDouble).mean().item<double>() : std::nan(""); }
  void reset() { told_ = at::Tensor(); }

 private:
  at::Tensor told_;
};

using Recipe = Finetune<TinyNet, ReplaceHead<4>, Metrics<TopK<2>>, Monitor<Variety>, Epochs<4>, Sgd<Lr<0.05>>>;

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>());
  const at::Tensor x = at::randn({64, 3, 32, 32}), labels = at::randint(0, 4, {64}, at::kLong);
  TensorBatches train(x, labels, 16, {.shuffle = true}), validation(x, labels, 32);
  BestWeights best;
  for (const EpochResult& e : fit(trainer, train, &validation, best))
    std::printf("epoch %d   accuracy %.3f   top2 %.3f   variety %.2f\n", e.epoch, e.validation.metric<Accuracy>(),
                e.validation.metric<TopK<2>>(), e.validation.metric<Variety>());
  std::printf("the best epoch is %d\n", best.epoch());
}

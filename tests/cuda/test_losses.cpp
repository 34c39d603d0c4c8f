// Losses and metrics on a device, which is made up: the values and gradients of the CPU, nothing read back, and a label
// that is no class sets a flag instead of ending the process.
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "cuda/fake_cuda.hpp"
#include "tuneit/train.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

struct Recorded : Loss<Recorded> {
  using targets = Classes;
  static constexpr Mixes mixes = Mixes::Linear;
  static constexpr bool fits(Shape) { return true; }
};

}  // namespace

template <>
struct tuneit::LossRun<Recorded> {
  static at::Tensor value(const at::Tensor& y, const Targets& t, const Numbers<Recorded>&) {
    const at::Tensor own = y.gather(1, t.value.unsqueeze(1));
    return y.sub(own).add(1).clamp_min(0).sum(1).sub(1).mean();
  }
};

namespace {

constexpr std::int64_t rows = 6, classes = 4;

Targets on_device(const Targets& t) {
  const auto move = [](const at::Tensor& x) { return x.defined() ? x.to(at::kCUDA) : x; };
  return {move(t.value), move(t.other), t.share, move(t.weight)};
}

template <class L>
void same(const at::Tensor& y, const Targets& t) {
  INFO(type_name<L>());
  at::Tensor here, there;
  const StepResult cpu = loss_of<L>(y, t, Numbers<L>{}, &here);
  const at::Tensor x = y.to(at::kCUDA);
  const Targets moved = on_device(t);
  fake_cuda::reset();
  const StepResult gpu = loss_of<L>(x, moved, Numbers<L>{}, &there);
  CHECK(fake_cuda::counts().waits == 0);
  INFO(fake_cuda::counts().waited());
  CHECK(gpu.loss.on_device());
  CHECK(static_cast<double>(gpu.loss) == Approx(static_cast<double>(cpu.loss)).epsilon(1e-12));
  CHECK(there.to(at::kCPU).sub(here).abs().max().item<double>() < 1e-12);
  CHECK(static_cast<double>(gpu.correct) == static_cast<double>(cpu.correct));
  CHECK(static_cast<double>(gpu.correct_labels) == static_cast<double>(cpu.correct_labels));
  if (t.value.scalar_type() == at::kLong) CHECK_FALSE(gpu.outside.item<bool>());
}

template <class L>
void flags(const at::Tensor& y, const at::Tensor& labels) {
  INFO(type_name<L>());
  for (const std::int64_t wrong : {std::int64_t{-1}, classes}) {
    at::Tensor outside = labels.clone(), gradient;
    outside[2] = wrong;
    const at::Tensor x = y.to(at::kCUDA), there = outside.to(at::kCUDA);
    fake_cuda::reset();
    const StepResult r = loss_of<L>(x, Targets{there}, Numbers<L>{}, &gradient);
    CHECK(fake_cuda::counts().waits == 0);
    CHECK(r.outside.item<bool>());
    CHECK(gradient.sizes() == y.sizes());
    Score score;
    score.add(r);
    CHECK_THROWS_WITH(score.check_labels(), Catch::Matchers::Contains("a label is not one of the classes"));
  }
}

}  // namespace

TEST_CASE("losses on a device are those of the CPU, and wait for nothing", "[gpu]") {
  const auto g = make_generator(3);
  const at::TensorOptions doubles(at::kDouble);
  const at::Tensor y = at::randn({rows, classes}, g, doubles), labels = at::randint(classes, {rows}, g, at::kLong),
                   other = labels.flip(0), soft = at::rand({rows, classes}, g, doubles).softmax(1),
                   bits = at::rand({rows, classes}, g, doubles).gt(0.5).to(at::kDouble),
                   reals = at::randn({rows, classes}, g, doubles), weight = at::rand({rows}, g, doubles);
  using Weights = ClassWeights<1, 2, 3, 4>;
  same<CrossEntropy<>>(y, {labels});
  same<CrossEntropy<LabelSmoothing<0.1>, Sum>>(y, {labels});
  same<CrossEntropy<>>(y, {labels, other, 0.3});
  same<CrossEntropy<>>(y, {labels, {}, 1.0, weight});
  same<CrossEntropy<Weights, LabelSmoothing<0.1>>>(y, {labels});
  same<CrossEntropy<Weights, Sum>>(y, {labels, other, 0.3});
  same<CrossEntropy<SoftTargets>>(y, {soft});
  same<BinaryCrossEntropy<PosWeight<2>>>(y, {bits});
  same<BinaryCrossEntropy<>>(y, {labels, other, 0.3});
  same<Focal<>>(y, {bits, bits.flip(0), 0.3});
  same<MeanSquaredError<Sum>>(y, {reals});
  same<Huber<Delta<0.5>>>(y, {reals});
  same<SmoothL1<Beta<0>>>(y, {reals, {}, 1.0, weight});
  same<Recorded>(y, {labels});
  same<Recorded>(y, {labels, other, 0.3});
  same<Losses<Weighted<CrossEntropy<>, 1>, Weighted<Recorded, 0.5>>>(y, {labels});
}

TEST_CASE("a label that is no class sets a flag on the device", "[gpu]") {
  const auto g = make_generator(3);
  const at::Tensor y = at::randn({rows, classes}, g, at::kDouble), labels = at::randint(classes, {rows}, g, at::kLong);
  flags<CrossEntropy<>>(y, labels);
  flags<CrossEntropy<ClassWeights<1, 2, 3, 4>>>(y, labels);
  flags<BinaryCrossEntropy<>>(y, labels);
  flags<Recorded>(y, labels);
  flags<Losses<Weighted<Recorded, 1>, Weighted<CrossEntropy<>, 1>>>(y, labels);
}

TEST_CASE("metrics add on the device, and wait when they are read") {
  const auto g = make_generator(3);
  const at::Tensor y = at::randn({rows, classes}, g, at::kDouble), labels = at::randint(classes, {rows}, g, at::kLong);
  MetricSums here{List<Accuracy, TopK<2>>{}}, there{List<Accuracy, TopK<2>>{}};
  const at::Tensor x = y.to(at::kCUDA), t = labels.to(at::kCUDA);
  fake_cuda::reset();
  for (int i = 0; i < 3; ++i) {
    here.add(y, Targets{labels});
    there.add(x, Targets{t});
  }
  CHECK(fake_cuda::counts().waits == 0);
  const auto expected = here.read(), figures = there.read();
  CHECK(fake_cuda::counts().waits == 2);
  for (std::size_t i = 0; i < figures.size(); ++i) CHECK(figures[i].value == Approx(expected[i].value));
}

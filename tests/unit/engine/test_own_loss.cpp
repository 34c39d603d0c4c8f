// Losses of one's own: with a gradient, recorded by autograd, with numbers, mixed, under a name of their own; gradients
// of all of them by finite differences; and what a wrong one is told.
#include <ATen/ops/huber_loss.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/smooth_l1_loss.h>

#include <catch2/catch.hpp>

#include "../refusal.hpp"
#include "small.hpp"
#include "tuneit/engine/loss/check_loss.hpp"
#include "tuneit/train.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

/// log cosh of the difference times a number, by hand.
struct LogCosh : Loss<LogCosh> {
  using targets = Values<0>;
  static constexpr Mixes mixes = Mixes::OfTargets;
  static constexpr std::array numbers{Hyperparameter{.name = "log-cosh-scale", .value = 1, .open = true}};
  static constexpr bool fits(Shape) { return true; }
};
struct Recorded : Loss<Recorded> {
  using targets = Values<0>;
  static constexpr std::array numbers{Hyperparameter{.name = "log-cosh-scale", .value = 1, .open = true}};
  static constexpr bool fits(Shape) { return true; }
};
struct RecordedSum : Recorded {
  using self = RecordedSum;
  using reduction = Sum;
};
/// Its gradient is half of what it should be by the last output; another has another value where nobody asks for it.
struct Halved : Loss<Halved> {
  using targets = Values<0>;
  static constexpr bool fits(Shape) { return true; }
};
struct Moody : Loss<Moody> {
  using targets = Values<0>;
  static constexpr bool fits(Shape) { return true; }
};
/// Multi-class hinge of the label against all others.
struct Margin : Loss<Margin> {
  using targets = Classes;
  static constexpr Mixes mixes = Mixes::Linear;
  static constexpr bool fits(Shape output) { return output.channels() > 1; }
};
struct Mine : Focal<Gamma<3>> {};
struct NoGradient : Loss<NoGradient> {
  using targets = Values<0>;
  static constexpr bool fits(Shape) { return true; }
};
struct NoScalar : NoGradient {
  using self = NoScalar;
};

at::Tensor log_cosh(const at::Tensor& y, const Targets& t, double scale) {
  const at::Tensor d = y.sub(t.value).mul(scale);
  return d.cosh().log().mean();
}

}  // namespace

template <>
struct tuneit::LossRun<Halved> {
  static at::Tensor run(const at::Tensor& y, const Targets& t, const Numbers<Halved>&, at::Tensor* gradient) {
    const at::Tensor d = y.sub(t.value);
    if (gradient != nullptr) {
      *gradient = d.mul(2.0 / static_cast<double>(y.numel()));
      gradient->select(1, y.size(1) - 1).mul_(0.5);
    }
    return d.mul(d).mean();
  }
};
template <>
struct tuneit::LossRun<Moody> {
  static at::Tensor run(const at::Tensor& y, const Targets& t, const Numbers<Moody>&, at::Tensor* gradient) {
    const at::Tensor d = y.sub(t.value);
    if (gradient != nullptr) *gradient = d.mul(2.0 / static_cast<double>(y.numel()));
    return d.mul(d).mean().add(gradient == nullptr ? 1 : 0);
  }
};
template <>
struct tuneit::LossRun<LogCosh> {
  static at::Tensor run(const at::Tensor& y, const Targets& t, const Numbers<LogCosh>& n, at::Tensor* gradient) {
    if (gradient != nullptr) *gradient = y.sub(t.value).mul(n[0]).tanh().mul(n[0] / static_cast<double>(y.numel()));
    return log_cosh(y, t, n[0]);
  }
};
template <>
struct tuneit::LossRun<Recorded> {
  static at::Tensor value(const at::Tensor& y, const Targets& t, const Numbers<Recorded>& n) {
    return log_cosh(y, t, n[0]);
  }
};
template <>
struct tuneit::LossRun<RecordedSum> {
  static at::Tensor value(const at::Tensor& y, const Targets& t, const Numbers<RecordedSum>& n) {
    return log_cosh(y, t, n[0]);
  }
};
template <>
struct tuneit::LossRun<Margin> {
  static at::Tensor value(const at::Tensor& y, const Targets& t, const Numbers<Margin>&) {
    const at::Tensor label = t.value.unsqueeze(1);
    return y.sub(y.gather(1, label)).add(1).clamp_min(0).sum(1).sub(1).mean();
  }
};
template <>
struct tuneit::LossRun<NoGradient> {
  static at::Tensor run(const at::Tensor& y, const Targets&, const Numbers<NoGradient>&, at::Tensor*) {
    return y.mean();
  }
};
template <>
struct tuneit::LossRun<NoScalar> {
  static at::Tensor value(const at::Tensor& y, const Targets&, const Numbers<NoScalar>&) { return y; }
};

namespace {

constexpr std::int64_t rows = 4, outputs = 3;

/// The gradient of what is trained by central differences of what is told.
template <class L>
void as_differences(const at::Tensor& y, const Targets& t, Numbers<L> n = {}) {
  at::Tensor gradient;
  const double loss = loss_of<L>(y, t, n, &gradient).loss;
  CHECK(static_cast<double>(loss_of<L>(y, t, n, nullptr).loss) == Approx(loss).epsilon(1e-13));
  const double step = 1e-6, times = std::is_same_v<typename L::reduction, Sum> ? static_cast<double>(rows) : 1;
  double far = 0, largest = 0;
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const at::Tensor more = y.clone(), less = y.clone();
    more.view({-1})[i] += step;
    less.view({-1})[i] -= step;
    const double slope = (loss_of<L>(more, t, n, nullptr).loss - loss_of<L>(less, t, n, nullptr).loss) / (2 * step);
    far = std::max(far, std::abs(slope * times - gradient.contiguous().view({-1})[i].item<double>()));
    largest = std::max(largest, std::abs(slope));
  }
  CHECK(far < 1e-7);
  CHECK(largest > 1e-4);
}

struct Data {
  at::Tensor y, labels, other, bits, reals;
};
Data made_data() {
  const auto g = make_generator(5);
  const at::TensorOptions doubles(at::kDouble);
  Data d;
  d.y = at::randn({rows, outputs}, g, doubles).mul(2);
  d.labels = at::randint(outputs, {rows}, g, at::kLong);
  d.other = d.labels.flip(0);
  d.bits = at::rand({rows, outputs}, g, doubles).gt(0.5).to(at::kDouble);
  d.reals = at::randn({rows, outputs}, g, doubles);
  return d;
}

}  // namespace

TEST_CASE("the gradient of every loss is that of finite differences") {
  const Data d = made_data();
  as_differences<CrossEntropy<>>(d.y, {d.labels});
  as_differences<CrossEntropy<LabelSmoothing<0.1>>>(d.y, {d.labels, d.other, 0.3});
  as_differences<CrossEntropy<ClassWeights<1, 2, 3>>>(d.y, {d.labels});
  as_differences<BinaryCrossEntropy<PosWeight<2>>>(d.y, {d.bits});
  as_differences<Focal<>>(d.y, {d.bits});
  as_differences<MeanSquaredError<>>(d.y, {d.reals});
  as_differences<Huber<>>(d.y, {d.reals});
  as_differences<SmoothL1<Beta<0.5>>>(d.y, {d.reals});
  as_differences<SmoothL1<Beta<0>>>(d.y, {d.reals});
  as_differences<LogCosh>(d.y, {d.reals});
  as_differences<LogCosh>(d.y, {d.reals, d.reals.flip(0), 0.3});
  as_differences<Recorded>(d.y, {d.reals});
  as_differences<RecordedSum>(d.y, {d.reals});
  as_differences<Margin>(d.y, {d.labels});
  as_differences<Margin>(d.y, {d.labels, d.other, 0.3});
  as_differences<Mine>(d.y, {d.bits});
  as_differences<Losses<Weighted<CrossEntropy<LabelSmoothing<0.1>>, 1>, Weighted<Margin, 0.5>>>(d.y, {d.labels});
  as_differences<Losses<Weighted<Margin, 2>, Weighted<CrossEntropy<>, 1>>>(d.y, {d.labels, d.other, 0.3});
  // each sample with a weight of its own
  const at::Tensor weight = at::rand({rows}, make_generator(1), at::kDouble);
  as_differences<CrossEntropy<>>(d.y, {d.labels, {}, 1.0, weight});
  as_differences<Huber<>>(d.y, {d.reals, {}, 1.0, weight});
}

TEST_CASE("Huber's loss and smooth L1 are torch's, by kernels and by ATen") {
  const Data d = made_data();
  const kernels::Isa before = kernels::widest_isa();
  for (const kernels::Isa isa : {before, kernels::Isa::Plain}) {
    kernels::widest_isa() = isa;
    at::Tensor gradient;
    const auto check = [&](double loss, const at::Tensor& expected) {
      CHECK(loss == Approx(expected.item<double>()).epsilon(1e-14));
      const at::Tensor leaf = d.y.detach().requires_grad_(true);
      CHECK(gradient.sizes() == d.y.sizes());
    };
    check(loss_of<Huber<Delta<0.7>>>(d.y, d.reals, {}, &gradient).loss, at::huber_loss(d.y, d.reals, 1, 0.7));
    check(loss_of<SmoothL1<Beta<0.7>>>(d.y, d.reals, {}, &gradient).loss, at::smooth_l1_loss(d.y, d.reals, 1, 0.7));
    check(loss_of<SmoothL1<Beta<0>>>(d.y, d.reals, {}, &gradient).loss, at::smooth_l1_loss(d.y, d.reals, 1, 0));
  }
  kernels::widest_isa() = before;
}

TEST_CASE("a sample that weighs nothing is not there, and one of two counts twice") {
  const Data d = made_data();
  const at::Tensor weight = at::rand({rows}, make_generator(1), at::kDouble).fill_(1);
  weight[0] = 0;
  weight[1] = 2;
  const auto alone = [&](auto loss, const at::Tensor& t) {
    using L = typename decltype(loss)::type;
    double sum = 0;
    for (std::int64_t i = 0; i < rows; ++i)
      sum += weight[i].item<double>() * loss_of<L>(d.y.narrow(0, i, 1), t.narrow(0, i, 1), Numbers<L>{}, nullptr).loss;
    CHECK(static_cast<double>(loss_of<L>(d.y, Targets{t, {}, 1.0, weight}, Numbers<L>{}, nullptr).loss) ==
          Approx(sum / rows));
  };
  alone(Type<CrossEntropy<>>{}, d.labels);
  alone(Type<CrossEntropy<LabelSmoothing<0.1>>>{}, d.labels);
  alone(Type<MeanSquaredError<>>{}, d.reals);
  alone(Type<Focal<>>{}, d.bits);
}

TEST_CASE("a loss of one's own trains, its numbers change at run time, and a recorded one is the same") {
  using By = Finetune<TinyNet, ReplaceHead<3>, LogCosh, Sgd<Lr<0.1>>, Precision<FP64>>;
  using Autograd = Finetune<TinyNet, ReplaceHead<3>, Recorded, Sgd<Lr<0.1>>, Precision<FP64>>;
  const auto trained = [](auto recipe, double scale) {
    using R = typename decltype(recipe)::type;
    Settings s = defaults<R>();
    set_number<R>(s, "log-cosh-scale", scale);
    Trainer<R> trainer(s);
    const auto g = make_generator(2);
    const at::Tensor x = at::randn({8, 3, 32, 32}, g), y = at::randn({8, 3}, g, at::kDouble);
    double first = 0, last = 0;
    for (int i = 0; i < 20; ++i) {
      last = trainer.step(x, y, 100).loss;
      if (i == 0) first = last;
    }
    CHECK(last < 0.9 * first);
    return last;
  };
  const double one = trained(Type<By>{}, 1), two = trained(Type<By>{}, 2);
  CHECK(trained(Type<Autograd>{}, 1) == Approx(one).epsilon(1e-9));
  CHECK(trained(Type<Autograd>{}, 2) == Approx(two).epsilon(1e-9));
  CHECK(std::abs(one - two) > 1e-3);
  CHECK_THAT(explain<By>(), Catch::Matchers::Contains("LogCosh"));
}

TEST_CASE("several losses are their weighted sum, with numbers of their own") {
  const Data d = made_data();
  using Sum2 = Losses<Weighted<Huber<Delta<0.5>>, 0.25>, Weighted<LogCosh, 3>>;
  using R = Finetune<TinyNet, ReplaceHead<3>, Sum2>;
  Settings s = defaults<R>();
  set_number<R>(s, "log-cosh-scale", 2);
  set_number<R>(s, "loss-weight", 0.75);
  const Numbers<Sum2> n = loss_numbers<R>(s);
  const double scales[] = {2};
  at::Tensor gradient, first, second;
  const double sum = loss_of<Sum2>(d.y, d.reals, n, &gradient).loss,
               huber = loss_of<Huber<Delta<0.5>>>(d.y, d.reals, {}, &first).loss,
               cosh = loss_of<LogCosh>(d.y, d.reals, Numbers<LogCosh>(scales), &second).loss;
  CHECK(sum == Approx(0.75 * huber + 3 * cosh).epsilon(1e-14));
  CHECK(gradient.sub(first.mul(0.75).add(second, 3)).abs().max().item<double>() < 1e-15);
  using One = Losses<Weighted<CrossEntropy<LabelSmoothing<0.1>>, 1>>;
  CHECK(static_cast<double>(loss_of<One>(d.y, d.labels, {}, &gradient).loss) ==
        static_cast<double>(loss_of<CrossEntropy<LabelSmoothing<0.1>>>(d.y, d.labels, {}, &first).loss));
  CHECK(gradient.equal(first));
  CHECK(static_cast<double>(loss_of<One>(d.y, d.labels, {}, nullptr).correct) ==
        static_cast<double>(score_batch(d.y, d.labels).correct));
  CHECK(static_cast<double>(score_of<One>(d.y, d.labels).loss) ==
        static_cast<double>(score_of<CrossEntropy<>>(d.y, d.labels).loss));  // without smoothing
}

TEST_CASE("labels are checked and hits counted before a loss of one's own sees them") {
  const Data d = made_data();
  CHECK(static_cast<double>(loss_of<Margin>(d.y, d.labels, Numbers<Margin>{}, nullptr).correct) ==
        static_cast<double>(score_batch(d.y, d.labels).correct));
  const auto said = [&](const at::Tensor& labels) {
    return test::refusal([&] { loss_of<Margin>(d.y, labels, Numbers<Margin>{}, nullptr); }).first;
  };
  CHECK_THAT(said(d.labels.add(outputs)), Catch::Matchers::StartsWith("a label is not one of the 3 classes"));
  CHECK_THAT(said(d.reals), Catch::Matchers::StartsWith("the targets are Double"));
}

TEST_CASE("a loss that gives no gradient, or no number, is told so") {
  const Data d = made_data();
  at::Tensor gradient;
  CHECK_THAT(test::refusal([&] { loss_of<NoGradient>(d.y, d.reals, Numbers<NoGradient>{}, &gradient); }).first,
             Catch::Matchers::Contains("NoGradient left no gradient of the shape [4, 3]"));
  CHECK_THAT(test::refusal([&] { loss_of<NoScalar>(d.y, d.reals, Numbers<NoScalar>{}, &gradient); }).first,
             Catch::Matchers::Contains("NoScalar gave a value of the shape [4, 3]"));
  CHECK_THAT(test::refusal([&] { loss_of<NoScalar>(d.y, d.reals, Numbers<NoScalar>{}, nullptr); }).first,
             Catch::Matchers::Contains("NoScalar gave a value of the shape [4, 3]"));
}

TEST_CASE("check_loss finds a gradient that is not that of the value, and passes one that is") {
  const Data d = made_data();
  CHECK(check_loss<LogCosh>(d.y, {d.reals}) < 1e-7);
  CHECK(check_loss<LogCosh>(d.y, {d.reals}, Numbers<LogCosh>(std::array{3.0}.data())) < 1e-7);
  CHECK(check_loss<RecordedSum>(d.y, {d.reals}) < 1e-7);
  CHECK(check_loss<Margin>(d.y, {d.labels}) < 1e-7);
  CHECK(check_loss<CrossEntropy<LabelSmoothing<0.1>>>(d.y.to(at::kFloat), {d.labels}) < 1e-7);
  CHECK_REFUSED(check_loss<Halved>(d.y, {d.reals}), ErrorKind::Usage, "Halved leaves the gradient ");
  CHECK_REFUSED(check_loss<Halved>(d.y, {d.reals}), ErrorKind::Usage,
                " by output 2 of sample 0 (from 0), and finite differences give ");
  CHECK_REFUSED(check_loss<Moody>(d.y, {d.reals}), ErrorKind::Usage, " with its gradient and ");
}

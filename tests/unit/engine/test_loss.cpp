// Every loss and its gradient against torch's formula under autograd, in double precision; hits, reductions, mixed
// labels, and targets that do not fit. Each with our kernels and with ATen's operators, which are for other devices.
#include <ATen/ops/arange.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <limits>

#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

constexpr std::int64_t rows = 7, classes = 5;

struct Batch {
  at::Tensor x, y, other, soft, bits, reals;
};
Batch batch(at::ScalarType type = at::kDouble, std::int64_t outputs = classes) {
  const auto g = make_generator(3);
  Batch b;
  b.x = at::randn({rows, outputs}, g).mul(3).to(type);
  b.y = at::randint(0, std::max<std::int64_t>(outputs, 2), {rows}, g, at::TensorOptions(at::kLong));
  b.other = b.y.flip(0);
  b.soft = at::rand({rows, outputs}, g).to(type);
  b.soft.div_(b.soft.sum(1, true));
  b.bits = at::rand({rows, outputs}, g).gt(0.6).to(type);
  b.reals = at::randn({rows, outputs}, g).to(type);
  return b;
}

/// Runs f with our kernels, then with ATen's operators alone.
template <class F>
void both_ways(const F& f) {
  const kernels::Isa before = kernels::widest_isa();
  f("kernels");
  kernels::widest_isa() = kernels::Isa::Plain;
  f("ATen");
  kernels::widest_isa() = before;
}

double far(const at::Tensor& a, const at::Tensor& b) { return a.sub(b).abs().max().item<double>(); }

/// Loss and gradient of L against `mean` and `sum`, functions of the outputs that autograd differentiates.
template <class L, class F>
void as_autograd(const at::Tensor& x, const Targets& target, const F& reduced, Numbers<L> n = {}) {
  constexpr bool is_sum = std::is_same_v<typename L::reduction, Sum>;
  const at::Tensor leaf = x.detach().clone().set_requires_grad(true);
  reduced(leaf, is_sum ? at::Reduction::Sum : at::Reduction::Mean).backward();
  const double mean = reduced(x, at::Reduction::Mean).template item<double>();
  both_ways([&](const char* how) {
    INFO(how);
    at::Tensor gradient;
    const BatchResult r = loss_of<L>(x, target, n, &gradient);
    CHECK(r.loss == Approx(mean).epsilon(1e-12));
    CHECK(r.count == x.size(0));
    CHECK(gradient.sizes() == x.sizes());
    CHECK(far(gradient, leaf.grad()) < 1e-9);
    CHECK(gradient.abs().max().item<double>() > 1e-4);
    CHECK(loss_of<L>(x, target, n, nullptr).loss == r.loss);
  });
}

at::Tensor entropy(const at::Tensor& x, const at::Tensor& y, int reduction, double smoothing = 0,
                   const at::Tensor& weights = {}) {
  return at::cross_entropy_loss(x, y, weights.defined() ? std::optional<at::Tensor>(weights) : std::nullopt, reduction,
                                -100, smoothing);
}
at::Tensor hot(const at::Tensor& y) { return at::one_hot(y, classes).to(at::kDouble); }

}  // namespace

TEST_CASE("cross-entropy: smoothing, class weights, both reductions") {
  const Batch b = batch();
  const at::Tensor w = at::tensor({1.0, 2.0, 0.5, 3.0, 0.25}, at::kDouble);
  using Weights = ClassWeights<1, 2, 0.5, 3, 0.25>;
  const auto plain = [&](const at::Tensor& x, int r) { return entropy(x, b.y, r); };
  const auto smooth = [&](const at::Tensor& x, int r) { return entropy(x, b.y, r, 0.1); };
  const auto weighted = [&](const at::Tensor& x, int r) { return entropy(x, b.y, r, 0, w); };
  const auto everything = [&](const at::Tensor& x, int r) { return entropy(x, b.y, r, 0.1, w); };
  as_autograd<CrossEntropy<>>(b.x, Targets{b.y}, plain);
  as_autograd<CrossEntropy<Sum>>(b.x, Targets{b.y}, plain);
  as_autograd<CrossEntropy<LabelSmoothing<0.1>>>(b.x, Targets{b.y}, smooth);
  as_autograd<CrossEntropy<LabelSmoothing<0.1>, Sum>>(b.x, Targets{b.y}, smooth);
  as_autograd<CrossEntropy<Weights>>(b.x, Targets{b.y}, weighted);
  as_autograd<CrossEntropy<Weights, Sum>>(b.x, Targets{b.y}, weighted);
  as_autograd<CrossEntropy<Weights, LabelSmoothing<0.1>>>(b.x, Targets{b.y}, everything);
  as_autograd<CrossEntropy<LabelSmoothing<0.1>, Weights, Sum>>(b.x, Targets{b.y}, everything);
  Numbers<CrossEntropy<>> at_run_time;
  at_run_time.smoothing = 0.1;
  as_autograd<CrossEntropy<>>(b.x, Targets{b.y}, smooth, at_run_time);
}

TEST_CASE("cross-entropy against probabilities") {
  const Batch b = batch();
  const at::Tensor w = at::tensor({1.0, 2.0, 0.5, 3.0, 0.25}, at::kDouble);
  as_autograd<CrossEntropy<SoftTargets>>(b.x, Targets{b.soft},
                                         [&](const at::Tensor& x, int r) { return entropy(x, b.soft, r); });
  as_autograd<CrossEntropy<SoftTargets, Sum>>(b.x, Targets{b.soft},
                                              [&](const at::Tensor& x, int r) { return entropy(x, b.soft, r); });
  as_autograd<CrossEntropy<SoftTargets, ClassWeights<1, 2, 0.5, 3, 0.25>>>(
      b.x, Targets{b.soft}, [&](const at::Tensor& x, int r) { return entropy(x, b.soft, r, 0, w); });
  as_autograd<CrossEntropy<SoftTargets>>(b.x, Targets{b.y},  // classes are probabilities, too
                                         [&](const at::Tensor& x, int r) { return entropy(x, b.y, r); });
}

TEST_CASE("mixed labels are two losses") {
  const Batch b = batch();
  const at::Tensor w = at::tensor({1.0, 2.0, 0.5, 3.0, 0.25}, at::kDouble);
  const Targets mixed{b.y, b.other, 0.3};
  const auto two = [&](double smoothing, const at::Tensor& weights) {
    return [=](const at::Tensor& x, int r) {
      return entropy(x, b.y, r, smoothing, weights).mul(0.3).add(entropy(x, b.other, r, smoothing, weights), 0.7);
    };
  };
  as_autograd<CrossEntropy<>>(b.x, mixed, two(0, {}));
  as_autograd<CrossEntropy<Sum>>(b.x, mixed, two(0, {}));
  as_autograd<CrossEntropy<LabelSmoothing<0.1>>>(b.x, mixed, two(0.1, {}));
  as_autograd<CrossEntropy<ClassWeights<1, 2, 0.5, 3, 0.25>, LabelSmoothing<0.1>>>(b.x, mixed, two(0.1, w));
  as_autograd<CrossEntropy<ClassWeights<1, 2, 0.5, 3, 0.25>, Sum>>(b.x, mixed, two(0, w));
  // timm's mixed targets, smoothing included, are the same thing
  const auto timm = [](const at::Tensor& y) { return hot(y).mul(0.9).add(0.1 / classes); };
  as_autograd<CrossEntropy<LabelSmoothing<0.1>>>(b.x, mixed, [&](const at::Tensor& x, int r) {
    return entropy(x, timm(b.y).mul(0.3).add(timm(b.other), 0.7), r);
  });
  CHECK(loss_of<CrossEntropy<>>(b.x, Targets{b.y, b.other, 1.0}, {}, nullptr).loss ==
        Approx(loss_of<CrossEntropy<>>(b.x, b.y, {}, nullptr).loss).epsilon(1e-12));
}

TEST_CASE("binary cross-entropy: several labels, classes, positive weight, mixed") {
  const Batch b = batch();
  const auto reference = [](const at::Tensor& t, double weight) {
    return [=](const at::Tensor& x, int r) {
      return at::binary_cross_entropy_with_logits(x, t, {}, at::tensor({weight}, at::kDouble), r);
    };
  };
  as_autograd<BinaryCrossEntropy<>>(b.x, Targets{b.bits}, reference(b.bits, 1));
  as_autograd<BinaryCrossEntropy<Sum>>(b.x, Targets{b.bits}, reference(b.bits, 1));
  as_autograd<BinaryCrossEntropy<PosWeight<2.5>>>(b.x, Targets{b.bits}, reference(b.bits, 2.5));
  as_autograd<BinaryCrossEntropy<PosWeight<2.5>, Sum>>(b.x, Targets{b.soft}, reference(b.soft, 2.5));
  as_autograd<BinaryCrossEntropy<>>(b.x, Targets{b.y}, reference(hot(b.y), 1));
  const at::Tensor mixed = hot(b.y).mul(0.3).add(hot(b.other), 0.7);
  as_autograd<BinaryCrossEntropy<PosWeight<2>>>(b.x, Targets{b.y, b.other, 0.3}, reference(mixed, 2));
  as_autograd<BinaryCrossEntropy<>>(b.x, Targets{b.bits, b.bits.flip(0), 0.3},
                                    reference(b.bits.mul(0.3).add(b.bits.flip(0), 0.7), 1));
  const Batch one = batch(at::kDouble, 1);
  const at::Tensor t = one.y.to(at::kDouble).unsqueeze(1);
  as_autograd<BinaryCrossEntropy<>>(one.x, Targets{one.y}, reference(t, 1));
  as_autograd<BinaryCrossEntropy<>>(one.x, Targets{t.squeeze(1)}, reference(t, 1));  // [N] floats
}

TEST_CASE("mean squared error") {
  const Batch b = batch(), one = batch(at::kDouble, 1);
  as_autograd<MeanSquaredError<>>(b.x, Targets{b.reals},
                                  [&](const at::Tensor& x, int r) { return at::mse_loss(x, b.reals, r); });
  as_autograd<MeanSquaredError<Sum>>(b.x, Targets{b.reals},
                                     [&](const at::Tensor& x, int r) { return at::mse_loss(x, b.reals, r); });
  as_autograd<MeanSquaredError<>>(one.x, Targets{one.reals.squeeze(1)},
                                  [&](const at::Tensor& x, int r) { return at::mse_loss(x, one.reals, r); });
}

TEST_CASE("focal loss: torchvision's formula, and what it is without its exponent") {
  const Batch b = batch();
  const auto reference = [](const at::Tensor& t, double gamma, double alpha) {
    return [=](const at::Tensor& x, int r) {
      const at::Tensor p = at::sigmoid(x), rest = t.neg().add(1);
      const at::Tensor p_t = p.mul(t).add(p.neg().add(1).mul(rest));
      at::Tensor loss =
          at::binary_cross_entropy_with_logits(x, t, {}, {}, at::Reduction::None).mul(p_t.neg().add(1).pow(gamma));
      if (alpha >= 0) loss = loss.mul(t.mul(alpha).add(rest, 1 - alpha));
      return r == at::Reduction::Mean ? loss.mean() : loss.sum();
    };
  };
  as_autograd<Focal<>>(b.x, Targets{b.bits}, reference(b.bits, 2, 0.25));
  as_autograd<Focal<Sum>>(b.x, Targets{b.bits}, reference(b.bits, 2, 0.25));
  as_autograd<Focal<Gamma<0.5>, Alpha<-1>>>(b.x, Targets{b.soft}, reference(b.soft, 0.5, -1));
  as_autograd<Focal<Gamma<3>, Alpha<0.7>>>(b.x, Targets{b.y}, reference(hot(b.y), 3, 0.7));
  as_autograd<Focal<>>(b.x, Targets{b.y, b.other, 0.4}, reference(hot(b.y).mul(0.4).add(hot(b.other), 0.6), 2, 0.25));
  as_autograd<Focal<Gamma<0>, Alpha<-1>>>(b.x, Targets{b.bits}, [&](const at::Tensor& x, int r) {
    return at::binary_cross_entropy_with_logits(x, b.bits, {}, {}, r);
  });
}

TEST_CASE("outputs that are very sure") {
  const at::Tensor x = at::tensor({800.0, -800.0, 40.0, -40.0}, at::kDouble).view({4, 1});
  const at::Tensor right = at::tensor({1.0, 0.0, 1.0, 0.0}, at::kDouble), wrong = right.neg().add(1);
  both_ways([&](const char* how) {
    INFO(how);
    at::Tensor g;
    CHECK(loss_of<Focal<Gamma<0.5>>>(x, right, Numbers<Focal<Gamma<0.5>>>{}, &g).loss < 1e-17);
    CHECK(g.isfinite().all().item<bool>());  // autograd has 0 times infinity here
    CHECK(g.abs().max().item<double>() < 1e-17);
    CHECK(loss_of<BinaryCrossEntropy<>>(x, wrong, Numbers<BinaryCrossEntropy<>>{}, &g).loss == Approx(420));
    CHECK(far(g.flatten(), at::tensor({0.25, -0.25, 0.25, -0.25}, at::kDouble)) < 1e-12);
  });
  // a class that is masked out counts for nothing unless it is the label
  const double never = -std::numeric_limits<double>::infinity();
  const at::Tensor masked = at::tensor({1.0, 2.0, never}, at::kDouble).view({1, 3});
  using Weighted = CrossEntropy<ClassWeights<1, 2, 3>>;
  both_ways([&](const char* how) {
    INFO(how);
    at::Tensor g;
    CHECK(loss_of<Weighted>(masked, at::tensor({1}, at::kLong), Numbers<Weighted>{}, &g).loss ==
          Approx(std::log1p(std::exp(-1.0))));
    CHECK(g[0][2].item<double>() == 0);
    CHECK(std::isinf(loss_of<Weighted>(masked, at::tensor({2}, at::kLong), Numbers<Weighted>{}, &g).loss));
  });
}

TEST_CASE("single precision is near to double, in the number type of the outputs") {
  const Batch b = batch(), s = batch(at::kFloat);
  both_ways([&](const char* how) {
    INFO(how);
    const auto check = [&](auto type, const at::Tensor& labels, const at::Tensor& singles) {
      using L = typename decltype(type)::type;
      at::Tensor exact, near;
      const double loss = loss_of<L>(b.x, Targets{labels, labels.flip(0), 0.3}, Numbers<L>{}, &exact).loss;
      CHECK(loss_of<L>(s.x, Targets{singles, singles.flip(0), 0.3}, Numbers<L>{}, &near).loss ==
            Approx(loss).epsilon(1e-6));
      CHECK(near.scalar_type() == at::kFloat);
      CHECK(far(near.to(at::kDouble), exact) < 1e-6);
    };
    check(Type<CrossEntropy<>>{}, b.y, b.y);
    check(Type<CrossEntropy<ClassWeights<1, 2, 3, 4, 5>>>{}, b.y, b.y);
    check(Type<CrossEntropy<SoftTargets>>{}, b.soft, s.soft);
    check(Type<BinaryCrossEntropy<PosWeight<3>>>{}, b.bits, s.bits);
    check(Type<MeanSquaredError<>>{}, b.reals, s.reals);
    check(Type<Focal<>>{}, b.bits, b.bits);  // targets are taken over into the outputs' type
  });
}

TEST_CASE("hits") {
  const at::Tensor x = at::tensor({3.0, 1.0, 2.0, 0.0, 0.0, -1.0, 0.5, 2.0, 1.0}, at::kDouble).view({3, 3});
  const at::Tensor y = at::tensor({0, 1, 1}, at::kLong);  // the second has its first largest at 0
  both_ways([&](const char* how) {
    INFO(how);
    const auto correct = [&](auto type, const at::Tensor& outputs, const at::Tensor& labels) {
      using L = typename decltype(type)::type;
      return loss_of<L>(outputs, labels, Numbers<L>{}, nullptr).correct;
    };
    CHECK(correct(Type<CrossEntropy<>>{}, x, y) == 2);
    CHECK(correct(Type<CrossEntropy<ClassWeights<1, 2, 3>>>{}, x, y) == 2);
    CHECK(correct(Type<BinaryCrossEntropy<>>{}, x, y) == 2);
    CHECK(correct(Type<Focal<>>{}, x, y) == 2);
    CHECK(correct(Type<CrossEntropy<SoftTargets>>{}, x, x.softmax(1)) == -1);  // no classes, no hits
    CHECK(correct(Type<MeanSquaredError<>>{}, x, x) == -1);
    const at::Tensor single = at::tensor({0.5, -0.5, 0.0, 2.0}, at::kDouble).view({4, 1});
    CHECK(correct(Type<BinaryCrossEntropy<>>{}, single, at::tensor({1, 0, 0, 0}, at::kLong)) == 3);
    CHECK(score_batch(x, y).correct == 2);
  });
}

TEST_CASE("several labels a sample are told right one by one") {
  const at::Tensor x = at::tensor({3.0, -1.0, 2.0, 0.0, 0.5, -2.0}, at::kDouble).view({2, 3});
  const at::Tensor y = at::tensor({1.0, 0.4, 0.0, 0.0, 0.5, 1.0}, at::kDouble).view({2, 3});  // four of six
  both_ways([&](const char* how) {
    INFO(how);
    const auto check = [&](auto type, const at::Tensor& labels, std::int64_t right, std::int64_t of) {
      using L = typename decltype(type)::type;
      const BatchResult r = loss_of<L>(x, labels, Numbers<L>{}, nullptr);
      CHECK(r.correct_labels == right);
      CHECK(r.labels == of);
    };
    check(Type<BinaryCrossEntropy<>>{}, y, 4, 6);
    check(Type<Focal<>>{}, y.to(at::kFloat), 4, 6);
    check(Type<MeanSquaredError<>>{}, y, 0, 0);
    check(Type<CrossEntropy<SoftTargets>>{}, y, 0, 0);
    check(Type<BinaryCrossEntropy<>>{}, at::tensor({0, 1}, at::kLong), 0, 0);
  });
  Score score;
  CHECK(std::isnan(score.label_accuracy()));
  score.add(loss_of<BinaryCrossEntropy<>>(x, y, Numbers<BinaryCrossEntropy<>>{}, nullptr));
  CHECK(score.label_accuracy() == Approx(4.0 / 6));
  CHECK(std::isnan(score.accuracy()));
}

TEST_CASE("evaluation knows no smoothing, but weights") {
  const Batch b = batch();
  const at::Tensor w = at::tensor({1.0, 2.0, 0.5, 3.0, 0.25}, at::kDouble);
  CHECK(score_of<CrossEntropy<LabelSmoothing<0.3>>>(b.x, b.y).loss ==
        Approx(entropy(b.x, b.y, at::Reduction::Mean).item<double>()));
  CHECK(score_of<CrossEntropy<ClassWeights<1, 2, 0.5, 3, 0.25>, LabelSmoothing<0.3>>>(b.x, b.y).loss ==
        Approx(entropy(b.x, b.y, at::Reduction::Mean, 0, w).item<double>()));
  CHECK(score_of<MeanSquaredError<Sum>>(b.x, b.reals).loss == Approx(at::mse_loss(b.x, b.reals).item<double>()));
  CHECK(score_of<CrossEntropy<>>(b.x, b.y).loss == score_batch(b.x, b.y).loss);
}

TEST_CASE("means of batches, by their weights, are the mean of all") {
  const Batch b = batch();
  using L = CrossEntropy<ClassWeights<1, 2, 0.5, 3, 0.25>>;
  double sum = 0, weight = 0;
  for (const auto& [from, to] : {std::pair{0, 3}, std::pair{3, 7}}) {
    const at::Tensor y = b.y.slice(0, from, to);
    sum += score_of<L>(b.x.slice(0, from, to), y).loss * weight_of<L>(y);
    weight += weight_of<L>(y);
  }
  CHECK(sum / weight == Approx(score_of<L>(b.x, b.y).loss));
  CHECK(weight_of<CrossEntropy<>>(b.y) == rows);
  CHECK(weight_of<MeanSquaredError<>>(b.reals) == rows);
}

namespace {

template <class L>
std::string refusal(const at::Tensor& x, const Targets& t) {
  try {
    at::Tensor gradient;
    loss_of<L>(x, t, Numbers<L>{}, &gradient);
  } catch (const Error& e) {
    return (e.kind() == ErrorKind::Data ? "data: " : "other: ") + std::string(e.what());
  }
  return "";
}

}  // namespace

TEST_CASE("targets that do not fit") {
  using Catch::Matchers::StartsWith;
  const Batch b = batch();
  both_ways([&](const char* how) {
    INFO(how);
    at::Tensor beyond = b.y.clone(), below = b.y.clone();
    beyond[3] = classes;
    below[0] = -1;
    for (const at::Tensor& y : {beyond, below}) {
      const auto no_class = StartsWith("data: a label is not one of the 5 classes");
      CHECK_THAT(refusal<CrossEntropy<>>(b.x, Targets{y}), no_class);
      CHECK_THAT(refusal<CrossEntropy<>>(b.x, (Targets{b.y, y, 0.5})), no_class);
      CHECK_THAT((refusal<CrossEntropy<ClassWeights<1, 1, 1, 1, 1>>>(b.x, Targets{y})), no_class);
      CHECK_THAT(refusal<BinaryCrossEntropy<>>(b.x, Targets{y}), no_class);
      CHECK_THAT(refusal<Focal<>>(b.x, (Targets{b.y, y, 0.5})), no_class);
    }
    const auto shape = StartsWith("data: the targets are");
    CHECK_THAT(refusal<CrossEntropy<>>(b.x, Targets{b.y.slice(0, 1)}), shape);
    CHECK_THAT(refusal<CrossEntropy<>>(b.x, Targets{b.soft}), shape);
    CHECK_THAT((refusal<CrossEntropy<ClassWeights<1, 1, 1, 1, 1>>>(b.x, Targets{b.soft})), shape);
    CHECK_THAT(refusal<CrossEntropy<SoftTargets>>(b.x, Targets{b.soft.slice(1, 1)}), shape);
    CHECK_THAT(refusal<BinaryCrossEntropy<>>(b.x, Targets{b.bits.slice(0, 1)}), shape);
    CHECK_THAT(refusal<BinaryCrossEntropy<>>(b.x, Targets{b.bits.to(at::kInt)}), shape);
    for (const double wrong : {255.0, 1.0001, -0.1, std::nan("")}) {
      at::Tensor labels = b.bits.clone();
      labels[1][2] = wrong;
      CHECK_THAT(refusal<BinaryCrossEntropy<>>(b.x, Targets{labels}), StartsWith("data: the targets are from"));
      CHECK_THAT(refusal<BinaryCrossEntropy<>>(b.x.to(at::kFloat), Targets{labels.to(at::kFloat)}),
                 StartsWith("data: the targets are from"));
    }
    CHECK(refusal<BinaryCrossEntropy<>>(b.x, Targets{b.bits.mul(0.999).sub(0.0)}).empty());
    CHECK(refusal<BinaryCrossEntropy<>>(b.x, Targets{b.bits.sub(1).neg().mul(-0.0)}).empty());
    CHECK_THAT(refusal<BinaryCrossEntropy<>>(at::randn({2, 1, 4, 4}), Targets{at::zeros({2, 1, 4, 4}, at::kLong)}),
               Catch::Matchers::Contains("`.to(at::kFloat)`"));
    CHECK_THAT(refusal<BinaryCrossEntropy<>>(at::randn({2, 1, 4, 4}), Targets{at::zeros({2, 4, 4})}),
               Catch::Matchers::Contains("`.unsqueeze(1)`"));
    CHECK_THAT(refusal<MeanSquaredError<>>(b.x, Targets{b.y}), shape);
    CHECK_THAT(refusal<MeanSquaredError<>>(b.x, Targets{b.reals.select(1, 0)}), shape);
    CHECK_THAT((refusal<CrossEntropy<ClassWeights<1, 1>>>(b.x, Targets{b.y})),
               StartsWith("other: the loss has weights of 2 classes, and the head has 5"));
    // labels are of samples, not of pixels: numbers that are not theirs would be read
    const at::Tensor two = at::randint(0, 1, {2}, at::kLong), dense = at::randn({2, 3, 4, 4}, at::kDouble),
                     mask = dense.narrow(1, 0, 1);
    CHECK_THAT(refusal<CrossEntropy<>>(dense, Targets{two}), shape);
    CHECK_THAT((refusal<CrossEntropy<ClassWeights<1, 1, 1>>>(dense, Targets{two})), shape);
    CHECK_THAT(refusal<CrossEntropy<SoftTargets>>(dense, Targets{dense}), shape);
    CHECK_THAT(refusal<BinaryCrossEntropy<>>(mask, Targets{two}), shape);
    CHECK_THAT(refusal<Focal<>>(mask, Targets{two}), shape);
    const Batch one = batch(at::kDouble, 1);
    CHECK_THAT(refusal<BinaryCrossEntropy<>>(one.x, Targets{one.y.add(1)}), StartsWith("data: a label is not"));
  });
}

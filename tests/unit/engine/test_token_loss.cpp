// Losses of outputs for each token of a text: those without a label count for nothing, whatever else is said.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <span>
#include <vector>

#include <catch2/catch.hpp>

#include "../refusal.hpp"
#include "tuneit/engine/behaviour/accumulate.hpp"
#include "tuneit/engine/loss/check_loss.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/engine/metric/class_counts.hpp"
#include "tuneit/engine/metric/score.hpp"
#include "tuneit/recipe/losses/losses.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

constexpr std::int64_t N = 5, T = 7, K = 4;

struct Sample {
  at::Tensor y = at::randn({N, T, K}, make_generator(3), at::kDouble),
             labels = at::randint(0, K, {N, T}, make_generator(4), at::kLong);
  explicit Sample(bool some = true) {
    if (!some) return;
    labels.select(1, 0).fill_(no_label);
    labels[1].fill_(no_label);
    labels[2].narrow(0, 3, 4).fill_(no_label);
  }
};

double apart(const at::Tensor& a, const at::Tensor& b) {
  return a.to(at::kDouble).sub(b.to(at::kDouble)).abs().max().item<double>();
}

/// Against PyTorch's loss and the gradient that autograd makes of it.
template <class L>
void same_as_torch(const Sample& s, const std::vector<double>& weights, double smoothing, bool sum) {
  INFO(type_name<L>());
  for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
    const double margin = type == at::kDouble ? 1e-12 : 1e-6;
    at::Tensor x = s.y.detach().to(type).requires_grad_(true);
    std::optional<at::Tensor> w;
    if (!weights.empty()) w = at::tensor(weights, at::TensorOptions(at::kDouble)).to(type);
    const auto torch = [&](std::int64_t reduction) -> at::Tensor {
      return at::cross_entropy_loss(x.reshape({N * T, K}), s.labels.reshape({N * T}), w, reduction, no_label,
                                    smoothing);
    };
    torch(sum ? 2 : 1).backward();
    const at::NoGradGuard no_grad;
    const at::Tensor mean = torch(1);
    const auto wanted = mean.template item<double>();
    at::Tensor gradient;
    const StepResult told = loss_of<L>(x.detach(), s.labels, Numbers<L>{}, &gradient);
    CHECK(double{told.loss} == Approx(wanted).margin(margin));
    CHECK(apart(gradient, x.grad()) < margin * (sum ? 10 : 1));
    const BatchResult result = told;
    CHECK(result.count == N);
    CHECK(result.labels == s.labels.ne(no_label).sum().item<std::int64_t>());
    CHECK(result.correct == x.argmax(2).eq(s.labels).sum().item<std::int64_t>());

    // what a device does, where nobody knows which tokens have a label
    at::Tensor own;
    const LossValue v =
        tuneit::detail::loss_of_tokens_by_aten(x.detach().reshape({N * T, K}), s.labels.reshape({N * T}), &own,
                                               weights.empty() ? nullptr : weights.data(), sum, smoothing);
    CHECK(double{v.loss} == Approx(wanted).margin(10 * margin));
    CHECK(apart(own.view({N, T, K}), x.grad()) < 10 * margin);
    CHECK(double{v.correct} == static_cast<double>(result.correct));
    CHECK_FALSE(v.outside.item<bool>());
  }
}

at::Tensor spans_by_hand(const at::Tensor& y, const at::Tensor& t) {
  const auto one = [&](std::int64_t i) {
    return at::cross_entropy_loss(y.select(2, i), t.select(1, i), {}, 1, no_label, 0);
  };
  return one(0).add(one(1)).div(2);
}

}  // namespace

TEST_CASE("cross-entropy of tokens is torch's with its ignore_index: means, sums, weights, smoothing") {
  for (const bool some : {true, false}) {
    const Sample s(some);
    same_as_torch<CrossEntropy<>>(s, {}, 0, false);
    same_as_torch<CrossEntropy<Sum>>(s, {}, 0, true);
    same_as_torch<CrossEntropy<LabelSmoothing<0.1>>>(s, {}, 0.1, false);
    same_as_torch<CrossEntropy<ClassWeights<1, 3, 0.5, 2>>>(s, {1, 3, 0.5, 2}, 0, false);
    same_as_torch<CrossEntropy<ClassWeights<1, 3, 0.5, 2>, Sum>>(s, {1, 3, 0.5, 2}, 0, true);
  }
}

TEST_CASE("a batch in which no token has a label: no loss, no gradient, no weight") {
  Sample s;
  s.labels.fill_(no_label);
  at::Tensor gradient;
  const BatchResult r = loss_of<CrossEntropy<>>(s.y, s.labels, Numbers<CrossEntropy<>>{}, &gradient);
  CHECK(r.loss == 0);
  CHECK(r.labels == 0);
  CHECK(apart(gradient, s.y.mul(0)) == 0);
  CHECK(double{weight_of<CrossEntropy<>>(s.labels)} == 0);
  const LossValue v =
      tuneit::detail::loss_of_tokens_by_aten(s.y.view({-1, K}), s.labels.view({-1}), &gradient, nullptr, false, 0);
  CHECK(double{v.loss} == 0);
  CHECK(gradient.abs().max().item<double>() == 0);
}

TEST_CASE("labels of tokens that are none, and targets that are none of tokens, are refused") {
  Sample s;
  const Numbers<CrossEntropy<>> n;
  s.labels[3][5] = K;
  CHECK_REFUSED(loss_of<CrossEntropy<>>(s.y, s.labels, n, nullptr), ErrorKind::Data,
                "it is 4 (token 5 of sample 3 of the batch, from 0)");
  s.labels[3][5] = -1;
  CHECK_REFUSED(loss_of<CrossEntropy<>>(s.y, s.labels, n, nullptr), ErrorKind::Data, "-100 is none");
  const auto v =
      tuneit::detail::loss_of_tokens_by_aten(s.y.view({-1, K}), s.labels.view({-1}), nullptr, nullptr, false, 0);
  CHECK(v.outside.item<bool>());
  CHECK_REFUSED(loss_of<CrossEntropy<>>(s.y, s.labels.select(1, 1), n, nullptr), ErrorKind::Data,
                "one for each token of each sample");
  CHECK_REFUSED(loss_of<CrossEntropy<>>(s.y.select(1, 0).contiguous(), s.labels.narrow(1, 1, 1), n, nullptr),
                ErrorKind::Data, "one for each sample");
  CHECK_REFUSED(loss_of<SpanLoss<>>(s.y, s.labels, Numbers<SpanLoss<>>{}, nullptr), ErrorKind::Data,
                "outputs [samples, tokens, 2]");
}

TEST_CASE("windows of batches divide by the labels of all of them") {
  const Sample s;
  const auto gradient = [&](std::int64_t from, std::int64_t rows) {
    at::Tensor g;
    loss_of<CrossEntropy<>>(s.y.narrow(0, from, rows), s.labels.narrow(0, from, rows), Numbers<CrossEntropy<>>{}, &g);
    at::Tensor all = s.y.mul(0);
    all.narrow(0, from, rows).copy_(g);
    return all;
  };
  AccumulatedGradients<> window;
  for (const auto& [from, rows] :
       {std::pair<std::int64_t, std::int64_t>{1, 1}, {0, 1}, {2, 3}}) {  // the first has none
    std::vector<at::Tensor> g{gradient(from, rows)};
    window.add(g, weight_of<CrossEntropy<>>(s.labels.narrow(0, from, rows)));
  }
  std::vector<at::Tensor> g;
  window.finish(g);
  CHECK(apart(g[0], gradient(0, N)) < 1e-15);
  using Weights = CrossEntropy<ClassWeights<1, 3, 0.5, 2>>;
  const double counted[] = {1, 3, 0.5, 2};
  double sum = 0;
  for (std::int64_t i = 0; i < N; ++i)
    for (std::int64_t t = 0; t < T; ++t)
      if (const auto y = s.labels[i][t].item<std::int64_t>(); y != no_label) sum += counted[y];
  CHECK(double{weight_of<Weights>(s.labels)} == Approx(sum));
  // several processes ask before a loss has looked at the labels
  const at::Tensor unseen = at::tensor(std::vector<std::int64_t>{1'000'000, -1, 1, no_label}).view({2, 2});
  CHECK(double{weight_of<Weights>(unseen)} == 3);
}

TEST_CASE("means over batches of tokens are means over their labels") {
  const Sample s;
  Score score;
  MetricSums metrics(List<Accuracy, TopK<2>>{});
  for (const auto& [from, rows] : {std::pair<std::int64_t, std::int64_t>{0, 2}, {2, 3}}) {
    const at::Tensor y = s.y.narrow(0, from, rows), labels = s.labels.narrow(0, from, rows);
    score.add(score_of<CrossEntropy<>>(y, labels));
    metrics.add(Outputs(y), Targets{labels});
  }
  const BatchResult all = score_of<CrossEntropy<>>(s.y, s.labels);
  CHECK(score.count == N);
  CHECK(score.loss() == Approx(all.loss).epsilon(1e-12));
  CHECK(score.accuracy() == Approx(static_cast<double>(all.correct) / static_cast<double>(all.labels)));
  const auto figures = metrics.read();
  CHECK(figures[0].value == Approx(score.accuracy()));
  CHECK(figures[1].value > figures[0].value);
  CHECK(figures[1].value < 1);
}

TEST_CASE("F1 and Matthews' correlation of tokens are those of the counts, whatever the batches") {
  const Sample s;
  MetricSums metrics(List<MacroF1, Matthews>{});
  CHECK(std::isnan(metrics.read()[0].value));
  for (const auto& [from, rows] : {std::pair<std::int64_t, std::int64_t>{0, 2}, {2, 3}})
    metrics.add(Outputs(s.y.narrow(0, from, rows)), Targets{s.labels.narrow(0, from, rows)});
  report::ClassCounts counts(K);
  for (std::int64_t i = 0; i < N; ++i)
    for (std::int64_t t = 0; t < T; ++t)
      if (const auto y = s.labels[i][t].item<std::int64_t>(); y != no_label)
        counts.add(y, s.y[i][t].argmax().item<std::int64_t>());
  CHECK(metrics.read()[0].value == Approx(counts.macro_f1()).epsilon(1e-14));
  CHECK(metrics.read()[1].value == Approx(counts.matthews()).epsilon(1e-14));
  metrics.reset();
  const at::Tensor y = s.y.select(1, 0), right = y.argmax(1);  // of samples
  metrics.add(Outputs(y), Targets{right});
  CHECK(metrics.read()[0].value == 1);
  CHECK(metrics.read()[1].value == Approx(1));
}

TEST_CASE("counts of classes over several processes: one sum of all, also where one has seen nothing") {
  const Sample s;
  Metric<MacroF1> all, first, second, none;
  all.add(Outputs(s.y), Targets{s.labels});
  first.add(Outputs(s.y.narrow(0, 0, 2)), Targets{s.labels.narrow(0, 0, 2)});
  second.add(Outputs(s.y.narrow(0, 2, 3)), Targets{s.labels.narrow(0, 2, 3)});
  const auto said = [](auto& of) {  // what it gives to each sum
    std::vector<std::vector<double>> sums;
    of.over([&](std::span<double> x) { sums.emplace_back(x.begin(), x.end()); });
    return sums;
  };
  const auto of_second = said(second);
  REQUIRE(of_second.size() == 2);
  CHECK(of_second[0] == std::vector<double>{K, 1});
  CHECK(of_second[1].size() == 3 * K);
  const auto with_second = [&](Metric<MacroF1>& own) {
    std::size_t at = 0;
    own.over([&](std::span<double> x) {
      for (std::size_t i = 0; i < x.size(); ++i) x[i] += of_second[at][i];
      ++at;
    });
    CHECK(at == 2);
    return own.read();
  };
  CHECK(with_second(first) == all.read());
  CHECK(with_second(none) == second.read());
  Metric<MacroF1> nobody;
  CHECK(said(nobody).size() == 1);
  CHECK(std::isnan(nobody.read()));
}

TEST_CASE("where answers begin and end: the mean of both, those out of the text left out") {
  for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
    at::Tensor y = at::randn({N, T, 2}, make_generator(5), type).requires_grad_(true);
    const at::Tensor t = at::randint(0, T, {N, 2}, make_generator(6), at::kLong);
    t[1][0] = no_label;
    t[2].fill_(no_label);
    spans_by_hand(y, t).backward();
    const at::NoGradGuard no_grad;
    at::Tensor gradient, sum;
    const BatchResult r = loss_of<SpanLoss<>>(y.detach(), t, Numbers<SpanLoss<>>{}, &gradient);
    CHECK(r.loss == Approx(spans_by_hand(y, t).item<double>()).margin(1e-6));
    CHECK(apart(gradient, y.grad()) < (type == at::kDouble ? 1e-14 : 1e-7));
    t[2].fill_(T);  // behind the last token
    CHECK(double{loss_of<SpanLoss<>>(y.detach(), t, Numbers<SpanLoss<>>{}, nullptr).loss} == Approx(r.loss));
    const at::Tensor best = y.detach().argmax(1);
    CHECK(BatchResult(loss_of<SpanLoss<>>(y.detach(), best, Numbers<SpanLoss<>>{}, nullptr)).correct == N);
    loss_of<SpanLoss<Sum>>(y.detach(), best, Numbers<SpanLoss<Sum>>{}, &sum);
    loss_of<SpanLoss<>>(y.detach(), best, Numbers<SpanLoss<>>{}, &gradient);
    CHECK(apart(sum, gradient.mul(static_cast<double>(N))) < 1e-6);
  }
}

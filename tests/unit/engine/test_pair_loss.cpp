// Losses of vectors that go together, against their formulas recorded by autograd.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cosine_similarity.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/pairwise_distance.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "../refusal.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/recipe/losses/losses.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

double apart(const at::Tensor& a, const at::Tensor& b) {
  return a.to(at::kDouble).sub(b.to(at::kDouble)).abs().max().item<double>();
}
at::Tensor row(const at::Tensor& y, std::int64_t of, std::int64_t which) {
  return y.view({-1, of, y.size(1)}).select(1, which);
}
at::Tensor unit(const at::Tensor& x) { return x.div(x.norm(2, {1}, true)); }

/// Value and gradient are those of the formula; of the sum they are times the groups.
template <class L, class F>
void same_as(const at::Tensor& labels, std::int64_t group, const F& formula) {
  INFO(type_name<L>());
  for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
    const at::Tensor y = at::randn({4 * group, 6}, make_generator(9), at::kDouble).to(type).requires_grad_(true);
    const at::Tensor value = formula(y);
    value.backward();
    const at::NoGradGuard no_grad;
    at::Tensor gradient;
    const StepResult told = loss_of<L>(y.detach(), labels, Numbers<L>{}, &gradient);
    CHECK(double{told.loss} == Approx(value.template item<double>()).margin(type == at::kDouble ? 1e-12 : 1e-5));
    const at::Tensor wanted = std::is_same_v<typename L::reduction, Sum> ? y.grad().mul(4) : y.grad();
    CHECK(apart(gradient, wanted) < (type == at::kDouble ? 1e-12 : 1e-5));
  }
}

}  // namespace

TEST_CASE("cosines of pairs, negatives in the batch and triplets are what sentence-transformers trains") {
  const at::Tensor scores = at::rand({8, 1}, make_generator(1), at::kFloat), none = at::arange(12);
  const auto cosine = [&](const at::Tensor& y) {
    const at::Tensor t = scores.to(y.scalar_type()).view({-1, 2}).select(1, 0);
    return at::cosine_similarity(row(y, 2, 0), row(y, 2, 1)).sub(t).square().mean();
  };
  same_as<CosineSimilarity<>>(scores, 2, cosine);
  same_as<CosineSimilarity<Sum>>(scores, 2, cosine);
  const auto ranking = [&](std::int64_t group, double scale) {
    return [=](const at::Tensor& y) {
      std::vector<at::Tensor> others;
      for (std::int64_t i = 1; i < group; ++i) others.push_back(unit(row(y, group, i)));
      at::Tensor all = others[0];
      if (group == 3) {
        all = at::Tensor(y.new_empty({8, 6}));
        all = others[0].unsqueeze(0).expand({2, 4, 6}).clone();
        all.select(0, 1).copy_(others[1]);
        all = all.reshape({8, 6});
      }
      return at::cross_entropy_loss(unit(row(y, group, 0)).mm(all.t()).mul(scale), at::arange(4));
    };
  };
  same_as<InBatchNegatives<>>(none, 2, ranking(2, 20));
  same_as<InBatchNegatives<SimilarityScale<5>, GroupSize<3>>>(none, 3, ranking(3, 5));
  same_as<InBatchNegatives<Sum>>(none, 2, ranking(2, 20));
  for (const double margin : {5.0, 1.0}) {
    const auto triplet = [&](const at::Tensor& y) {
      const auto far = [&](std::int64_t i) { return at::pairwise_distance(row(y, 3, 0), row(y, 3, i)); };
      return far(1).sub(far(2)).add(margin).clamp_min(0).mean();
    };
    if (margin == 5)
      same_as<TripletMargin<>>(none, 3, triplet);
    else
      same_as<TripletMargin<TripletDistance<1>>>(none, 3, triplet);
  }
}

TEST_CASE("hits of pairs are those whose own text is the nearest; rows that are no whole groups are refused") {
  at::Tensor y = at::randn({8, 6}, make_generator(2));
  for (std::int64_t i = 0; i < 8; i += 2) y[i + 1].copy_(y[i]);
  const at::Tensor labels = at::arange(8);
  CHECK(BatchResult(loss_of<InBatchNegatives<>>(y, labels, Numbers<InBatchNegatives<>>{}, nullptr)).correct == 8);
  CHECK_REFUSED(loss_of<TripletMargin<>>(y, labels, Numbers<TripletMargin<>>{}, nullptr), ErrorKind::Data,
                "groups of 3 rows");
  CHECK_REFUSED(loss_of<CosineSimilarity<>>(y, labels, Numbers<CosineSimilarity<>>{}, nullptr), ErrorKind::Data,
                "a floating-point number for each row");
}

#pragma once
// Backward as composed by the compiler against autograd on the plain forward, in double precision.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tuneit/engine/trainer.hpp"

namespace tuneit::test {

using namespace tuneit;

/// Tensors as after some training: nothing is at its special value.
template <class Model>
Tensors used_tensors(std::uint64_t seed) {
  const auto g = make_generator(seed);
  Tensors tensors = make_tensors<Model>(5, g);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorRow& row = table<Model>.rows[i];
    at::Tensor& t = tensors[i];
    if (row.kind == Kind::BatchCount) continue;
    t = t.to(at::kDouble);
    if (row.base < 0) t.add_(at::randn(t.sizes(), g, at::kDouble), 0.3);  // what rules added started from zeros
    if (row.owner != Owner::Norm) continue;
    if (row.kind == Kind::RunningMean || row.kind == Kind::Bias)
      t.normal_(0, 0.2, g);
    else
      t.uniform_(0.6, 1.4, g);
  }
  return tensors;
}

inline Tensors copies(const Tensors& tensors) {
  Tensors out;
  for (const at::Tensor& t : tensors) out.push_back(t.clone());
  return out;
}

/// Largest difference in proportion to the largest value, or to `least` if that is larger.
inline double difference(const at::Tensor& a, const at::Tensor& b, double least = 1e-12) {
  return a.sub(b).abs().max().item<double>() / std::max(b.abs().max().item<double>(), least);
}

/// The gradients of a random functional of the logits, by autograd and by TrainPass.
template <class Network, class... Policies>
void check(int side, int batch = 3) {
  using R = Finetune<Network, Policies..., Precision<FP64>>;
  using Model = typename R::model;
  const Tensors ours = used_tensors<Model>(1);
  Tensors reference = copies(ours);
  const auto g = make_generator(2);
  const std::int64_t channels = Model::input::channels;
  const at::Tensor x =
      side > 1 ? at::randn({batch, channels, side, side}, g, at::kDouble).contiguous(at::MemoryFormat::ChannelsLast)
               : at::randn({batch, channels}, g, at::kDouble);

  for (std::size_t i = 0; i < reference.size(); ++i)
    if (!table<Model>.rows[i].is_buffer() && !plan<R>.rows[i].frozen) reference[i].requires_grad_(true);
  const at::Tensor expected = forward<R>(x, reference, make_generator(3));
  const at::Tensor direction = at::randn(expected.sizes(), g, at::kDouble);
  expected.backward(direction);

  Tensors gradients(ours.size());
  at::Tensor logits;
  {
    const tuneit::detail::BelowAutograd below;
    at::Tensor features = x;
    if constexpr (frozen_prefix<R>() > 0) features = infer<Model, 0, frozen_prefix<R>()>(x, ours);
    TrainPass<R> pass;
    PendingStatistics statistics;
    logits = pass.forward(features, ours, make_generator(3), &statistics);
    pass.backward(direction.clone(), gradients);
    statistics.commit();
  }
  CHECK(difference(logits, expected.detach()) < 1e-9);
  double worst = 0, largest = 0;
  for (const at::Tensor& t : reference)
    if (t.grad().defined()) largest = std::max(largest, t.grad().abs().max().item<double>());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO(std::string(table<Model>.name(i)));
    if (table<Model>.rows[i].is_buffer()) {  // statistics move alike
      CHECK(difference(ours[i].to(at::kDouble), reference[i].to(at::kDouble)) < 1e-9);
      continue;
    }
    if (plan<R>.rows[i].frozen) continue;
    REQUIRE(gradients[i].defined());
    REQUIRE(gradients[i].sizes() == ours[i].sizes());
    // a bias before a batch norm has the gradient 0, and rounding in its place
    const double d = difference(gradients[i], reference[i].grad(), 1e-8 * largest);
    worst = std::max(worst, d);
    CHECK(d < 1e-6);
  }
  UNSCOPED_INFO("largest relative difference " << worst);
  CHECK(worst < 1e-6);
}

}  // namespace tuneit::test

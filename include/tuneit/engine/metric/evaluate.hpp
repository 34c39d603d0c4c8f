#pragma once
// What does a network say to a test part? Where it is read in several views, the mean of its outputs counts.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/data/batches/batch_guard.hpp"
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/data/batches/upload.hpp"
#include "tuneit/engine/checks/fit_checks.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/metric/score.hpp"

namespace tuneit {

namespace detail {

/// Outputs of several views of the same batches, added up view after view.
class ViewSums {
 public:
  explicit ViewSums(std::uint64_t views) : views_(views) {}
  void begin_view() { at_ = 0; }
  /// The mean so far, which is that of all views in the last one.
  Outputs add(const Outputs& outputs) {
    std::vector<at::Tensor> means;
    for (const at::Tensor& one : outputs) means.push_back(add(one));
    return Outputs(std::move(means));
  }
  at::Tensor add(const at::Tensor& logits) {
    const at::NoGradGuard no_grad;
    if (at_ == sums_.size()) sums_.push_back(aten::zeros_like(logits));
    return sums_[at_++].add_(logits, 1.0 / static_cast<double>(views_));
  }

 private:
  std::uint64_t views_;
  std::size_t at_ = 0;
  std::vector<at::Tensor> sums_;
};

/// Reads the views of a source of batches one after the other. outputs(batch) are logits; sees(batch, logits) is called
/// in the last view, with the mean over all of them.
template <class Source, class Outputs, class See>
void each_output(Source& source, std::uint64_t views, const Outputs& outputs, See&& sees) {
  ViewSums sums(views);
  for (std::uint64_t view = 0; view < views; ++view) {
    sums.begin_view();
    source.start(view);
    while (auto batch = source.next()) {
      auto logits = outputs(*batch);
      if (views > 1) logits = sums.add(logits);
      if (view + 1 == views) sees(*batch, logits);
    }
  }
}

/// Tells a source where its batches are trained on, if the trainer knows.
template <class T>
void send_to(const T& trainer, data::Batches& loader) {
  if constexpr (requires { loader.set_device(trainer.device()); }) loader.set_device(trainer.device());
}

/// Where it computes: on the CPU, where it does not say.
template <class T>
at::Device device_of(const T& trainer) {
  if constexpr (requires { trainer.device(); }) return trainer.device();
  return at::kCPU;
}

/// How many views of each picture a test part has.
inline std::uint64_t test_views(const data::Batches& test) { return std::max<std::uint64_t>(test.views(), 1); }

}  // namespace detail

/// Calls sees(batch, logits) for every batch of a test part. The loader must not shuffle or augment; where it has
/// several views of each picture (TestViews), the logits are their mean, and the batch is that of the last view. Of a
/// network with several inputs or outputs `logits` are all Outputs.
template <class T, class See>
void each_tested(const T& trainer, data::Batches& loader, See&& sees) {
  detail::check_source(loader, "test");
  data::BatchGuard guard;
  std::optional<data::BatchUpload> upload;
  if (const c10::Device device = detail::device_of(trainer); device.is_cuda()) upload.emplace(device);
  const auto outputs = [&](data::Batch& batch) {
    const ArenaScope memory(detail::device_of(trainer));
    guard.check(batch, loader);
    if (upload) (*upload)(batch);
    if constexpr (detail::takes_several<T>)
      return trainer.outputs(batch);
    else
      return trainer.logits(batch.images);
  };
  detail::send_to(trainer, loader);
  detail::each_output(loader, detail::test_views(loader), outputs, sees);
}

/// Runs the test part; sees(batch, logits) is called for every batch, as each_tested. A trainer is a Trainer<R>, or
/// anything with its members.
template <class T, class See>
Score evaluate(const T& trainer, data::Batches& loader, See&& sees) {
  detail::check_source(loader, "test");
  detail::check_labels(trainer, loader);
  Score score;
  MetricSums metrics = detail::metrics_of(trainer);
  metrics.of(loader);
  each_tested(trainer, loader, [&](const data::Batch& batch, const auto& logits) {
    {
      const ArenaScope memory(detail::device_of(trainer));
      if constexpr (detail::takes_several<T>) {
        score.add(trainer.score(logits, batch, metrics));
      } else {
        score.add(detail::score_with(trainer, logits, batch.labels));
        if (!metrics.empty()) metrics.add(logits, Targets{batch.labels}, batch.index);
      }
    }
    sees(batch, logits);
  });
  score.check_labels();
  score.figures = metrics.read();
  return score;
}

template <class T>
Score evaluate(const T& trainer, data::Batches& loader) {
  return evaluate(trainer, loader, [](const data::Batch&, const auto&) {});
}

}  // namespace tuneit

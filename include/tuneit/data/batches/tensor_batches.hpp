#pragma once
// Batches of what is in memory already: one tensor of samples, one of labels; or one of each input and each target.
#include <ATen/core/Tensor.h>
#include <ATen/ops/index_select_ops.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/data/batches/schema.hpp"
#include "tuneit/data/random.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit::data {

/// `TensorBatches train(images, labels, 32, {.shuffle = true});`: samples along dimension 0 of float images [N, C, H,
/// W] (or [N, numbers]); labels: int64 [N], or floats [N, K] where samples have K targets. Nothing is copied but the
/// batches. Shuffled anew every epoch, the same for a seed.
class TensorBatches final : public Batches {
 public:
  struct Options {
    bool shuffle = false;
    std::uint64_t seed = 0;
  };

  /// Throws Error(Usage) for tensors of different lengths, labels that are neither, and batches of no sample.
  TensorBatches(at::Tensor images, at::Tensor labels, std::size_t batch_size, Options options)
      : images_(std::move(images)), labels_(std::move(labels)), batch_size_(batch_size), options_(options) {
    const auto refuse = [](const std::string& what, const char* mend) { throw Error(ErrorKind::Usage, what, mend); };
    if (!images_.defined() || !labels_.defined() || images_.dim() < 2 || labels_.dim() < 1)
      refuse("a source of batches needs images [N, ...] and labels [N] or [N, K]", "Give a tensor of each.");
    if (images_.size(0) != labels_.size(0))
      refuse(
          "there are " + std::to_string(images_.size(0)) + " images and " + std::to_string(labels_.size(0)) + " labels",
          "Give one label for each image.");
    if (labels_.scalar_type() != at::kLong && !labels_.is_floating_point())
      refuse(std::string("the labels are ") + c10::toString(labels_.scalar_type()),
             "Give classes as int64, `labels.to(at::kLong)`, and other targets as float32.");
    if (labels_.scalar_type() == at::kLong && labels_.dim() != 1)
      refuse("labels that are classes have " + std::to_string(labels_.dim()) + " dimensions", "They are [N].");
    if (batch_size_ == 0) refuse("batches of no samples", "Give a batch size of 1 or more.");
    if (labels_.scalar_type() == at::kLong)
      classes_ = labels_.to(at::kCPU).contiguous();  // asked for one by one
    else
      labels_ = labels_.dim() == 1 ? labels_.unsqueeze(1) : labels_;
  }
  TensorBatches(at::Tensor images, at::Tensor labels, std::size_t batch_size)
      : TensorBatches(std::move(images), std::move(labels), batch_size, Options{}) {}
  /// Of a network with several inputs, or a recipe with several losses: `TensorBatches train({images, beside},
  /// {classes, depth}, 32, {.shuffle = true});`, in the order that Batch has. Throws Error(Usage) where one is missing,
  /// or not as long as the first.
  TensorBatches(std::vector<at::Tensor> inputs, std::vector<at::Tensor> targets, std::size_t batch_size,
                Options options)
      : TensorBatches(inputs.empty() ? at::Tensor() : inputs[0], targets.empty() ? at::Tensor() : targets[0],
                      batch_size, options) {
    const auto add = [&](const std::vector<at::Tensor>& from, std::vector<at::Tensor>& to, const char* what) {
      for (std::size_t i = 1; i < from.size(); ++i) {
        const std::int64_t rows = from[i].defined() && from[i].dim() > 0 ? from[i].size(0) : 0;
        if (rows != images_.size(0))
          throw Error(ErrorKind::Usage,
                      "there are " + std::to_string(images_.size(0)) + " samples, and " + std::to_string(rows) +
                          " in " + what + " " + std::to_string(i) + " (from 0)",
                      "Give each input and target as many rows.");
        to.push_back(from[i]);
      }
    };
    add(inputs, other_inputs_, "input");
    add(targets, other_targets_, "target");
  }
  TensorBatches(std::vector<at::Tensor> inputs, std::vector<at::Tensor> targets, std::size_t batch_size)
      : TensorBatches(std::move(inputs), std::move(targets), batch_size, Options{}) {}

  /// The batch sizes of a recipe's phases (`Phase<Epochs<2>, BatchSize<8>>`) from their first epochs on:
  /// `train.set_phases<R>(settings);`. Throws Error(Usage) where phases want other pictures (Side, Augment): what is in
  /// memory stays as it is.
  template <class R>
  void set_phases(const Settings& s = defaults<R>()) {
    using P = typename R::parts;
    if constexpr (tuneit::detail::differs_in_phases<P, tuneit::slots::Side> ||
                  tuneit::detail::differs_in_phases<P, tuneit::slots::Augment>)
      throw Error(
          ErrorKind::Usage,
          "phases of the recipe have pictures of their own (Side, Augment), and tensors in memory stay as they are",
          "Read the pictures by a Loader, or write a data::Batches that heeds enter_epoch.");
    first_epochs_.clear();
    sizes_.clear();
    if constexpr (tuneit::detail::differs_in_phases<P, tuneit::slots::BatchSize>)
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        std::size_t epoch = 1;
        ((first_epochs_.push_back(epoch), sizes_.push_back(static_cast<std::size_t>(batch_size_in<R, I>(s))),
          epoch += static_cast<std::size_t>(s.values[tuneit::detail::phase_offset<P, I>])),
         ...);
      }
    (std::make_index_sequence<R::phase_count>{});
    enter_epoch(1);
  }
  void enter_epoch(std::uint64_t epoch) override {
    for (std::size_t i = 0; i < sizes_.size() && first_epochs_[i] <= epoch; ++i) batch_size_ = sizes_[i];
  }
  [[nodiscard]] std::uint64_t epochs_alike(std::uint64_t epoch) const override {
    for (const std::size_t first : first_epochs_)
      if (first > epoch) return first - epoch;
    return ~std::uint64_t{0};
  }

  using Batches::start;
  void start(std::uint64_t /*epoch*/, std::vector<std::size_t> order) override {
    order_ = std::move(order);
    at_ = 0;
  }
  std::optional<Batch> next() override {
    if (at_ >= order_.size()) return std::nullopt;
    const std::size_t end = std::min(order_.size(), at_ + batch_size_);
    Batch batch;
    batch.index.assign(order_.begin() + static_cast<std::ptrdiff_t>(at_),
                       order_.begin() + static_cast<std::ptrdiff_t>(end));
    at_ = end;
    batch.images = rows(images_, batch.index);
    batch.labels = rows(labels_, batch.index);
    for (const at::Tensor& one : other_inputs_) batch.other_inputs.push_back(rows(one, batch.index));
    batch.other_targets = other_targets(batch.index);
    return batch;
  }

  [[nodiscard]] std::size_t size() const override { return static_cast<std::size_t>(images_.size(0)); }
  /// -1 where samples have targets instead of classes.
  [[nodiscard]] int label(std::size_t position) const override {
    return classes_.defined() ? static_cast<int>(classes_.const_data_ptr<std::int64_t>()[position]) : -1;
  }
  [[nodiscard]] at::Tensor labels(std::span<const std::size_t> positions) const override {
    return rows(labels_, positions);
  }
  /// Where there are several inputs or targets.
  [[nodiscard]] std::optional<Schema> schema() const override {
    if (other_inputs_.empty() && other_targets_.empty()) return std::nullopt;
    return schema_of({images_, labels_, {}, other_inputs_, other_targets_});
  }
  [[nodiscard]] std::vector<at::Tensor> other_targets(std::span<const std::size_t> positions) const override {
    std::vector<at::Tensor> all;
    for (const at::Tensor& one : other_targets_) all.push_back(rows(one, positions));
    return all;
  }
  [[nodiscard]] std::vector<std::size_t> order(std::uint64_t epoch) const override {
    if (options_.shuffle) return permutation(size(), options_.seed, epoch);
    std::vector<std::size_t> all(size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }
  [[nodiscard]] std::size_t batch_size() const override { return batch_size_; }
  [[nodiscard]] std::size_t samples() const override { return size(); }

 private:
  static at::Tensor rows(const at::Tensor& of, std::span<const std::size_t> positions) {
    at::Tensor index = aten::empty({static_cast<std::int64_t>(positions.size())}, at::TensorOptions(at::kLong));
    std::copy(positions.begin(), positions.end(), index.mutable_data_ptr<std::int64_t>());
    return at::_ops::index_select::call(of, 0, index.to(of.device()));
  }

  at::Tensor images_, labels_, classes_;
  std::vector<at::Tensor> other_inputs_, other_targets_;
  std::size_t batch_size_;
  std::vector<std::size_t> first_epochs_, sizes_;  ///< of phases
  Options options_;
  std::vector<std::size_t> order_;
  std::size_t at_ = 0;
};

}  // namespace tuneit::data

namespace tuneit {
using data::TensorBatches;
}

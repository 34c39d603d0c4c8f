#pragma once
// How does a list of pictures become batches of tensors, ahead of the training step?
#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/data/augment/augment.hpp"
#include "tuneit/data/augment/device_finish.hpp"
#include "tuneit/data/batches/batch_memory.hpp"
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/data/batches/filled_batch.hpp"
#include "tuneit/data/batches/loader_options.hpp"
#include "tuneit/data/batches/prefetch.hpp"
#include "tuneit/data/batches/read_sample.hpp"
#include "tuneit/data/batches/sampling.hpp"
#include "tuneit/data/image/cache.hpp"
#include "tuneit/data/random.hpp"

namespace tuneit::data {

/// Decodes, augments and batches samples: `start(epoch)`, then `next()` until it gives nothing. The order and every
/// pixel depend on (seed, epoch, position in the list) alone, never on the number of workers or the cache; with `views`
/// the pixels depend on the epoch's view in its place.
/// A picture that cannot be used surfaces from next() as ErrorKind::Data with its file name; the threads end then. With
/// `skip_at_most` so many of the list are left out, which makes their batches shorter, and are listed by skipped().
/// They are counted batch by batch in the order of the epoch, so that neither a batch nor an error depends on the
/// workers. start() may be called at any time (an unfinished epoch is dropped); the destructor joins.
class Loader final : public Batches {
 public:
  Loader(std::vector<Sample> samples, Augment augment, LoaderOptions options)
      : samples_(std::move(samples)),
        augment_(std::move(augment)),
        options_(options),
        cache_(samples_.size(), options.cache_bytes),
        memory_(options.prefetch_batches + 2) {
    detail::check_loadable(samples_, options_);
  }

  /// From their first epochs on batches are as these say; in their order, the first from epoch 1 on. Beside
  /// LoaderOptions and the transforms that the loader was made with, which hold before that.
  void set_phases(std::vector<DataPhase> phases) {
    phases_ = std::move(phases);
    enter_epoch(1);
  }
  void enter_epoch(std::uint64_t epoch) override {
    const DataPhase* now = nullptr;
    for (const DataPhase& p : phases_)
      if (now == nullptr || p.first_epoch <= epoch) now = &p;
    if (now == nullptr || now->first_epoch == entered_) return;
    running_.reset();  // its threads use what changes here
    entered_ = now->first_epoch;
    options_.batch_size = now->batch_size;
    const bool kept_transformed = augment_.fixed() || now->augment.fixed();
    augment_ = now->augment;
    finish_.reset();
    if (kept_transformed || options_.scaled_decoding) cache_.clear();  // of pictures as the other transforms want them
  }
  [[nodiscard]] std::uint64_t epochs_alike(std::uint64_t epoch) const override {
    for (const DataPhase& p : phases_)
      if (p.first_epoch > epoch) return p.first_epoch - epoch;
    return ~std::uint64_t{0};
  }

  using Batches::start;
  void start(std::uint64_t epoch, std::vector<std::size_t> order) override {
    running_.reset();
    view_ = view(epoch);
    waited_ = 0.0;
    left_out_ = 0;
    order_ = std::move(order);
    if (!options_.finish_on)
      finish_.reset();
    else if (!finish_ || finish_->device() != *options_.finish_on)
      finish_.emplace(augment_, *options_.finish_on);
    using detail::FilledBatch;
    PrefetchPlan<FilledBatch> plan;
    plan.rows = order_.size();
    plan.batch_rows = options_.batch_size;
    plan.ahead = options_.prefetch_batches;
    plan.workers = options_.workers;
    plan.make = [this](std::size_t batch) { return make(batch); };
    plan.fill = [this](FilledBatch& into, std::size_t row, std::size_t place) { fill(into, row, place); };
    plan.enter = [] { detail::one_torch_thread(); };
    if (!order_.empty()) running_ = std::make_unique<Prefetch<FilledBatch>>(std::move(plan));
  }

  std::optional<Batch> next() override {
    while (running_) {
      const auto begin = std::chrono::steady_clock::now();
      std::optional<detail::FilledBatch> filled = running_->next();
      waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      if (!filled) {
        looks_ = false;  // an epoch is through
        break;
      }
      note_findings(*filled);
      if (!filled->bad.empty()) leave_out(*filled);
      if (!filled->batch.index.empty()) return finished(std::move(*filled));
    }
    return std::nullopt;
  }

  /// The pictures that were left out so far, in the order in which they were met, each once.
  struct Skipped {
    std::string path, reason;
  };
  [[nodiscard]] const std::vector<Skipped>& skipped() const { return skipped_; }

  /// What is to be known of the pictures that were met until the first epoch was through.
  [[nodiscard]] const Findings& findings() const { return findings_; }

  [[nodiscard]] std::size_t size() const override { return samples_.size(); }
  [[nodiscard]] int label(std::size_t position) const override { return samples_[position].label; }
  [[nodiscard]] bool always_finite() const override { return true; }  // bytes; targets are checked when they are read
  [[nodiscard]] std::string describe(std::size_t position) const override {
    return "the picture " + io::quote(samples_[position].path, 400);
  }
  [[nodiscard]] at::Tensor labels(std::span<const std::size_t> positions) const override {
    const std::size_t targets = samples_.front().targets.size();
    if (targets == 0) return Batches::labels(positions);
    at::Tensor out = aten::empty({static_cast<std::int64_t>(positions.size()), static_cast<std::int64_t>(targets)});
    auto* to = out.mutable_data_ptr<float>();
    for (const std::size_t at : positions) to = std::copy_n(samples_[at].targets.data(), targets, to);
    return out;
  }
  [[nodiscard]] std::vector<std::size_t> order(std::uint64_t epoch) const override {
    std::vector<std::size_t> out = detail::order_of_epoch(samples_, options_, epoch);
    out.resize(samples());
    return out;
  }
  [[nodiscard]] std::uint64_t views() const override { return augment_.random() ? options_.views : augment_.views(); }
  /// As LoaderOptions::views, from the next start() on.
  void set_views(unsigned views) override { options_.views = views; }
  /// LoaderOptions::finish_on, where it is not the CPU: there the workers finish faster.
  void set_device(at::Device device) override {
    if (!device.is_cpu()) options_.finish_on = device;
  }

  [[nodiscard]] std::size_t batch_size() const override { return options_.batch_size; }
  /// Samples of an epoch: all of them, or whole batches only with drop_last.
  [[nodiscard]] std::size_t samples() const override {
    return options_.drop_last ? samples_.size() / options_.batch_size * options_.batch_size : samples_.size();
  }
  [[nodiscard]] std::size_t left_out() const override { return left_out_; }
  [[nodiscard]] double wait_seconds() const override { return waited_; }
  [[nodiscard]] const std::vector<Sample>& list() const { return samples_; }
  [[nodiscard]] const Augment& augment() const { return augment_; }
  [[nodiscard]] const LoaderOptions& options() const { return options_; }

 private:
  detail::FilledBatch make(std::size_t batch) const {
    const std::size_t first = batch * options_.batch_size;
    detail::FilledBatch out = allocate({order_.data() + first, std::min(options_.batch_size, order_.size() - first)});
    if (options_.skip_at_most > 0) out.bad.resize(out.batch.index.size());
    if (looks_) out.findings.resize(out.batch.index.size());
    return out;
  }
  detail::FilledBatch allocate(std::span<const std::size_t> rows) const {
    const auto count = static_cast<std::int64_t>(rows.size());
    const c10::InferenceMode may_be_trained_on(false);  // even where the caller evaluates in inference mode
    const bool pins = options_.pin_memory || (finish_ && finish_->device().is_cuda());
    detail::FilledBatch out(count, augment_, finish_ && augment_.finishes_elsewhere(), pins ? nullptr : &memory_);
    out.batch.labels = labels(rows);
    if (pins) out.batch.labels = out.batch.labels.pin_memory();
    out.batch.index.assign(rows.begin(), rows.end());
    return out;
  }

  /// A batch as it is wanted, where it is wanted.
  Batch finished(detail::FilledBatch filled) {
    Batch& batch = filled.batch;
    if (filled.bytes != nullptr)
      batch.images = (*finish_)(std::move(batch.images), filled.deferred, batch.labels);
    else if (finish_)
      finish_->move({&batch.images, &batch.labels});
    return std::move(batch);
  }

  void note_findings(const detail::FilledBatch& filled) {
    for (std::size_t place = 0; place < filled.findings.size(); ++place) {
      const Finding& found = filled.findings[place];
      const std::size_t at = filled.batch.index[place];
      const bool bad = !filled.bad.empty() && !filled.bad[place].empty();
      if (!bad && found.any() && found_.insert(at).second) findings_.add(samples_[at].path, found);
    }
  }

  /// Takes the bad rows out of a batch and puts them on the list, which may be too long then.
  void leave_out(detail::FilledBatch& filled) {
    std::vector<std::size_t> good;
    for (std::size_t place = 0; place < filled.bad.size(); ++place) {
      if (filled.bad[place].empty())
        good.push_back(place);
      else if (listed_.insert(filled.batch.index[place]).second)
        skipped_.push_back({samples_[filled.batch.index[place]].path, std::move(filled.bad[place])});
    }
    if (skipped_.size() > options_.skip_at_most) {
      running_.reset();
      throw Error(ErrorKind::Data,
                  "More than " + std::to_string(options_.skip_at_most) +
                      " pictures cannot be read. The last one: " + skipped_.back().reason,
                  "Mend or remove them (Loader::skipped lists them), or allow more to be left out.");
    }
    left_out_ += filled.bad.size() - good.size();
    if (good.size() == filled.bad.size()) return;
    std::vector<std::size_t> rows;
    for (const std::size_t place : good) rows.push_back(filled.batch.index[place]);
    detail::FilledBatch shorter = allocate(rows);
    for (std::size_t to = 0; to < good.size(); ++to) shorter.take(to, filled, good[to], augment_.floats());
    filled = std::move(shorter);
  }

  void fill(detail::FilledBatch& into, std::size_t row, std::size_t place) {
    const std::size_t at = order_[row];
    // a sample that an epoch draws several times is augmented afresh each time, unless its versions are fixed
    const bool again = options_.sampling != Sampling::Once && views() == 0;
    detail::SampleReader(augment_, options_, cache_, view_)
        .fill(into, place, samples_[at].path, at, again ? samples_.size() + row : at);
  }

  std::vector<Sample> samples_;
  Augment augment_;
  LoaderOptions options_;
  std::vector<DataPhase> phases_;
  std::uint64_t entered_ = 0;  ///< the first epoch of the phase at hand; 0: none
  ImageCache cache_;
  mutable BatchMemory memory_;  ///< used where next() and start() are called
  std::vector<std::size_t> order_;
  std::optional<DeviceFinish> finish_;
  std::size_t left_out_ = 0;  ///< since start
  std::vector<Skipped> skipped_;
  std::unordered_set<std::size_t> listed_;  ///< their positions
  Findings findings_;
  std::unordered_set<std::size_t> found_;  ///< positions
  bool looks_ = true;                      ///< until an epoch is through
  std::uint64_t view_ = 0;
  double waited_ = 0.0;
  std::unique_ptr<Prefetch<detail::FilledBatch>> running_;  // last: its threads use everything above
};

}  // namespace tuneit::data

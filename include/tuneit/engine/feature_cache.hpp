#pragma once
// What frozen blocks make of a picture is computed once. A feed gives a trainer the batches of a loader: as features
// where the trainer can begin behind its frozen blocks, and without reading a picture where they are all kept.
#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/batches/batch_guard.hpp"
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/data/batches/schema.hpp"
#include "tuneit/data/batches/upload.hpp"
#include "tuneit/engine/checks/fit_checks.hpp"
#include "tuneit/engine/memory/feature_rows.hpp"
#include "tuneit/engine/trainer_like.hpp"

namespace tuneit {

namespace detail {

/// How many epochs from this one on begin behind the same blocks: kept features are good for so long.
template <TrainerLike T>
int epochs_alike(const T& trainer, const data::Batches& source, int epoch, int epochs) {
  const std::uint64_t alike = source.epochs_alike(static_cast<std::uint64_t>(epoch) + 1);
  if (alike < static_cast<std::uint64_t>(epochs - epoch)) epochs = epoch + static_cast<int>(alike);
  int end = epoch + 1;
  while (end < epochs && trainer.frozen_blocks(end) == trainer.frozen_blocks(epoch)) ++end;
  return end - epoch;
}

}  // namespace detail

/// What a trainer's step or test takes: pictures, or features of them.
struct Fed {
  at::Tensor x, labels;
  bool features = false;
  std::vector<std::size_t> index{};                         ///< the samples' positions in the source's list
  std::vector<at::Tensor> other_inputs{}, other_targets{};  ///< as a Batch has them

  /// The same as a batch; of features, its targets.
  [[nodiscard]] data::Batch batch() const { return {x, labels, index, other_inputs, other_targets}; }
};

/// The batches of a loader for a trainer, epoch by epoch, in the loader's order. `epochs`: how many there will be; what
/// is seen once only is not kept. The blocks that are frozen in epoch `first` (counted from 0) must keep their values
/// while it lives.
template <TrainerLike T>
class Feed {
 public:
  Feed(const T& trainer, data::Batches& loader, int epochs, int first = 0) : trainer_(trainer), loader_(loader) {
    const Settings& s = trainer.settings();
    limit_ = s.cache_bytes;
    device_limit_ = s.device_cache_bytes;
    if (const at::Device device = trainer.device(); device.is_cuda()) upload_.emplace(device);
    wanted_ = s.cache_features && trainer.frozen_blocks(first) > 0 && loader.views() > 0 && loader.equal_batches() &&
              static_cast<std::uint64_t>(epochs) > loader.views();
    if constexpr (detail::takes_several<T>) {
      constexpr std::size_t position = 0;
      wanted_ = wanted_ && (trainer.target_count() == 1 || !loader.other_targets({&position, 1}).empty());
    }
    if (!wanted_) return;
    rows_wanted_ = loader.views() * loader.size();
    kept_.assign(rows_wanted_ / 64 + 1, 0);
    missing_.assign(loader.views(), loader.size());
  }

  void start(std::uint64_t epoch) {
    epoch_ = epoch;
    from_cache_ = wanted_ && missing_[loader_.view(epoch)] == 0;
    at_ = given_ = 0;
    if (from_cache_)
      open_kept(loader_.order(epoch));
    else
      loader_.start(epoch);
  }

  /// The next batch, or nothing at the end of the epoch. There features may be computed of pictures that it left out;
  /// stops() is asked before each batch of them, and where it is true they stay missing.
  template <class Stops>
  std::optional<Fed> next(const Stops& stops) {
    if (from_cache_) return next_kept();
    std::optional<data::Batch> batch = loader_.next();
    if (batch) check(*batch);
    if (batch && upload_) (*upload_)(*batch);
    given_ += batch ? batch->index.size() : 0;
    data::check_given(given_, loader_, !batch);
    if (wanted_) {
      if (batch) {
        at::Tensor features = compute(*batch);
        return Fed{
            std::move(features), batch->labels, true, std::move(batch->index), {}, std::move(batch->other_targets)};
      }
      complete(stops);
      return std::nullopt;
    }
    if (!batch) return std::nullopt;
    return Fed{std::move(batch->images), std::move(batch->labels),       false,
               std::move(batch->index),  std::move(batch->other_inputs), std::move(batch->other_targets)};
  }

  std::optional<Fed> next() {
    return next([] { return false; });
  }

  /// Is this epoch read from what was kept, without a picture?
  [[nodiscard]] bool from_cache() const { return from_cache_; }
  [[nodiscard]] double wait_seconds() const { return from_cache_ ? 0 : loader_.wait_seconds(); }
  /// Where features are kept, or why they are not; empty before the first batch.
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  void check(const data::Batch& batch) {
    guard_.check(batch, loader_);
    if constexpr (detail::takes_several<T> || detail::says_side<T>)
      if (!std::exchange(looked_, true)) {
        detail::check_side(trainer_, batch.images);
        if constexpr (detail::takes_several<T>) data::check_schema(T::schema(), data::schema_of(batch));
      }
  }
  /// An epoch of what is kept; on a device its row numbers and classes are sent there once.
  void open_kept(std::vector<std::size_t> order) {
    order_ = std::move(order);
    sent_ = 0;
    numbers_.reset();
    classes_.reset();
    if (!rows_.on_device()) return;
    std::vector<std::size_t> kept;
    std::copy_if(order_.begin(), order_.end(), std::back_inserter(kept), [&](std::size_t i) { return is_kept(i); });
    if (kept.empty()) return;
    numbers_ = rows_.numbers_of(kept, first_row());
    const c10::InferenceMode may_be_trained_on(false);
    if (loader_.labels({kept.data(), 1}).dim() == 1) {
      classes_ = loader_.labels(kept);
      classes_ =
          classes_.is_cpu() ? classes_.pin_memory().to(trainer_.device(), at::kLong, /*non_blocking=*/true) : classes_;
    }
  }
  std::optional<Fed> next_kept() {
    const std::size_t count = std::min(loader_.batch_size(), order_.size() - at_);
    if (count == 0) return std::nullopt;
    std::vector<std::size_t> rows;  // without those that the loader left out
    std::copy_if(order_.begin() + static_cast<std::ptrdiff_t>(at_),
                 order_.begin() + static_cast<std::ptrdiff_t>(at_ + count), std::back_inserter(rows),
                 [&](std::size_t i) { return is_kept(i); });
    at_ += count;
    if (rows.empty()) return next_kept();
    const auto first = static_cast<std::int64_t>(sent_), n = static_cast<std::int64_t>(rows.size());
    sent_ += rows.size();
    const c10::InferenceMode may_be_trained_on(false);
    Fed out{rows_.on_device() ? rows_.gather(numbers_.narrow(0, first, n)) : rows_.gather(rows, first_row()), {}, true};
    out.labels = classes_.defined() ? classes_.narrow(0, first, n) : loader_.labels(rows);
    if constexpr (detail::takes_several<T>) out.other_targets = loader_.other_targets(rows);
    if (upload_) move(out);
    out.index = std::move(rows);
    return out;
  }
  void move(Fed& fed) {
    data::Batch batch{std::move(fed.x), std::move(fed.labels), {}, {}, std::move(fed.other_targets)};
    (*upload_)(batch);
    fed.x = std::move(batch.images);
    fed.labels = std::move(batch.labels);
    fed.other_targets = std::move(batch.other_targets);
  }

  at::Tensor compute(const data::Batch& batch) {
    at::Tensor features = [&] {
      if constexpr (detail::takes_several<T>)
        return trainer_.features(batch);
      else
        return trainer_.features(batch.images);
    }();
    if (where_.empty()) wanted_ = rows_.open(rows_wanted_, features, limit_, where_, device_limit_);
    if (wanted_) wanted_ = rows_.keep(batch.index, first_row(), features);
    if (wanted_)
      for (const std::size_t i : batch.index) {
        missing_[loader_.view(epoch_)] -= is_kept(i) ? 0U : 1U;
        const std::size_t row = first_row() + i;
        kept_[row / 64] |= std::size_t{1} << row % 64;
      }
    return features;
  }

  /// Images that the epoch left out (of the last, shorter batch, or not drawn): a later one may see them.
  template <class Stops>
  void complete(const Stops& stops) {
    if (missing_[loader_.view(epoch_)] == 0) return;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < loader_.size(); ++i)
      if (!is_kept(i)) left.push_back(i);
    loader_.start(epoch_, std::move(left));
    for (;;) {
      if (stops()) return;
      auto batch = loader_.next();
      if (!batch) break;
      check(*batch);
      if (upload_) (*upload_)(*batch);
      compute(*batch);
    }
    if (wanted_) missing_[loader_.view(epoch_)] = 0;  // what is missing now cannot be read (OnBadSample)
  }

  [[nodiscard]] bool is_kept(std::size_t position) const {
    const std::size_t row = first_row() + position;
    return (kept_[row / 64] >> row % 64 & 1U) != 0;
  }
  [[nodiscard]] std::size_t first_row() const { return loader_.view(epoch_) * loader_.size(); }

  const T& trainer_;
  data::Batches& loader_;
  data::BatchGuard guard_;
  bool wanted_ = false, from_cache_ = false, looked_ = false;
  std::int64_t limit_ = 0, device_limit_ = -1;
  std::uint64_t epoch_ = 0;
  std::vector<std::size_t> order_, missing_;  ///< missing: of each view
  std::size_t at_ = 0, given_ = 0;
  std::vector<std::size_t> kept_;  ///< a bit for each row
  std::size_t rows_wanted_ = 0;
  std::string where_;
  FeatureRows rows_;
  std::optional<data::BatchUpload> upload_;  ///< of a device
  at::Tensor numbers_, classes_;             ///< on it: of the rows of an epoch, in its order
  std::size_t sent_ = 0;                     ///< of those, how many have been given
};

}  // namespace tuneit

#pragma once
// What frozen blocks make of a picture is computed once. A feed gives a trainer the batches of a loader: as features
// where the trainer can begin behind its frozen blocks, and without reading a picture where they are all kept.
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select_ops.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/data/batches.hpp"
#include "tuneit/engine/feature_store.hpp"
#include "tuneit/kernels/parallel.hpp"
#include "tuneit/recipe/queries.hpp"
#include "tuneit/recipe/settings.hpp"

namespace tuneit {

/// A trainer that can begin behind its frozen blocks: logits(x) is logits_from(features(x)), and step likewise.
template <class T>
concept TrainsFeatures = requires(T& t, const T& c, const at::Tensor& x, long long steps) {
  { c.features(x) } -> std::convertible_to<at::Tensor>;
  { c.logits_from(x) } -> std::convertible_to<at::Tensor>;
  t.step_features(x, x, steps);
};

namespace detail {

/// How many blocks at the beginning do not move in an epoch, counted from 0. A trainer of one's own says it with a
/// member of this name, which need not take the epoch where it is always the same.
template <class T>
std::size_t frozen_blocks(const T& trainer, [[maybe_unused]] int epoch) {
  if constexpr (requires { trainer.frozen_blocks(epoch); })
    return static_cast<std::size_t>(trainer.frozen_blocks(epoch));
  else if constexpr (requires { trainer.frozen_blocks(); })
    return static_cast<std::size_t>(trainer.frozen_blocks());
  else
    return 0;
}

/// Does the trainer mix pictures? Then each batch is another one, and nothing can be kept of it.
template <class T>
constexpr bool mixes_pictures() {
  if constexpr (requires { T::mixes_pictures; }) return T::mixes_pictures;
  return false;
}

/// How many epochs from this one on begin behind the same blocks: kept features are good for so long.
template <class T>
int epochs_alike(const T& trainer, int epoch, int epochs) {
  int end = epoch + 1;
  while (end < epochs && frozen_blocks(trainer, end) == frozen_blocks(trainer, epoch)) ++end;
  return end - epoch;
}

}  // namespace detail

/// Features by row, on the device on which they are computed; all rows of one shape. In memory or a file for the CPU.
class FeatureRows {
 public:
  /// Makes room for `rows` like those of `features`. False: there is none, and `why` says so.
  bool open(std::size_t rows, const at::Tensor& features, std::int64_t memory_limit, std::string& why) {
    shape_ = features.sizes().vec();
    options_ = features.options().requires_grad(false);
    format_ = features.suggest_memory_format();
    const std::int64_t row_bytes =
        features.numel() / features.size(0) * static_cast<std::int64_t>(features.element_size());
    const std::int64_t bytes = static_cast<std::int64_t>(rows) * row_bytes;
    if (!features.is_cpu()) return open_on_device(rows, bytes, memory_limit, why);
    const Room room = find_room(bytes, memory_limit);
    why = room.text;
    return store_.open(room, static_cast<std::size_t>(row_bytes));
  }

  /// Row first[i] of what is kept becomes row i of `features`. Of another shape than the first: not kept, false.
  bool keep(std::span<const std::size_t> at, std::size_t first, const at::Tensor& features) {
    if (features.sizes().slice(1) != at::IntArrayRef(shape_).slice(1) || features.dtype() != options_.dtype())
      return false;
    if (!store_.is_open()) {
      for (std::size_t i = 0; i < at.size(); ++i)
        on_device_.select(0, static_cast<std::int64_t>(first + at[i]))
            .copy_(features.select(0, static_cast<std::int64_t>(i)));
      return true;
    }
    const at::Tensor from = features.contiguous(format_);
    const auto* bytes = static_cast<const char*>(from.const_data_ptr());
    each(at.size(), [&](std::size_t i) {
      std::memcpy(store_.row(first + at[i]), bytes + i * store_.row_bytes(), store_.row_bytes());
    });
    return true;
  }

  /// The rows first + at[i] as a batch.
  [[nodiscard]] at::Tensor gather(std::span<const std::size_t> at, std::size_t first) {
    const c10::InferenceMode may_be_trained_on(false);
    shape_[0] = static_cast<std::int64_t>(at.size());
    if (!store_.is_open()) {
      std::vector<std::int64_t> index(at.begin(), at.end());
      for (std::int64_t& i : index) i += static_cast<std::int64_t>(first);
      const at::Tensor rows = at::from_blob(index.data(), {shape_[0]}, at::kLong).to(options_.device());
      return at::_ops::index_select::call(on_device_, 0, rows).contiguous(format_);
    }
    at::Tensor out = aten::empty(shape_, options_, format_);
    auto* bytes = static_cast<char*>(out.mutable_data_ptr());
    each(at.size(), [&](std::size_t i) {
      std::memcpy(bytes + i * store_.row_bytes(), store_.row(first + at[i]), store_.row_bytes());
    });
    return out;
  }

 private:
  bool open_on_device(std::size_t rows, std::int64_t bytes, std::int64_t limit, std::string& why) {
    why = "not at all: " + bytes_text(bytes) + " are more than the device has to spare";
    if (bytes > limit) return false;
    shape_[0] = static_cast<std::int64_t>(rows);
    try {
      on_device_ = aten::empty(shape_, options_, format_);
    } catch (const c10::Error&) {
      return false;
    }
    why = bytes_text(bytes) + " on the device";
    return true;
  }
  template <class Body>
  void each(std::size_t rows, const Body& body) const {
    constexpr std::size_t worth_a_thread = std::size_t{256} << 10;
    const std::size_t grain = worth_a_thread / std::max<std::size_t>(store_.row_bytes(), 1) + 1;
    kernels::parallel_for(static_cast<std::int64_t>(rows), static_cast<std::int64_t>(grain),
                          [&](std::int64_t begin, std::int64_t end) {
                            for (std::int64_t i = begin; i < end; ++i) body(static_cast<std::size_t>(i));
                          });
  }

  std::vector<std::int64_t> shape_;  ///< the first number changes with the batch
  at::TensorOptions options_;
  at::MemoryFormat format_ = at::MemoryFormat::Contiguous;
  RowStore store_;
  at::Tensor on_device_;
};

/// What a trainer's step or test takes: pictures, or features of them.
struct Fed {
  at::Tensor x, labels;
  bool features = false;
};

/// The batches of a loader for a trainer, epoch by epoch, in the loader's order. `epochs`: how many there will be; what
/// is seen once only is not kept. The blocks that are frozen in epoch `first` (counted from 0) must keep their values
/// while it lives.
template <class T>
class Feed {
 public:
  Feed(const T& trainer, data::Batches& loader, int epochs, int first = 0) : trainer_(trainer), loader_(loader) {
    if constexpr (TrainsFeatures<T>) {
      const Settings& s = trainer.settings();
      limit_ = s.cache_bytes;
      wanted_ = s.cache_features && detail::frozen_blocks(trainer, first) > 0 && loader.views() > 0 &&
                static_cast<std::uint64_t>(epochs) > loader.views();
    }
    if (!wanted_) return;
    kept_.resize(loader.views() * loader.size());
    missing_.assign(loader.views(), loader.size());
  }

  void start(std::uint64_t epoch) {
    epoch_ = epoch;
    from_cache_ = wanted_ && missing_[loader_.view(epoch)] == 0;
    at_ = 0;
    if (from_cache_)
      order_ = loader_.order(epoch);
    else
      loader_.start(epoch);
  }

  /// The next batch, or nothing at the end of the epoch.
  std::optional<Fed> next() {
    if (from_cache_) return next_kept();
    std::optional<data::Batch> batch = loader_.next();
    if constexpr (TrainsFeatures<T>)
      if (wanted_) {
        if (batch) return Fed{compute(*batch), batch->labels, true};
        complete();
        return std::nullopt;
      }
    if (!batch) return std::nullopt;
    return Fed{std::move(batch->images), std::move(batch->labels), false};
  }

  /// Is this epoch read from what was kept, without a picture?
  [[nodiscard]] bool from_cache() const { return from_cache_; }
  [[nodiscard]] double wait_seconds() const { return from_cache_ ? 0 : loader_.wait_seconds(); }
  /// Where features are kept, or why they are not; empty before the first batch.
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  std::optional<Fed> next_kept() {
    const std::size_t count = std::min(loader_.batch_size(), order_.size() - at_);
    if (count == 0) return std::nullopt;
    std::vector<std::size_t> rows;  // without those that the loader left out
    std::copy_if(order_.begin() + static_cast<std::ptrdiff_t>(at_),
                 order_.begin() + static_cast<std::ptrdiff_t>(at_ + count), std::back_inserter(rows),
                 [&](std::size_t i) { return kept_[first_row() + i]; });
    at_ += count;
    if (rows.empty()) return next_kept();
    Fed out{rows_.gather(rows, first_row()), {}, true};
    const c10::InferenceMode may_be_trained_on(false);
    out.labels = loader_.labels(rows);
    return out;
  }

  at::Tensor compute(const data::Batch& batch) {
    at::Tensor features = trainer_.features(batch.images);
    if (where_.empty()) wanted_ = rows_.open(kept_.size(), features, limit_, where_);
    if (wanted_) wanted_ = rows_.keep(batch.index, first_row(), features);
    if (wanted_)
      for (const std::size_t i : batch.index) {
        missing_[loader_.view(epoch_)] -= kept_[first_row() + i] ? 0 : 1;
        kept_[first_row() + i] = true;
      }
    return features;
  }

  /// Pictures of the last, shorter batch that the loader left out: a later epoch may see them.
  void complete() {
    if (missing_[loader_.view(epoch_)] == 0) return;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < loader_.size(); ++i)
      if (!kept_[first_row() + i]) left.push_back(i);
    loader_.start(epoch_, std::move(left));
    while (const auto batch = loader_.next()) compute(*batch);
    if (wanted_) missing_[loader_.view(epoch_)] = 0;  // what is missing now cannot be read (OnBadSample)
  }

  [[nodiscard]] std::size_t first_row() const { return loader_.view(epoch_) * loader_.size(); }

  const T& trainer_;
  data::Batches& loader_;
  bool wanted_ = false, from_cache_ = false;
  std::int64_t limit_ = 0;
  std::uint64_t epoch_ = 0;
  std::vector<std::size_t> order_, missing_;  ///< missing: of each view
  std::size_t at_ = 0;
  std::vector<bool> kept_;
  std::string where_;
  FeatureRows rows_;
};

}  // namespace tuneit

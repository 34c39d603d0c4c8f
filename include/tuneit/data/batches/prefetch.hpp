#pragma once
// How are batches made ahead of their use, by several threads, in one order and in bounded memory? No LibTorch.
#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace tuneit::data {

/// Runs once through `rows` rows in batches of `batch_rows`. At most `ahead` batches exist before they are taken.
/// `make(b)` gives an empty batch and is called by the consumer's thread only; `fill(batch, row, place)` is called once
/// for each row by any thread, several at a time, and must touch only that place of the batch. With no workers,
/// next() fills the batch itself.
template <class Batch>
struct PrefetchPlan {
  std::size_t rows = 0, batch_rows = 1, ahead = 4;
  unsigned workers = 0;
  std::function<Batch(std::size_t batch)> make;
  std::function<void(Batch&, std::size_t row, std::size_t place)> fill;
  std::function<void()> enter = [] {};  ///< called once in each worker thread
};

/// The running machine of a PrefetchPlan. Destroying it at any time stops and joins the threads.
template <class Batch>
class Prefetch {
 public:
  explicit Prefetch(PrefetchPlan<Batch> plan)
      : plan_(std::move(plan)), batches_((plan_.rows + plan_.batch_rows - 1) / plan_.batch_rows) {
    if (plan_.workers == 0) return;
    ring_.resize(std::min(std::max<std::size_t>(plan_.ahead, 1), batches_));
    for (std::size_t b = 0; b < ring_.size(); ++b) prepare(ring_[b], b);
    for (unsigned w = 0; w < plan_.workers; ++w)
      threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }

  /// The next batch in order, or nothing at the end. Rethrows what `fill` threw for the first bad row of that batch,
  /// whichever thread met it, and again whenever it is called after that.
  std::optional<Batch> next() {
    if (failed_) std::rethrow_exception(failed_);
    if (taken_ == batches_) return std::nullopt;
    return plan_.workers == 0 ? next_inline() : next_prefetched();
  }

 private:
  struct Slot {
    std::optional<Batch> batch;
    std::size_t missing = 0;     // rows not yet filled
    std::size_t failed_row = 0;  // lowest row that threw
    std::exception_ptr failed;
  };

  std::size_t first_row(std::size_t batch) const { return batch * plan_.batch_rows; }
  std::size_t rows_of(std::size_t batch) const { return std::min(plan_.batch_rows, plan_.rows - first_row(batch)); }

  void prepare(Slot& slot, std::size_t batch) {
    slot.batch.emplace(plan_.make(batch));
    slot.missing = rows_of(batch);
  }

  std::optional<Batch> next_inline() {
    Batch batch = plan_.make(taken_);
    try {
      for (std::size_t place = 0; place < rows_of(taken_); ++place) plan_.fill(batch, first_row(taken_) + place, place);
    } catch (...) {
      failed_ = std::current_exception();
      throw;
    }
    ++taken_;
    return batch;
  }

  std::optional<Batch> next_prefetched() {
    Slot& slot = ring_[taken_ % ring_.size()];
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return slot.missing == 0; });
    }
    // Nobody else touches a full slot until taken_ grows.
    if (slot.failed) {
      failed_ = slot.failed;
      threads_.clear();  // stops and joins: what would come after the bad row is not wanted
      std::rethrow_exception(failed_);
    }
    std::optional<Batch> out = std::move(slot.batch);
    slot.batch.reset();
    const std::size_t refill = taken_ + ring_.size();
    std::optional<Batch> fresh;
    if (refill < batches_) fresh.emplace(plan_.make(refill));
    {
      const std::lock_guard lock(mutex_);
      if (fresh) {
        slot.batch = std::move(fresh);
        slot.missing = rows_of(refill);
      }
      ++taken_;
    }
    room_.notify_all();
    return out;
  }

  void work(const std::stop_token& stop) {
    plan_.enter();
    for (;;) {
      std::unique_lock lock(mutex_);
      const auto may_go = [this] { return given_ == plan_.rows || given_ / plan_.batch_rows < taken_ + ring_.size(); };
      if (!room_.wait(lock, stop, may_go) || stop.stop_requested() || given_ == plan_.rows) return;
      const std::size_t row = given_++;
      const std::size_t batch = row / plan_.batch_rows;
      Slot& slot = ring_[batch % ring_.size()];
      lock.unlock();
      std::exception_ptr failed;
      try {
        plan_.fill(*slot.batch, row, row - first_row(batch));
      } catch (...) {
        failed = std::current_exception();
      }
      lock.lock();
      if (failed && (!slot.failed || row < slot.failed_row)) {
        slot.failed = failed;
        slot.failed_row = row;
      }
      if (--slot.missing == 0) ready_.notify_one();
    }
  }

  PrefetchPlan<Batch> plan_;
  std::size_t batches_;
  std::vector<Slot> ring_;
  std::exception_ptr failed_;
  std::mutex mutex_;
  std::condition_variable_any room_;   // for the workers: a batch was taken
  std::condition_variable ready_;      // for the consumer: a batch is full
  std::size_t given_ = 0;              // rows handed to workers
  std::size_t taken_ = 0;              // batches handed to the consumer
  std::vector<std::jthread> threads_;  // last: joined before anything that they use is destroyed
};

}  // namespace tuneit::data

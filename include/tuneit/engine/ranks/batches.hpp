#pragma once
// A process's part of the data: of each batch of the whole its rows, in the whole's order.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/merge.hpp"
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/ranks/group.hpp"
#include "tuneit/recipe/losses/targets.hpp"

namespace tuneit::detail {

/// The rows [begin, end) of a batch, or of a list.
struct Share {
  std::size_t begin = 0, end = 0;
  bool stands_in = false;  ///< they are another's: this rank has none, and takes part with a weight of 0
};

/// What rank `rank` of `size` has of `rows` rows. Nobody has a single one while another has more (a batch norm may
/// refuse it): where rows are few, some ranks have none.
constexpr Share share_of(std::size_t rows, std::size_t rank, std::size_t size) {
  if (rows != size && rows < 2 * size) {
    const std::size_t takers = std::max<std::size_t>(1, rows / 2);
    if (rank >= takers) return {0, std::min<std::size_t>(2, rows), true};
    size = takers;
  }
  return {rows * rank / size, rows * (rank + 1) / size, false};
}

/// Forwards what a source says of itself.
class WrappedBatches : public data::Batches {
 public:
  explicit WrappedBatches(data::Batches& whole) : whole_(whole) {}
  using Batches::start;
  std::size_t size() const override { return whole_.size(); }
  int label(std::size_t i) const override { return whole_.label(place(i)); }
  at::Tensor labels(std::span<const std::size_t> at) const override { return whole_.labels(places(at)); }
  std::vector<at::Tensor> other_targets(std::span<const std::size_t> at) const override {
    return whole_.other_targets(places(at));
  }
  std::optional<data::Schema> schema() const override { return whole_.schema(); }
  const data::TextNotes* notes() const override { return whole_.notes(); }
  std::string describe(std::size_t i) const override { return whole_.describe(place(i)); }
  bool always_finite() const override { return whole_.always_finite(); }
  std::vector<std::size_t> order(std::uint64_t epoch) const override { return whole_.order(epoch); }
  std::size_t batch_size() const override { return whole_.batch_size(); }
  std::size_t samples() const override { return whole_.samples(); }
  std::int64_t padding() const override { return whole_.padding(); }
  std::uint64_t views() const override { return whole_.views(); }
  void set_views(unsigned n) override { whole_.set_views(n); }
  void enter_epoch(std::uint64_t epoch) override { whole_.enter_epoch(epoch); }
  std::uint64_t epochs_alike(std::uint64_t epoch) const override { return whole_.epochs_alike(epoch); }
  void set_device(at::Device device) override { whole_.set_device(device); }
  double wait_seconds() const override { return whole_.wait_seconds(); }

 protected:
  /// Where a position of this list is in the whole one.
  virtual std::size_t place(std::size_t i) const { return i; }
  std::vector<std::size_t> places(std::span<const std::size_t> at) const {
    std::vector<std::size_t> all;
    for (const std::size_t i : at) all.push_back(place(i));
    return all;
  }
  data::Batches& whole_;
};

/// Training data. It says of itself what the whole does, so that steps are counted and schedules go as in one process;
/// what it gives are this rank's rows. Group::counts says of the batch that next() gave last whether it counts.
class SharedBatches final : public WrappedBatches {
 public:
  /// Throws Error(Usage) where a batch has fewer samples than there are processes.
  SharedBatches(data::Batches& whole, ranks::Group& group) : WrappedBatches(whole), group_(group) {}
  using Batches::start;
  void start(std::uint64_t epoch, std::vector<std::size_t> order) override {
    const std::size_t size = batch_size(), all = static_cast<std::size_t>(group_.size());
    if (!whole_.equal_batches())
      throw Error(
          ErrorKind::Usage,
          "batches of many sizes (TokenBudget), or of samples that go together, cannot be divided among processes",
          "Train them in one process, or say BatchSize<N> in the place of TokenBudget<N>.");
    if (size < all)
      throw Error(ErrorKind::Usage,
                  "a batch of " + std::to_string(size) + " samples cannot be divided among " + std::to_string(all) +
                      " processes",
                  "BatchSize is that of all processes together: give at least one sample to each, or start fewer.");
    wanted_.clear();
    std::vector<std::size_t> own;
    for (std::size_t begin = 0; begin < order.size(); begin += size) {
      const std::size_t rows = std::min(size, order.size() - begin);
      const Share share = share_of(rows, static_cast<std::size_t>(group_.rank()), all);
      Wanted& one = wanted_.emplace_back();
      one.stands_in = share.stands_in;
      for (std::size_t i = share.begin; i < share.end; ++i) one.rows.push_back(order[begin + i]);
      own.insert(own.end(), one.rows.begin(), one.rows.end());
    }
    at_ = given_ = 0;
    here_ = {};
    whole_.start(epoch, std::move(own));
  }
  std::optional<data::Batch> next() override {
    if (at_ == wanted_.size()) {
      ended_ = true;
      return std::nullopt;
    }
    ended_ = false;
    const Wanted& wanted = wanted_[at_++];
    data::Batch batch = collect(wanted.rows);
    group_.counts = !wanted.stands_in;
    if (batch.index.size() <
        std::min<std::size_t>(2, wanted.rows.size())) {  // left out: what there was before stands in
      if (!before_)
        throw Error(ErrorKind::Data, "of the first batch too few samples of this process could be read", "");
      batch = *before_;
      group_.counts = false;
    } else if (!before_ || before_->index.size() < 2) {
      before_ = rows_of(batch, 0, std::min<std::size_t>(2, batch.index.size()));
    }
    given_ += batch.index.size();
    return batch;
  }
  /// What the other ranks see: those that are left out are counted by the source of each.
  std::size_t left_out() const override { return samples() - given_ - (ended_ ? 0 : 1); }
  /// The rows of a rank are others in each epoch: what is made of a picture is not kept.
  std::uint64_t views() const override { return 0; }

 private:
  struct Wanted {
    std::vector<std::size_t> rows;
    bool stands_in = false;
  };
  static data::Batch rows_of(const data::Batch& of, std::size_t begin, std::size_t end) {
    const auto part = [&](const at::Tensor& x) {
      return x.narrow(0, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end - begin));
    };
    data::Batch some{part(of.images), part(of.labels), {}};
    some.index.assign(of.index.begin() + static_cast<std::ptrdiff_t>(begin),
                      of.index.begin() + static_cast<std::ptrdiff_t>(end));
    for (const at::Tensor& x : of.other_inputs) some.other_inputs.push_back(part(x));
    for (const at::Tensor& x : of.other_targets) some.other_targets.push_back(part(x));
    return some;
  }
  /// Texts of two batches may be of other widths: `behind` stands behind the shorter ones.
  static void join(at::Tensor& to, const at::Tensor& more, std::int64_t behind) {
    if (to.dim() != 2 || more.dim() != 2 || to.size(1) == more.size(1)) {
      to = aten::cat({to, more}, 0);
      return;
    }
    const std::int64_t width = std::max(to.size(1), more.size(1)), rows = to.size(0);
    const at::Tensor both = aten::full({rows + more.size(0), width}, static_cast<double>(behind), to.options());
    both.narrow(0, 0, rows).narrow(1, 0, to.size(1)).copy_(to);
    both.narrow(0, rows, more.size(0)).narrow(1, 0, more.size(1)).copy_(more);
    to = both;
  }

  /// These samples, in this order, but for those that the source leaves out.
  data::Batch collect(const std::vector<std::size_t>& rows) {
    data::Batch all;
    for (std::size_t i = 0; i < rows.size();) {
      if (here_.index.empty()) {
        auto more = whole_.next();
        if (!more) break;
        here_ = std::move(*more);
        used_ = 0;
      }
      std::size_t same = 0;
      while (i + same < rows.size() && used_ + same < here_.index.size() && rows[i + same] == here_.index[used_ + same])
        ++same;
      if (same == 0) {
        ++i;
        continue;
      }
      data::Batch some = rows_of(here_, used_, used_ + same);
      if (all.index.empty()) {
        all = std::move(some);
      } else {
        join(all.images, some.images, padding());
        join(all.labels, some.labels, no_label);
        for (std::size_t k = 0; k < some.other_inputs.size(); ++k) join(all.other_inputs[k], some.other_inputs[k], 0);
        for (std::size_t k = 0; k < some.other_targets.size(); ++k)
          join(all.other_targets[k], some.other_targets[k], no_label);
        all.index.insert(all.index.end(), some.index.begin(), some.index.end());
      }
      i += same;
      used_ += same;
      if (used_ == here_.index.size()) here_.index.clear();
    }
    return all;
  }

  ranks::Group& group_;
  std::vector<Wanted> wanted_;
  std::size_t at_ = 0, given_ = 0, used_ = 0;
  bool ended_ = false;
  data::Batch here_;                   ///< of the source, used up to `used_`
  std::optional<data::Batch> before_;  ///< two samples of an earlier batch
};

/// Test data: a part of the list, the same in all epochs.
class PartOfBatches final : public WrappedBatches {
 public:
  PartOfBatches(data::Batches& whole, ranks::Group& group) : WrappedBatches(whole) {
    const std::size_t all = whole.size(), rank = static_cast<std::size_t>(group.rank()),
                      size = static_cast<std::size_t>(group.size());
    begin_ = all * rank / size;
    size_ = all * (rank + 1) / size - begin_;
  }
  using Batches::start;
  void start(std::uint64_t epoch, std::vector<std::size_t> order) override { whole_.start(epoch, places(order)); }
  std::optional<data::Batch> next() override {
    auto batch = whole_.next();
    if (batch)
      for (std::size_t& i : batch->index) i -= begin_;
    return batch;
  }
  std::size_t size() const override { return size_; }
  std::size_t samples() const override { return size_; }
  std::size_t left_out() const override { return whole_.left_out(); }
  std::vector<std::size_t> order(std::uint64_t) const override {
    std::vector<std::size_t> all(size_);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }

 private:
  std::size_t place(std::size_t i) const override { return begin_ + i; }
  std::size_t begin_ = 0, size_ = 0;
};

}  // namespace tuneit::detail

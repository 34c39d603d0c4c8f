#pragma once
// A source of batches that is no Loader, as a user writes one.
#include <ATen/ops/randn.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/batches/batches.hpp"
#include "tuneit/weights/initialise.hpp"

namespace tuneit::test {

/// A source of one's own: `count` samples of side x side in batches of `batch`, and what a test does to each of them.
class Own final : public data::Batches {
 public:
  using Change = std::function<void(data::Batch&)>;
  Own(std::size_t count, std::size_t batch, std::int64_t side, Change change = {})
      : count_(count), batch_(batch), side_(side), change_(std::move(change)) {}
  using Batches::start;
  void start(std::uint64_t, std::vector<std::size_t> order) override {
    order_ = std::move(order);
    at_ = 0;
  }
  std::optional<data::Batch> next() override {
    if (at_ >= order_.size()) return std::nullopt;
    data::Batch b;
    for (; at_ < order_.size() && b.index.size() < batch_; ++at_) b.index.push_back(order_[at_]);
    const auto n = static_cast<std::int64_t>(b.index.size());
    b.images = at::randn({n, 3, side_, side_}, make_generator(7 + at_));
    b.labels = labels(b.index);
    if (change_) change_(b);
    return b;
  }
  std::size_t size() const override { return count_; }
  int label(std::size_t i) const override { return static_cast<int>(i % 2); }
  std::vector<std::size_t> order(std::uint64_t) const override {
    std::vector<std::size_t> all(count_);
    for (std::size_t i = 0; i < count_; ++i) all[i] = i;
    return all;
  }
  std::size_t batch_size() const override { return batch_; }
  std::size_t samples() const override { return count_; }
  std::string describe(std::size_t i) const override { return "the tile " + std::to_string(i); }

 private:
  std::size_t count_, batch_, at_ = 0;
  std::int64_t side_;
  Change change_;
  std::vector<std::size_t> order_;
};

}  // namespace tuneit::test

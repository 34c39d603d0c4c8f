#pragma once
// The training loop of several processes: each has its part of the data, and what they decide by is that of all.
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/engine/metric/score.hpp"
#include "tuneit/engine/ranks/batches.hpp"
#include "tuneit/ranks/group.hpp"
#include "tuneit/recipe/algebra/hash.hpp"

namespace tuneit::detail {

/// What `fit` asks of the processes that train together; of one it is the data itself, and nothing else.
class LoopRanks {
 public:
  LoopRanks(data::Batches& train, data::Batches* test) : group_(ranks::group()), train_(&train), test_(test) {
    if (group_ != nullptr) group_->wants_stop = group_->agreed_stop = false;  // of an earlier fit
  }
  ~LoopRanks() {
    if (group_ != nullptr && std::uncaught_exceptions() > thrown_) group_->end({});
  }
  LoopRanks(const LoopRanks&) = delete;
  LoopRanks& operator=(const LoopRanks&) = delete;

  /// Both sources were looked at: they are divided. Throws Error(Usage) where ranks have different data.
  void divide() {
    if (group_ == nullptr) return;
    ranks::compare(*group_, {{"the training data", hash_of_data(*train_)},
                             {"the test data", test_ == nullptr ? 0 : hash_of_data(*test_)}});
    train_ = &part_.emplace(*train_, *group_);
    tests_divided_ = test_ != nullptr && test_->size() >= static_cast<std::size_t>(group_->size());
    if (tests_divided_) test_ = &tests_.emplace(*test_, *group_);
  }
  [[nodiscard]] data::Batches& train() const { return *train_; }
  [[nodiscard]] data::Batches* test() const { return test_; }

  /// Somebody here would stop: true from the step on in which all know it.
  bool agreed(bool here) const {
    if (group_ == nullptr) return here;
    group_->wants_stop = group_->wants_stop || here;
    return group_->agreed_stop;
  }
  /// Is the batch at hand of the data, and not one that stands in for none?
  [[nodiscard]] bool counts() const { return group_ == nullptr || group_->counts; }

  /// What was trained on, of all.
  void sum_train(EpochResult& result) const {
    if (group_ == nullptr) return;
    group_->counts = true;
    sum(result.train);
  }
  /// What was tested, of all.
  void sum_test(Score& score, MetricSums& metrics) const {
    if (!tests_divided_) return;
    sum(score);
    metrics.over(*group_);
  }

 private:
  void sum(Score& s) const {
    double loss = s.loss_sum, correct = s.correct, labels_right = s.correct_labels,
           count = static_cast<double>(s.count), labels = static_cast<double>(s.labels), tokens = s.tokens;
    ranks::sum_numbers(*group_, {&loss, &correct, &labels_right, &count, &labels, &tokens});
    s.tokens = tokens;
    s.loss_sum = loss;
    s.correct = correct;
    s.correct_labels = labels_right;
    s.count = static_cast<std::int64_t>(count);
    s.labels = static_cast<std::int64_t>(labels);
  }
  static std::uint64_t hash_of_data(const data::Batches& source) {
    std::uint64_t h = hash_on(hash_on(source.size(), source.samples()), source.batch_size());
    for (const std::size_t i : source.order(1)) h = stirred(h + i);
    return h;
  }

  ranks::Group* group_;
  data::Batches* train_;
  data::Batches* test_;
  std::optional<SharedBatches> part_;
  std::optional<PartOfBatches> tests_;
  bool tests_divided_ = false;
  int thrown_ = std::uncaught_exceptions();
};

}  // namespace tuneit::detail

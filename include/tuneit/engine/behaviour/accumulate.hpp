#pragma once
// The gradients of several batches become those of one large batch.
#include <ATen/core/Tensor.h>

#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/aten/lists.hpp"
#include "tuneit/engine/archive.hpp"
#include "tuneit/recipe/optimizers/optimizer_options.hpp"

namespace tuneit {

/// Sums up the gradients of a window of batches. Reduction: that of the loss. With Mean, each batch counts with its
/// weight (its number of samples; with class weights weight_of) and the result is divided by the real weight of all, so
/// the last, shorter window of an epoch is right too; it is kept as a running mean, and one batch alone stays as it is
/// to the bit. With Sum, they are added. What trains must not change within a window.
template <class Reduction = Mean>
class AccumulatedGradients {
 public:
  /// Adds a batch's gradients, and takes them away.
  void add(std::vector<at::Tensor>& gradients, double weight) {
    weight_ += weight;
    ++batches_;
    if (sum_.empty()) {
      sum_ = std::move(gradients);
    } else {
      std::vector<at::Tensor> to, from;
      for (std::size_t i = 0; i < gradients.size(); ++i)
        if (gradients[i].defined()) {
          to.push_back(sum_[i]);
          from.push_back(std::move(gradients[i]));
        }
      if (!to.empty()) {
        if constexpr (std::is_same_v<Reduction, Sum>)
          aten::foreach_add_(to, from);
        else
          aten::foreach_lerp_(to, from, weight / weight_);
      }
    }
    gradients.assign(sum_.size(), {});
  }

  /// A batch that gave no gradients counts all the same: the window is as long as it was planned.
  void pass() { ++batches_; }
  /// Has no batch of the window given gradients?
  [[nodiscard]] bool empty() const { return sum_.empty(); }

  /// The gradients of the window, in the place of a batch's; the next window begins.
  void finish(std::vector<at::Tensor>& gradients) {
    gradients = std::move(sum_);
    drop();
  }

  /// Forgets the batches of a window that is not full; the next window begins.
  void drop() {
    sum_.clear();
    batches_ = 0;
    weight_ = 0;
  }

  /// Batches in the window so far.
  [[nodiscard]] int batches() const { return batches_; }
  void state(Archive& a) {
    a("sum", sum_);
    a("weight", weight_);
    a("batches", batches_);
  }

 private:
  std::vector<at::Tensor> sum_;
  double weight_ = 0;
  int batches_ = 0;
};

}  // namespace tuneit

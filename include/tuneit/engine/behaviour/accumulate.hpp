#pragma once
// The gradients of several batches become those of one large batch.
#include <ATen/core/Tensor.h>

#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/aten/lists.hpp"
#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/recipe/behaviour/accumulate.hpp"
#include "tuneit/recipe/losses/outputs.hpp"
#include "tuneit/recipe/numbers/loss_numbers.hpp"

namespace tuneit {

/// Sums up the gradients of a window of batches. Reduction: that of the loss. With Mean, each batch counts with its
/// weight (its number of samples; with class weights weight_of) and the result is divided by the real weight of all, so
/// the last, shorter window of an epoch is right too; it is kept as a running mean, and one batch alone stays as it is
/// to the bit. With Sum, they are added. What trains must not change within a window.
template <class Reduction = Mean>
class AccumulatedGradients {
 public:
  /// Adds a batch's gradients, and takes them away.
  void add(std::vector<at::Tensor>& gradients, const DeviceScalar& weight) {
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
        else if (!weight_.on_device())
          aten::foreach_lerp_(to, from, weight_ > 0 ? weight / weight_ : 0);  // 0: no token has a label
        else
          move_by(weight, to, from);
      }
    }
    gradients.assign(sum_.size(), {});
  }

  /// The gradients of the window, in the place of a batch's; the next window begins.
  void finish(std::vector<at::Tensor>& gradients) {
    gradients = std::move(sum_);
    drop();
  }

  /// Forgets the batches of a window that is not full; the next window begins.
  void drop() {
    sum_.clear();
    batches_ = 0;
    weight_ = 0.0;
  }

  /// Batches in the window so far.
  [[nodiscard]] int batches() const { return batches_; }
  void state(Archive& a) {
    a("sum", sum_);
    double weight = weight_;
    a("weight", weight);
    weight_ = weight;
    a("batches", batches_);
  }

 private:
  /// to += weight / weight_ (from - to), a weight of the device's; of `from` nothing is left.
  void move_by(const DeviceScalar& weight, const std::vector<at::Tensor>& to, const std::vector<at::Tensor>& from) {
    const at::Tensor one =
        weight.on_device() ? weight.tensor() : weight_.tensor().mul(0).add(static_cast<double>(weight));
    aten::foreach_add_(from, to, -1);
    aten::foreach_mul_(from, one.div(weight_.tensor().clamp_min(1e-30)).to(from.front().scalar_type()));
    aten::foreach_add_(to, from);
  }

  std::vector<at::Tensor> sum_;
  DeviceScalar weight_;
  int batches_ = 0;
};

namespace detail {

/// Which batches make a step is counted by the trainer; a batch that gave no gradients counts all the same.
template <class P, class R>
requires StandsIn<P, slots::Accumulate>
struct SlotBehaviour<P, R> {
  template <class C>
  void after_backward(const C& c) {
    window_.add(c.gradient_handles(), with_loss<R>(c.at.phase, [&]<class Now>(Type<Now>) {
                  if constexpr (several_outputs<typename R::model>)
                    return weight_of<typename Now::loss>(
                        (*c.targets)[static_cast<std::size_t>(loss_places<Now>.target[0])].value);
                  else
                    return weight_of<typename Now::loss>(c.targets->value);
                }));
  }
  template <class C>
  void on_gradients(const C& c) {
    window_.finish(c.gradient_handles());
  }
  template <class C>
  void on_drop(const C&) {
    window_.drop();
  }
  void state(Archive& a) { a("window", window_); }

 private:
  AccumulatedGradients<typename R::loss::reduction> window_;
};

}  // namespace detail
}  // namespace tuneit

#pragma once
// How does stochastic weight averaging keep its mean? (arXiv 1803.05407)
#include <vector>

#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/ema.hpp"
#include "tuneit/recipe/behaviour/swa.hpp"

namespace tuneit {
namespace detail {

/// The decay that makes an average of the mean of all that it was told: 0, 1/2, 2/3, ...
struct EqualShares {
  static constexpr double decay(long long before, double) {
    return static_cast<double>(before) / static_cast<double>(before + 1);
  }
};

}  // namespace detail

template <class After, class R>
struct Behaviour<Swa<After>, R> {
  template <class C>
  void on_start(const C& c) {
    mean_.emplace(c.tensors.all(), detail::moving_rows<R>());
  }
  template <class C>
  void after_last_step(const C& c) {
    if (++epochs_ > static_cast<long long>(c.numbers[0])) mean_->update(c.tensors.all(), 1);
  }
  [[nodiscard]] const std::vector<at::Tensor>& before_evaluation(const std::vector<at::Tensor>& own) const {
    return mean_ && mean_->updates() > 0 ? mean_->tensors() : own;
  }
  void state(Archive& a) {
    a("epochs", epochs_);
    a("mean", mean_);
  }

 private:
  std::optional<MovingAverage<detail::EqualShares>> mean_;
  long long epochs_ = 0;
};

}  // namespace tuneit

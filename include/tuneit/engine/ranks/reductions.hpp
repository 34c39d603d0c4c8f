#pragma once
// Which sums of a step are on their way? Gradients, and whether the loss of all ranks is a number.
#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/aten/tensors.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/ranks/group.hpp"

namespace tuneit::detail {

class Reductions {
 public:
  /// Gradients are added up from here on.
  void send(ranks::Group& group, const at::Tensor& gradients) {
    going_.push_back(group.sum(gradients));
    held_.push_back(gradients);
  }

  /// Is the loss of all ranks a number? Asked before backward, heard behind it. False where it is not this rank's.
  void tell_finite(ranks::Group& group, bool finite, long long step) {
    if (!finite_.defined()) finite_ = aten::zeros({2}, at::kDouble);
    double* const f = finite_.mutable_data_ptr<double>();
    f[0] = finite ? 0 : 1;
    f[1] = finite ? 0 : group.rank();
    step_ = step;
    heard_ = group.sum(finite_);
    if (!finite) heard_->wait();  // the others must hear it before this process leaves
  }

  /// Waits for all; throws Error(Diverged) where the loss of another rank was no number.
  void finish() {
    if (heard_) {
      heard_->wait();
      heard_.reset();
      const double* const f = finite_.const_data_ptr<double>();
      if (f[0] > 0) {
        const std::string who = f[0] == 1 ? "on rank " + std::to_string(static_cast<int>(f[1]))
                                          : "on " + std::to_string(static_cast<int>(f[0])) + " ranks";
        throw Error(ErrorKind::Diverged,
                    "the loss is no longer a finite number " + who + " in step " + std::to_string(step_),
                    "lower the learning rate, or add a warm-up; that rank says whether a sample is to blame");
      }
    }
    for (const auto& one : going_) one->wait();
    going_.clear();
    held_.clear();
  }

 private:
  at::Tensor finite_;
  std::unique_ptr<ranks::Work> heard_;
  std::vector<std::unique_ptr<ranks::Work>> going_;
  Tensors held_;
  long long step_ = 0;
};

}  // namespace tuneit::detail

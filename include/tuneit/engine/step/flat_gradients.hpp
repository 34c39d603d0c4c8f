#pragma once
// Gradients of a step in one buffer, for who asks for it: filled by the way back from its end.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "tuneit/aten/lists.hpp"
#include "tuneit/aten/tensors.hpp"
#include "tuneit/weights/flat.hpp"

namespace tuneit::detail {

/// The buffer of what trains, in the order of the table. Where somebody still holds gradients of it (those of a window
/// of batches, which wait for the others), the next ones lie in another.
class FlatGradients {
 public:
  /// A way back begins. `rows`: what trains.
  void begin(const Tensors& tensors, const std::vector<std::size_t>& rows) {
    if (rows_ != rows || held()) {
      views_.clear();
      for (const std::size_t row : rows) views_.push_back(tensors[row]);
      views_ = flat_zeros(views_, views_.front().device());
      rows_ = rows;
    }
  }
  /// Gradients of the rows [begin, end) of the table are there: they go to their places.
  void take(std::size_t begin, std::size_t end, Tensors& gradients) {
    const bool together = !views_.empty() && !views_.front().is_cpu();
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i] < begin || rows_[i] >= end) continue;
      at::Tensor& g = gradients[rows_[i]];
      if (g.defined() && together) {
        if (!g.is_same(views_[i])) take_cast(begin, end, g.scalar_type(), gradients);
        continue;
      }
      if (g.defined())
        views_[i].copy_(g);
      else
        views_[i].zero_();
      g = views_[i];
    }
  }
  /// The same of those that are there and of this type, in one call.
  void take_cast(std::size_t begin, std::size_t end, at::ScalarType type, Tensors& gradients) {
    Tensors to, from;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      at::Tensor& g = gradients[rows_[i]];
      if (rows_[i] < begin || rows_[i] >= end || !g.defined() || g.scalar_type() != type || g.is_same(views_[i]))
        continue;
      to.push_back(views_[i]);
      from.push_back(std::exchange(g, views_[i]));
    }
    if (!to.empty()) aten::foreach_copy_(to, from);
  }

 private:
  [[nodiscard]] bool held() const {
    for (const at::Tensor& view : views_)
      if (view.use_count() > 1) return true;
    return !views_.empty() && views_.front().storage().use_count() > views_.size();
  }
  Tensors views_;
  std::vector<std::size_t> rows_;
};

}  // namespace tuneit::detail

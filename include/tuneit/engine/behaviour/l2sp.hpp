#pragma once
// L2-SP (arXiv 1802.01483): trained weights are pulled back to where they started, new ones towards 0.
#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "tuneit/engine/archive.hpp"
#include "tuneit/recipe/finetune.hpp"

namespace tuneit {

/// Which tensors of a recipe's model L2Sp pulls back, and which towards 0: parameters that train in some phase.
struct PulledRows {
  std::vector<std::size_t> back, down;
};

template <class R>
PulledRows pulled_rows() {
  PulledRows rows;
  using Pull = detail::pick_from_t<slots::L2Sp, void, detail::acting_policies<typename R::parts>>;
  if constexpr (!std::is_void_v<Pull>) {
    using Model = typename R::model;
    for (std::size_t i = 0; i < table<Model>.size; ++i) {
      if (!ever_trains<R>(i)) continue;
      if (plans<R>[0].rows[i].starts_from == Origin::Fresh)
        rows.down.push_back(i);
      else if (mask<Model, typename Pull::selector>.at[i])
        rows.back.push_back(i);
    }
  }
  return rows;
}

/// The gradient of alpha / 2 |w - w0|^2 over some tensors and beta / 2 |w|^2 over others, w0 their values when this is
/// made. Only the former are kept, once more.
class L2SpPull {
 public:
  L2SpPull() = default;
  L2SpPull(const std::vector<at::Tensor>& tensors, PulledRows rows) : rows_(std::move(rows)) {
    for (const std::size_t row : rows_.back) start_.push_back(tensors[row].detach().clone());
  }

  /// Adds it to the gradients, in place; where there is none (the tensor is frozen now) nothing is added.
  void add(const std::vector<at::Tensor>& tensors, const std::vector<at::Tensor>& gradients, double alpha,
           double beta) const {
    if (alpha != 0)
      for (std::size_t i = 0; i < start_.size(); ++i)
        if (const at::Tensor& g = gradients[rows_.back[i]]; g.defined())
          g.add_(tensors[rows_.back[i]].sub(start_[i]), alpha);
    if (beta != 0)
      for (const std::size_t row : rows_.down)
        if (const at::Tensor& g = gradients[row]; g.defined()) g.add_(tensors[row], beta);
  }

  /// Where the tensors of rows().back started, for checkpoints: tensors are handles, copy into them.
  [[nodiscard]] const std::vector<at::Tensor>& start() const { return start_; }
  [[nodiscard]] const PulledRows& rows() const { return rows_; }
  void state(Archive& a) { a("start", start_); }

 private:
  PulledRows rows_;
  std::vector<at::Tensor> start_;
};

template <auto Alpha, auto Beta, class S, class R>
struct Behaviour<L2Sp<Alpha, Beta, S>, R> {
  template <class C>
  void on_start(const C& c) {
    pull_ = L2SpPull(c.tensors.all(), pulled_rows<R>());
  }
  template <class C>
  void on_gradients(const C& c) const {
    pull_.add(c.tensors.all(), c.gradients.all(), c.numbers[0], c.numbers[1]);
  }
  void state(Archive& a) { a("pull", pull_); }

 private:
  L2SpPull pull_;
};

}  // namespace tuneit

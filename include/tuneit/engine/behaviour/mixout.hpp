#pragma once
// Mixout (arXiv 1909.11299): how are weights exchanged for those of the start, for a pass?
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/behaviour/put_back.hpp"
#include "tuneit/recipe/behaviour/mixout.hpp"
#include "tuneit/recipe/finetune.hpp"

namespace tuneit {

namespace detail {

/// Does P, which is about some tensors of S (`is_about`), act on this row of R's table?
template <class P, class R>
bool is_acted_on(std::size_t row) {
  using Model = typename R::model;
  const TensorRow& r = table<Model>.rows[row];
  return !r.is_tied() && ever_trains<R>(row) && mask<Model, typename P::selector>.at[row] &&
         P::is_about(r, plans<R>[0].rows[row]);
}

}  // namespace detail

/// w becomes start + share (w - start): the paper's weights, where share is (1 - M) / (1 - P). In place.
inline void mix_weight(at::Tensor w, const at::Tensor& start, const at::Tensor& share) {
  w.sub_(start).mul_(share).add_(start);
}

template <auto P, class S, class R>
struct Behaviour<Mixout<P, S>, R> {
  template <class C>
  void on_start(const C& c) {
    for (const std::size_t row : rows()) start_.push_back(c.tensors[row].detach().clone());
  }
  template <class C, class Run>
  void around_gradients(const C& c, const Run& run) const {
    const double keep = 1 - c.numbers[0];
    std::vector<at::Tensor> weights, shares;
    std::vector<std::size_t> mixed;
    const std::vector<std::size_t> all = rows();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (plans<R>[c.at.phase].rows[all[i]].frozen) continue;
      weights.push_back(c.tensors[all[i]]);
      mixed.push_back(i);
    }
    {
      const detail::PutBack there(weights);
      for (std::size_t i = 0; i < weights.size(); ++i) {
        shares.push_back(aten::empty_like(weights[i]).bernoulli_(keep, c.generator).div_(keep));
        mix_weight(weights[i], start_[mixed[i]], shares.back());
      }
      run();
    }
    for (std::size_t i = 0; i < mixed.size(); ++i)
      if (at::Tensor g = c.gradients[all[mixed[i]]]; g.defined()) g.mul_(shares[i]);
  }
  void state(Archive& a) { a("start", start_); }

 private:
  /// What is mixed, in the order of the table.
  static std::vector<std::size_t> rows() {
    std::vector<std::size_t> some;
    for (std::size_t i = 0; i < table<typename R::model>.size; ++i)
      if (detail::is_acted_on<Mixout<P, S>, R>(i)) some.push_back(i);
    return some;
  }

  std::vector<at::Tensor> start_;  ///< of rows()
};

}  // namespace tuneit

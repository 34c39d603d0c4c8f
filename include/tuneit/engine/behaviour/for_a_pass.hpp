#pragma once
// What is otherwise for the time of a pass: words that are moved to where the loss is larger (arXiv 1605.07725,
// 1909.11764), weights that are exchanged for those of the start (mixout, arXiv 1909.11299).
#include <ATen/core/Tensor.h>
#include <ATen/ops/nan_to_num_ops.h>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "tuneit/aten/lists.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/behaviour/put_back.hpp"
#include "tuneit/recipe/behaviour/adversarial.hpp"
#include "tuneit/recipe/behaviour/mixout.hpp"
#include "tuneit/recipe/finetune.hpp"

namespace tuneit {

namespace detail {

/// The gradients that are there now, by rows of the table, for who computes others.
template <class R, class C>
std::vector<at::Tensor> kept_gradients(const C& c) {
  std::vector<at::Tensor> kept = c.gradients.all();
  if constexpr (recipe_effects<R>.flat_gradients)  // others come in the same memory
    for (at::Tensor& g : kept)
      if (g.defined()) g = g.clone();
  return kept;
}

}  // namespace detail

template <auto Eps, class S, class R>
struct Behaviour<Fgm<Eps, S>, R> {
  template <class C, class Run>
  void around_gradients(const C& c, const Run& run) const {
    run();
    const std::vector<at::Tensor> clean = detail::kept_gradients<R>(c);
    std::vector<at::Tensor> tables, steps;
    for (auto g = c.gradients.begin(); g != c.gradients.end(); ++g) {
      if (!mask<typename R::model, S>.at[g.row()]) continue;
      const at::Tensor& words = c.tensors[g.row()];
      tables.push_back(words);
      steps.push_back(g->to(words.scalar_type()).mul(g->norm().reciprocal().mul(c.numbers[0])));
      // A gradient of 0, or one that overflows (the scaler then leaves the step out), moves nothing.
      at::_ops::nan_to_num_::call(steps.back(), 0.0, 0.0, 0.0);
    }
    if (tables.empty()) return;  // none of them trains in this phase
    {
      const detail::PutBack there(std::move(tables));
      aten::foreach_add_(there.tensors(), steps);
      run();
    }
    for (auto g = c.gradients.begin(); g != c.gradients.end(); ++g)
      if (const at::Tensor& first = clean[g.row()]; first.defined()) g->add_(first);
  }
};

namespace detail {

[[noreturn, gnu::noinline]] inline void refuse_no_vectors() {
  throw Error(ErrorKind::Usage, "FreeLb selects a tensor that is not the table of an Embedding",
              "Select that of the words: FreeLb<3, 0.1, 0.02, 0, Modules<\"word_embeddings\">>.");
}

/// Of [N, T, D]: the norms of texts [N, 1, 1].
inline at::Tensor text_norms(const at::Tensor& x) { return x.flatten(1).norm(2, 1, true).unsqueeze(-1); }

/// delta goes `step` along the gradient, text by text, and is no longer than `most` there (0: without a bound).
inline at::Tensor moved_uphill(const at::Tensor& delta, const at::Tensor& gradient, double step, double most) {
  const at::Tensor g = at::_ops::nan_to_num::call(gradient, 0.0, 0.0, 0.0);
  at::Tensor next = delta.add(g.div(text_norms(g).clamp_min(1e-8)), step);
  if (most > 0) next = next.mul(text_norms(next).clamp_min(1e-8).reciprocal_().mul_(most).clamp_max_(1));
  return next;
}

/// Which of the inputs behind the first says where tokens are? -1: none does.
template <class... Others>
constexpr int mask_among(List<Others...>) {
  int found = -1, i = 0;
  ((found = found < 0 && Others::at(1).dtype == ElementType::Truth ? i : found, ++i), ...);
  return found;
}

}  // namespace detail

template <int K, auto Step, auto Magnitude, auto Most, class S, class R>
struct Behaviour<FreeLb<K, Step, Magnitude, Most, S>, R> {
  using keeps = Nothing;  // what lasts for a batch
  using Model = typename R::model;

  template <class B, class C>
  void on_inputs(const B& batch, const C&) {
    ids_ = batch.images;
    constexpr int which = detail::mask_among(typename Model::input::others{});
    if constexpr (which >= 0) mask_ = batch.other_inputs[static_cast<std::size_t>(which)];
  }
  template <class C, class Run>
  void around_gradients(const C& c, const Run& run) {
    const std::size_t row = [] {
      std::size_t i = 0;
      while (!mask<Model, S>.at[i]) ++i;
      return i;
    }();
    const at::Tensor& words = c.tensors[row];
    const auto passes = static_cast<int>(c.numbers[0]);
    const Clear after{c.moved};
    c.moved->row = row;
    c.moved->by = start(words, c.numbers[2], c.generator);
    std::vector<at::Tensor> sum;
    for (int i = 0; i < passes; ++i) {
      c.moved->gradient.reset();
      run();
      if (!c.moved->gradient.defined()) detail::refuse_no_vectors();
      if (i > 0)
        for (auto g = c.gradients.begin(); g != c.gradients.end(); ++g)
          if (sum[g.row()].defined()) g->add_(sum[g.row()]);
      if (i + 1 == passes) break;
      sum = detail::kept_gradients<R>(c);
      c.moved->by = detail::moved_uphill(c.moved->by, c.moved->gradient, c.numbers[1], c.numbers[3]);
      if (mask_.defined()) c.moved->by.mul_(there(words.scalar_type()));
    }
    for (const at::Tensor& g : c.gradients) g.mul_(1.0 / passes);
  }

 private:
  struct Clear {
    detail::MovedVectors* moved;
    ~Clear() { *moved = {}; }
  };
  /// 1 for each token that is there, [N, T, 1].
  [[nodiscard]] at::Tensor there(at::ScalarType type) const { return mask_.to(type).unsqueeze(-1); }
  [[nodiscard]] at::Tensor start(const at::Tensor& words, double magnitude, const at::Generator& generator) const {
    const std::int64_t width = words.size(1);
    const at::Tensor noise =
        aten::rand({ids_.size(0), ids_.size(1), width}, generator, words.options()).mul_(2).sub_(1).mul_(magnitude);
    if (!mask_.defined()) return noise.div_(std::sqrt(static_cast<double>(ids_.size(1) * width)));
    const at::Tensor here = there(words.scalar_type());
    return noise.mul_(here).mul_(here.sum(1, true).mul_(static_cast<double>(width)).clamp_min_(1).rsqrt_());
  }

  at::Tensor ids_, mask_;  ///< of the batch at hand
};

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

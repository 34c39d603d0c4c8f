#pragma once
// A product of low rank beside a layer in training: y += s B A x, and back. B's product is added to what the layer gave
// in one pass, and its input's gradient travels as a second tensor, which the next batch norm adds in passing.
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/aten/spatial.hpp"
#include "tuneit/engine/layers/conv.hpp"
#include "tuneit/engine/layers/forward.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/net/rewrite/low_rank.hpp"

namespace tuneit::detail {

/// What the product leaves for the way back. `conv`: of a convolution, A's input and A; else x is that input.
struct BranchSaved {
  at::Tensor x, mask, inner;  ///< inner: A x, a row for each pixel
  ConvSaved conv;
  void clear() {
    x.reset();
    mask.reset();
    inner.reset();
    conv.clear();
  }
};

/// Which gradients are wanted of it.
struct BranchTask {
  double scale = 1;
  bool need_input = false, a_moves = false, b_moves = false;
  [[nodiscard]] constexpr bool keeps() const { return need_input || a_moves || b_moves; }
};

/// The channels of dense images as rows, one for each pixel; memory is shared.
inline at::Tensor pixel_rows(const at::Tensor& x) { return x.permute({0, 2, 3, 1}).view({-1, x.size(1)}); }
/// Vectors in the last dimension as rows.
inline at::Tensor vector_rows(const at::Tensor& x) { return x.reshape({-1, x.size(-1)}); }
/// A matrix from a weight: a row for each output.
inline at::Tensor as_matrix(const at::Tensor& weight) { return weight.reshape({weight.size(0), -1}); }

/// x without a share of its numbers, the others larger by as much. `mask`: the factors.
inline at::Tensor drop(const at::Tensor& x, double share, const at::Generator& g, at::Tensor& mask) {
  const double keep = 1 - share;
  mask = aten::empty_like(x).bernoulli_(keep, g).div_(keep);
  return x.mul(mask);
}

/// y + s B inner, over y; `y` and `inner` as rows.
inline void add_product(at::Tensor y, const at::Tensor& inner, const at::Tensor& b, double scale) {
  y.addmm_(inner, in_numbers(as_matrix(b), y.scalar_type()).t(), 1, scale);
}
/// The gradients of B, to `b_gradient` if it moves, and of inner, which is returned.
inline at::Tensor product_backward(const at::Tensor& dy, const at::Tensor& b, const BranchSaved& saved,
                                   const BranchTask& task, at::Tensor& b_gradient) {
  if (task.b_moves) b_gradient = aten::mm(dy.t(), saved.inner).to(b.scalar_type()).mul_(task.scale).reshape(b.sizes());
  if (!task.need_input && !task.a_moves) return {};
  return aten::mm(dy, in_numbers(as_matrix(b).mul(task.scale), dy.scalar_type()));
}

inline void conv_branch(at::Tensor x, at::Tensor& y, const at::Tensor* ab, Window w, const BranchTask& task,
                        BranchSaved& saved) {
  const at::Tensor inner = pixel_rows(channels_last(conv_forward(std::move(x), ab[0], {}, w, saved.conv)));
  y = channels_last(y);
  add_product(pixel_rows(y), inner, ab[1], task.scale);
  if (task.keeps())
    saved.inner = inner;
  else
    saved.conv.clear();
}
/// g: for A's and B's gradients, in any number type and order in memory. dy: channels-last.
inline at::Tensor conv_branch_backward(const at::Tensor& dy, const at::Tensor* ab, at::Tensor* g, Window w,
                                       const BranchTask& task, BranchSaved& saved) {
  const at::Tensor rows = product_backward(pixel_rows(dy), ab[1], saved, task, g[1]);
  if (!rows.defined()) return {};
  const at::Tensor inner = rows.view({dy.size(0), dy.size(2), dy.size(3), rows.size(1)}).permute({0, 3, 1, 2});
  ConvGradients all = conv_backward(inner, saved.conv, w, task.need_input, task.a_moves, false);
  if (task.a_moves) g[0] = std::move(all.weight);
  return std::move(all.x);
}

inline void linear_branch(at::Tensor x, at::Tensor& y, const at::Tensor* ab, const BranchTask& task,
                          BranchSaved& saved) {
  at::Tensor rows = vector_rows(x);
  const at::Tensor inner = aten::mm(rows, in_numbers(ab[0], x.scalar_type()).t());
  add_product(y.view({-1, y.size(-1)}), inner, ab[1], task.scale);
  if (!task.keeps()) return;
  saved.inner = inner;
  if (task.a_moves) saved.x = std::move(rows);
}
inline at::Tensor linear_branch_backward(const at::Tensor& dy, const at::Tensor* ab, at::Tensor* g,
                                         const BranchTask& task, BranchSaved& saved) {
  const at::Tensor inner = product_backward(vector_rows(dy), ab[1], saved, task, g[1]);
  if (task.a_moves) g[0] = aten::mm(inner.t(), saved.x);
  if (!task.need_input) return {};
  std::vector<std::int64_t> sizes = dy.sizes().vec();
  sizes.back() = ab[0].size(1);
  return aten::mm(inner, in_numbers(ab[0], dy.scalar_type())).view(sizes);
}

/// x: indices.
inline void embedding_branch(at::Tensor x, at::Tensor& y, const at::Tensor* ab, const BranchTask& task,
                             BranchSaved& saved) {
  const at::Tensor inner = vector_rows(aten::embedding(ab[0].t(), x));
  add_product(y.view({-1, y.size(-1)}), inner, ab[1], task.scale);
  if (!task.keeps()) return;
  saved.inner = inner;
  saved.x = std::move(x);
}
/// padding: the column of A that has no gradient, so that its row stays where it is (-1: none).
inline void embedding_branch_backward(const at::Tensor& dy, const at::Tensor* ab, at::Tensor* g, const BranchTask& task,
                                      BranchSaved& saved, std::int64_t padding) {
  const at::Tensor inner = product_backward(vector_rows(dy), ab[1], saved, task, g[1]);
  if (task.a_moves) g[0] = aten::embedding_backward(inner, saved.x.reshape({-1}), ab[0].size(1), padding).t();
}

/// The product beside each sort of layer. ab: A and B.
template <class Base>
struct LowRankBranch;
template <int In, int Out, Window W, bool Bias>
struct LowRankBranch<Conv2d<In, Out, W, Bias>> {
  static constexpr bool drops = true;
  static void forward(at::Tensor x, at::Tensor& y, const at::Tensor* ab, const BranchTask& task, BranchSaved& saved) {
    conv_branch(std::move(x), y, ab, W, task, saved);
  }
  /// B A x, for autograd; c: of A.
  template <int R>
  static at::Tensor plain(at::Tensor x, const Context& c) {
    using A = Forward<Conv2d<In, R, W>, TensorFacts<1>{}>;
    return Forward<Conv2d<R, Out, Window{1}>, TensorFacts<1>{}>::run(A::run(std::move(x), c), c.after(1));
  }
  static at::Tensor backward(at::Tensor& dy, const at::Tensor* ab, at::Tensor* g, const BranchTask& task,
                             BranchSaved& saved) {
    dy = channels_last(dy);
    return conv_branch_backward(dy, ab, g, W, task, saved);
  }
};
template <int In, int Out, bool Bias>
struct LowRankBranch<Linear<In, Out, Bias>> {
  static constexpr bool drops = true;
  static void forward(at::Tensor x, at::Tensor& y, const at::Tensor* ab, const BranchTask& task, BranchSaved& saved) {
    linear_branch(std::move(x), y, ab, task, saved);
  }
  template <int R>
  static at::Tensor plain(const at::Tensor& x, const Context& c) {
    return aten::linear(aten::linear(x, c.tensor(0)), c.tensor(1));
  }
  static at::Tensor backward(at::Tensor& dy, const at::Tensor* ab, at::Tensor* g, const BranchTask& task,
                             BranchSaved& saved) {
    return linear_branch_backward(dy, ab, g, task, saved);
  }
};
template <int N, int D, int Padding>
struct LowRankBranch<Embedding<N, D, Padding>> {
  static constexpr bool drops = false;
  static void forward(at::Tensor x, at::Tensor& y, const at::Tensor* ab, const BranchTask& task, BranchSaved& saved) {
    embedding_branch(std::move(x), y, ab, task, saved);
  }
  template <int R>
  static at::Tensor plain(const at::Tensor& x, const Context& c) {
    return aten::linear(aten::embedding(c.tensor(0).t(), x, Padding), c.tensor(1));
  }
  static at::Tensor backward(at::Tensor& dy, const at::Tensor* ab, at::Tensor* g, const BranchTask& task,
                             BranchSaved& saved) {
    embedding_branch_backward(dy, ab, g, task, saved, Padding);
    return {};
  }
};

}  // namespace tuneit::detail

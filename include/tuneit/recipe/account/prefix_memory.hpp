#pragma once
// How much memory does the frozen beginning of a network need? It runs as an inference program: nothing is kept,
// weights are there once more, folded and packed. What an operation has prepared it says itself.
#include "tuneit/recipe/account/step_memory.hpp"

namespace tuneit::detail {

class InferenceAccount {
 public:
  constexpr InferenceAccount(std::int64_t batch, int bytes) : facts_{.live = false, .batch = batch, .bytes = bytes} {}

  /// Runs a program on what flows in; that is freed on the way, but for the pictures, which are somebody else's.
  template <class... Ops>
  constexpr Shape run(List<Ops...>, Shape x) {
    ((x = one(Ops{}, x)), ...);
    return x;
  }
  [[nodiscard]] constexpr std::int64_t peak() const { return peak_; }
  /// Copies of weights.
  [[nodiscard]] constexpr std::int64_t prepared() const { return prepared_; }

  // --- for operations that are made of others
  template <class Op>
  constexpr Shape one(Shape x) {
    return one(Op{}, x);
  }
  /// A batch norm behind a convolution: the convolution's weights become another tensor.
  constexpr void fold() {
    prepared_ += foldable_;
    foldable_ = 0;
  }
  constexpr void nothing_foldable() { foldable_ = 0; }

 private:
  [[nodiscard]] constexpr std::int64_t size(Shape s) const { return facts_.batch * s.numel() * facts_.bytes; }
  constexpr void touch(std::int64_t n) {
    if (around_ + n > peak_) peak_ = around_ + n;
  }

  template <LoneLayer Layer>  // one's own too
  constexpr Shape one(Layer, Shape x) {
    Shape out = x;
    if constexpr (MakesShape<Layer>) out = Layer::out(x);
    PreparedSizes p;
    if constexpr (requires { Layer::prepared(x, facts_); }) p = Layer::prepared(x, facts_);
    prepared_ += p.copies;
    foldable_ = p.foldable;
    touch(size(x) + size(out) + p.scratch);
    return out;
  }
  template <class Op>
  requires(!LoneLayer<Op>) constexpr Shape one(Op, Shape x) { return Op::infer(x, *this); }
  template <int First, int Count, class Layer>
  constexpr Shape one(Repeat<First, Count, Layer>, Shape x) {
    for (int i = 0; i < Count; ++i) x = run(program<Layer>{}, x);
    return x;
  }
  template <class Front, class BatchNorm, class Drop, class Shortcut, class Activation>
  constexpr Shape one(op::Sum<Front, BatchNorm, Drop, Shortcut, Activation>, Shape x) {
    const Shape around = run(Shortcut{}, x);
    const std::int64_t outside = around_;
    around_ += size(around);
    Shape out = run(Front{}, x);
    around_ = outside;
    if constexpr (!std::is_void_v<BatchNorm>) out = one(op::Norm<BatchNorm, Activation>{}, out);
    nothing_foldable();
    return added(out, around);
  }

  Facts facts_;
  std::int64_t around_ = 0, peak_ = 0, prepared_ = 0;
  std::int64_t foldable_ = 0;  ///< bytes of the weights of a convolution that has just run
};

}  // namespace tuneit::detail

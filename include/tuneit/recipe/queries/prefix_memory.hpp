#pragma once
// How much memory does the frozen beginning of a network need? It runs as an inference program: nothing is kept,
// weights are there once more, folded and packed.
#include "tuneit/recipe/queries/step_memory.hpp"

namespace tuneit::detail {

class InferenceAccount {
 public:
  constexpr InferenceAccount(std::int64_t batch, int bytes) : batch_(batch), bytes_(bytes) {}

  /// Runs a program on what flows in; that is freed on the way, but for the pictures, which are somebody else's.
  template <class... Ops>
  constexpr Shape run(List<Ops...>, Shape x) {
    ((x = one(Ops{}, x)), ...);
    return x;
  }
  [[nodiscard]] constexpr std::int64_t peak() const { return peak_; }
  /// Copies of weights.
  [[nodiscard]] constexpr std::int64_t prepared() const { return prepared_; }

 private:
  [[nodiscard]] constexpr std::int64_t size(Shape s) const { return batch_ * s.numel() * bytes_; }
  // A batch norm behind a convolution: the convolution's weights become another tensor.
  constexpr void fold() {
    prepared_ += foldable_;
    foldable_ = 0;
  }
  constexpr void touch(std::int64_t n) {
    if (around_ + n > peak_) peak_ = around_ + n;
  }

  template <LoneLayer Layer>  // one's own too
  constexpr Shape one(Layer layer, Shape x) {
    const Shape out = output_shape(layer, x);
    foldable_ = 0;
    touch(size(x) + size(out));
    return out;
  }
  template <int In, int Out, Window W, bool Bias>
  constexpr Shape one(Conv2d<In, Out, W, Bias> conv, Shape x) {
    const Shape out = output_shape(conv, x);
    const WinogradAccount winograd(W, In, Out, x, batch_);
    const std::int64_t weights = 1LL * Out * (In / W.groups) * W.kernel * W.kernel;
    prepared_ += (bytes_ == 4 ? 1 : 2) * bytes_ * weights;  // in oneDNN's order; of another type, too
    foldable_ = bytes_ == 4 ? bytes_ * weights : 0;
    std::int64_t scratch = 0;
    if (winograd.runs(bytes_, batch_, false)) {
      scratch = winograd.scratch();
      if (1LL * In * Out <= 256 * 256) prepared_ += 4 * 36LL * In * Out;
    }
    touch(size(x) + size(out) + scratch);
    return out;
  }
  template <class Conv, class Activation>
  constexpr Shape one(op::ConvAct<Conv, Activation>, Shape x) {
    x = one(Conv{}, x);
    foldable_ = 0;
    return x;
  }
  template <class BatchNorm, class Activation>
  constexpr Shape one(op::Norm<BatchNorm, Activation>, Shape x) {  // folded, or in place
    fold();
    return output_shape(BatchNorm{}, x);
  }
  template <class BatchNorm, class Activation, class Pool>
  constexpr Shape one(op::NormPool<BatchNorm, Activation, Pool>, Shape x) {
    fold();
    return one(Pool{}, output_shape(BatchNorm{}, x));
  }
  template <class Layer, class Activation>
  constexpr Shape one(op::Affine<Layer, Activation>, Shape x) {
    return one(Layer{}, x);
  }
  template <class B, class BA, class Conv, class A, class AA>
  constexpr Shape one(op::Depthwise<B, BA, Conv, A, AA>, Shape x) {
    if constexpr (!std::is_void_v<B>) x = output_shape(B{}, x);
    x = one(Conv{}, x);
    if constexpr (!std::is_void_v<A>) x = one(op::Norm<A, AA>{}, x);
    return x;
  }
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
    foldable_ = 0;
    return added(out, around);
  }

  std::int64_t batch_;
  int bytes_;
  std::int64_t around_ = 0, peak_ = 0, prepared_ = 0;
  std::int64_t foldable_ = 0;  ///< bytes of the weights of a convolution that has just run
};

}  // namespace tuneit::detail

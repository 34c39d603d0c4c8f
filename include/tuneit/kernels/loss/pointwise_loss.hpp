#pragma once
// Losses of each output by itself, value and slope in one pass: squared, absolute and Huber's difference,
// sigmoid cross-entropy, focal loss.
#include <cmath>
#include <cstdint>

namespace tuneit::kernels {

/// A loss at one point, and its derivative by the output.
template <class T>
struct Slope {
  T value, slope;
};

struct SquaredDifference {
  template <class T>
  Slope<T> operator()(T x, T target) const {
    const T d = x - target;
    return {d * d, 2 * d};
  }
};

/// Up to delta d^2 / 2, behind it delta (|d| - delta / 2); all of it times `scale`.
struct HuberLoss {
  double delta = 1, scale = 1;

  template <class T>
  Slope<T> operator()(T x, T target) const {
    const T most = static_cast<T>(delta), d = x - target, near = d < -most ? -most : d > most ? most : d;
    const T s = static_cast<T>(scale);
    return {s * near * (d - near / 2), s * near};
  }
};

struct AbsoluteDifference {
  template <class T>
  Slope<T> operator()(T x, T target) const {
    const T d = x - target;
    return {std::abs(d), static_cast<T>(d > 0) - static_cast<T>(d < 0)};
  }
};

/// The sigmoid p of x, q = 1 - p and -log p, all without cancellation.
template <class T>
struct Sigmoid {
  T p, q, entropy;
  explicit Sigmoid(T x) {
    const T e = std::exp(-std::abs(x)), large = 1 / (1 + e), small = e / (1 + e);
    p = x < 0 ? small : large;
    q = x < 0 ? large : small;
    entropy = std::log1p(e) + (x < 0 ? -x : 0);
  }
};

/// Sigmoid cross-entropy, positive examples `positive` times: (1 - t) x + (1 + (positive - 1) t) log(1 + e^-x).
struct SigmoidEntropy {
  double positive = 1;

  template <class T>
  Slope<T> operator()(T x, T target) const {
    const Sigmoid<T> s(x);
    const T weight = 1 + static_cast<T>(positive - 1) * target;
    return {(1 - target) * x + weight * s.entropy, (1 - target) - weight * s.q};
  }
};

/// Focal loss: alpha_t u^gamma times the sigmoid cross-entropy, u = 1 - p_t the share by which the output is wrong,
/// alpha_t = alpha t + (1 - alpha)(1 - t), or 1 where alpha is negative.
struct FocalLoss {
  double gamma = 2, alpha = 0.25;

  template <class T>
  Slope<T> operator()(T x, T target) const {
    const Sigmoid<T> s(x);
    const T entropy = (1 - target) * x + s.entropy;
    const T u = s.p * (1 - target) + s.q * target, g = static_cast<T>(gamma), scaled = std::pow(u, g);
    // where nothing is wrong any more the slope is 0; the formula there would be 0 times infinity
    const T more = u > 0 && g != 0 ? g * scaled / u * s.p * s.q * (1 - 2 * target) : 0;
    const T a = alpha < 0 ? 1 : static_cast<T>(alpha) * target + static_cast<T>(1 - alpha) * (1 - target);
    return {a * scaled * entropy, a * (scaled * (s.p - target) + entropy * more)};
  }
};

/// The sum of loss(outputs[i], targets[i]) over n outputs. gradient (may be null): its derivative, times `scale`.
template <class T, class Loss>
double pointwise_loss(const T* outputs, const T* targets, T* gradient, std::int64_t n, double scale, const Loss& loss) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Slope<T> at = loss(outputs[i], targets[i]);
    sum += static_cast<double>(at.value);
    if (gradient != nullptr) gradient[i] = at.slope * static_cast<T>(scale);
  }
  return sum;
}

}  // namespace tuneit::kernels

#pragma once
// Softmax cross-entropy of a batch with its gradient, in one pass over the logits.
#include <cmath>
#include <cstdint>

#include "tuneit/kernels/isa/isa.hpp"

namespace tuneit::kernels {

/// `loss` is the sum over the rows. Not valid: a label was no class; nothing else counts then.
struct CrossEntropy {
  double loss = 0;
  std::int64_t correct = 0;
  bool valid = true;
};

/// logits: [rows, classes]. The target of a row is 1 - smoothing on its label plus smoothing / classes on every class.
/// gradient (may be null): of the mean over the rows, or of their sum. A hit is a row whose first largest logit is its
/// label's.
template <class T, bool Sum = false>
CrossEntropy cross_entropy(const T* logits, const std::int64_t* labels, T* gradient, std::int64_t rows,
                           std::int64_t classes, double smoothing) {
  CrossEntropy result;
  const double even = smoothing / static_cast<double>(classes);
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* x = logits + r * classes;
    const std::int64_t label = labels[r];
    if (label < 0 || label >= classes) {
      result.valid = false;
      return result;
    }
    std::int64_t best = 0;
    double total = 0;  // of the logits
    for (std::int64_t c = 0; c < classes; ++c) {
      if (x[c] > x[best] || (x[c] != x[c] && x[best] == x[best])) best = c;
      total += static_cast<double>(x[c]);
    }
    const double highest = static_cast<double>(x[best]);
    double sum = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      const T e = std::exp(x[c] - x[best]);
      if (gradient != nullptr) gradient[r * classes + c] = e;
      sum += static_cast<double>(e);
    }
    const double log_sum = highest + std::log(sum);
    result.loss += (1 - smoothing) * (log_sum - static_cast<double>(x[label])) +
                   (smoothing == 0 ? 0 : even * (static_cast<double>(classes) * log_sum - total));
    result.correct += best == label;
    if (gradient != nullptr) {
      T* g = gradient + r * classes;
      const auto mean = static_cast<T>(Sum ? 1 : 1 / static_cast<double>(rows)), scale = static_cast<T>(1 / sum) * mean,
                 off = static_cast<T>(even) * mean;
      for (std::int64_t c = 0; c < classes; ++c) g[c] = g[c] * scale - off;
      g[label] -= static_cast<T>(1 - smoothing) * mean;
    }
  }
  return result;
}

}  // namespace tuneit::kernels

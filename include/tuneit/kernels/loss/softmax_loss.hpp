#pragma once
// Softmax cross-entropy against any distribution of targets, in one pass over the logits: labels with class weights,
// mixed labels, probabilities.
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tuneit::kernels {

/// Targets made of labels: (on [c is the label] + even) times the class's weight; times `share`, and the same of
/// `other` times `rest`. `other` and `weights` may be null.
struct LabelTargets {
  const std::int64_t* labels = nullptr;
  const std::int64_t* other = nullptr;
  const double* weights = nullptr;
  double share = 1, rest = 0, on = 1, even = 0;

  double operator()(std::int64_t row, std::int64_t c) const {
    double q = share * ((c == labels[row] ? on : 0) + even);
    if (other != nullptr) q += rest * ((c == other[row] ? on : 0) + even);
    return weights == nullptr ? q : weights[c] * q;
  }
};

/// Targets that are given for each class, [rows, classes]: (on target + even) times the class's weight times `share`.
template <class T>
struct GivenTargets {
  const T* targets = nullptr;
  const double* weights = nullptr;
  std::int64_t classes = 0;
  double share = 1, on = 1, even = 0;

  double operator()(std::int64_t row, std::int64_t c) const {
    const double q = share * (on * static_cast<double>(targets[row * classes + c]) + even);
    return weights == nullptr ? q : weights[c] * q;
  }
};

/// The sum over rows and classes of target(row, c) times -log softmax(logits)[row, c]. gradient (may be null): its
/// derivative, times `scale`. A class whose target is 0 counts for nothing, also where its logit is -infinity.
template <class T, class Target>
double softmax_loss(const T* logits, T* gradient, std::int64_t rows, std::int64_t classes, const Target& target,
                    double scale = 1) {
  double loss = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* x = logits + r * classes;
    T highest = x[0];
    for (std::int64_t c = 1; c < classes; ++c) highest = std::max(highest, x[c]);
    double sum = 0;
    for (std::int64_t c = 0; c < classes; ++c) sum += static_cast<double>(std::exp(x[c] - highest));
    const double log_sum = static_cast<double>(highest) + std::log(sum);
    double all = 0;  // of the row's targets
    for (std::int64_t c = 0; c < classes; ++c) {
      const double q = target(r, c);
      all += q;
      if (q != 0) loss += q * (log_sum - static_cast<double>(x[c]));
    }
    if (gradient == nullptr) continue;
    for (std::int64_t c = 0; c < classes; ++c)
      gradient[r * classes + c] =
          static_cast<T>(scale * (all * static_cast<double>(std::exp(x[c] - highest)) / sum - target(r, c)));
  }
  return loss;
}

/// How many rows have their first largest logit at their label.
template <class T>
std::int64_t count_correct(const T* logits, const std::int64_t* labels, std::int64_t rows, std::int64_t classes) {
  std::int64_t hits = 0;
  for (std::int64_t r = 0; r < rows; ++r)
    hits += std::max_element(logits + r * classes, logits + (r + 1) * classes) - (logits + r * classes) == labels[r];
  return hits;
}

}  // namespace tuneit::kernels

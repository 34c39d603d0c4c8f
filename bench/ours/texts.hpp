#pragma once
// Texts as long as reviews are: batches of 16 that are nearly as long, in the inputs of BERT. bench/peers/texts.py has
// the same.
#include <ATen/ops/full.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <vector>

#include <tuneit/data/batches/batches.hpp>

namespace bench::ours {

inline constexpr int texts_in_batch = 16, vocabulary = 30522;

/// Tokens of the texts of a batch: neighbours among 800 that are sorted by their length, of which the median is 104 and
/// the mean 121 (log-logistic). Four batches of the fifty stand for all.
inline std::vector<std::vector<int>> text_lengths() {
  std::vector<std::vector<int>> all;
  for (const int batch : {6, 31, 18, 43}) {
    std::vector<int>& lengths = all.emplace_back();
    for (int i = 0; i < texts_in_batch; ++i) {
      const double q = (texts_in_batch * batch + i + 0.5) / 800;
      lengths.push_back(static_cast<int>(std::lround(104 * std::pow(q / (1 - q), 0.3))));
    }
  }
  return all;
}

/// tuneit's batches of them.
inline std::vector<tuneit::data::Batch> text_batches() {
  at::manual_seed(0);
  std::vector<tuneit::data::Batch> all;
  for (const std::vector<int>& lengths : text_lengths()) {
    const std::int64_t width = lengths.back();  // the longest, as in TextBatches
    tuneit::data::Batch batch;
    at::Tensor mask = at::full({texts_in_batch, width}, false, at::kBool);
    batch.images = at::zeros({texts_in_batch, width}, at::kLong);
    for (int i = 0; i < texts_in_batch; ++i) {
      const int n = lengths[static_cast<std::size_t>(i)];
      mask.select(0, i).narrow(0, 0, n).fill_(true);
      batch.images.select(0, i).narrow(0, 0, n).copy_(at::randint(1, vocabulary, {n}, at::kLong));
    }
    batch.other_inputs = {mask, at::zeros({texts_in_batch, width}, at::kLong)};
    batch.labels = at::randint(2, {texts_in_batch}, at::kLong);
    all.push_back(std::move(batch));
  }
  return all;
}

}  // namespace bench::ours

#pragma once
// Which texts make a batch? Such as are nearly as long, so that little of it is padding. Pure functions of seed, epoch
// and lengths: resuming needs no state. Batches are no longer drawn alike: where length goes with the label, so do
// they. No LibTorch.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "tuneit/data/random.hpp"

namespace tuneit::data {

/// On a device a batch is as wide as its longest text, rounded up to a multiple of this; budgets of tokens count so
/// everywhere, and what they put together does not depend on the device.
inline constexpr std::size_t width_step = 8;

/// How many tokens a row has in a batch whose longest text has so many; `most` at most.
constexpr std::size_t padded_width(std::size_t length, std::size_t most, std::size_t step = width_step) {
  const std::size_t width = (std::max<std::size_t>(length, 1) + step - 1) / step * step;
  return std::min(width, std::max(length, most));
}

/// How texts are put into batches.
struct Bucketing {
  std::size_t batch_size = 32;
  std::size_t batches = 50;    ///< so many are sorted by length together; 0: none, texts come as they are shuffled
  bool longest_first = false;  ///< the first epoch begins with the longest text: if memory runs out, then at once
};

namespace detail {

inline void shuffle(std::vector<std::size_t>& all, Draws& draws) {
  for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[draws.below(i)]);
}
inline std::vector<std::size_t> counted(std::size_t n) {
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}
/// Sorts by falling key; what is alike keeps its order. (libstdc++'s stable_sort is a warning with clang.)
template <class Key>
void sort_falling(std::span<std::size_t> list, const Key& key) {
  std::vector<std::pair<std::size_t, std::size_t>> keyed;  // the key, and where it was
  keyed.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) keyed.emplace_back(key(list[i]), i);
  std::sort(keyed.begin(), keyed.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  const std::vector<std::size_t> before(list.begin(), list.end());
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = before[keyed[i].second];
}
/// Rows [i batch, (i + 1) batch) of the list, in the order `batches` of i, and behind them what is left of the list.
inline std::vector<std::size_t> in_batches(const std::vector<std::size_t>& list,
                                           const std::vector<std::size_t>& batches, std::size_t batch) {
  std::vector<std::size_t> order;
  order.reserve(list.size());
  const auto rows = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) order.push_back(list[i]);
  };
  for (const std::size_t i : batches) rows(i * batch, (i + 1) * batch);
  rows(batches.size() * batch, list.size());
  return order;
}

}  // namespace detail

/// The positions of texts of these lengths in the order in which an epoch visits them; each batch_size of them are a
/// batch, the last has what is left. All are permuted; of each min(n / (4 batch_size), batches) batches, at least one,
/// texts are sorted by length, longest first and in the permuted order where they are alike; full batches are permuted
/// (the grouping of HF transformers' LengthGroupedSampler, which leaves batches in order).
inline std::vector<std::size_t> bucketed_order(std::span<const std::uint32_t> lengths, const Bucketing& how,
                                               std::uint64_t seed, std::uint64_t epoch) {
  const std::size_t n = lengths.size(), batch = std::max<std::size_t>(how.batch_size, 1);
  Draws draws(seed, epoch, 0, Stream::Permutation);
  std::vector<std::size_t> order = detail::counted(n);
  detail::shuffle(order, draws);
  if (how.batches == 0) return order;
  const std::size_t group = std::max<std::size_t>(std::min(n / (4 * batch), how.batches), 1) * batch;
  for (std::size_t begin = 0; begin < n; begin += group)
    detail::sort_falling(std::span(order).subspan(begin, std::min(group, n - begin)),
                         [&](std::size_t i) { return lengths[i]; });
  std::vector<std::size_t> batches = detail::counted(n / batch);
  detail::shuffle(batches, draws);
  if (how.longest_first && epoch == 1 && !batches.empty()) {
    const auto longest = [&](std::size_t i) { return lengths[order[i * batch]]; };  // a batch begins with its longest
    const auto first = std::max_element(batches.begin(), batches.end(),
                                        [&](std::size_t a, std::size_t b) { return longest(a) < longest(b); });
    std::iter_swap(batches.begin(), first);
  }
  return detail::in_batches(order, batches, batch);
}

/// Positions by length, longest first: for tests, where order means nothing.
inline std::vector<std::size_t> order_by_length(std::span<const std::uint32_t> lengths) {
  std::vector<std::size_t> order = detail::counted(lengths.size());
  detail::sort_falling(order, [&](std::size_t i) { return lengths[i]; });
  return order;
}

/// Batches of so many tokens at most, padding counted: where each ends in the list of texts by width, widest first.
/// The same in all epochs, so that an epoch has as many steps as any other.
inline std::vector<std::size_t> budget_ends(std::span<const std::uint32_t> lengths, std::size_t tokens,
                                            std::size_t most) {
  std::vector<std::size_t> widths, ends;
  for (const std::uint32_t length : lengths) widths.push_back(padded_width(length, most));
  std::sort(widths.begin(), widths.end(), std::greater<>());
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= widths.size(); ++i)
    if (i == widths.size() || (i + 1 - begin) * widths[begin] > tokens) {
      ends.push_back(i);
      begin = i;
    }
  return ends;
}

/// The positions of an epoch in such batches, one after the other: texts of one width change places, and the batches
/// do, but for the last, which may have room for more.
inline std::vector<std::size_t> budget_order(std::span<const std::uint32_t> lengths,
                                             const std::vector<std::size_t>& ends, std::size_t most, std::uint64_t seed,
                                             std::uint64_t epoch) {
  Draws draws(seed, epoch, 0, Stream::Permutation);
  std::vector<std::size_t> texts = detail::counted(lengths.size()), order;
  detail::shuffle(texts, draws);
  detail::sort_falling(texts, [&](std::size_t i) { return padded_width(lengths[i], most); });
  std::vector<std::size_t> batches = detail::counted(ends.empty() ? 0 : ends.size() - 1);
  detail::shuffle(batches, draws);
  if (!ends.empty()) batches.push_back(ends.size() - 1);
  order.reserve(texts.size());
  for (const std::size_t i : batches)
    order.insert(order.end(), texts.begin() + static_cast<std::ptrdiff_t>(i == 0 ? 0 : ends[i - 1]),
                 texts.begin() + static_cast<std::ptrdiff_t>(ends[i]));
  return order;
}

/// Where a batch ends that begins at `at` in a list of positions: after so many rows, or with a budget above 0 before
/// rows times width is more than that. Cuts budget_order into its batches.
inline std::size_t batch_end(std::span<const std::uint32_t> lengths, std::span<const std::size_t> order, std::size_t at,
                             std::size_t rows, std::size_t budget, std::size_t most) {
  if (budget == 0) return std::min(order.size(), at + rows);
  std::size_t end = at, width = 0;
  while (end < order.size()) {
    width = std::max(width, padded_width(lengths[order[end]], most));
    if (end > at && (end + 1 - at) * width > budget) break;
    ++end;
  }
  return end;
}

/// Of all numbers in batches, rows times width, the share that is padding.
inline double padding_share(std::span<const std::uint32_t> lengths, std::span<const std::size_t> order,
                            std::size_t batch_size, std::size_t most, std::size_t step = width_step) {
  std::size_t real = 0, all = 0;
  for (std::size_t begin = 0; begin < order.size(); begin += batch_size) {
    const std::size_t end = std::min(order.size(), begin + batch_size);
    std::size_t longest = 0;
    for (std::size_t i = begin; i < end; ++i) {
      real += lengths[order[i]];
      longest = std::max<std::size_t>(longest, lengths[order[i]]);
    }
    all += (end - begin) * padded_width(longest, most, step);
  }
  return all == 0 ? 0 : 1 - static_cast<double>(real) / static_cast<double>(all);
}

}  // namespace tuneit::data

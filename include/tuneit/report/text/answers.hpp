#pragma once
// Which stretch of a passage do scores of begins and ends choose, over all windows of it? No LibTorch.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace tuneit::report {

/// The bytes of the passage that a token stands for; none of a token of the question, special or padding.
struct TokenBytes {
  std::size_t begin = 0, end = 0;
  bool in_passage = false;
};

/// One window of a question and its passage: a number for each token.
struct AnswerWindow {
  std::span<const float> begin, end;
  std::span<const TokenBytes> tokens;
};

struct AnswerSearch {
  std::size_t n_best = 20;       ///< so many begins and ends of each window, and answers in all
  std::size_t most_tokens = 30;  ///< of one answer
  bool may_have_none = false;    ///< SQuAD 2: the passage may not answer the question
  double null_threshold = 0;     ///< no answer where the score of none is better by more than this
  std::size_t null_token = 0;    ///< the token ([CLS]) whose scores say that there is no answer
};

/// `score`: the sum of two logits. `begin` and `end` are bytes of the passage, equal for no answer.
struct FoundAnswer {
  std::string text{};
  std::size_t begin = 0, end = 0;
  float score = 0;
  double probability = 0;  ///< softmax over those that are kept
};

struct AnswerDecision {
  std::string text{};                       ///< what is answered; empty: none
  std::vector<FoundAnswer> n_best{};        ///< the best first; with may_have_none one of them is no answer
  std::optional<double> null_difference{};  ///< the score of no answer minus the best one's; with may_have_none
};

namespace detail {

/// The positions of the n largest, the largest first; of equals the first first. NaN is less than any number.
inline std::vector<std::size_t> largest(std::span<const float> values, std::size_t n) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  n = std::min(n, order.size());
  const auto key = [&](std::size_t i) {
    return std::isnan(values[i]) ? -std::numeric_limits<float>::infinity() : values[i];
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(n), order.end(),
                    [&](std::size_t a, std::size_t b) { return key(a) != key(b) ? key(a) > key(b) : a < b; });
  order.resize(n);
  return order;
}

}  // namespace detail

/// Of each window the n_best highest begins times ends, without pairs outside the passage, whose end is before their
/// begin, of more than most_tokens tokens, or whose sum is NaN; the n_best highest sums of all windows; of equals those
/// of earlier windows and higher begins first. Of nothing found the text "empty" with 0 is left. Source:
/// postprocess_qa_predictions of the question-answering example of transformers; the score of no answer is the least of
/// all windows, as there; where no window has one (it is NaN) there is an answer.
[[nodiscard]] inline AnswerDecision decide_answer(std::string_view passage, std::span<const AnswerWindow> windows,
                                                  const AnswerSearch& search = {}) {
  struct Candidate {
    FoundAnswer answer;
    std::size_t order = 0;
  };
  std::vector<Candidate> found;
  float null_score = std::numeric_limits<float>::infinity();
  for (const AnswerWindow& w : windows) {
    if (search.null_token < w.begin.size() && search.null_token < w.end.size())
      null_score = std::min(null_score, w.begin[search.null_token] + w.end[search.null_token]);
    const std::vector<std::size_t> ends = detail::largest(w.end, search.n_best);
    for (const std::size_t b : detail::largest(w.begin, search.n_best))
      for (const std::size_t e : ends) {
        if (b >= w.tokens.size() || e >= w.tokens.size() || !w.tokens[b].in_passage || !w.tokens[e].in_passage)
          continue;
        if (e < b || e - b + 1 > search.most_tokens) continue;
        const float score = w.begin[b] + w.end[e];
        if (!std::isnan(score)) found.push_back({{{}, w.tokens[b].begin, w.tokens[e].end, score}, found.size()});
      }
  }
  const bool none = search.may_have_none && null_score < std::numeric_limits<float>::infinity();
  if (none) found.push_back({{{}, 0, 0, null_score}, found.size()});
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return a.answer.score != b.answer.score ? a.answer.score > b.answer.score : a.order < b.order;
  });
  const auto is_none = [](const FoundAnswer& a) { return a.begin == 0 && a.end == 0; };
  AnswerDecision out;
  for (Candidate& c : found) {
    if (out.n_best.size() == search.n_best) break;
    out.n_best.push_back(std::move(c.answer));
  }
  if (none && std::none_of(out.n_best.begin(), out.n_best.end(), is_none)) out.n_best.push_back({{}, 0, 0, null_score});
  for (FoundAnswer& a : out.n_best) {
    a.begin = std::min(a.begin, passage.size());
    a.text = passage.substr(a.begin, a.end > a.begin ? a.end - a.begin : 0);
  }
  if (out.n_best.empty() || (out.n_best.size() == 1 && out.n_best.front().text.empty()))
    out.n_best.insert(out.n_best.begin(), FoundAnswer{"empty"});

  const auto best_score = std::max_element(out.n_best.begin(), out.n_best.end(), [](const auto& a, const auto& b) {
                            return a.score < b.score;
                          })->score;
  double sum = 0;
  for (FoundAnswer& a : out.n_best) sum += a.probability = std::exp(static_cast<double>(a.score - best_score));
  for (FoundAnswer& a : out.n_best) a.probability /= sum;

  out.text = out.n_best.front().text;
  if (!none) return out;
  const auto answer = std::find_if(out.n_best.begin(), out.n_best.end(), [](const auto& a) { return !a.text.empty(); });
  out.null_difference = answer == out.n_best.end() ? std::numeric_limits<double>::infinity()
                                                   : static_cast<double>(null_score - answer->score);
  out.text = *out.null_difference > search.null_threshold ? std::string() : answer->text;
  return out;
}

/// One window of a sentence that came as words: of each token the number of its word (-1: special or padding), and the
/// label that is predicted for it.
struct TagWindow {
  std::span<const std::int32_t> words;
  std::span<const std::int64_t> labels;
};
struct WordLabels {
  std::vector<std::int64_t> labels;  ///< one a word
  std::size_t without_token = 0;     ///< words that have none (cut off, or made of nothing): labelled `outside`
};

/// A word has the label of its first token, in the window where that has most context: the fewer of the tokens of words
/// before and behind it counts, the first window among equals. What begins a window has none, so a word of which it has
/// only the rest is labelled by the window before.
[[nodiscard]] inline WordLabels label_words(std::span<const TagWindow> windows, std::size_t words,
                                            std::int64_t outside) {
  WordLabels out{std::vector<std::int64_t>(words, outside)};
  std::vector<std::int64_t> context(words, -1);
  for (const TagWindow& window : windows) {
    const std::size_t size = std::min(window.words.size(), window.labels.size());
    const auto tokens = static_cast<std::int64_t>(
        std::count_if(window.words.begin(), window.words.begin() + static_cast<std::ptrdiff_t>(size),
                      [](std::int32_t word) { return word >= 0; }));
    std::int64_t before = 0;
    std::int32_t last = -1;
    for (std::size_t i = 0; i < size; ++i) {
      const std::int32_t word = window.words[i];
      if (word < 0) continue;
      if (word != last && static_cast<std::size_t>(word) < words) {
        const auto at = static_cast<std::size_t>(word);
        const std::int64_t around = std::min(before, tokens - before - 1);
        if (around > context[at]) {
          context[at] = around;
          out.labels[at] = window.labels[i];
        }
      }
      last = word;
      ++before;
    }
  }
  out.without_token = static_cast<std::size_t>(std::count(context.begin(), context.end(), -1));
  return out;
}

}  // namespace tuneit::report

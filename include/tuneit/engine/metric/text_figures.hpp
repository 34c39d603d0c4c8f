#pragma once
// How are figures of texts measured (recipe/metrics/text_metrics.hpp)? What the network says is kept until it is on the
// host, where spans and answers are counted by report/text. A source must know the names of tags, or the questions
// (Batches::notes).
#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/batches/batches.hpp"
#include "tuneit/data/text/text_notes.hpp"
#include "tuneit/engine/metric/metric.hpp"
#include "tuneit/recipe/metrics/text_metrics.hpp"
#include "tuneit/report/text/answers.hpp"
#include "tuneit/report/text/spans.hpp"
#include "tuneit/report/text/squad.hpp"

namespace tuneit {

/// Counts spans of sentences. Throws Error(Usage) where the source does not know the names of tags, or of fewer than
/// the network tells.
class CountsOfSpans {
 public:
  CountsOfSpans() = default;
  explicit CountsOfSpans(std::optional<io::TagScheme> strict) : spans_(strict), strict_(strict) {}

  void of(const data::Batches& source) {
    notes_ = source.notes();
    if (notes_ == nullptr || notes_->classes.empty())
      throw Error(ErrorKind::Usage, "figures of spans need the names of tags, and the data does not know them",
                  "Give TextBatches of encode_texts, or note them: set.note({.classes = {\"O\", \"B-PER\"}}).");
  }
  void add(const Outputs& y, const Targets& t) {
    if (y.only().dim() != 3)
      throw Error(ErrorKind::Usage, "figures of spans are of networks that tell a tag of each token",
                  "TagTokens<K> makes such a head; of one class for each text take Accuracy or MacroF1.");
    if (notes_ == nullptr || static_cast<std::size_t>(y.only().size(-1)) > notes_->classes.size())
      throw Error(ErrorKind::Usage,
                  "the network tells " + std::to_string(y.only().size(-1)) + " tags, and the data names " +
                      std::to_string(notes_ == nullptr ? 0 : notes_->classes.size()),
                  "Name as many as the head has outputs.");
    waiting_.emplace_back(y.only().argmax(-1), t.value);
    if (t.value.is_cpu()) settle();
  }
  void reset() { *this = CountsOfSpans(strict_); }
  /// Of several processes.
  template <class Sum>
  void over(const Sum& sum) {
    report::HitCounts all = counts();
    for (std::int64_t* n : {&all.hits, &all.gold, &all.predicted}) {
      double x = static_cast<double>(*n);
      sum(x);
      *n = static_cast<std::int64_t>(x);
    }
    total_ = all;
  }
  /// Waits for the device; NaN of no tests.
  [[nodiscard]] double read() const {
    const report::HitCounts all = counts();
    return spans_.sentences() == 0 && !total_ ? std::nan("") : all.f1();
  }

 private:
  [[nodiscard]] report::HitCounts counts() const {
    settle();
    return total_ ? *total_ : spans_.all();
  }
  void settle() const {
    for (const auto& [told, right] : waiting_) {
      const at::Tensor p = told.to(at::kCPU).contiguous(), t = right.to(at::kCPU).contiguous();
      const auto *of_p = p.const_data_ptr<std::int64_t>(), *of_t = t.const_data_ptr<std::int64_t>();
      for (std::int64_t row = 0; row < t.size(0); ++row) {
        std::vector<std::string> truth, predicted;
        for (std::int64_t i = row * t.size(1); i < (row + 1) * t.size(1); ++i) {
          if (of_t[i] == no_label) continue;
          truth.push_back(notes_->classes[static_cast<std::size_t>(of_t[i])]);
          predicted.push_back(notes_->classes[static_cast<std::size_t>(of_p[i])]);
        }
        spans_.add(truth, predicted);
      }
    }
    waiting_.clear();
  }
  const data::TextNotes* notes_ = nullptr;
  mutable report::SpanCounts spans_{};
  mutable std::vector<std::pair<at::Tensor, at::Tensor>> waiting_{};  ///< on a device: what is told, and right
  std::optional<io::TagScheme> strict_{};
  std::optional<report::HitCounts> total_{};  ///< of several processes
};

/// Decides answers over all windows of a question. Throws Error(Usage) where the source does not know the questions.
class CountsOfAnswers {
 public:
  void of(const data::Batches& source) {
    notes_ = source.notes();
    if (notes_ == nullptr || notes_->windows.size() != source.size())
      throw Error(ErrorKind::Usage, "figures of answers need passages and accepted answers, and the data has none",
                  "Give TextBatches of encode_questions.");
  }
  void add(const Outputs& y, const Targets&, std::span<const std::size_t> index) {
    waiting_.emplace_back(y.only(), std::vector<std::size_t>(index.begin(), index.end()));
    if (y.only().is_cpu()) settle();
  }
  void reset() { *this = {}; }

 protected:
  /// Of the questions of which each window that was given is known. Waits for the device.
  [[nodiscard]] report::AnswerCounts counts() const {
    settle();
    report::AnswerCounts out;
    if (notes_ == nullptr) return out;
    std::vector<std::vector<report::AnswerWindow>> windows(notes_->questions.size());
    for (std::size_t i = 0; i < scores_.size(); ++i)
      if (const Scores& s = scores_[i]; !s.begin.empty())
        windows[notes_->windows[i].question].push_back({s.begin, s.end, notes_->windows[i].tokens});
    report::AnswerSearch search;
    search.may_have_none = notes_->some_unanswered();
    for (std::size_t q = 0; q < windows.size(); ++q)
      if (!windows[q].empty())
        out.add(report::decide_answer(*notes_->questions[q].passage, windows[q], search).text,
                notes_->questions[q].accepted);
    return out;
  }

 private:
  struct Scores {
    std::vector<float> begin{}, end{};
  };
  void settle() const {
    for (const auto& [outputs, index] : waiting_) {
      const at::Tensor y = outputs.to(at::kCPU, at::kFloat).contiguous();
      scores_.resize(notes_->windows.size());
      for (std::size_t row = 0; row < index.size(); ++row) {
        const float* const at = y.const_data_ptr<float>() + static_cast<std::int64_t>(row) * y.size(1) * 2;
        Scores& s = scores_[index[row]];
        s = {};
        for (std::size_t i = 0; i < notes_->windows[index[row]].tokens.size(); ++i) {
          s.begin.push_back(at[2 * i]);
          s.end.push_back(at[2 * i + 1]);
        }
      }
    }
    waiting_.clear();
  }
  const data::TextNotes* notes_ = nullptr;
  mutable std::vector<Scores> scores_{};  ///< by window; empty of one that was not tested
  mutable std::vector<std::pair<at::Tensor, std::vector<std::size_t>>> waiting_{};
};

template <>
struct Metric<EntityF1> : CountsOfSpans {};
template <class Scheme>
struct Metric<StrictEntityF1<Scheme>> : CountsOfSpans {
  Metric()
      : CountsOfSpans(std::is_same_v<Scheme, Iob1>    ? io::TagScheme::Iob1
                      : std::is_same_v<Scheme, Iob2>  ? io::TagScheme::Iob2
                      : std::is_same_v<Scheme, Iobes> ? io::TagScheme::Iobes
                                                      : io::TagScheme::Bilou) {}
};
template <>
struct Metric<ExactMatch> : CountsOfAnswers {
  [[nodiscard]] double read() const {
    const report::AnswerCounts all = counts();
    return all.total() == 0 ? std::nan("") : all.exact_match();
  }
};
template <>
struct Metric<AnswerF1> : CountsOfAnswers {
  [[nodiscard]] double read() const {
    const report::AnswerCounts all = counts();
    return all.total() == 0 ? std::nan("") : all.f1();
  }
};

}  // namespace tuneit

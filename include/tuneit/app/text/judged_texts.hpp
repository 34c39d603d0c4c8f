#pragma once
// What a network says of texts: figures for people and for result.json, and a table of all that it predicts. No
// LibTorch.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/app/run/csv_field.hpp"
#include "tuneit/app/text/model_folder.hpp"
#include "tuneit/app/text/questions.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/meta/columns.hpp"
#include "tuneit/report/text/answers.hpp"
#include "tuneit/report/text/classes.hpp"
#include "tuneit/report/text/correlation.hpp"
#include "tuneit/report/text/spans.hpp"
#include "tuneit/report/text/squad.hpp"

namespace tuneit::app {

/// Texts as a network reads them, with what is needed to understand its outputs.
struct ReadTexts {
  io::Texts texts{};
  data::TextSet set{};
  std::vector<std::vector<std::int32_t>> words{};  ///< of tags: the word of each token
  QuestionWindows windows{};                       ///< of questions: `set` is in it
  std::size_t cut = 0;

  [[nodiscard]] const data::TextSet& inputs() const { return windows.question.empty() ? set : windows.set; }
};

/// Gathers outputs, text by text in any order.
class JudgedTexts {
 public:
  JudgedTexts(const ReadTexts& of, const KnownHead& head)
      : of_(of), head_(head), outputs_(of.inputs().size()), rows_(of.texts.examples.size()) {}

  void add(std::size_t text, std::span<const float> outputs) { outputs_[text].assign(outputs.begin(), outputs.end()); }

  /// When all are there: understands them.
  void finish() {
    for (std::size_t i = 0; i < of_.texts.examples.size() && head_.task != TextTask::Spans; ++i) understand(i);
    if (head_.task == TextTask::Spans) answer();
    outputs_.clear();
  }

  /// The figures, the first of them the one that people ask for first.
  [[nodiscard]] std::vector<std::pair<std::string, double>> figures() const {
    switch (head_.task) {
      case TextTask::Classes: {
        report::ClassCounts counts(head_.names.size());
        for (const Row& r : rows_)
          if (r.truth >= 0) counts.add(r.truth, r.chosen);
        std::vector<std::pair<std::string, double>> all{
            {"accuracy", counts.accuracy()}, {"f1_macro", counts.macro_f1()}, {"matthews", counts.matthews()}};
        if (head_.names.size() == 2) all.emplace_back("f1_" + head_.names[1], counts.binary_f1());
        return all;
      }
      case TextTask::Labels: {
        report::LabelCounts counts(head_.names.size());
        for (std::size_t i = 0; i < rows_.size(); ++i)
          if (const auto* truth = truth_of(i)) counts.add(said(*truth, 0.5), said(rows_[i].numbers, 0.5));
        return {{"f1_micro", counts.micro_f1()},
                {"f1_macro", counts.macro_f1()},
                {"subset_accuracy", counts.subset_accuracy()}};
      }
      case TextTask::Values:
        return errors();
      case TextTask::Tags: {
        const auto [lenient, strict, right, words] = spans();
        return {{"f1", lenient.all().f1()},
                {"precision", lenient.all().precision()},
                {"recall", lenient.all().recall()},
                {"f1_strict", strict.all().f1()},
                {"accuracy", report::HitCounts::share(right, words)}};
      }
      case TextTask::Spans: {
        report::AnswerCounts counts;
        for (std::size_t i = 0; i < rows_.size(); ++i)
          if (const auto* truth = std::get_if<io::Answers>(&of_.texts.examples[i].label)) {
            std::vector<std::string> accepted;
            for (const io::TextAnswer& a : truth->accepted) accepted.push_back(a.text);
            counts.add(rows_[i].text, accepted);
          }
        return {{"exact_match", counts.exact_match()}, {"f1", counts.f1()}};
      }
    }
    return {};
  }

  /// Each class or type of span: how many there are, precision, recall, F1.
  [[nodiscard]] std::vector<std::pair<std::string, report::HitCounts>> by_name() const {
    std::vector<std::pair<std::string, report::HitCounts>> all;
    if (head_.task == TextTask::Classes) {
      report::ClassCounts counts(head_.names.size());
      for (const Row& r : rows_)
        if (r.truth >= 0) counts.add(r.truth, r.chosen);
      for (std::size_t k = 0; k < head_.names.size(); ++k) all.emplace_back(head_.names[k], counts.counts()[k]);
    } else if (head_.task == TextTask::Labels) {
      report::LabelCounts counts(head_.names.size());
      for (std::size_t i = 0; i < rows_.size(); ++i)
        if (const auto* truth = truth_of(i)) counts.add(said(*truth, 0.5), said(rows_[i].numbers, 0.5));
      for (std::size_t k = 0; k < head_.names.size(); ++k) all.emplace_back(head_.names[k], counts.counts()[k]);
    } else if (head_.task == TextTask::Tags) {
      const auto found = spans();
      for (const auto& [type, counts] : std::get<0>(found).types()) all.emplace_back(type, counts);
    }
    return all;
  }

  /// For people.
  [[nodiscard]] std::string table() const {
    std::string text;
    if (const auto names = by_name(); !names.empty()) {
      const bool tags = head_.task == TextTask::Tags;
      Columns columns({tags ? "type" : "class", tags ? "spans" : "texts", "precision", "recall", "f1"}, "<>>>>");
      for (const auto& [name, c] : names)
        columns.row({name, std::to_string(c.gold), percent(c.precision()), percent(c.recall()), percent(c.f1())});
      text = columns.text();
    }
    bool first = true;
    for (const auto& [name, value] : figures()) {
      text += (first ? "" : ", ") + name + " " + short_number(value);
      first = false;
    }
    return text + "\n";
  }

  /// One row for each text (of tags for each word, with the sentence's place).
  [[nodiscard]] std::string predictions() const {
    std::ostringstream csv;
    csv.precision(6);
    const bool labels = head_.task == TextTask::Labels;
    csv << "place";
    if (head_.task == TextTask::Tags) csv << ",word,tag,predicted";
    if (head_.task == TextTask::Spans) csv << ",id,question,answer,predicted,score";
    if (head_.task == TextTask::Classes) csv << ",text,label,predicted";
    if (head_.task == TextTask::Values || labels) csv << ",text";
    if (head_.task == TextTask::Values || labels)
      for (const std::string& name : head_.names) csv << ',' << detail::csv_field(name);
    if (head_.task == TextTask::Classes || labels)
      for (const std::string& name : head_.names) csv << ',' << detail::csv_field("probability_" + name);
    if (head_.task == TextTask::Values)
      for (const std::string& name : head_.names) csv << ',' << detail::csv_field("predicted_" + name);
    csv << '\n';
    for (std::size_t i = 0; i < rows_.size(); ++i) write(csv, i);
    return csv.str();
  }

 private:
  struct Row {
    std::int64_t truth = -1, chosen = 0;  ///< of classes
    std::vector<double> numbers{};        ///< probabilities, or predicted numbers
    std::vector<std::string> tags{};      ///< of words
    std::string text{};                   ///< an answer
    double score = 0;
  };
  using Spans = std::tuple<report::SpanCounts, report::SpanCounts, std::int64_t, std::int64_t>;

  static std::string percent(double share) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1f %%", 100 * share);
    return buffer;
  }
  static std::vector<bool> said(const std::vector<double>& numbers, double from) {
    std::vector<bool> all;
    for (const double x : numbers) all.push_back(x >= from);
    return all;
  }
  [[nodiscard]] const std::vector<double>* truth_of(std::size_t i) const {
    return std::get_if<std::vector<double>>(&of_.texts.examples[i].label);
  }
  [[nodiscard]] std::vector<std::pair<std::string, double>> errors() const {
    std::vector<std::pair<std::string, double>> all;
    for (std::size_t k = 0; k < head_.names.size(); ++k) {
      const std::string of = head_.names.size() > 1 ? " of " + head_.names[k] : std::string();
      report::Correlation correlation;
      double square = 0, absolute = 0;
      for (std::size_t i = 0; i < rows_.size(); ++i)
        if (const auto* truth = truth_of(i)) {
          const double error = rows_[i].numbers[k] - (*truth)[k];
          square += error * error;
          absolute += std::abs(error);
          correlation.add((*truth)[k], rows_[i].numbers[k]);
        }
      const auto n = static_cast<double>(correlation.total());
      all.insert(all.end(), {{"rmse" + of, std::sqrt(square / n)},
                             {"mean_absolute_error" + of, absolute / n},
                             {"pearson" + of, correlation.pearson()},
                             {"spearman" + of, correlation.spearman()}});
    }
    return all;
  }
  [[nodiscard]] Spans spans() const {
    report::SpanCounts lenient, strict(io::TagScheme::Iob2);
    std::int64_t right = 0, words = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (const auto* truth = std::get_if<io::Tags>(&of_.texts.examples[i].label)) {
        lenient.add(truth->tags, rows_[i].tags);
        if (marks_spans_) strict.add(truth->tags, rows_[i].tags);
        for (std::size_t w = 0; w < truth->tags.size(); ++w) right += truth->tags[w] == rows_[i].tags[w] ? 1 : 0;
        words += static_cast<std::int64_t>(truth->tags.size());
      }
    return {lenient, strict, right, words};
  }

  void understand(std::size_t i) {
    const std::vector<float>& y = outputs_[i];
    const io::TextExample& e = of_.texts.examples[i];
    Row& row = rows_[i];
    const std::size_t width = head_.names.size();
    const auto best = [&](const float* of) { return std::max_element(of, of + width) - of; };
    if (head_.task == TextTask::Tags) {
      const std::vector<std::int32_t>& words = of_.words[i];
      std::vector<std::int64_t> of_tokens, of_words(e.words.size());
      for (std::size_t t = 0; t < words.size(); ++t) of_tokens.push_back(best(y.data() + t * width));
      const auto outside = std::find(head_.names.begin(), head_.names.end(), "O");
      data::word_classes(words, of_tokens, outside == head_.names.end() ? 0 : outside - head_.names.begin(), of_words);
      for (const std::int64_t tag : of_words) row.tags.push_back(head_.names[static_cast<std::size_t>(tag)]);
      return;
    }
    row.numbers.assign(y.begin(), y.begin() + static_cast<std::ptrdiff_t>(width));
    if (head_.task == TextTask::Labels)
      for (double& x : row.numbers) x = 1 / (1 + std::exp(-x));
    if (head_.task != TextTask::Classes) return;
    row.chosen = best(y.data());
    const double top = row.numbers[static_cast<std::size_t>(row.chosen)];
    double sum = 0;
    for (double& x : row.numbers) sum += x = std::exp(x - top);
    for (double& x : row.numbers) x /= sum;
    if (const auto* name = std::get_if<std::string>(&e.label))
      row.truth = std::find(head_.names.begin(), head_.names.end(), *name) - head_.names.begin();
  }
  void answer() {
    for (std::size_t i = 0, w = 0; i < rows_.size(); ++i) {
      std::vector<std::vector<float>> begins, ends;
      const std::size_t first = w;
      for (; w < of_.windows.question.size() && of_.windows.question[w] == i; ++w) {
        const std::size_t tokens = of_.windows.tokens[w].size();
        std::vector<float>&b = begins.emplace_back(tokens), &e = ends.emplace_back(tokens);
        for (std::size_t t = 0; t < tokens; ++t) b[t] = outputs_[w][2 * t], e[t] = outputs_[w][2 * t + 1];
      }
      std::vector<report::AnswerWindow> windows;
      for (std::size_t k = 0; k < begins.size(); ++k)
        windows.push_back({begins[k], ends[k], of_.windows.tokens[first + k]});
      report::AnswerSearch search;
      search.may_have_none = head_.may_have_none;
      const report::AnswerDecision found = report::decide_answer(of_.texts.examples[i].second_text(), windows, search);
      rows_[i].text = found.text;
      rows_[i].score = found.n_best.empty() ? 0 : found.n_best.front().probability;
    }
  }

  void write(std::ostringstream& csv, std::size_t i) const {
    const io::TextExample& e = of_.texts.examples[i];
    const Row& row = rows_[i];
    const std::string place = detail::csv_field(of_.texts.place(e));
    if (head_.task == TextTask::Tags) {
      const auto* truth = std::get_if<io::Tags>(&e.label);
      for (std::size_t w = 0; w < e.words.size(); ++w)
        csv << place << ',' << detail::csv_field(e.words[w]) << ','
            << (truth != nullptr ? detail::csv_field(truth->tags[w]) : "") << ',' << detail::csv_field(row.tags[w])
            << '\n';
      return;
    }
    csv << place;
    if (head_.task == TextTask::Spans) {
      const auto* truth = std::get_if<io::Answers>(&e.label);
      csv << ',' << detail::csv_field(e.id) << ',' << detail::csv_field(e.text) << ','
          << (truth != nullptr && !truth->accepted.empty() ? detail::csv_field(truth->accepted.front().text) : "")
          << ',' << detail::csv_field(row.text) << ',' << row.score << '\n';
      return;
    }
    csv << ',' << detail::csv_field(e.second ? e.text + " | " + std::string(e.second_text()) : e.text);
    if (head_.task == TextTask::Classes) {
      const auto* name = std::get_if<std::string>(&e.label);
      csv << ',' << (name != nullptr ? detail::csv_field(*name) : "") << ','
          << detail::csv_field(head_.names[static_cast<std::size_t>(row.chosen)]);
    } else {
      const auto* truth = truth_of(i);
      for (std::size_t k = 0; k < head_.names.size(); ++k) {
        csv << ',';
        if (truth != nullptr) csv << (*truth)[k];
      }
    }
    for (const double x : row.numbers) csv << ',' << x;
    csv << '\n';
  }

  const ReadTexts& of_;
  const KnownHead& head_;
  std::vector<std::vector<float>> outputs_;
  std::vector<Row> rows_;
  bool marks_spans_ = std::any_of(head_.names.begin(), head_.names.end(),
                                  [](const std::string& n) { return n.starts_with("B-") || n.starts_with("I-"); });
};

}  // namespace tuneit::app

#pragma once
// How many of the spans that tags mark are found, type by type? No LibTorch.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tuneit/io/text/tag_scheme.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/report/text/classes.hpp"

namespace tuneit::report {

/// Spans that are right in type, begin and end. Without a scheme as seqeval counts by default, and conlleval: an I-
/// that nothing begins is a span, too. With one as seqeval's strict mode: what breaks the scheme is no span. The two
/// differ a lot on predictions; say both. Spans never go from a sentence into the next. Source: seqeval 1.2.2.
class SpanCounts {
 public:
  explicit SpanCounts(std::optional<io::TagScheme> strict = std::nullopt) : strict_(strict) {}

  /// A sentence. Throws ErrorKind::Data for another number of predicted tags; strictly also for tags of other schemes.
  void add(std::span<const std::string> truth, std::span<const std::string> predicted) {
    if (truth.size() != predicted.size())
      throw Error(ErrorKind::Data, "A sentence of " + std::to_string(truth.size()) + " tags was given " +
                                       std::to_string(predicted.size()) + " predicted ones.");
    const std::vector<io::TagSpan> gold = spans_of(truth), found = spans_of(predicted);
    const std::set<io::TagSpan> known(gold.begin(), gold.end()), seen(found.begin(), found.end());
    for (const io::TagSpan& span : known) ++types_[span.type].gold;
    for (const io::TagSpan& span : seen) {
      HitCounts& counts = types_[span.type];
      ++counts.predicted;
      counts.hits += known.contains(span) ? 1 : 0;
    }
    ++sentences_;
  }
  void merge(const SpanCounts& other) {
    for (const auto& [type, counts] : other.types_) types_[type] += counts;
    sentences_ += other.sentences_;
  }

  /// By type, of those that occur in the truth or are predicted.
  [[nodiscard]] const std::map<std::string, HitCounts>& types() const { return types_; }
  [[nodiscard]] std::int64_t sentences() const { return sentences_; }
  /// Of all spans: its precision, recall and f1 are the micro averages.
  [[nodiscard]] HitCounts all() const {
    HitCounts sum;
    for (const auto& [type, counts] : types_) sum += counts;
    return sum;
  }
  [[nodiscard]] double macro_f1() const { return macro_f1_of(types_ | std::views::values); }
  [[nodiscard]] double weighted_f1() const { return weighted_f1_of(types_ | std::views::values); }

 private:
  [[nodiscard]] std::vector<io::TagSpan> spans_of(std::span<const std::string> tags) const {
    return strict_ ? io::strict_spans(tags, *strict_) : io::lenient_spans(tags);
  }
  std::optional<io::TagScheme> strict_;
  std::map<std::string, HitCounts> types_{};
  std::int64_t sentences_ = 0;
};

}  // namespace tuneit::report

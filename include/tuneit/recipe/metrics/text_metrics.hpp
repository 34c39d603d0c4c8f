#pragma once
// What is measured of texts as people read them, and not of tokens: spans that tags mark, answers. Of tests only, since
// they ask the data for names and passages: TextBatches of encode_texts and encode_questions have them. Run in
// engine/metric/text_figures.hpp.
#include "tuneit/recipe/metrics/metrics.hpp"

namespace tuneit {

/// How tags mark spans: each begins with B- (Iob2), or only where two of a type touch (Iob1); S- alone and E- last
/// (Iobes), U- and L- (Bilou).
struct Iob1 {};
struct Iob2 {};
struct Iobes {};
struct Bilou {};

namespace detail {

struct MetricOfTests : ShippedMetric {
  static constexpr bool of_tests = true;
};

}  // namespace detail

/// F1 of the spans that tags mark, of all types together, right in type, begin and end: seqeval's default, and
/// conlleval's. A sentence is its tokens that have a label. Source: seqeval 1.2.2.
struct EntityF1 : detail::MetricOfTests {
  static constexpr std::string_view name = "entity_f1";
  static constexpr bool takes(TargetKind k) { return k == TargetKind::Classes; }
};

/// The same as seqeval's strict mode: what breaks the scheme is no span.
template <class Scheme>
struct StrictEntityF1 : detail::MetricOfTests {
  static_assert(std::is_same_v<Scheme, Iob1> || std::is_same_v<Scheme, Iob2> || std::is_same_v<Scheme, Iobes> ||
                    std::is_same_v<Scheme, Bilou>,
                "tuneit: StrictEntityF1 takes Iob1, Iob2, Iobes or Bilou");
  static constexpr std::string_view name = "strict_entity_f1";
  static constexpr bool takes(TargetKind k) { return k == TargetKind::Classes; }
};

/// The share of questions whose answer is an accepted one, but for case, punctuation and articles; of several windows
/// of a passage the best answer counts. Where a question of the data has no answer, none may be given. Source:
/// evaluate-v1.1.py (Rajpurkar et al. 2016).
struct ExactMatch : detail::MetricOfTests {
  static constexpr std::string_view name = "exact_match";
  static constexpr bool takes(TargetKind k) { return k == TargetKind::Spans; }
};

/// F1 of the words of the answer and those of the accepted one that it is nearest to, the mean over questions.
struct AnswerF1 : detail::MetricOfTests {
  static constexpr std::string_view name = "answer_f1";
  static constexpr bool takes(TargetKind k) { return k == TargetKind::Spans; }
};

}  // namespace tuneit

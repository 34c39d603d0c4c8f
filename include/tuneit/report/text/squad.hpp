#pragma once
// How near is a predicted answer to the accepted ones (SQuAD's exact match and F1)? No LibTorch.
#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace tuneit::report {

namespace detail {

/// The code points of UTF-8; a byte that is none stands for itself, negative.
inline std::vector<std::int32_t> code_points_of(std::string_view text) {
  std::vector<std::int32_t> out;
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t read = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                                   static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    out.push_back(read > 0 ? code : -static_cast<int>(static_cast<unsigned char>(text[at])));
    at += read > 0 ? static_cast<std::size_t>(read) : 1;
  }
  return out;
}
inline void append_code_point(std::string& to, std::int32_t code) {
  if (code < 0) {
    to += static_cast<char>(-code);
    return;
  }
  utf8proc_uint8_t bytes[4]{};
  const utf8proc_ssize_t size = utf8proc_encode_char(code, bytes);
  to.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

/// What Unicode's rule for a final sigma looks at (SpecialCasing, Final_Sigma).
inline bool case_ignorable(std::int32_t code) {
  for (const std::int32_t mark : {0x27, 0x2E, 0x3A, 0xB7, 0x387, 0x55F, 0x5F4, 0x2018, 0x2019, 0x2024, 0x2027, 0xFE13,
                                  0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A})
    if (code == mark) return true;
  const auto c = code < 0 ? UTF8PROC_CATEGORY_CN : utf8proc_category(code);
  return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_ME || c == UTF8PROC_CATEGORY_CF ||
         c == UTF8PROC_CATEGORY_LM || c == UTF8PROC_CATEGORY_SK;
}
inline bool is_cased(std::int32_t code) {
  const auto among = [code](std::int32_t first, std::int32_t last) { return code >= first && code <= last; };
  const auto c = code < 0 ? UTF8PROC_CATEGORY_CN : utf8proc_category(code);
  return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LL || c == UTF8PROC_CATEGORY_LT || code == 0xAA ||
         code == 0xBA || among(0x2160, 0x217F) || among(0x24B6, 0x24E9) || among(0x1F130, 0x1F149) ||
         among(0x1F150, 0x1F169) || among(0x1F170, 0x1F189);
}

/// Lower case as Python's str.lower(): simple mappings, U+0130 in two, a sigma at the end of a word.
inline std::vector<std::int32_t> lower_case(const std::vector<std::int32_t>& text) {
  std::vector<std::int32_t> out;
  bool cased_before = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::int32_t code = text[i];
    if (code == 0x130) {
      out.insert(out.end(), {0x69, 0x307});
    } else if (code == 0x3A3 && cased_before) {
      std::size_t after = i + 1;
      while (after < text.size() && case_ignorable(text[after])) ++after;
      out.push_back(after == text.size() || !is_cased(text[after]) ? 0x3C2 : 0x3C3);
    } else {
      out.push_back(code < 0 ? code : utf8proc_tolower(code));
    }
    if (!case_ignorable(code)) cased_before = is_cased(code);
  }
  return out;
}

/// Python's \w and str.isspace().
inline bool is_word(std::int32_t code) {
  const auto c = code < 0 ? UTF8PROC_CATEGORY_CN : utf8proc_category(code);
  return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
         (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO) || code == '_';
}
inline bool is_white(std::int32_t code) {
  return (code >= 9 && code <= 0xD) || (code >= 0x1C && code <= 0x20) || code == 0x85 || code == 0xA0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

}  // namespace detail

/// The words of an answer as SQuAD's evaluation compares them: lower case, without ASCII punctuation, without the words
/// a, an, the, between white space; in this order. Source: evaluate-v1.1.py (Rajpurkar et al. 2016), with what Python's
/// lower(), \b and split() do to Unicode.
[[nodiscard]] inline std::vector<std::string> answer_words(std::string_view answer) {
  std::vector<std::int32_t> text = detail::lower_case(detail::code_points_of(answer));
  std::erase_if(text, [](std::int32_t c) {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
  });
  std::vector<std::string> out;
  bool open = false;  // does the last word go on?
  for (std::size_t i = 0; i < text.size();) {
    if (detail::is_white(text[i])) {
      open = false;
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    if (detail::is_word(text[i]))
      while (end < text.size() && detail::is_word(text[end])) ++end;
    std::string run;
    for (std::size_t k = i; k < end; ++k) detail::append_code_point(run, text[k]);
    if (run == "a" || run == "an" || run == "the") {  // a blank is put for it
      open = false;
    } else if (open) {
      out.back() += run;
    } else {
      out.push_back(run);
      open = true;
    }
    i = end;
  }
  return out;
}

/// Words in common, of both bags: F1 is 2 same / (predicted + gold); of an answer without words 1 where both have none.
struct AnswerMatch {
  std::int64_t same = 0, of = 1;  ///< F1 = same / of, `same` counted twice
  bool exact = false;
  [[nodiscard]] double f1() const { return static_cast<double>(same) / static_cast<double>(of); }
};
[[nodiscard]] inline AnswerMatch match_answer(std::string_view predicted, std::string_view accepted) {
  const std::vector<std::string> p = answer_words(predicted), g = answer_words(accepted);
  AnswerMatch out;
  out.exact = p == g;
  if (p.empty() || g.empty()) {
    out.same = p.empty() && g.empty() ? 1 : 0;
    return out;
  }
  std::map<std::string_view, std::int64_t> bag;
  for (const std::string& word : g) ++bag[word];
  for (const std::string& word : p)
    if (const auto at = bag.find(word); at != bag.end() && at->second > 0) {
      --at->second;
      out.same += 2;
    }
  out.of = static_cast<std::int64_t>(p.size() + g.size());
  return out;
}
/// The best of all accepted answers, exact match and F1 each for itself; without any, that of an empty one.
[[nodiscard]] inline AnswerMatch best_match(std::string_view predicted, std::span<const std::string> accepted) {
  if (accepted.empty()) return match_answer(predicted, "");
  AnswerMatch best;
  for (const std::string& one : accepted) {
    const AnswerMatch match = match_answer(predicted, one);
    const bool exact = best.exact || match.exact;
    if (match.same * best.of > best.same * match.of) best = match;
    best.exact = exact;
  }
  return best;
}

/// Exact match and F1 of all questions, 0 to 1. F1s are summed as fractions, by their denominators, so the order of
/// questions and of merges cannot change a digit.
class AnswerCounts {
 public:
  void add(std::string_view predicted, std::span<const std::string> accepted) { add(best_match(predicted, accepted)); }
  void add(const AnswerMatch& match) {
    ++total_;
    exact_ += match.exact ? 1 : 0;
    sums_[match.of] += match.same;
  }
  void merge(const AnswerCounts& other) {
    total_ += other.total_;
    exact_ += other.exact_;
    for (const auto& [of, same] : other.sums_) sums_[of] += same;
  }
  [[nodiscard]] std::int64_t total() const { return total_; }
  [[nodiscard]] double exact_match() const {
    return total_ == 0 ? 0 : static_cast<double>(exact_) / static_cast<double>(total_);
  }
  [[nodiscard]] double f1() const {
    double sum = 0;
    for (const auto& [of, same] : sums_) sum += static_cast<double>(same) / static_cast<double>(of);
    return total_ == 0 ? 0 : sum / static_cast<double>(total_);
  }

 private:
  std::int64_t total_ = 0, exact_ = 0;
  std::map<std::int64_t, std::int64_t> sums_{};
};

/// For the choice of a threshold: the score by which no answer is better than the best one, how good the best one is,
/// and whether it has words.
struct AnswerChoice {
  double null_difference = 0;
  double score = 0;         ///< of the best answer, exact match or F1; of a question that has none, not read
  bool has_answer = false;  ///< is there an accepted one?
  bool answered = true;     ///< is the best answer not empty?
};
struct NullThreshold {
  double threshold = 0, score = 0;  ///< mean score, 0 to 1, where differences above the threshold give no answer
};
/// The threshold with the best mean score on these questions, the lowest among equals; 0 where it is best to answer
/// none. Source: evaluate-v2.0.py (find_best_thresh); questions of equal difference change sides together here.
[[nodiscard]] inline NullThreshold best_null_threshold(std::vector<AnswerChoice> choices) {
  std::sort(choices.begin(), choices.end(), [](const AnswerChoice& a, const AnswerChoice& b) {
    return std::tuple(a.null_difference, a.score, a.has_answer, a.answered) <
           std::tuple(b.null_difference, b.score, b.has_answer, b.answered);
  });
  double current = 0;
  for (const AnswerChoice& c : choices) current += c.has_answer ? 0 : 1;
  NullThreshold best{0, current};
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const AnswerChoice& c = choices[i];
    current += c.has_answer ? c.score : c.answered ? -1 : 0;
    const bool last_of_equals = i + 1 == choices.size() || choices[i + 1].null_difference > c.null_difference;
    if (current > best.score && last_of_equals) best = {c.null_difference, current};
  }
  best.score = choices.empty() ? 0 : best.score / static_cast<double>(choices.size());
  return best;
}

}  // namespace tuneit::report

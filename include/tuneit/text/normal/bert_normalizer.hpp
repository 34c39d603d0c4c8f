#pragma once
// How does BERT clean a text?
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/meta/ascii.hpp"
#include "tuneit/text/normal/normal_text.hpp"
#include "tuneit/text/unicode/classes.hpp"
#include "tuneit/text/unicode/decompose.hpp"
#include "tuneit/text/unicode/lower_case.hpp"

namespace tuneit::text {

/// BertNormalizer of tokenizers: in this order, control characters vanish and white space becomes U+0020 (clean_text),
/// ideographs get spaces around them (handle_chinese_chars), the text is decomposed (NFD) and loses its nonspacing
/// marks (strip_accents; not said: where it is put in lower case), every code point becomes its lower case. All in one
/// pass.
struct BertNormalizer {
  bool clean_text = true, handle_chinese_chars = true;
  std::optional<bool> strip_accents;
  bool lowercase = true;

  [[nodiscard]] bool strips_accents() const noexcept { return strip_accents.value_or(lowercase); }

  void operator()(NormalText& text) const { Pass(*this, text).run(); }

  /// What an ASCII byte becomes; 0: it vanishes.
  [[nodiscard]] std::array<char, 128> ascii() const {
    std::array<char, 128> table{};
    for (std::size_t c = 0; c < 128; ++c) {
      const bool space = io::is_ascii_space(c);
      const bool cleaned = (c < 32 && c != '\t' && c != '\n' && c != '\r') || c == 127;
      const bool upper = c >= 'A' && c <= 'Z';
      table[c] = static_cast<char>(clean_text && cleaned ? 0U
                                   : clean_text && space ? 32U
                                   : lowercase && upper  ? c + 32
                                                         : c);
    }
    return table;
  }

 private:
  class Pass {
   public:
    Pass(const BertNormalizer& how, NormalText& text)
        : how_(how), strips_(how.strips_accents()), text_(text), classes_(code_point_classes()) {}

    void run() {
      const std::array<char, 128> ascii = how_.ascii();
      const std::string_view from = text_.text();
      made_.reserve(from.size());
      spans_.reserve(from.size());
      for (std::size_t at = 0; at < from.size();) {
        const ByteSpan span = text_.spans()[at];
        if (const auto byte = static_cast<unsigned char>(from[at]); byte < 0x80) {
          ++at;
          if (ascii[byte] == 0 && (how_.clean_text || byte != 0)) continue;
          if (!run_.empty()) end_run();
          made_ += ascii[byte];
          spans_.push_back(span);
        } else {
          one(next_code_point(from, at), span);
        }
      }
      end_run();
      text_.become(std::move(made_), std::move(spans_));
    }

   private:
    struct Mark {
      char32_t c;
      bool inserted;
      std::uint64_t place;  ///< combining class, then where it came
    };

    void one(char32_t c, ByteSpan span) {
      unsigned classes = classes_.of(c);
      if (how_.clean_text) {
        if ((classes & kIsCleaned) != 0) return;
        if ((classes & kIsSpace) != 0) return put(U' ', 0, span, false);
      }
      const bool apart = how_.handle_chinese_chars && (classes & kIsChinese) != 0;
      if (apart) put(U' ', 0, span, false);
      if (!strips_ || (classes & kDecomposes) == 0) {
        put(c, classes, span, false);
      } else {
        bool inserted = false;
        decompose<false>(c, [&](char32_t d) {
          put(d, classes_.of(d), span, inserted);
          inserted = true;
        });
      }
      if (apart) put(U' ', 0, span, false);
    }
    /// A decomposed code point: marks wait until their run is over, because canonical order sorts them. What stands for
    /// what follows the places: the n-th that replaces has the n-th original, whatever the order, as tokenizers has it.
    void put(char32_t c, unsigned classes, ByteSpan span, bool inserted) {
      if (!strips_) return lower(c, classes, span);
      if ((classes & kCombines) != 0) {
        run_.push_back({c, inserted, std::uint64_t{combining_class(c)} << 32U | run_.size()});
        if (!inserted) run_spans_.push_back(span);
        return;
      }
      if (!run_.empty()) end_run();
      last_ = span;
      if ((classes & kIsNonspacingMark) == 0) lower(c, classes, span);
    }
    void end_run() {
      if (run_.size() > 1)
        std::sort(run_.begin(), run_.end(), [](const Mark& a, const Mark& b) { return a.place < b.place; });
      std::size_t next = 0;
      for (const Mark& m : run_) {
        if (!m.inserted) last_ = run_spans_[next++];
        const unsigned classes = classes_.of(m.c);
        if ((classes & kIsNonspacingMark) == 0) lower(m.c, classes, last_);
      }
      run_.clear();
      run_spans_.clear();
    }
    void lower(char32_t c, unsigned classes, ByteSpan span) {
      if (!how_.lowercase || (classes & kHasLowerCase) == 0) return emit(c, span);
      const LowerCase small = lower_case(c);
      emit(small.first, span);
      if (small.second != 0) emit(small.second, span);
    }
    void emit(char32_t c, ByteSpan span) {
      append_utf8(made_, c);
      spans_.insert(spans_.end(), bytes_of(c), span);
    }

    const BertNormalizer& how_;
    bool strips_;
    NormalText& text_;
    const CodePointClasses& classes_;
    std::string made_;
    std::vector<ByteSpan> spans_;
    std::vector<Mark> run_;  ///< marks that wait
    std::vector<ByteSpan> run_spans_;
    ByteSpan last_;  ///< of the original that was taken last
  };
};

}  // namespace tuneit::text

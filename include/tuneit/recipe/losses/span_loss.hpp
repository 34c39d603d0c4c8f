#pragma once
// Where does an answer begin and end in a text? Formula: transformers' question answering heads.
#include "tuneit/recipe/losses/loss.hpp"

namespace tuneit {

/// Softmax cross-entropy over the tokens of a text of where an answer begins and where it ends, half of each: outputs
/// [T, 2], targets two positions. Each is a mean over the texts in which it is among the tokens; one that is not, as
/// -100, counts for nothing. Padding is among the tokens, as it is in transformers.
template <class... Options>
struct SpanLoss : detail::LossWithOptions<SpanLoss<Options...>, Options...> {
  using known_options = List<Sum>;
  using targets = TokenSpan;
  static constexpr bool of_tokens = true;
  static constexpr const char* name = "SpanLoss";
  static constexpr bool fits(Shape output) { return output.rank == 2 && output.channels() == 2; }
  static std::string words(const Numbers<SpanLoss>&) { return "cross-entropy of where an answer begins and ends"; }
};

}  // namespace tuneit

#pragma once
// Squared error: regression. Formula and name are torch's.
#include "tuneit/recipe/losses/loss.hpp"

namespace tuneit {

/// Squared difference of outputs and targets [N, K]: regression. The mean is over samples and outputs: torch's MSELoss.
template <class... Options>
struct MeanSquaredError : detail::LossWithOptions<MeanSquaredError<Options...>, Options...> {
  using known_options = List<Sum>;
  using targets = Values<0>;
  static constexpr const char* name = "MeanSquaredError";
  static constexpr bool squares = true;  ///< its root is in the unit of the targets
  static constexpr bool fits(Shape) { return true; }
  static std::string words(const Numbers<MeanSquaredError>&) { return "squared error"; }
};

}  // namespace tuneit

#pragma once
// Steps as plain values, for those who carry them out or write them down.
#include <cstddef>

#include "tuneit/recipe/augment/steps/step.hpp"

namespace tuneit {

/// A step as plain values: what data/, python/ and explain read. n: the values of its numbers.
struct StepView {
  StepKind kind = StepKind::Own;
  bool bilinear = false;
  double n[5]{};
  bool noise = false;  ///< of RandomErasing
};

/// Steps in their order. (No vector: every recipe would instantiate it.)
struct StepList {
  static constexpr std::size_t most = 24;
  StepView steps[most]{};
  std::size_t count = 0;

  constexpr void add(const StepView& v) { steps[count++] = v; }
  [[nodiscard]] constexpr const StepView* begin() const { return steps; }
  [[nodiscard]] constexpr const StepView* end() const { return steps + count; }
  [[nodiscard]] constexpr std::size_t size() const { return count; }
  [[nodiscard]] constexpr bool empty() const { return count == 0; }
};

}  // namespace tuneit

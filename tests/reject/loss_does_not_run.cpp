// build error: nobody says how this loss is computed
// first error: LossDoesNotRun.*Absolute
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Absolute : Loss<Absolute> {
  using targets = Values<0>;
  static constexpr bool fits(Shape) { return true; }
};
static_assert(detail::reported<loss_run_verdict<Absolute>>());  // asked by Trainer

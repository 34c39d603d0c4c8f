#include <tuneit/recipe.hpp>
using namespace tuneit;
struct SkipsSome : PolicyTag {  // its after_backward says c.hold()
  static constexpr Moments acts = AfterBackward;
  static constexpr Effects effects{.skips_steps = true};
};
using R = Finetune<ResNet18, SkipsSome>;
static_assert(detail::reported<hold_verdict<R>>());  // asked by c.hold()

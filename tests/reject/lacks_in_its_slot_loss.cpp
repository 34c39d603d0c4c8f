// build error: this loss lacks the member that is named last
// first error: LacksInItsSlot.*Softer.*fits
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Softer : Loss<Softer> {
  using targets = Classes;
  static constexpr bool fit(Shape output) { return output.channels() >= 2; }
};
using R = Finetune<ResNet18, Softer>;
R recipe;

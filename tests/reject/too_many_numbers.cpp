// build error: more numbers than Settings::values can hold
// first error: TooManyNumbers.*ResNet18.*97.*96
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Many : PolicyTag {
  static constexpr std::array<Knob, 97> knobs{};
};
using R = Finetune<ResNet18, Many>;
R recipe;

#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Many : PolicyTag {
  static constexpr std::array<Knob, 96> knobs{};
};
using R = Finetune<ResNet18, Many>;
R recipe;

// A recipe that is refused, with a suggestion: asking for its verdict is as far as it gets.
#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet152, ReplaceHead<2>, Freeze<Layer<"layer3.36.conv1">>, LrScale<Head, 10>>;
static_assert(std::is_same_v<verdict<R>, NoSuchLayer<ResNet152, "layer3.36.conv1", DidYouMean<"layer3.3.conv1">>>);

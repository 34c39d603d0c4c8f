#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Darker;
struct Lighter : PolicyTag {
  static constexpr Moments acts = OnBatch;
};
struct Darker : PolicyTag {
  static constexpr Moments acts = OnBatch;
  using after = List<Lighter>;
};
using R = Finetune<ResNet18, Lighter, Darker>;
R recipe;

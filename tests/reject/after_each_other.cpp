// build error: each of these two policies is to be called after the other
// first error: AfterEachOther.*Lighter.*Darker
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Darker;
struct Lighter : PolicyTag {
  static constexpr Moments acts = OnBatch;
  using after = List<Darker>;
};
struct Darker : PolicyTag {
  static constexpr Moments acts = OnBatch;
  using after = List<Lighter>;
};
using R = Finetune<ResNet18, Lighter, Darker>;
R recipe;

// build error: more numbers than Settings::values can hold
// first error: TooManyNumbers.*ResNet18.*97.*96
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Many : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr std::array<Hyperparameter, 97> numbers{};
  template <class Model, class P>
  static constexpr void apply(P& plan, const double* n) {
    for (PlanRow& row : plan.rows) row.lr_scale *= n[96];
  }
};
using R = Finetune<ResNet18, Many>;
R recipe;

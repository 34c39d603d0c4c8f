// build error: this one lacks it, or it takes other arguments
// first error: LacksItsFunction.*Half
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Half : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void edit(P& plan) {
    for (PlanRow& row : plan.rows) row.lr_scale /= 2;
  }
};
using R = Finetune<ResNet18, Half>;
R recipe;

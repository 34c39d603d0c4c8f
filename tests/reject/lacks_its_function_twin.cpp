#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Half : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (PlanRow& row : plan.rows) row.lr_scale /= 2;
  }
};
using R = Finetune<ResNet18, Half>;
R recipe;

#include <tuneit/recipe.hpp>
using namespace tuneit;
struct MyFreeze : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, Head>(plan, [](PlanRow& row, const TensorRow&) { row.frozen = true; });
  }
};
using R = Finetune<ResNet18, MyFreeze>;
R recipe;

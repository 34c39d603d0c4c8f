// build error: set the same of a tensor to different values
// first error: SetsDiffer.*ResNet18.*Freeze.*Thaw.*bn1.bias.*frozen
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Thaw : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, Biases>(plan, [](PlanRow& row, const TensorRow&) { row.frozen = false; });
  }
};
using R = Finetune<ResNet18, Freeze<Norms>, Thaw>;
R recipe;

// build error: this does nothing, or a member of it is misspelt
// first error: DoesNothing.*MyFreeze
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct MyFreeze : PolicyTag {
  static constexpr Stage stge = Stage::Freeze;
  template <class Model, class P>
  static constexpr void aply(P& plan) {
    edit_rows<Model, Head>(plan, [](PlanRow& row, const TensorRow&) { row.frozen = true; });
  }
};
using R = Finetune<ResNet18, MyFreeze>;
R recipe;

#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Thaw : PolicyTag {
  static constexpr Stage stage = Stage::Unfreeze;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, Biases>(plan, [](PlanRow& row, const TensorRow&) { row.frozen = false; });
  }
};
using R = Finetune<ResNet18, Freeze<Norms>, Thaw>;
R recipe;

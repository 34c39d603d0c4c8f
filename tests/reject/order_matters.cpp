// build error: it would matter which of these two policies comes first
// first error: OrderMatters.*Slow.*LrScale
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Slow : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, Biases>(plan, [](PlanRow& row, const TensorRow&) { row.lr_scale = 0.1; });
  }
};
using R = Finetune<ResNet18, Slow, LrScale<Head, 10>>;
R recipe;

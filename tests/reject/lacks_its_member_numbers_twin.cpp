#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Slower : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr std::array numbers{Hyperparameter{.name = "slower", .value = 0.5}};
  template <class Model, class P>
  static constexpr void apply(P& plan, const double* n) {
    for (PlanRow& row : plan.rows) row.lr_scale *= n[0];
  }
};
using R = Finetune<ResNet18, Slower>;
R recipe;

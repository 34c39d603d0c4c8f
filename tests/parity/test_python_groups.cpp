// needs:
// Recipes and the scripts that they write, part five: groups of tensors with an optimizer, a limit and a schedule of
// their own. A line is a recipe (see test_python.cpp).
#include "../static/tiny.hpp"
#include "twin.hpp"

using namespace tuneit;
using twins::Small;

namespace {

template <class Model, class... Policies>
void twin(const std::string& name) {
  twins::twin<Model, Policies...>("test_python_groups", name);
}

using Head3 = ReplaceHead<3>;
using Plain = Sgd<Lr<0.02>, Momentum<0.9>, WeightDecay<1e-2>>;

}  // namespace

TEST_CASE("groups with an optimizer, or options of the recipe's") {
  twin<Small, Head3, Plain, GroupOf<Head, AdamW<Lr<1e-3>>>, GroupOf<Norms, Lr<1e-3>, WeightDecay<0>>, NoDecay<Biases>,
       LrScale<Layer<"fc.bias">, 3>>("group_optimizers");
  twin<Tiny, Head3, Lion<Lr<1e-3>>, GroupOf<Backbone, Lion<Lr<2e-3>, Betas<0.8, 0.9>>>, GroupOf<Head, Lamb<>>>(
      "group_of_all");
}
TEST_CASE("groups with limits of their gradients") {
  twin<Tiny, Head3, Plain, ClipNorm<0.3>, GroupOf<Head, ClipNorm<0.05>>, GroupOf<Norms, ClipValue<1e-3>, Lr<0.1>>,
       GroupOf<Layer<"b.1">, Momentum<0.5>>>("group_limits");
}
TEST_CASE("groups with schedules and warm-ups") {
  twin<Tiny, Head3, Plain, CosineLr, Warmup<Steps<3>>, Epochs<4>, GroupOf<Head, AdamW<Lr<1e-2>>, Jump<OneCycle<>>>,
       GroupOf<Layer<"b.0">, StepLr<Steps<2>, 0.7>, Warmup<Steps<1>>>, GroupOf<Layer<"b.2">, Warmup<Steps<5>>>>(
      "group_schedules");
}
TEST_CASE("groups beside phases") {
  twin<Small, Head3, Plain, Accumulate<2>, CosineLr, GroupOf<Head, AdamW<Lr<1e-2>>, PolynomialLr<2>, ClipNorm<0.5>>,
       GroupOf<Norms, Momentum<0.5>>, L2Sp<0.1, 0.1>, Ema<0.9>,
       Phases<Phase<Epochs<2>, Freeze<Backbone>>, Phase<Epochs<2>, Lr<0.005>, Warmup<Steps<1>>, StepLr<Steps<2>, 0.5>>,
              Phase<Epochs<4>, Freeze<Layers<0, 2>>, LrScale<Head, 2>>>>("group_phases");
}

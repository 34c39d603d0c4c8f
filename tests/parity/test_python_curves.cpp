// needs:
// Rates and momenta of every schedule at every step, for check_python.py to compare with the functions of the scripts;
// and scripts in which something is random, which it only runs. A line is a recipe.
#include "../static/tiny.hpp"
#include "twin.hpp"

using namespace tuneit;

namespace {

template <class... Policies>
void curve(const std::string& name, std::vector<long long> lengths = {3, 1, 10}) {
  twins::write_curve<Finetune<Tiny, Epochs<5>, Policies...>>("test_python_curves", name, std::move(lengths));
}

/// Schedules of one's own, that nobody has told how they are written.
struct Hyperbola : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime& m) { return 1 / (1 + 0.1 * static_cast<double>(m.elapsed())); }
};
struct ByEpoch : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime& m) { return m.step / m.steps_per_epoch % 2 == 0 ? 1 : 0.25; }
};

}  // namespace

TEST_CASE("every schedule") {
  using Sgd9 = Sgd<Lr<0.3>, Momentum<0.9>>;
  curve<StepLr<Epochs<2>, 0.3>>("step");
  curve<StepLr<Steps<4>, 0.9>, Warmup<Steps<2>>>("step_warmup");
  curve<MultiStepLr<0.1, Epochs<3>, Steps<2>, Epochs<1>>>("multi_step");
  curve<ExponentialLr<0.7>>("exponential");
  curve<ExponentialLr<0.7>, Warmup<Epochs<2>>>("exponential_warmup");
  curve<ConstantLr<0.1>>("constant_share");
  curve<ConstantLr<0.1, Epochs<2>>>("constant_by_epoch");
  curve<ConstantLr<0.3, Steps<4>>>("constant_by_step");
  curve<Jump<ConstantLr<0.3, Epochs<1>>>, Warmup<Steps<2>>>("constant_warmup");
  curve<CosineLr>("cosine");
  curve<CosineLr, Warmup<Epochs<1>>>("cosine_after_warmup");
  curve<CosineTo<0.1>, Warmup<Steps<2>>>("cosine_to");
  curve<CosineRestarts<Steps<2>, 2, 0.05>>("restarts");
  curve<CosineRestarts<Epochs<1>>, Warmup<Steps<1>>>("restarts_by_epoch");
  curve<CosineCycles<2>>("cycles");
  curve<OneCycle<>, Sgd9>("one_cycle");
  curve<OneCycle<0.99, 5, 100>, AdamW<>>("one_cycle_adam");
  curve<TorchOneCycle<>, Sgd9>("torch_one_cycle");
  curve<SlantedTriangular<>>("slanted");
  curve<LinearLr<0.1, 1>>("linear");
  curve<LinearLr<0.5, 0.1, Epochs<3>>>("linear_by_epoch");
  curve<LinearLr<1, 0.1, Steps<4>>, Warmup<Steps<1>>>("linear_by_step");
  curve<LinearDecay, Warmup<Steps<3>>>("linear_decay");
  curve<PolynomialLr<2, 0.1>>("polynomial");
  curve<PolynomialLr<0.9>, Warmup<Steps<2>>>("polynomial_warmup");
  curve<InverseSqrt<Steps<3>>>("inverse_sqrt");
  curve<InverseSqrt<>, Warmup<Steps<3>>>("inverse_sqrt_warmup");
  curve<PerEpoch<CosineLr>, Warmup<Steps<2>>>("cosine_by_epoch");
  curve<Then<During<Epochs<1>, LinearLr<0.1, 1>>, During<Steps<3>, Constant>, CosineLr>>("then");
  curve<Then<During<Epochs<2>, LinearLr<1, 1>>, Jump<OneCycle<>>>, Sgd9>("then_cycle");
  curve<Plateau<0.1, Patience<1>>, Warmup<Steps<2>>>("plateau");
  curve<Hyperbola, Warmup<Steps<2>>>("table", {7});
  curve<ByEpoch>("table_by_epoch");
  curve<Sgd9, CosineLr, Warmup<Epochs<1>>>("several");
}

TEST_CASE("schedules of phases") {
  using Sgd9 = Sgd<Lr<0.3>, Momentum<0.8>>;
  using Mixed = Phases<Phase<Epochs<2>, Freeze<Backbone>, OneCycle<0.9>>, Phase<Epochs<2>, Lr<0.01>, Momentum<0.5>>,
                       Phase<Epochs<1>, CosineLr, Warmup<Steps<1>>>>;
  curve<Mixed, Sgd9, StepLr<Epochs<3>, 0.5>>("phases");
  curve<Mixed, Sgd9, OneCycle<>>("phases_of_cycles");
  curve<Phases<Phase<Epochs<4>, Freeze<Head>, Hyperbola>, Phase<Epochs<1>, LinearDecay>>, AdamW<>, CosineLr>(
      "phases_by_table", {3});
}

TEST_CASE("scripts in which something is random run") {
  using Head3 = ReplaceHead<3, Dropout<0.5>, Hidden<4>, XavierNormal>;
  twins::write_run<Finetune<Tiny, Head3, Mixup<0.4>, Precision<BF16>>>("test_python_curves", "mixup");
  twins::write_run<Finetune<Tiny, ReplaceHead<3, Orthogonal>, CutMix<>, Precision<FP16>, ClipNorm<1>, AdamW<>>>(
      "test_python_curves", "cutmix");
  twins::write_run<Finetune<Tiny, ReplaceHead<3, TruncatedNormal<>>, MixupOrCutMix<>, Precision<Auto>, Plateau<>,
                            Epochs<20>, EarlyStop<Patience<2>>, Accumulate<2>, Ema<0.9>>>("test_python_curves",
                                                                                          "either");
}

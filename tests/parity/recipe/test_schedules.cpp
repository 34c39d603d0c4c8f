// needs: schedules
// Every schedule against its Python source: a thousand steps, ten epochs of a hundred.
#include <algorithm>
#include <iostream>

#include "../../static/tiny.hpp"
#include "numbers.hpp"

using namespace tuneit;

namespace {

// Compiled once, not once for each recipe.
void compare(const std::string& name, OptimizerValues<Sgd<Lr<1>, Momentum<0.9>>> (*ours_at)(long long step)) {
  const auto rows = numbers(made("schedules") / (name + ".txt"));
  REQUIRE(rows.size() == 1000);
  double worst = 0, lowest = 1, highest = 0;
  for (std::size_t step = 0; step < rows.size(); ++step) {
    const auto ours = ours_at(static_cast<long long>(step));
    double far = relative_difference(ours.lr, rows[step][0]);
    if (rows[step].size() > 1) far = std::max(far, relative_difference(ours.number<Momentum>(), rows[step][1]));
    if (!(far <= 1e-6)) {
      INFO(name << ", step " << step << ": " << ours.lr << " instead of " << rows[step][0]);
      CHECK(far <= 1e-6);
      return;
    }
    worst = std::max(worst, far);
    lowest = std::min(lowest, ours.lr);
    highest = std::max(highest, ours.lr);
  }
  std::cout << name << ": largest relative difference " << worst << ", rates from " << lowest << " to " << highest
            << "\n";
}

template <class... Policies>
void as_in(const std::string& name) {
  using R = Finetune<Tiny, Sgd<Lr<1>, Momentum<0.9>>, Epochs<10>, Policies...>;
  compare(name, [](long long step) { return optimizer_at<R>(defaults<R>(), step, 100); });
}

using Warm = Warmup<Steps<100>>;

}  // namespace

TEST_CASE("schedules of torch.optim.lr_scheduler") {
  as_in<StepLr<Epochs<3>, 0.5>>("step_epochs");
  as_in<StepLr<Steps<70>, 0.9>>("step_steps");
  as_in<MultiStepLr<0.1, Epochs<3>, Epochs<7>>>("multistep_epochs");
  as_in<MultiStepLr<0.3, Steps<800>, Steps<150>, Steps<151>>>("multistep_steps");
  as_in<ExponentialLr<0.9>>("exponential");
  as_in<ConstantLr<0.1, Epochs<4>>>("constant_epochs");
  as_in<ConstantLr<1.0 / 3, Steps<250>>>("constant_steps");
  as_in<ConstantLr<0.1>>("constant_throughout");
  as_in<Then<During<Epochs<3>, ConstantLr<0.1>>, Jump<PerEpoch<CosineLr>>>>("constant_then");
  as_in<LinearLr<0.25, 0.9, Epochs<5>>>("linear_epochs");
  as_in<LinearLr<1.0 / 3, 1, Steps<300>>>("linear_steps");
  as_in<LinearLr<0.1, 1>>("linear_throughout");
  as_in<PolynomialLr<2.5>>("polynomial_torch");
  as_in<CosineTo<0.05>>("cosine_torch");
  as_in<PerEpoch<CosineLr>>("cosine_torch_epochs");
  as_in<CosineRestarts<Steps<230>, 1, 0.1>>("restarts");
  as_in<CosineRestarts<Epochs<1>, 2>>("restarts_longer");
  as_in<TorchOneCycle<>>("onecycle_torch");
  as_in<TorchOneCycle<0.45, 10, 50, 0.9, 0.8>>("onecycle_torch_other");
  as_in<Then<During<Epochs<3>, LinearLr<0.01, 1, Epochs<3>>>, PerEpoch<CosineLr>>>("torchvision");
  as_in<Then<During<Steps<100>, LinearLr<0.1, 1>>, During<Epochs<2>, Constant>, LinearLr<1, 0>>>("sequential");
}

TEST_CASE("schedules of transformers") {
  as_in<Constant, Warm>("hf_constant");
  as_in<LinearDecay, Warmup<Epochs<1>>>("hf_linear");
  as_in<CosineLr, Warm>("hf_cosine");
  as_in<CosineTo<0.1>, Warm>("hf_cosine_floor");
  as_in<CosineCycles<4>, Warm>("hf_restarts");
  as_in<PolynomialLr<1.5, 1e-3>, Warm>("hf_polynomial");
  as_in<InverseSqrt<>, Warm>("hf_inverse_sqrt");
  as_in<InverseSqrt<Steps<250>>, Warm>("hf_inverse_sqrt_timescale");
  as_in<InverseSqrt<>>("hf_inverse_sqrt_cold");
}

TEST_CASE("schedules of timm") {
  as_in<CosineTo<0.02>>("timm_cosine");
  as_in<CosineTo<0.02>, Warm>("timm_cosine_warmup");
  as_in<CosineRestarts<Steps<100>, 2>>("timm_cosine_cycles");
  as_in<PerEpoch<CosineTo<0.02>>>("timm_cosine_epochs");
  as_in<StepLr<Epochs<3>, 0.5>>("timm_step");
  as_in<PolynomialLr<0.5, 0.1>>("timm_poly");
}

TEST_CASE("schedules of fastai and ULMFiT, by their formulas") {
  as_in<OneCycle<>>("onecycle_fastai");
  as_in<OneCycle<0.3, 5>>("onecycle_fastai_fine_tune");
  as_in<SlantedTriangular<>>("slanted");
  as_in<SlantedTriangular<0.35, 10>>("slanted_other");
}

TEST_CASE("ReduceLROnPlateau over a thousand epochs") {
  using P = Plateau<0.9, Patience<3>, 0.01, 2, 0.01>;
  PlateauState state = P::start(detail::number_values<P>.data());
  const auto rows = numbers(made("schedules") / "plateau.txt");
  REQUIRE(rows.size() == 1000);
  double worst = 0;
  int falls = 0;
  for (std::size_t epoch = 0; epoch < rows.size(); ++epoch) {
    const double before = state.factor;
    const bool fell = state.observe(rows[epoch][0]);
    CHECK(fell == (state.factor < before));
    falls += fell;
    worst = std::max(worst, relative_difference(state.factor, rows[epoch][1]));
  }
  std::cout << "plateau: largest relative difference " << worst << ", the rate fell " << falls << " times\n";
  CHECK(worst <= 1e-12);
  CHECK(falls >= 20);
}

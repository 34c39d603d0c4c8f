// Every schedule at a few steps whose values one can work out on paper. Against their sources, at a thousand steps
// each: tests/parity/recipe/test_schedules.cpp.
#include "../tiny.hpp"
using namespace tuneit;

constexpr bool near(double a, double b) { return (a < b ? b - a : a - b) <= 1e-13 * (b < 0 ? -b : b) + 1e-16; }

// 10 epochs of 10 steps at the rate 1
template <class... Policies>
using T = Finetune<Tiny, Sgd<Lr<1>>, Epochs<10>, Policies...>;
template <class S, class... More>
constexpr double at(long long step) {
  return lr_at<T<S, More...>>(step, 10);
}

// stairs
using Dates = MultiStepLr<0.5, Epochs<6>, Steps<25>>;
static_assert(at<Dates>(24) == 1 && at<Dates>(25) == 0.5 && at<Dates>(59) == 0.5 && at<Dates>(60) == 0.25);
static_assert(at<MultiStepLr<0.1, Epochs<2>, Epochs<2>>>(20) == 0.1 * 0.1, "a date may come twice");
static_assert(at<ExponentialLr<0.5>>(9) == 1 && at<ExponentialLr<0.5>>(10) == 0.5 &&
              at<ExponentialLr<0.5>>(39) == 0.125);
static_assert(at<StepLr<Epochs<3>, 0.5>, Warmup<Epochs<1>>>(29) == 1 &&
                  at<StepLr<Epochs<3>, 0.5>, Warmup<Epochs<1>>>(30) == 0.5,
              "dates count from the beginning of the training");
static_assert(at<ExponentialLr<0.5>, Warmup<Steps<5>>>(14) == 1 && at<ExponentialLr<0.5>, Warmup<Steps<5>>>(15) == 0.5,
              "shapes begin when the warm-up ends");

// a share for a while: in epochs by epoch after the warm-up, in steps by step, without a length all the time
static_assert(at<ConstantLr<0.25>>(0) == 0.25 && at<ConstantLr<0.25>>(99) == 0.25);
static_assert(at<ConstantLr<0.25, Epochs<4>>>(0) == 0.25 && at<ConstantLr<0.25, Epochs<4>>>(39) == 0.25 &&
              at<ConstantLr<0.25, Epochs<4>>>(40) == 1 && at<ConstantLr<0.25, Epochs<4>>>(99) == 1);
static_assert(at<ConstantLr<0.5, Steps<7>>>(6) == 0.5 && at<ConstantLr<0.5, Steps<7>>>(7) == 1);
static_assert(at<Jump<ConstantLr<0.5, Epochs<1>>>, Warmup<Steps<5>>>(5) == 0.5 &&
              at<Jump<ConstantLr<0.5, Epochs<1>>>, Warmup<Steps<5>>>(14) == 0.5 &&
              at<Jump<ConstantLr<0.5, Epochs<1>>>, Warmup<Steps<5>>>(15) == 1);
using Low = Then<During<Epochs<3>, ConstantLr<0.1>>, Jump<CosineLr>>;
static_assert(at<Low>(29) == 0.1 && at<Low>(30) == 1 && at<Low>(100) == 0);
using LowInPhase = Finetune<Tiny, Sgd<Lr<1>>, Phases<Phase<Epochs<2>, ConstantLr<0.1>>, Phase<Epochs<3>>>>;
static_assert(lr_at<LowInPhase>(19, 10) == 0.1 && lr_at<LowInPhase>(20, 10) == 1);
static_assert([] {  // its numbers can be changed at run time
  using R = T<ConstantLr<0.1, Epochs<4>>>;
  Settings s = defaults<R>();
  value_of<R, ConstantLr<0.1, Epochs<4>>, 0>(s) = 0.5;
  value_of<R, ConstantLr<0.1, Epochs<4>>, 1>(s) = 2;
  return lr_at<R>(s, 19, 10) == 0.5 && lr_at<R>(s, 20, 10) == 1;
}());

// ramps: a length in epochs moves by epoch, one in steps by step
static_assert(at<LinearLr<0.5, 1, Epochs<2>>>(9) == 0.5 && at<LinearLr<0.5, 1, Epochs<2>>>(10) == 0.75 &&
              at<LinearLr<0.5, 1, Epochs<2>>>(20) == 1 && at<LinearLr<0.5, 1, Epochs<2>>>(99) == 1);
static_assert(at<LinearLr<0, 1, Steps<4>>>(0) == 0 && at<LinearLr<0, 1, Steps<4>>>(3) == 0.75 &&
              at<LinearLr<0, 1, Steps<4>>>(4) == 1);
static_assert(near(at<LinearLr<1, 0.5>>(50), 0.75) && at<LinearLr<1, 0.5>>(100) == 0.5);
static_assert(at<LinearDecay>(0) == 1 && at<LinearDecay>(50) == 0.5 && at<LinearDecay>(100) == 0 &&
              at<LinearDecay>(101) == 0);
static_assert(at<LinearDecay, Warmup<Steps<20>>>(60) == 0.5);
static_assert(at<PolynomialLr<2>>(50) == 0.25 && near(at<PolynomialLr<1, 0.5>>(50), 0.75) &&
              at<PolynomialLr<3>>(100) == 0);
static_assert(near(at<PolynomialLr<0.5>>(75), 0.5));
static_assert(near(at<InverseSqrt<Steps<10>>>(30), 0.5) && at<InverseSqrt<Steps<10>>>(0) == 1);
static_assert(near(at<InverseSqrt<>, Warmup<Steps<20>>>(80), 0.5) && at<InverseSqrt<>, Warmup<Steps<20>>>(20) == 1);

// cosines
static_assert(near(at<CosineTo<0.2>>(50), 0.6) && at<CosineTo<0.2>>(100) == 0.2 && at<CosineTo<0.2>>(0) == 1);
using Twice = CosineRestarts<Steps<20>, 2>;
static_assert(at<Twice>(0) == 1 && near(at<Twice>(10), 0.5) && at<Twice>(20) == 1 && near(at<Twice>(40), 0.5) &&
              at<Twice>(60) == 1);
static_assert(near(at<CosineRestarts<Epochs<3>, 1, 0.2>>(45), 0.6) && at<CosineRestarts<Epochs<3>, 1, 0.2>>(90) == 1);
static_assert(at<CosineCycles<5>>(20) == 1 && near(at<CosineCycles<5>>(30), 0.5) && at<CosineCycles<5>>(100) == 0);
static_assert(at<PerEpoch<CosineLr>>(59) == at<CosineLr>(50) && at<PerEpoch<CosineLr>>(60) == at<CosineLr>(60));

// one cycle: fastai's reaches the full rate after Pct T steps, torch's a step earlier
static_assert(near(at<OneCycle<0.25, 25, 100>>(0), 0.04) && near(at<OneCycle<0.25, 25, 100>>(25), 1) &&
              near(at<OneCycle<0.25, 25, 100>>(100), 0.01));
static_assert(near(at<TorchOneCycle<0.3, 20, 10>>(0), 0.05) && near(at<TorchOneCycle<0.3, 20, 10>>(29), 1) &&
              near(at<TorchOneCycle<0.3, 20, 10>>(99), 0.005));
constexpr double momentum(long long step) {
  return optimizer_at<T<OneCycle<0.25>>>(defaults<T<OneCycle<0.25>>>(), step, 10).number<Momentum>();
}
static_assert(near(momentum(0), 0.95) && near(momentum(25), 0.85) && near(momentum(100), 0.95));
static_assert(optimizer_at<T<OneCycle<>>>(defaults<T<OneCycle<>>>(), 25, 10).number<Momentum>() == momentum(25));
static_assert(optimizer_at<T<CosineLr>>(defaults<T<CosineLr>>(), 25, 10).number<Momentum>() == 0,
              "all others leave the momentum alone");
static_assert(at<SlantedTriangular<0.1, 32>>(0) == 1.0 / 32 && at<SlantedTriangular<0.1, 32>>(10) == 1 &&
              near(at<SlantedTriangular<0.1, 32>>(55), 33.0 / 64) &&
              near(at<SlantedTriangular<0.1, 32>>(100), 1.0 / 32));

// one after the other, each in a time of its own
using Parts = Then<During<Epochs<2>, LinearLr<0, 1>>, During<Steps<30>, Constant>, CosineLr>;
static_assert(at<Parts>(0) == 0 && at<Parts>(10) == 0.5 && at<Parts>(20) == 1 && at<Parts>(49) == 1 &&
              at<Parts>(50) == 1);
static_assert(near(at<Parts>(75), 0.5) && at<Parts>(100) == 0);
static_assert(near(at<Then<During<Steps<10>, Constant>, LinearDecay>, Warmup<Steps<10>>>(60), 0.5),
              "the parts come after a warm-up");
static_assert(at<Then<During<Epochs<4>, StepLr<Epochs<2>, 0.5>>, Jump<LinearDecay>>>(30) == 0.5 &&
              at<Then<During<Epochs<4>, StepLr<Epochs<2>, 0.5>>, Jump<LinearDecay>>>(40) == 1);
// ... which may move the momentum in some of them only
template <class S>
using Sgd5 = Finetune<Tiny, Sgd<Lr<1>, Momentum<0.5>>, Epochs<10>, S>;
using Some = Sgd5<Then<During<Epochs<5>, OneCycle<0.5, 25, 25>>, Jump<Constant>>>;
static_assert(near(optimizer_at<Some>(defaults<Some>(), 25, 10).number<Momentum>(), 0.85) &&
              optimizer_at<Some>(defaults<Some>(), 50, 10).number<Momentum>() == 0.5);
// ... and may be nested
static_assert(near(at<Then<During<Epochs<2>, Then<During<Epochs<1>, LinearLr<0, 1>>, Constant>>, CosineLr>>(5), 0.5));

// numbers of parts can be changed at run time
static_assert([] {
  using R = T<Parts>;
  Settings s = defaults<R>();
  value_of<R, Parts, 0>(s) = 4;    // the first part has 4 epochs
  value_of<R, Parts, 1>(s) = 0.5;  // ... and begins at half the rate
  value_of<R, Parts, 3>(s) = 10;   // the second has 10 steps
  return near(lr_at<R>(s, 0, 10), 0.5) && near(lr_at<R>(s, 20, 10), 0.75) && near(lr_at<R>(s, 75, 10), 0.5);
}());

// Plateau: torch's counting. The first loss is the best so far; `Patience` worse ones are borne, the next is not.
constexpr PlateauState told(PlateauState s, auto... losses) {
  (s.observe(losses), ...);
  return s;
}
using P2 = Plateau<0.5, Patience<2>, 0, 1, 0.2>;
constexpr PlateauState begin = P2::start(detail::number_values<P2>.data());
static_assert(told(begin, 1.0, 1.0, 1.0).factor == 1 && told(begin, 1.0, 1.0, 1.0, 1.0).factor == 0.5);
static_assert(told(begin, 1.0, 1.0, 0.9, 1.0, 1.0).factor == 1, "a lower loss begins anew");
static_assert(told(begin, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0).factor == 0.5 &&
                  told(begin, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0).factor == 0.25,
              "an epoch of cool-down does not count");
static_assert(told(told(begin, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0), 1.0, 1.0, 1.0, 1.0).factor == 0.2,
              "down to the floor");
static_assert(told(begin, std::numeric_limits<double>::quiet_NaN()).bad == 1, "no number is no better");
static_assert([] {  // not better by the threshold is not better
  PlateauState s = Plateau<0.1, Patience<0>, 0.1>::start(detail::number_values<Plateau<0.1, Patience<0>, 0.1>>.data());
  return !s.observe(1) && s.observe(0.95) && !s.observe(0.8);
}());
static_assert(at<P2>(50) == 1 && P2::watches);

// a phase with a schedule, a warm-up and a rate of its own; the recipe's schedule runs through the others
using Phased =
    Finetune<Tiny, Sgd<Lr<1>>, CosineLr,
             Phases<Phase<Epochs<5>, Freeze<Backbone>>, Phase<Epochs<5>, Lr<0.5>, LinearDecay, Warmup<Epochs<1>>>>>;
static_assert(lr_at<Phased>(0, 10) == 1 && near(lr_at<Phased>(25, 10), detail::half_cosine(0.25)));
static_assert(lr_at<Phased>(50, 10) == 0 && lr_at<Phased>(55, 10) == 0.25 && lr_at<Phased>(60, 10) == 0.5 &&
              lr_at<Phased>(80, 10) == 0.25);
using PhasedOneCycle =
    Finetune<Tiny, Sgd<Lr<1>, Momentum<0.9>>, Phases<Phase<Epochs<5>>, Phase<Epochs<5>, OneCycle<0.5, 10, 10>>>>;
static_assert(optimizer_at<PhasedOneCycle>(defaults<PhasedOneCycle>(), 49, 10).number<Momentum>() == 0.9 &&
              near(optimizer_at<PhasedOneCycle>(defaults<PhasedOneCycle>(), 75, 10).number<Momentum>(), 0.85));
static_assert(near(lr_at<PhasedOneCycle>(50, 10), 0.1) && near(lr_at<PhasedOneCycle>(75, 10), 1));
using PhasedThen = Finetune<Tiny, Sgd<Lr<1>>,
                            Phases<Phase<Epochs<2>>, Phase<Epochs<4>, Then<During<Epochs<2>, Constant>, LinearDecay>>>>;
static_assert(lr_at<PhasedThen>(39, 10) == 1 && lr_at<PhasedThen>(50, 10) == 0.5);

// Schedules and optimizers: their numbers.
#include "../tiny.hpp"
using namespace tuneit;

constexpr bool near(double a, double b) { return (a < b ? b - a : a - b) <= 1e-15 + 1e-14 * (b < 0 ? -b : b); }

// 3 epochs of 10 steps at 0.1
template <class... Policies>
using T = Finetune<Tiny, Sgd<Lr<0.1>>, Epochs<3>, Policies...>;
static_assert(lr_at<T<>>(0, 10) == 0.1 && lr_at<T<Constant>>(29, 10) == 0.1);

using Stairs = T<StepLr<Epochs<1>, 0.5>>;
static_assert(lr_at<Stairs>(9, 10) == 0.1 && lr_at<Stairs>(10, 10) == 0.05 && lr_at<Stairs>(29, 10) == 0.025);
static_assert(lr_at<T<StepLr<Steps<4>, 0.5>>>(8, 10) == 0.025);

static_assert(lr_at<T<CosineLr>>(0, 10) == 0.1 && near(lr_at<T<CosineLr>>(15, 10), 0.05));
static_assert(near(lr_at<T<CosineLr>>(10, 10), 0.075) && near(lr_at<T<CosineLr>>(20, 10), 0.025));
static_assert(lr_at<T<CosineLr>>(30, 10) < 1e-17);

// the warm-up starts at 0 (as in transformers), and the cosine runs over what remains
using Warm = T<CosineLr, Warmup<Steps<6>>>;
static_assert(lr_at<Warm>(0, 10) == 0 && near(lr_at<Warm>(3, 10), 0.05) && lr_at<Warm>(6, 10) == 0.1);
static_assert(near(lr_at<Warm>(18, 10), 0.05));
static_assert(near(lr_at<T<Warmup<Epochs<1>>>>(5, 10), 0.05) && lr_at<T<Warmup<Epochs<1>>>>(10, 10) == 0.1);

// numbers can be changed at run time
static_assert([] {
  Settings s = defaults<Warm>();
  s.optimizer.lr = 1;
  s.warmup_steps = 2;
  s.epochs = 1;
  return near(lr_at<Warm>(s, 1, 10), 0.5) && near(lr_at<Warm>(s, 6, 10), 0.5);
}());

// optimizers: options in any order, defaults of torch.optim
static_assert(optimizer_defaults<Sgd<>>.lr == 1e-3 && optimizer_defaults<Sgd<>>.number<Momentum>() == 0 &&
              !optimizer_defaults<Sgd<>>.has<Nesterov>());
static_assert(optimizer_defaults<Sgd<Momentum<0.9>, Lr<1>>>.lr == 1 &&
              optimizer_defaults<Sgd<Momentum<0.9>, Lr<1>>>.number<Momentum>() == 0.9);
static_assert(optimizer_defaults<Adam<>>.decay == 0 && optimizer_defaults<AdamW<>>.decay == 1e-2);
static_assert(optimizer_defaults<AdamW<Betas<0.8, 0.95>, Eps<1e-6>>>.number<Betas, 1>() == 0.95);
static_assert(optimizer_defaults<Finetune<Tiny>::optimizer>.number<Momentum>() == 0.9,
              "the default is SGD with momentum");

// a staircase that is all the way down when a warm-up ends is refused in words, not by an overflow
static_assert(detail::exponential(-1e5) == 0 && detail::exponential(-700) > 0);
static_assert(!verdict<T<StepLr<Steps<2>, 0.7>, Warmup<Epochs<1>>>>::accepted);

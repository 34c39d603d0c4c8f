// OptimizerChoice: each of its optimizers is judged, and can be had with its own numbers.
#include "../verdicts.hpp"

using namespace tuneit;

static_assert(tiny_is<Accepted, OptimizerChoice<Sgd<>, AdamW<>>> && tiny_is<Accepted, ChosenOptimizer>);
static_assert(tiny_is<NotAnOption<OptimizerChoice<Sgd<>, CosineLr>, CosineLr>, OptimizerChoice<Sgd<>, CosineLr>>);
static_assert(tiny_is<NotAnOption<OptimizerChoice<Sgd<>, int>, int>, OptimizerChoice<Sgd<>, int>>);
static_assert(tiny_is<NotAnOption<AdamW<Momentum<0.9>>, Momentum<0.9>>, OptimizerChoice<Sgd<>, AdamW<Momentum<0.9>>>>);
static_assert(tiny_is<OutOfRange<AdamW<Lr<-1>>>, OptimizerChoice<Sgd<>, AdamW<Lr<-1>>>>);
static_assert(tiny_is<NesterovNeedsMomentum<Sgd<Nesterov>>, OptimizerChoice<AdamW<>, Sgd<Nesterov>>>);
using Sums = OptimizerChoice<Sgd<Lr<1, Sum>>, AdamW<Lr<2, Sum>>>;
static_assert(tiny_is<Accepted, Sums, CrossEntropy<Sum>> && tiny_is<RateForOtherReduction<Sums, CrossEntropy<>>, Sums>);
using Mixed = OptimizerChoice<Sgd<Lr<1, Sum>>, AdamW<>>;
static_assert(tiny_is<RateForOtherReduction<Mixed, CrossEntropy<>>, Mixed>);

using R = Finetune<Tiny, OptimizerChoice<Sgd<Lr<0.1>, Momentum<0.9>>, AdamW<Lr<1e-3>, Betas<0.8, 0.9>>, Adafactor<>>>;
constexpr Settings chosen(int which) {
  Settings s = defaults<R>();
  choose_optimizer<R>(s, which);
  return s;
}
static_assert(chosen(0).optimizer.lr == 0.1 && chosen(0).optimizer.weight_decay == 0 &&
              chosen(0).chosen_optimizer == 0);
static_assert(chosen(1).optimizer.lr == 1e-3 && chosen(1).optimizer.weight_decay == 0.01 &&
              chosen(1).optimizer.beta1 == 0.8 && chosen(1).chosen_optimizer == 1);
static_assert(chosen(2).optimizer.lr == 1e-2 && optimizer_at<R>(chosen(2), 0, 1).named("update-clip") == 1);

// which one it is cannot be said without its numbers
static_assert(!std::is_assignable_v<decltype((std::declval<Settings&>().chosen_optimizer)), int>);
constexpr Settings of_choice(int which) {
  Settings s;
  choose_optimizer<ChosenOptimizer>(s, which);
  return s;
}
static_assert(of_choice(2).optimizer.weight_decay == 0.01 && of_choice(2).chosen_optimizer == 2 &&
              of_choice(0).optimizer.weight_decay == 0);

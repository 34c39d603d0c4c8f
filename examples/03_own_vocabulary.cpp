// torch-free: a policy, a selector, a schedule and a model of one's own, each tested where it stands.
#include <cstdio>
#include <tuneit/recipe.hpp>

using namespace tuneit;

// A model is a strong struct of named blocks; the last one is the head.
struct Mine final : Network<Input<3, 32>,
                            Block<"stem", Named<"conv", Conv2d<3, 16, Window{.kernel = 3, .padding = 1}>>,
                                  Named<"bn", BatchNorm2d<16>>, ReLU>,
                            Block<"head", GlobalAvgPool, Named<"fc", Linear<16, 10>>>> {};
static_assert(shape<Mine>().fits && shape<Mine>().channels() == 10);
static_assert(parameter_count<Mine>() == 3 * 16 * 9 + 32 + 170);

// A selector answers for one row of the model's table.
struct Convolutions : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return table<Model>.rows[row].owner == Owner::Conv;
  }
};
static_assert(plan<Finetune<Mine, Freeze<Convolutions>>>.rows[0].frozen);
static_assert(frozen_parameters<Finetune<Mine, Freeze<Convolutions>>> == 3 * 16 * 9);

// A policy edits rows of the plan.
struct HalfRates : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (PlanRow& row : plan.rows) row.lr_scale /= 2;
  }
};
static_assert(plan<Finetune<Mine, LrScale<Head, 10>, HalfRates>>.rows[6].lr_scale == 5);

// A schedule is a constexpr function of the moment.
struct Triangle : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime& m) {
    const double t = static_cast<double>(m.step) / static_cast<double>(m.total_steps);
    return t < 0.5 ? 2 * t : 2 - 2 * t;
  }
};
static_assert(lr_at<Finetune<Mine, Sgd<Lr<1>>, Epochs<4>, Triangle>>(10, 10) == 0.5);

int main() {
  std::puts(print<Mine>().c_str());
  std::puts(explain<Finetune<Mine, ReplaceHead<3>, LrScale<Head, 10>, HalfRates, Triangle>>().c_str());
}

#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Swing : PolicyTag {
  using slot = slots::Schedule;
  static constexpr Abilities has = MovesMomentum;
  static constexpr double factor(const ScheduleTime&) { return 1; }
  static constexpr double momentum(const ScheduleTime& m, const double*) { return 0.95 - 0.1 * m.progress(); }
};
using R = Finetune<ResNet18, Swing>;
R recipe;

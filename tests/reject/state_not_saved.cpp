// build error: members that change in a training
// first error: StateNotSaved.*Count
// limit: message
#include <tuneit/engine/behaviour/judge.hpp>
using namespace tuneit;
struct Context {};  // StepContext and the others, without LibTorch
struct Batch {};
struct Weights {};
struct Epoch {};
struct States {};
struct Count : PolicyTag {
  static constexpr Moments acts = AfterStep;
  int steps = 0;
  void after_step(const Context&) { ++steps; }
};
using Verdict = decltype(detail::judge_behaviour<Count, Count,
                                                 detail::MomentTypes<Context, Batch, Weights, Epoch, States>>())::type;
static_assert(detail::reported<Verdict>());

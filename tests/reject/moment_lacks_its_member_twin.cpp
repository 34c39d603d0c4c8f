#include <tuneit/engine/behaviour/judge.hpp>
using namespace tuneit;
struct Context {};  // StepContext and the others, without LibTorch
struct Batch {};
struct Outs {};
struct ModelWeights {};
struct Epoch {};
struct States {};
struct Count : PolicyTag {
  static constexpr Moments acts = AfterStep;
  void after_step(const Context&) {}
};
using Verdict =
    decltype(detail::judge_behaviour<Count, Count,
                                     detail::MomentTypes<Context, Batch, Outs, ModelWeights, Epoch, States>>())::type;
static_assert(detail::reported<Verdict>());

// build error: members that change in a training
// first error: StateNotSaved.*Count
// limit: message
#include <tuneit/engine/behaviour/judge.hpp>
using namespace tuneit;
template <class P>
struct TrainerWith {  // asks as Trainer does, without LibTorch
  struct Other {};
  using Given = detail::MomentTypes<TrainerWith, Other, Other, Other, Other, Other>;
  static_assert(detail::reported<typename decltype(detail::judge_behaviour<P, P, Given>())::type>());
};
struct Count : PolicyTag {
  static constexpr Moments acts = AfterStep;
  int steps = 0;
  template <class C>
  void after_step(const C&) {
    ++steps;
  }
};
using R = TrainerWith<Count>;
R recipe;

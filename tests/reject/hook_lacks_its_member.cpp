// build error: this hook has the member that is named last, and it cannot be called so
// first error: LacksItsMember.*LossCurve.*Member::on_epoch
// limit: message
#include <tuneit/engine/behaviour/judge_hook.hpp>
using namespace tuneit;
struct Step {};  // StepReport, EpochResult and Trainer<R>, without LibTorch
struct Epoch {};
struct Mine {};
struct LossCurve {
  void on_epoch(const Epoch&) {}
};
static_assert(detail::check_hook<LossCurve, detail::Told<Step, Epoch, Mine>>());

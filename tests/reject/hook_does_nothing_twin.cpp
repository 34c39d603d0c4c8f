#include <tuneit/engine/behaviour/judge_hook.hpp>
using namespace tuneit;
struct Step {};  // StepReport, EpochResult and Trainer<R>, without LibTorch
struct Epoch {};
struct Mine {};
struct LossCurve {
  void on_epoch(const Epoch&, const Mine&) {}
};
static_assert(detail::check_hook<LossCurve, detail::Told<Step, Epoch, Mine>>());

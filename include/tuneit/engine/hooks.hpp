#pragma once
// What is a hook of the training loop told, and can it be told so? What a hook lacks costs nothing.
#include <cstddef>
#include <type_traits>

#include "tuneit/engine/score.hpp"

namespace tuneit {

/// One epoch. Epochs count from 1; `rate` is the optimizer's in its first step (LrScale not applied); seconds are those
/// of training alone, `waited` those of them that the step spent waiting for pictures.
struct EpochResult {
  int epoch = 0;
  double rate = 0;
  Score train, test;
  double train_seconds = 0, waited = 0;
  bool cached = false;       ///< trained on kept features: no picture was read
  std::size_t left_out = 0;  ///< batches of one picture that no batch norm could use

  /// What early stopping and schedules look at: the test loss, or without a test part the training loss.
  [[nodiscard]] double watched_loss() const { return test.count > 0 ? test.loss() : train.loss(); }
};

/// Told after each step: how far, and the running means of this epoch.
struct StepReport {
  int epoch = 0, epochs = 0;
  std::size_t samples = 0;  ///< of an epoch
  const Score& train;
  double seconds = 0;  ///< since the epoch began
};

namespace detail {

// Does H have a member of this name, callable or not? (Deriving from both makes the name ambiguous if it does.)
struct HookNames {
  int on_step, on_epoch, should_stop;
};
template <class H>
struct HookProbe : H, HookNames {};
template <class H>
inline constexpr bool names_on_step = !std::is_final_v<H> && !requires {
  &HookProbe<H>::on_step;
};
template <class H>
inline constexpr bool names_on_epoch = !std::is_final_v<H> && !requires {
  &HookProbe<H>::on_epoch;
};

template <class H>
inline constexpr bool names_should_stop = !std::is_final_v<H> && !requires {
  &HookProbe<H>::should_stop;
};

template <class Hook>
void tell_step(Hook& hook, const StepReport& report) {
  if constexpr (requires { hook.on_step(report); })
    hook.on_step(report);
  else
    static_assert(!names_on_step<Hook>, "tuneit: this hook's on_step cannot be called with a StepReport");
}

template <class Hook, class T>
void tell_epoch(Hook& hook, const EpochResult& result, const T& trainer) {
  if constexpr (requires { hook.on_epoch(result, trainer); })
    hook.on_epoch(result, trainer);
  else
    static_assert(!names_on_epoch<Hook>,
                  "tuneit: this hook's on_epoch cannot be called with an EpochResult and this trainer");
}

template <class Hook>
bool wants_to_stop(Hook& hook) {
  if constexpr (requires { static_cast<bool>(hook.should_stop()); })
    return static_cast<bool>(hook.should_stop());
  else
    static_assert(!names_should_stop<Hook>, "tuneit: this hook's should_stop cannot be called, or gives no bool");
  return false;
}

}  // namespace detail
}  // namespace tuneit

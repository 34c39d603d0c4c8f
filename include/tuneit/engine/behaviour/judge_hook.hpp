#pragma once
// Is this a hook of the training loop? It has one of the moments' members at least, and each that it has can be called.
// Without LibTorch: what a hook is told is a template argument.
#include <concepts>
#include <type_traits>

#include "tuneit/meta/list.hpp"
#include "tuneit/meta/member_probe.hpp"
#include "tuneit/verdict/reasons/members.hpp"

namespace tuneit::detail {

/// What hooks are told: the report of a step, the result of an epoch, and the trainer.
template <class Step, class Epoch, class Trainer>
struct Told {
  using step = Step;
  using epoch = Epoch;
  using trainer = Trainer;
};

template <class Hook, class T>
concept TakesStep = requires(Hook& hook, const typename T::step& report) {
  hook.on_step(report);
};
template <class Hook, class T>
concept TakesEpoch = requires(Hook& hook, const typename T::epoch& result, const typename T::trainer& trainer) {
  hook.on_epoch(result, trainer);
};
template <class Hook>
concept TellsToStop = requires(Hook& hook) {
  static_cast<bool>(hook.should_stop());
};

struct HookNames {
  int on_step, on_epoch, should_stop;
};
template <class H, class Probe = MemberProbe<H, HookNames>, bool = can_be_probed<H>>
struct NamedInHook {
  static constexpr bool on_step = !requires { &Probe::on_step; };
  static constexpr bool on_epoch = !requires { &Probe::on_epoch; };
  static constexpr bool should_stop = !requires { &Probe::should_stop; };
};
template <class H, class Probe>
struct NamedInHook<H, Probe, false> {
  static constexpr bool on_step = requires { &H::on_step; };
  static constexpr bool on_epoch = requires { &H::on_epoch; };
  static constexpr bool should_stop = requires { &H::should_stop; };
};

template <class Hook, class T>
constexpr auto judge_hook() {
  using Named = NamedInHook<std::remove_const_t<Hook>>;
  if constexpr (Named::on_step && !TakesStep<Hook, T>)
    return Type<LacksItsMember<Hook, Member::on_step>>{};
  else if constexpr (Named::on_epoch && !TakesEpoch<Hook, T>)
    return Type<LacksItsMember<Hook, Member::on_epoch>>{};
  else if constexpr (Named::should_stop && !TellsToStop<Hook>)
    return Type<LacksItsMember<Hook, Member::should_stop>>{};
  else if constexpr (!TakesStep<Hook, T> && !TakesEpoch<Hook, T> && !TellsToStop<Hook>)
    return Type<DoesNothing<Hook>>{};
  else
    return Type<Accepted>{};
}

/// What is wrong with a hook: Accepted, DoesNothing or LacksItsMember.
template <class Hook, class T>
using hook_verdict = typename decltype(judge_hook<Hook, T>())::type;

/// Stops the compilation with one sentence where something is wrong with it.
template <class Hook, class T>
consteval bool check_hook() {
  return reported<hook_verdict<Hook, T>>();
}

}  // namespace tuneit::detail

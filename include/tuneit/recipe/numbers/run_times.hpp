#pragma once
// What the compiler says about times (verdict/reasons/timing.hpp), said of numbers that were changed at run time: does
// every warm-up, schedule and patience fit into the training or the phase in which it runs?
#include <string>
#include <utility>
#include <vector>

#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/numbers/numbers.hpp"
#include "tuneit/recipe/numbers/time_judge.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"

namespace tuneit {
namespace detail {

// What a policy says; n: the values of its numbers. A schedule of one's own says nothing.
template <class S>
struct RunTime {
  static void judge(TimeJudge&, const double*) {}
};
template <class L, auto Gamma>
struct RunTime<StepLr<L, Gamma>> {
  static void judge(TimeJudge& j, const double* n) {
    if (j.length<L>(n[0]) >= j.epochs()) j.never_acts<StepLr<L, Gamma>>("step-every is " + j.length_text<L>(n[0]));
  }
};
template <auto Gamma, class... Dates>
struct RunTime<MultiStepLr<Gamma, Dates...>> {
  static void judge(TimeJudge& j, const double* n) {
    std::size_t beyond = 0;
    std::string dates;
    const double* date = n + 1;
    const auto one = [&]<class D>(Type<D>) {
      const bool late = j.length<D>(*date) >= j.epochs();
      if (late) dates += (beyond++ == 0 ? "step-at is " : " and ") + j.length_text<D>(*date);
      ++date;
    };
    (one(Type<Dates>{}), ...);
    if (beyond == sizeof...(Dates))
      j.never_acts<MultiStepLr<Gamma, Dates...>>(dates);
    else if (beyond > 0)
      j.some_never<MultiStepLr<Gamma, Dates...>>(dates);
  }
};
template <auto Gamma>
struct RunTime<ExponentialLr<Gamma>> {
  static void judge(TimeJudge& j, const double*) {
    if (j.epochs() <= 1) j.never_acts<ExponentialLr<Gamma>>("it acts after the first epoch");
  }
};
template <class L, int Mult, auto Least>
struct RunTime<CosineRestarts<L, Mult, Least>> {
  static void judge(TimeJudge& j, const double* n) {
    if (j.length<L>(n[0]) > j.epochs())
      j.too_long<CosineRestarts<L, Mult, Least>>("restart-after is " + j.length_text<L>(n[0]));
  }
};
template <auto Start, auto End, class L>
requires(Duration<L>) struct RunTime<LinearLr<Start, End, L>> {
  static void judge(TimeJudge& j, const double* n) {
    if (j.length<L>(n[2]) > j.epochs())
      j.too_long<LinearLr<Start, End, L>>("linear-length is " + j.length_text<L>(n[2]));
  }
};
template <auto Factor, class L>
requires(Duration<L>) struct RunTime<ConstantLr<Factor, L>> {
  static void judge(TimeJudge& j, const double* n) {
    if (j.length<L>(n[1]) > j.epochs())
      j.too_long<ConstantLr<Factor, L>>("constant-length is " + j.length_text<L>(n[1]));
  }
};
template <auto Factor, class P, auto Threshold, int Cooldown, auto Least>
struct RunTime<Plateau<Factor, P, Threshold, Cooldown, Least>> {
  static void judge(TimeJudge& j, const double* n) {
    if (j.epochs() < n[1] + 3)
      j.never_acts<Plateau<Factor, P, Threshold, Cooldown, Least>>("plateau-patience is " + short_number(n[1]) +
                                                                   " epochs");
  }
};
template <class S>
struct RunTime<Jump<S>> : RunTime<S> {};
template <class S>
struct RunTime<PerEpoch<S>> : RunTime<S> {};
template <class... Parts>
struct RunTime<Then<Parts...>> {
  static void judge(TimeJudge& j, const double* n) {
    double begun = 0;
    bool known = true;
    const auto one = [&]<class P>(Type<P>) {
      if constexpr (ThenPart<P>::timed) {
        const double length = j.length<typename P::length>(n[0]);
        known = known && length >= 0;
        begun += length;
        if (length >= 0) {
          TimeJudge part = j.within(length);
          RunTime<typename P::schedule>::judge(part, n + 1);
        }
      } else if (known && begun < j.epochs()) {
        TimeJudge rest = j.within(j.epochs() - begun);
        RunTime<P>::judge(rest, n);
      }
      n += number_count<P>;
    };
    (one(Type<Parts>{}), ...);
    if (known && begun > 0 && begun >= j.epochs())
      j.too_long<Then<Parts...>>("its timed parts (during) have " + short_number(begun, 9) + " epochs together");
  }
};
template <class L>
struct RunTime<Warmup<L>> {
  static void judge(TimeJudge& j, const double* n) {
    if (j.length<L>(n[0]) >= j.epochs()) j.too_long<Warmup<L>>("warmup is " + j.length_text<L>(n[0]));
  }
};

/// The items of a group.
template <class G>
requires is_group<G>
struct RunTime<G> {
  static void judge(TimeJudge& j, const double* n) {
    [&]<class... Items>(List<Items...>) {
      (RunTime<Items>::judge(j, n + numbers_before<Items>(typename G::numbered{})), ...);
    }(typename G::items{});
  }
};

/// The schedule that a person chose (ChosenSchedule).
inline void judge_chosen(TimeJudge& j, const Settings& s) {
  if (s.schedule == ScheduleKind::Step && s.step_epochs >= j.epochs())
    j.never_acts<ChosenSchedule>("the step schedule lowers the rate every " + std::to_string(s.step_epochs) +
                                 " epochs (step-epochs)");
}

/// Tells each time of R that does not fit.
template <class R>
void judge_times(const Settings& s, long long steps_per_epoch, TellMisfit* tell, void* into) {
  using P = typename R::parts;
  const double* const values = s.values.data();
  TimeJudge all(total_epochs<R>(s), steps_per_epoch, "the training", tell, into);
  if constexpr (std::is_same_v<typename R::schedule, ChosenSchedule>)
    judge_chosen(all, s);
  else
    RunTime<typename R::schedule>::judge(all, values + number_offset<P, typename R::schedule>);
  if (s.warmup_steps >= 0) {
    if (const double warmup = all.length<Steps<1>>(s.warmup_steps); warmup >= all.epochs() && warmup > 0)
      all.too_long("the warm-up", "it has " + short_number(warmup) + " epochs");
  } else {
    RunTime<typename R::warmup>::judge(all, values + number_offset<P, typename R::warmup>);
  }
  [[maybe_unused]] const auto policy = [&]<class X>(Type<X>) {
    if constexpr (is_group<X>)
      RunTime<X>::judge(all, values + number_offset<P, X>);
    else if constexpr (requires { X::judge_time(all, values); })
      X::judge_time(all, values + number_offset<P, X>);
  };
  [&]<class... Xs>(List<Xs...>) { (policy(Type<Xs>{}), ...); }(typename P::common{});
  if constexpr (!std::is_void_v<typename R::phased>) {
    const auto phase = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      TimeJudge own = all.within(values[phase_offset<P, I>], "phase " + std::to_string(I + 1));
      [&]<class... Items>(List<Items...>) {
        (RunTime<Items>::judge(own, values + phase_item_offset<P, I, Items>), ...);
      }(typename phase_t<P, I>::items{});
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) { (phase(std::integral_constant<std::size_t, I>{}), ...); }
    (std::make_index_sequence<R::phase_count>{});
  }
}

}  // namespace detail

/// All times of R under run-time numbers that do not fit. steps_per_epoch: of the optimizer; 0: not known yet, then
/// what is counted in steps is not judged.
template <class R>
std::vector<MisfitTime> misfit_times(const Settings& s, long long steps_per_epoch = 0) {
  std::vector<MisfitTime> all;
  const auto keep = [](void* into, MisfitTime time) {
    static_cast<std::vector<MisfitTime>*>(into)->push_back(std::move(time));
  };
  detail::judge_times<R>(s, steps_per_epoch, keep, &all);
  return all;
}

}  // namespace tuneit

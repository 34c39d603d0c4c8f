#pragma once
// What the compiler says about times (verdict/reasons/timing.hpp), said of numbers that were changed at run time: does
// every warm-up, schedule and patience fit into the training or the phase in which it runs?
#include <string>
#include <utility>
#include <vector>

#include "tuneit/meta/sentence.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/numbers/numbers.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"

namespace tuneit {

/// A time that does not fit. `refused`: the training would not be what was asked for (a rate that never rises to its
/// full height); otherwise something merely never happens, which a person may want to know.
struct MisfitTime {
  bool refused = false;
  std::string what, mend;
};

namespace detail {

/// What is done about a time that does not fit; `into`: as the judge was given it.
using TellMisfit = void(void* into, MisfitTime time);

/// Tells what does not fit into `epochs` epochs of so many steps (0: not known, and times in steps are not judged).
class TimeJudge {
 public:
  TimeJudge(double epochs, long long steps_per_epoch, std::string within, TellMisfit* tell, void* into)
      : epochs_(epochs), steps_per_epoch_(steps_per_epoch), within_(std::move(within)), tell_(tell), into_(into) {}

  [[nodiscard]] double epochs() const { return epochs_; }

  /// A duration of the policy in epochs; negative: not known.
  template <class L>
  [[nodiscard]] double length(double n) const {
    if constexpr (is_epochs<L>) return n;
    return steps_per_epoch_ > 0 ? n / static_cast<double>(steps_per_epoch_) : -1;
  }
  template <class L>
  static std::string length_text(double n) {
    if constexpr (Duration<L>) return short_number(n, 9) + " " + L::unit;
    return short_number(n, 9);
  }

  template <class Policy>
  void never_acts(const std::string& number) {
    add(false,
        sentence({"the training ends before ", type_name<Policy>(), " does anything: ", number, ", and ", time_text()}),
        "Train longer, or let it act earlier.");
  }
  template <class Policy>
  void some_never(const std::string& number) {
    add(false, sentence({type_name<Policy>(), " is not done when the training ends: ", number, ", and ", time_text()}),
        "Train longer, or let it act earlier.");
  }
  template <class Policy>
  void too_long(const std::string& number) {
    too_long(type_name<Policy>(), number);
  }
  void too_long(const std::string& policy, const std::string& number) {
    add(true,
        sentence(
            {policy, " is longer than the training (or the phase) in which it runs: ", number, ", and ", time_text()}),
        "Shorten it, or train longer.");
  }
  template <class Policy>
  void never_stops(const std::string& number) {
    add(false,
        sentence({"the patience is not shorter than the training, so it would never end early: ", number, " (",
                  type_name<Policy>(), "), and ", time_text()}),
        "Shorten it, or train longer.");
  }
  /// A judge of another time within this one.
  [[nodiscard]] TimeJudge within(double epochs, std::string name = "its part of the schedule") const {
    return {epochs, steps_per_epoch_, std::move(name), tell_, into_};
  }

 private:
  [[nodiscard]] std::string time_text() const {
    return sentence({within_, " has ", short_number(epochs_, 9), epochs_ == 1 ? " epoch" : " epochs"});
  }
  void add(bool refused, std::string what, std::string mend) {
    tell_(into_, {refused, std::move(what), std::move(mend)});
  }
  double epochs_;
  long long steps_per_epoch_;
  std::string within_;
  TellMisfit* tell_;
  void* into_;
};

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

}  // namespace detail

namespace detail {

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

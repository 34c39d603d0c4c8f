#pragma once
// Of a time of a recipe that does not fit into its training: what is said of it?
#include <string>
#include <utility>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/sentence.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/plan/duration.hpp"

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

}  // namespace detail

}  // namespace tuneit

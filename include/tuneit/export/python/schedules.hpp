#pragma once
// The time of a training or phase: a schedule, by its formula or as a table, and the warm-up before it.
#include <string>

#include "tuneit/export/python/factors.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/numbers/settings.hpp"
#include "tuneit/recipe/policies/chosen.hpp"

namespace tuneit::python {

/// A schedule and the warm-up before it, as bodies and expressions; empty: there is none.
struct TimeText {
  bool own = false;              ///< of a phase: its time begins with the phase
  std::string warmup;            ///< an expression of spe
  std::string factor, momentum;  ///< bodies
  std::string table;             ///< FACTORS, where the factor is a table
  long long table_steps = 0;     ///< steps of an epoch for which that table was made; 0: for any
};

namespace detail {

/// The factors of a training of `epochs` epochs.
template <class S>
std::vector<double> factors(const double* n, long long epochs, long long spe, long long warmup) {
  std::vector<double> all;
  for (long long step = 0; step < epochs * spe; ++step)
    all.push_back(step < warmup ? 0 : tuneit::detail::factor_at<S>(ScheduleTime{step, spe, epochs * spe, warmup}, n));
  return all;
}

/// One factor for each epoch, if that is all it takes: it is tried with two lengths of an epoch.
template <class S>
bool by_epoch(const double* n, long long epochs, std::vector<double>& out) {
  out = factors<S>(n, epochs, 1, 0);
  for (const long long spe : {7, 10}) {
    const auto all = factors<S>(n, epochs, spe, 0);
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i] != out[i / static_cast<std::size_t>(spe)]) return false;
  }
  return true;
}

inline std::string table_text(const std::vector<double>& factors) {
  Names items;
  for (const double f : factors) items.push_back(number(f));
  return list(items, 10);
}

}  // namespace detail

/// The time of a schedule S after `warmup` steps (an expression) of a training or phase of `epochs` epochs. Throws
/// Error(Usage) where S can only be written as a table and nobody said for how many steps an epoch has.
template <class S>
TimeText time_text(const double* n, const Settings& s, long long epochs, long long spe, const std::string& warmup,
                   long long warmup_steps) {
  TimeText t;
  t.warmup = warmup;
  if constexpr (std::is_same_v<S, ChosenSchedule>) {
    const double step[] = {static_cast<double>(s.step_epochs), s.step_gamma};
    if (s.schedule == ScheduleKind::Step) t.factor = Factor<StepLr<Epochs<1>, 0.1>>::text(step);
    if (s.schedule == ScheduleKind::Cosine) t.factor = Factor<CosineLr>::text(nullptr);
  } else if constexpr (Factor<S>::known) {
    t.factor = Factor<S>::text(n);
    if constexpr (requires { Factor<S>::momentum(n); }) t.momentum = Factor<S>::momentum(n);
  } else {
    std::vector<double> table;
    if (detail::by_epoch<S>(n, epochs, table)) {
      t.factor = "return FACTORS[step // spe]\n";
    } else if (spe > 0) {
      table = detail::factors<S>(n, epochs, spe, warmup_steps);
      t.factor = "return FACTORS[step]\n";
      t.table_steps = spe;
    } else {
      throw Error(ErrorKind::Usage,
                  "the schedule " + type_name<S>() + " moves from step to step by a formula of its own",
                  "Say how many steps an epoch has, so that it can be written as a table "
                  "(python::Options::steps_per_epoch), or specialise tuneit::python::Factor for it.");
    }
    t.table = detail::table_text(table);
  }
  if constexpr (tuneit::detail::moves_momentum<S>)
    if (t.momentum.empty())
      throw Error(ErrorKind::Usage, "nobody knows how to write the momentum of the schedule " + type_name<S>(),
                  "Specialise tuneit::python::Factor for it, with text and momentum.");
  return t;
}

/// A warm-up as an expression of spe; empty: there is none. `steps` is its length where it cannot be written.
template <class W>
std::string warmup_text(const double* n, long long spe, long long& steps) {
  if constexpr (requires { W::in_steps(n, spe); }) {
    steps = W::in_steps(n, spe > 0 ? spe : 1);
    if constexpr (requires { typename W::length; }) {
      if constexpr (writable<typename W::length>) return duration<typename W::length>(n[0]);
    }
    if (std::is_same_v<W, tuneit::detail::NoWarmup>) return "";
    if (spe > 0) return whole(static_cast<double>(steps));
  }
  throw Error(ErrorKind::Usage, "the warm-up " + type_name<W>() + " has a formula of its own",
              "Say how many steps an epoch has (python::Options::steps_per_epoch).");
}

}  // namespace tuneit::python

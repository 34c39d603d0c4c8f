#pragma once
// The schedules of the language as Python: the body of a function of `step` (counted from 0), `spe` (steps of an
// epoch), `total` (steps of the training, or of a phase with a time of its own) and `warmup` (the first of them), all
// in steps.
#include <string>

#include "tuneit/export/text.hpp"
#include "tuneit/recipe/schedules/schedules.hpp"

namespace tuneit::python {

/// Durations that can be written: Epochs and Steps.
template <class D>
inline constexpr bool writable = false;
template <int N>
inline constexpr bool writable<Epochs<N>> = true;
template <int N>
inline constexpr bool writable<Steps<N>> = true;

/// A duration of n epochs or steps, in steps.
template <class D>
std::string duration(double n) {
  if (!tuneit::detail::is_epochs<D>) return whole(n);
  if (n == 1) return "spe";
  return n == std::floor(n) ? whole(n) + " * spe" : "int(" + number(n) + " * spe + 0.5)";
}

/// The factor on the rate: `text(n)`, n the values of the schedule's numbers, is the body of a Python function;
/// empty: 1. It has `momentum(n)` beside it where the schedule moves the momentum. A schedule without a specialisation
/// is written as a table.
template <class S>
struct Factor {
  static constexpr bool known = false;
};

namespace detail {

struct Known {
  static constexpr bool known = true;
};
inline const std::string passed = "(step - warmup) / max(1, total - warmup)";  // the share of the time that is over
inline std::string half_cosine(const std::string& x) { return "0.5 * (1 + math.cos(math.pi * " + x + "))"; }
inline std::string from_floor(double least, const std::string& shape) {
  return least == 0 ? shape : number(least) + " + (1 - " + number(least) + ") * " + shape;
}

// Up and down along half cosines: the share of the way, its start and its end are set by the lines before.
inline const std::string along = "return end + (start - end) * " + half_cosine("x") + "\n";
inline std::string one_cycle(double pct, const std::string& low, const std::string& high, const std::string& last) {
  return "x = " + passed + "\nif x < " + number(pct) + ":\n    start, end, x = " + low + ", " + high + ", x / " +
         number(pct) + "\nelse:\n    start, end, x = " + high + ", " + last + ", (x - " + number(pct) + ") / (1 - " +
         number(pct) + ")\n" + along;
}
inline std::string torch_cycle(double pct, const std::string& low, const std::string& high, const std::string& last) {
  return "t, last = step - warmup, max(1, total - warmup) - 1\ntop = " + number(pct) +
         " * (last + 1) - 1\nif t <= top:\n    start, end, x = " + low + ", " + high +
         ", t / top if top > 0 else 1\nelse:\n    start, end, x = " + high + ", " + last +
         ", (t - top) / (last - top) if top < last else 1\n" + along;
}

}  // namespace detail

template <>
struct Factor<Constant> : detail::Known {
  static std::string text(const double*) { return ""; }
};
template <auto F, class P, auto T, int C, auto L>
struct Factor<Plateau<F, P, T, C, L>> : detail::Known {
  static std::string text(const double*) { return ""; }  // its factor comes from what it saw
};

// --- stairs
template <class Period, auto G>
struct Factor<StepLr<Period, G>> {
  static constexpr bool known = writable<Period>;
  static std::string text(const double* n) {
    const std::string period = duration<Period>(n[0]);
    return "return " + number(n[1]) + " ** (step // " + (contains(period, " ") ? "(" + period + ")" : period) + ")\n";
  }
};
template <auto G, class... Dates>
struct Factor<MultiStepLr<G, Dates...>> {
  static constexpr bool known = (writable<Dates> && ...);
  static std::string text(const double* n) {
    Names dates;
    std::size_t i = 1;
    (dates.push_back(duration<Dates>(n[i++])), ...);
    return "return " + number(n[0]) + " ** sum(step >= date for date in " + list(dates) + ")\n";
  }
};
template <auto G>
struct Factor<ExponentialLr<G>> : detail::Known {
  static std::string text(const double* n) { return "return " + number(n[0]) + " ** ((step - warmup) // spe)\n"; }
};

// --- cosines
template <>
struct Factor<CosineLr> : detail::Known {
  static std::string text(const double*) { return "return " + detail::half_cosine(detail::passed) + "\n"; }
};
template <auto L>
struct Factor<CosineTo<L>> : detail::Known {
  static std::string text(const double* n) {
    return "return " + detail::from_floor(n[0], detail::half_cosine(detail::passed)) + "\n";
  }
};
template <class First, int M, auto L>
struct Factor<CosineRestarts<First, M, L>> {
  static constexpr bool known = writable<First>;
  static std::string text(const double* n) {
    return "t, length = step - warmup, " + duration<First>(n[0]) +
           "\nwhile t >= length:\n    t, length = t - length, " + (n[1] == 1 ? "length" : whole(n[1]) + " * length") +
           "\nreturn " + detail::from_floor(n[2], detail::half_cosine("t / length")) + "\n";
  }
};
template <int N>
struct Factor<CosineCycles<N>> : detail::Known {
  static std::string text(const double* n) {
    return "return " + detail::half_cosine("(" + whole(n[0]) + " * " + detail::passed + " % 1)") + "\n";
  }
};

// --- cycles
template <auto P, auto D, auto F, auto H, auto L>
struct Factor<OneCycle<P, D, F, H, L>> : detail::Known {
  static std::string text(const double* n) {
    return detail::one_cycle(n[0], "1 / " + number(n[1]), "1", "1 / " + number(n[2]));
  }
  static std::string momentum(const double* n) {
    return detail::one_cycle(n[0], number(n[3]), number(n[4]), number(n[3]));
  }
};
template <auto P, auto D, auto F, auto H, auto L>
struct Factor<TorchOneCycle<P, D, F, H, L>> : detail::Known {
  static std::string text(const double* n) {
    return detail::torch_cycle(n[0], "1 / " + number(n[1]), "1", "1 / " + number(n[1] * n[2]));
  }
  static std::string momentum(const double* n) {
    return detail::torch_cycle(n[0], number(n[3]), number(n[4]), number(n[3]));
  }
};
template <auto C, auto R>
struct Factor<SlantedTriangular<C, R>> : detail::Known {
  static std::string text(const double* n) {
    const std::string cut = number(n[0]), ratio = number(n[1]);
    return "t, cut = step - warmup, max(1, int(max(1, total - warmup) * " + cut + "))\nfall = cut * (1 / " + cut +
           " - 1)\np = t / cut if t < cut else max(0.0, 1 - (t - cut) / fall) if fall > 0 else 1.0\nreturn (1 + p * (" +
           ratio + " - 1)) / " + ratio + "\n";
  }
};

// --- a share, lines, powers, roots
template <auto F, class Length>
struct Factor<ConstantLr<F, Length>> {
  static constexpr bool known = writable<Length>;
  static std::string text(const double* n) {
    const std::string t = tuneit::detail::is_epochs<Length> ? "(step - warmup) // spe" : "step - warmup";
    return "return " + number(n[0]) + " if " + t + " < " + number(n[1]) + " else 1\n";
  }
};
template <auto F>
struct Factor<ConstantLr<F, Throughout>> : detail::Known {
  static std::string text(const double* n) { return "return " + number(n[0]) + "\n"; }
};
template <auto S, auto E, class Length>
struct Factor<LinearLr<S, E, Length>> {
  static constexpr bool known = writable<Length>;
  static std::string text(const double* n) {
    const std::string t = tuneit::detail::is_epochs<Length> ? "(step - warmup) // spe" : "(step - warmup)";
    return "return " + number(n[0]) + " + (" + number(n[1]) + " - " + number(n[0]) + ") * min(1, " + t + " / " +
           number(n[2]) + ")\n";
  }
};
template <auto S, auto E>
struct Factor<LinearLr<S, E, Throughout>> : detail::Known {
  static std::string text(const double* n) {
    return "return " + number(n[0]) + " + (" + number(n[1]) + " - " + number(n[0]) + ") * " + detail::passed + "\n";
  }
};
template <>
struct Factor<LinearDecay> : detail::Known {
  static std::string text(const double*) { return "return (total - step) / max(1, total - warmup)\n"; }
};
template <auto P, auto E>
struct Factor<PolynomialLr<P, E>> : detail::Known {
  static std::string text(const double* n) {
    const std::string shape = "((total - step) / max(1, total - warmup)) ** " + number(n[0]);
    return "return " + detail::from_floor(n[1], shape) + "\n";
  }
};
template <class T>
struct Factor<InverseSqrt<T>> {
  static constexpr bool known = writable<T> || std::is_same_v<T, Throughout>;
  static std::string text(const double* n) {
    std::string scale = "warmup if warmup > 0 else 10000";
    if constexpr (writable<T>) scale = duration<T>(n[0]);
    return "scale = " + scale + "\nreturn math.sqrt(scale / (scale + step - warmup))\n";
  }
};

// --- schedules around schedules
template <class S>
struct Factor<Jump<S>> : Factor<S> {};

namespace detail {

// The momentum of a schedule, or a body that says there is none: then it is the optimizer's.
template <class S>
std::string momentum_of(const double* n) {
  if constexpr (requires { Factor<S>::momentum(n); })
    return Factor<S>::momentum(n);
  else
    return "return None\n";
}
template <class S>
std::string factor_of(const double* n) {
  const std::string text = Factor<S>::text(n);
  return text.empty() ? "return 1.0\n" : text;
}

}  // namespace detail

template <class S>
struct Factor<PerEpoch<S>> {
  static constexpr bool known = Factor<S>::known;
  static std::string text(const double* n) { return first_step + detail::factor_of<S>(n); }
  static std::string momentum(const double* n) requires(tuneit::detail::moves_momentum<S>) {
    return first_step + detail::momentum_of<S>(n);
  }

 private:
  static inline const std::string first_step = "step = max(step - step % spe, warmup)  # of its epoch\n";
};

template <class... Parts>
struct Factor<Then<Parts...>> {
  template <class P>
  using part = tuneit::detail::ThenPart<P>;
  template <class P>
  static constexpr bool knows() {
    if constexpr (part<P>::timed) return Factor<typename part<P>::schedule>::known && writable<typename P::length>;
    return Factor<P>::known;
  }
  static constexpr bool known = (knows<Parts>() && ...);
  static std::string text(const double* n) { return bodies(n, true); }
  static std::string momentum(const double* n) requires(
      tuneit::detail::moves_momentum<typename part<Parts>::schedule> || ...) {
    return bodies(n, false);
  }

 private:
  static std::string bodies(const double* n, bool rates) {
    std::string text = "step, total, warmup = step - warmup, total - warmup, 0\n";
    const auto one = [&]<class P>(Type<P>) {
      if constexpr (part<P>::timed) {
        using S = typename P::schedule;
        text += "length = " + duration<typename P::length>(*n) + "\nif step < length:\n    total = length\n" +
                indented(rates ? detail::factor_of<S>(n + 1) : detail::momentum_of<S>(n + 1)) +
                "step, total = step - length, total - length\n";
      } else {
        text += rates ? detail::factor_of<P>(n) : detail::momentum_of<P>(n);
      }
      n += number_count<P>;
    };
    (one(Type<Parts>{}), ...);
    return text;
  }
};

}  // namespace tuneit::python

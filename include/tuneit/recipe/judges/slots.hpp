#pragma once
// Can this policy fill its slot? What is asked of whatever stands there, named once: a policy of one's own that lacks
// some of it is refused by that, and not by the first place that reads it.
#include <concepts>

#include "tuneit/recipe/assemble/parts.hpp"

namespace tuneit::detail {

/// Unknown: nobody asks for what is in such a slot; it only says that there can be one policy of it.
enum class SlotFit : std::uint8_t { Unknown, Lacks, Fits };
constexpr SlotFit fits_if(bool b) { return b ? SlotFit::Fits : SlotFit::Lacks; }

template <class T, class X>
concept Is = std::is_same_v<std::remove_cvref_t<T>, X>;
template <class P, std::size_t N>
concept HasNumbers = (number_count<P> >= N);
template <class P>
concept Counts = requires {
  { P::count } -> Is<int>;
  typename std::bool_constant<(P::count > 0)>;
};
template <class P>
concept OptimizerLike = requires {
  { P::algorithm } -> Is<Algorithm>;
  { P::values } -> Is<OptimizerNumbers>;
};
template <class P>
concept LossLike = requires {
  { P::kind } -> Is<LossKind>;
  { P::loss } -> Is<LossNumbers>;
  { P::label_smoothing } -> std::convertible_to<double>;
  typename P::reduction;
  P::class_weights::values.size();
};
template <class P>
concept HeadLike = requires {
  { P::classes } -> Is<int>;
  typename P::initialiser;
  { P::concatenates } -> Is<bool>;
};

template <class P, class Slot>
inline constexpr SlotFit slot_fit = SlotFit::Unknown;
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Schedule> = SlotFit::Fits;  // judged as a schedule
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Warmup> = fits_if(requires(const double* n) {
  { P::in_steps(n, 1LL) } -> std::convertible_to<long long>;
  typename P::length;
});
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Optimizer> = fits_if(OptimizerLike<P>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Loss> = fits_if(LossLike<P>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Head> = fits_if(HeadLike<P>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Epochs> = fits_if(Counts<P>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::BatchSize> = fits_if(Counts<P>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Views> = fits_if(Counts<P>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Precision> = fits_if(requires { typename P::type; });
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Accumulate> = fits_if(HasNumbers<P, 1>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Clip> = fits_if(requires {
  { P::kind } -> Is<ClipKind>;
} && HasNumbers<P, 1>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Ema> = fits_if(requires {
  { P::averages } -> Is<bool>;
  typename P::warmup;
} && HasNumbers<P, 1>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::EarlyStop> = fits_if(requires {
  { P::stops } -> Is<bool>;
} && HasNumbers<P, 2>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::BadSample> = SlotFit::Fits;
template <class P>
inline constexpr SlotFit slot_fit<P, slots::L2Sp> = fits_if(requires {
  { P::pulls } -> Is<bool>;
  typename P::selector;
} && HasNumbers<P, 2>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::ReuseRows> = fits_if(requires {
  { P::count } -> Is<std::size_t>;
  P::to.size();
  P::from.size();
});
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Mix> = fits_if(requires {
  { P::kind } -> Is<MixKind>;
} && HasNumbers<P, 1>);
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Augment> = fits_if(requires { typename P::steps; });
template <class P>
inline constexpr SlotFit slot_fit<P, slots::TestViews> = fits_if(requires {
  { P::kind } -> Is<TestViewKind>;
});
template <class P>
inline constexpr SlotFit slot_fit<P, slots::Phases> = SlotFit::Fits;

template <class P>
inline constexpr SlotFit fit_of = SlotFit::Unknown;
template <class P>
requires requires { typename P::slot; }
inline constexpr SlotFit fit_of<P> = slot_fit<P, typename P::slot>;

template <class P>
concept FitsSlot = fit_of<P>
!= SlotFit::Lacks;
template <class P>
concept FillsSlot = fit_of<P>
!= SlotFit::Unknown;
template <class P, class Slot>
concept TakesSlot = requires {
  typename P::slot;
  requires std::is_same_v<typename P::slot, Slot>;
};

}  // namespace tuneit::detail

#pragma once
// Reasons for a refusal: losses, optimizers and mixing.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A loss that means nothing for a head of this size.
template <class Loss, int Classes>
struct LossDoesNotFitHead : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<LossDoesNotFitHead, Ok>,
                  "tuneit: this loss does not fit a head with so many outputs: CrossEntropy needs at least two, "
                  "and as many ClassWeights as classes (one output: BinaryCrossEntropy, or MeanSquaredError for "
                  "regression)");
    return Ok;
  }
};

/// Mixing pictures whose targets the loss cannot mix.
template <class Policy, class Loss>
struct MixNeedsLabels : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<MixNeedsLabels, Ok>,
                  "tuneit: mixed pictures have mixed labels, which this loss does not take; use CrossEntropy, "
                  "BinaryCrossEntropy or Focal");
    return Ok;
  }
};

/// Nesterov without momentum, or with dampening.
template <class Optimizer>
struct NesterovNeedsMomentum : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NesterovNeedsMomentum, Ok>,
                  "tuneit: Nesterov looks ahead along the momentum; add Momentum<0.9>, and no Dampening<>");
    return Ok;
  }
};

/// A rate that is meant for the mean over a batch with a loss that is summed, or the other way round.
template <class Optimizer, class Loss>
struct RateForOtherReduction : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<RateForOtherReduction, Ok>,
                  "tuneit: the rate of this optimizer is meant for another reduction of the loss; a summed loss "
                  "has gradients as many times larger as a batch has samples: write Lr<5e-5, Sum> for "
                  "CrossEntropy<Sum>, and Lr<1e-3> (the mean) otherwise");
    return Ok;
  }
};

/// Label smoothing of targets that are probabilities already.
template <class Loss>
struct SmoothsTwice : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<SmoothsTwice, Ok>,
                  "tuneit: SoftTargets are probabilities already, and LabelSmoothing would soften them once more; "
                  "keep one of the two");
    return Ok;
  }
};

}  // namespace tuneit

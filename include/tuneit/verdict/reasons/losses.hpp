#pragma once
// Reasons for a refusal: losses, outputs and optimizers.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A loss that means nothing for a head of this size.
template <class Loss, int Classes>
struct LossDoesNotFitHead : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<LossDoesNotFitHead, Ok>,
        "tuneit: this loss does not fit a head with so many outputs: CrossEntropy needs at least two, "
        "and as many ClassWeights as classes (one output: BinaryCrossEntropy, or MeanSquaredError for "
        "regression), and its classes are of whole samples, not of pixels or tokens; a loss of one's own says by "
        "`fits(Shape)` and its `targets` which outputs it takes");
    return Ok;
  }
};

/// A loss of one's own of which nobody has said how it is computed.
template <class Loss>
struct LossDoesNotRun : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<LossDoesNotRun, Ok>,
        "tuneit: nobody says how this loss is computed: specialise tuneit::LossRun for it, with `static "
        "at::Tensor run(const at::Tensor& y, const Targets& t, const Numbers<L>& n, at::Tensor* gradient)`, "
        "or with `static at::Tensor value(const at::Tensor& y, const Targets& t, const Numbers<L>& n)`, which "
        "autograd records");
    return Ok;
  }
};

/// Two losses of one output that are told different things of a sample, or of which one is summed over the batch.
template <class First, class Second>
struct LossesDiffer : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<LossesDiffer, Ok>,
        "tuneit: losses of one output have the same targets, all losses the same reduction, and all that soften labels "
        "the same LabelSmoothing<> (see the two arguments); where they are of several outputs each says of which: "
        "CrossEntropy<On<\"class\">>");
    return Ok;
  }
};

/// A loss of a phase that is told something else of a sample than that of the recipe, or summed where that is not.
template <class Phase, class Own, class Common>
struct LossOfPhaseDiffers : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<LossOfPhaseDiffers, Ok>,
        "tuneit: all phases train on the targets of one data set, and tests are judged by the loss beside Phases<...> "
        "(CrossEntropy, where none is said): a loss in a phase (see the last two arguments) has the same targets and "
        "the same reduction; say the loss that tests take beside Phases<...>");
    return Ok;
  }
};

/// A loss that does not say of which of several outputs it is.
template <class Model, class Loss>
struct LossWithoutOutput : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<LossWithoutOutput, Ok>,
                  "tuneit: this network has several outputs, and the loss (see the second argument) does not say of "
                  "which it is: CrossEntropy<On<\"class\">>, several in Losses<Weighted<..., 1>, ...>; outputs that "
                  "have none are said to be Unused<\"...\">");
    return Ok;
  }
};

/// An output of which nothing is learned.
template <class Model, fixed_string Name>
struct OutputWithoutLoss : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<OutputWithoutLoss, Ok>,
                  "tuneit: this output of the network has no loss; give it one, Losses<Weighted<CrossEntropy<"
                  "On<\"...\">>, 1>, ...>, or say that it is Unused<\"...\">");
    return Ok;
  }
};

/// A loss that means nothing for what this output gives.
template <class Model, fixed_string Name, class Loss>
struct LossDoesNotFitOutput : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<LossDoesNotFitOutput, Ok>,
                  "tuneit: this loss does not fit what this output gives: CrossEntropy needs at least two numbers a "
                  "sample and no pixels, and as many ClassWeights as classes (one number: BinaryCrossEntropy; each "
                  "pixel: BinaryCrossEntropy, or MeanSquaredError for regression)");
    return Ok;
  }
};

/// A policy that sees one output, in a training of a network with several outputs.
template <class Policy, class Model>
struct ActsOnOneOutput : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<ActsOnOneOutput, Ok>,
                  "tuneit: this policy acts on one output, and the network has several; drop it, or where it is one's "
                  "own let its on_outputs take StepOutputsOf<R>& (outputs, targets, loss, gradient: one of each "
                  "output or loss)");
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

#pragma once
// Reasons for a refusal: mixing, teachers, and batches that are put together.
#include <cstdint>

#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// What of a teacher a reason speaks of.
enum class TeacherHas : std::uint8_t { outputs, channels };

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

/// Mixing inputs, or cutting targets of pixels, for which there is no mixture.
template <class Policy, class Model>
struct CannotBeMixed : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<CannotBeMixed, Ok>,
                  "tuneit: Mixup mixes inputs that are numbers (no indices, no masks), CutMix pictures of one size and "
                  "targets of pixels as large as they are; leave it out, or mix what this network takes in a policy of "
                  "your own that acts OnBatch");
    return Ok;
  }
};

/// Batches that are put together where losses divide their means by different numbers.
template <class Policy, class Loss>
struct AccumulatesWeightsApart : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<AccumulatesWeightsApart, Ok>,
                  "tuneit: the gradients of several batches are those of one large batch only where all losses divide "
                  "by the same weights: give each the same ClassWeights, of the labels of one output, and drop "
                  "Distill; or drop Accumulate, or the weights");
    return Ok;
  }
};

/// A teacher that is no network.
template <class Policy, class Teacher>
struct NotATeacher : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotATeacher, Ok>,
                  "tuneit: the first argument of Distill is the teacher: a network (ResNet50), or a recipe whose model "
                  "it is (Finetune<ResNet50, ReplaceHead<10>>)");
    return Ok;
  }
};

/// A teacher with other outputs, or for other pictures, than the network that learns from it. `Teachers` and `Own`: how
/// many it has and it should have.
template <class Policy, TeacherHas What, int Teachers, int Own>
struct TeacherDoesNotFit : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<TeacherDoesNotFit, Ok>,
                  "tuneit: the teacher has other outputs, or takes pictures of other channels, than the network that "
                  "learns from it (see the last three arguments); a network that was trained on these classes is the "
                  "model of a recipe: Distill<Finetune<ResNet50, ReplaceHead<10>>>");
    return Ok;
  }
};

/// Soft targets, or two passes that shall agree, for a loss that knows no classes.
template <class Policy, class Loss>
struct DistillNeedsClasses : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<DistillNeedsClasses, Ok>,
        "tuneit: a teacher's soft targets are probabilities of classes, one of which is right, and so is what "
        "R-Drop compares; use CrossEntropy, or drop the policy");
    return Ok;
  }
};

/// Two passes that shall agree, of a network of which both are the same.
template <class Model, class Policy>
struct DrawsNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<DrawsNothing, Ok>,
                  "tuneit: this policy compares two passes of a batch, which differ by dropout, and the network draws "
                  "nothing: give the head Dropout<0.1>, take a network that has it, or drop the policy");
    return Ok;
  }
};

/// A policy that changes some weights for the time of a pass, and none of them trains.
template <class Model, class Policy>
struct ActsOnNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<ActsOnNothing, Ok>,
                  "tuneit: of the tensors that this policy selects none trains that it could act on (of Mixout: "
                  "weights of linear layers that do not start from random numbers); select others, unfreeze them, or "
                  "drop the policy");
    return Ok;
  }
};

}  // namespace tuneit

#pragma once
// Reasons for a refusal: what is frozen, and what is not.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A new head, never loaded from weights, is frozen: it would stay random.
template <class Model, class Policy>
struct FreezesNewHead : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<FreezesNewHead, Ok>,
                  "tuneit: this policy freezes the replaced head, which starts from random numbers and would stay "
                  "random; freeze Backbone, or leave the head out with Except<Head> (of TrainOnly: add it, "
                  "TrainOnly<Union<Biases, Head>>)");
    return Ok;
  }
};

/// Tensors that are never loaded from weights are frozen: they would stay random.
template <class Model, class Policy>
struct FreezesRandomWeights : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<FreezesRandomWeights, Ok>,
                  "tuneit: this policy freezes tensors that start from random numbers (FromScratch or "
                  "Reinitialise) and would stay random; load them, or let them train");
    return Ok;
  }
};

/// Policies treat a tied tensor under one of its names otherwise than under the other: they freeze one and train the
/// other, or at other rates. `Policy` is the first that does so by itself; void: they do it together.
template <class Model, fixed_string First, fixed_string Second, class Policy>
struct TiedApart : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<TiedApart, Ok>,
                  "tuneit: these two names are one tensor (Tied), which cannot be frozen under one and train under the "
                  "other, nor have two rates, decays, groups or starts; the last argument is the policy that makes the "
                  "difference: let it say of both what it says of one, Freeze<Union<Layer<\"word\">, "
                  "Layer<\"output\">>>");
    return Ok;
  }
};

/// A policy for the statistics of batch norms, and the model has none.
template <class Model, class Policy>
struct NoBatchNorm : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NoBatchNorm, Ok>,
                  "tuneit: this policy is about the statistics of batch norms, and the model (or what it selects) "
                  "has none; drop it");
    return Ok;
  }
};

/// Every parameter is frozen.
template <class Model>
struct NothingTrains : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<NothingTrains, Ok>,
        "tuneit: every parameter of this recipe is frozen, those of the head, too; freeze less (Freeze<Backbone> "
        "leaves the head out), or add Unfreeze<Head>");
    return Ok;
  }
};

/// Every parameter is frozen in one of the phases (the first is 1).
template <class Model, int Phase>
struct NothingTrainsInPhase : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NothingTrainsInPhase, Ok>,
                  "tuneit: every parameter is frozen in this phase (the last argument; the first phase is 1); "
                  "unfreeze something in it, or drop it");
    return Ok;
  }
};

/// TrainOnly of every tensor: it would freeze nothing.
template <class Model, class Policy>
struct OnlyEverything : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<OnlyEverything, Ok>,
                  "tuneit: this TrainOnly selects every tensor of the model, so it freezes nothing; drop it, or select "
                  "less");
    return Ok;
  }
};

/// TrainOnly of no tensor: nothing would train.
template <class Model, class Policy>
struct OnlyNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<OnlyNothing, Ok>,
                  "tuneit: this TrainOnly selects no tensor of the model, so nothing would train; select what shall "
                  "(a Match must match whole names: \"layer4.*\")");
    return Ok;
  }
};

/// L2-SP of tensors that start from random numbers.
template <class Model, class Policy>
struct PullsNewWeights : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<PullsNewWeights, Ok>,
                  "tuneit: L2Sp pulls tensors back to where they started, and some that it selects start from "
                  "random numbers; leave them out with Except<Head> (its second number is for them)");
    return Ok;
  }
};

/// Recompute of a network that a module computes as a whole.
template <class Model, class Policy>
struct RecomputesModule : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<RecomputesModule, Ok>,
                  "tuneit: a module computes this network as a whole, so no part of it can run again; recompute within "
                  "the module, or drop this policy");
    return Ok;
  }
};

/// Recompute of what keeps no more than its input anyway, or is frozen at the beginning of the network: nothing would
/// be saved.
template <class Model, class Policy>
struct RecomputesNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<RecomputesNothing, Ok>,
                  "tuneit: what this policy selects would keep no less if it were computed again: nothing before or in "
                  "it trains, or it is a single layer; select other blocks, or drop the policy");
    return Ok;
  }
};

/// LrScale or NoDecay of tensors that are all frozen: it would do nothing.
template <class Model, class Policy>
struct ScalesFrozen : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<ScalesFrozen, Ok>,
                  "tuneit: every tensor that this policy scales is frozen; unfreeze some, or drop the policy");
    return Ok;
  }
};

/// FrozenStats and BatchStats of the same batch norm.
template <class Model, class First, class Second>
struct StatisticsContradict : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<StatisticsContradict, Ok>,
                  "tuneit: one of these policies freezes the statistics of a batch norm and the other takes those "
                  "of the batch; leave it out of one of them");
    return Ok;
  }
};

/// Unfreeze of tensors none of which is frozen: it would do nothing.
template <class Model, class Policy>
struct UnfreezesNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<UnfreezesNothing, Ok>,
                  "tuneit: nothing that this policy unfreezes is frozen; freeze something around it, or drop it");
    return Ok;
  }
};

}  // namespace tuneit

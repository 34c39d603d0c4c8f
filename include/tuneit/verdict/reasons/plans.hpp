#pragma once
// Reasons for a refusal: two policies that edit the same tensors.
#include <cstdint>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// What a plan says of a tensor: the fields of a PlanRow.
enum class Field : std::uint8_t { frozen, batch_statistics, origin, lr_scale, decay_scale, recomputed };

/// Two policies of which it matters which is applied first: in one stage, where one multiplies a rate and the other
/// assigns it, or at one moment of a training step.
template <class First, class Second>
struct OrderMatters : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<OrderMatters, Ok>,
        "tuneit: it would matter which of these two policies comes first: one sets what the other multiplies, "
        "or reads what the other sets (let both multiply, or leave the tensors that both edit out of one of "
        "them), or both act on batches, around gradients, on the rate, or on the weights after a step (say in "
        "the later one `using after = List<the other>;`)");
    return Ok;
  }
};

/// Two policies of one stage that set one field of one tensor differently.
template <class Model, class First, class Second, fixed_string Tensor, Field What>
struct SetsDiffer : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<SetsDiffer, Ok>,
                  "tuneit: these two policies set the same of a tensor to different values (see the last two arguments "
                  "for the tensor and what is set); leave it out of one of them");
    return Ok;
  }
};

}  // namespace tuneit

#pragma once
// How does a network start where no weights are loaded? A model may say so.
#include "tuneit/net/compose.hpp"

namespace tuneit {

/// The rule for a model's fresh weights. Convolutions: Kaiming normal, fan out, biases 0; batch norms 1 and 0. A model
/// with other rules than these defaults has a member `static constexpr Initial initial{...}`.
struct Initial {
  /// Linear layers: N(0, this squared), biases 0. 0: torch.nn.Linear's default, U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
  double linear_deviation = 0;
  /// Tables of embeddings and other weights of rank 2 and more: N(0, this squared). 0: uniform within 1 / sqrt(inputs).
  double table_deviation = 0;
  /// Weights whose name ends so, of the last product before an addition to what flows: N(0, this squared). GPT-2's are
  /// 0.02 / sqrt(2 layers) (Radford et al. 2019, section 2.3). Null: there are none.
  const char* residual_end = nullptr;
  double residual_deviation = 0;
  /// Fan out of a grouped convolution: outputs * kernel^2 divided by the groups; if false not divided, which is what
  /// torch.nn.init.kaiming_normal_ does: a depthwise convolution then starts with weights that are much smaller.
  bool fan_out_per_group = true;
};

namespace detail {

template <class Model>
inline constexpr Initial initial_of = [] {
  if constexpr (requires { Model::initial; })
    return Model::initial;
  else if constexpr (requires { typename Model::root; })  // a base model with another head
    return initial_of<typename Model::root>;
  else
    return Initial{};
}();

/// Is this a base model with another head?
template <class Model>
inline constexpr bool has_new_head = requires {
  typename Model::root;
};

}  // namespace detail
}  // namespace tuneit

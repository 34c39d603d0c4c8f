#pragma once
// How new weights start.

namespace tuneit {

/// Base of initialisers. gain is 1; formulas as in torch.nn.init; biases keep the default of torch.nn.Linear, except
/// with Zeros and TruncatedNormal.
struct InitialiserTag {};

struct DefaultInit : InitialiserTag {};     ///< torch.nn.Linear: U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for weight and bias
struct XavierUniform : InitialiserTag {};   ///< U(-a, a), a = sqrt(6 / (fan_in + fan_out))
struct XavierNormal : InitialiserTag {};    ///< N(0, 2 / (fan_in + fan_out))
struct KaimingUniform : InitialiserTag {};  ///< U(-a, a), a = sqrt(6 / fan_in)
struct KaimingNormal : InitialiserTag {};   ///< N(0, 2 / fan_in)
struct Orthogonal : InitialiserTag {};      ///< orthonormal rows (or columns, where there are more rows)
struct Zeros : InitialiserTag {};           ///< weight and bias zero

/// N(0, Std^2), truncated at two standard deviations, bias zero: what BERT's heads and timm's ViT start from (0.02).
template <auto Std = 0.02>
struct TruncatedNormal : InitialiserTag {
  static constexpr double std = static_cast<double>(Std);
};

}  // namespace tuneit

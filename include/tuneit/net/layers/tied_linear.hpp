#pragma once
// A linear layer on the weight of another layer.
#include "tuneit/net/layers/linear.hpp"

namespace tuneit {

/// y = x W^T + b on the last dimension, W [Out, In] being a tensor of a layer before: `TiedLinear<64, 1000,
/// Tied<"word.weight">>` behind `Named<"word", Embedding<1000, 64>>`, the output of a language model. A bias starts at
/// 0.
template <int In, int Out, class Weight, bool Bias = false>
struct TiedLinear;
template <int In, int Out, fixed_string Name, bool Bias>
struct TiedLinear<In, Out, Tied<Name>, Bias> : detail::ShippedLayer {
  using untied = Linear<In, Out, Bias>;
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, Tied<Name>{}, {Out, In});
    if constexpr (Bias) s.tensor("bias", Kind::Bias, Owner::Linear, {Out});
  }
  static constexpr Shape out(Shape in) { return untied::out(in); }
  static constexpr Cost cost(Shape in, Shape out) { return untied::cost(in, out); }
};

/// The same with a bias, and with names of its tensors: `TiedDecoder<64, 1000, Tied<"word.weight">, "decoder.weight",
/// "bias">`.
template <int In, int Out, class Weight, fixed_string WeightName, fixed_string BiasName>
struct TiedDecoder;
template <int In, int Out, fixed_string Name, fixed_string WeightName, fixed_string BiasName>
struct TiedDecoder<In, Out, Tied<Name>, WeightName, BiasName> : detail::ShippedLayer {
  using untied = Linear<In, Out>;
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor({WeightName.data(), WeightName.size()}, Kind::Weight, Tied<Name>{}, {Out, In});
    s.tensor({BiasName.data(), BiasName.size()}, Kind::Bias, Owner::Other, {Out});
  }
  static constexpr Shape out(Shape in) { return untied::out(in); }
  static constexpr Cost cost(Shape in, Shape out) { return untied::cost(in, out); }
};

}  // namespace tuneit

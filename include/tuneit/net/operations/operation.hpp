#pragma once
// What is an operation, and how many tensors has it?
#include <cstddef>
#include <type_traits>

#include "tuneit/meta/list.hpp"
#include "tuneit/net/layer.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit {

namespace op {

/// What several layers have become. An operation says what a layer would (`out`, `saved`), how many tensors it has
/// (`tensor_count`), and by `infer` how its parts take memory in a frozen beginning (recipe/account/prefix_memory.hpp).
struct Joined {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;  ///< convolutions, norms, activations
  using joined = void;
};

}  // namespace op

/// An operation that is one layer, as it stands in the description.
template <class Op>
concept LoneLayer = !requires {
  typename Op::joined;
};

namespace detail {

// Activations that may join what is before them; see kernels/activation.hpp.
template <class Layer>
inline constexpr bool is_clamp = false;
template <>
inline constexpr bool is_clamp<ReLU> = true;
template <>
inline constexpr bool is_clamp<ReLU6> = true;

template <class Op>
inline constexpr bool is_conv = false;
template <int In, int Out, Window W, bool B>
inline constexpr bool is_conv<Conv2d<In, Out, W, B>> = true;

template <class Layer>
inline constexpr bool is_depthwise = false;
template <int C, Window W>
inline constexpr bool is_depthwise<Conv2d<C, C, W, false>> = W.groups == C&& C > 1 && W.is_plain();

/// Is there an activation? (Identity: none.)
template <class Activation>
inline constexpr bool activates = !std::is_same_v<Activation, Identity>;

}  // namespace detail

/// Tensors (parameters and buffers) of an operation or of a list of them; void has none.
template <class Op>
inline constexpr std::size_t op_tensors = tensor_count<Op>;
template <>
inline constexpr std::size_t op_tensors<void> = 0;
template <class Op>
requires(!LoneLayer<Op> && !std::is_void_v<Op>) inline constexpr std::size_t op_tensors<Op> = Op::tensor_count;
template <class... Ops>
inline constexpr std::size_t op_tensors<List<Ops...>> = (std::size_t{0} + ... + op_tensors<Ops>);

}  // namespace tuneit

#pragma once
// How an operation runs: declared without LibTorch, so that no list says who has a backward. Whoever adds a layer
// specialises one of these two, beside it or in a header of its own; the rest is in engine/.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// What an operation is handed: its tensors, a place for their gradients, a generator (engine/layers/context.hpp).
struct Context;

/// A gradient on its way back (engine/layers/context.hpp).
struct Gradient;

/// How a layer runs where nothing is kept for a way back, and, if it has no `Train` of its own, what autograd records:
///
///     static at::Tensor run(at::Tensor x, const Context& c);
///
/// Without a specialisation it is the forward of its `Train`. F is as below.
template <class Layer, auto F>
struct Forward;

/// How an operation runs in training, and back:
///
///     using Saved = at::Tensor;   // any type: what forward leaves for backward
///     static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c);
///     static Gradient backward(Gradient dy, Saved& saved, const Context& c);
///
/// F says what trains (`F.trains(i)`: tensor i of the operation) and whether this is training at all (`F.live`); N
/// whose gradient is wanted. Backward sets the gradient of each tensor that trains (`c.set_gradient(i, g)`) and returns
/// that of x if N.x, else anything. Both run below autograd. Who holds an argument may overwrite it only if nobody else
/// does. An operation whose tensors do not train and whose input needs no gradient keeps nothing. Without a
/// specialisation autograd records `Forward`.
template <class Op, auto F, Need N>
struct Train;

}  // namespace tuneit

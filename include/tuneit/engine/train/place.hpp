#pragma once
// What an operation is handed in a training step: its place among the tensors, and the gradient that flows back.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <utility>

namespace tuneit {

/// Where an operation finds its tensors, and leaves their gradients: both in the order of the network's table, from the
/// operation's first tensor on. `turn` is the number of the enclosing Repeat's turn.
struct Place {
  const at::Tensor* tensors = nullptr;
  at::Tensor* gradients = nullptr;
  const at::Generator* generator = nullptr;
  int turn = 0;

  [[nodiscard]] Place after(std::size_t count) const {
    return {tensors + count, gradients == nullptr ? nullptr : gradients + count, generator, turn};
  }
};

/// A gradient on its way back: the sum of one or two tensors that nobody else holds, so that whoever receives them may
/// overwrite them. (Two where a shortcut joined; the next batch norm adds them in passing.)
struct Flow {
  at::Tensor value, more{};

  at::Tensor sum() && {
    if (more.defined()) value.add_(more);
    return std::move(value);
  }
};

namespace detail {

/// Does nobody else hold this tensor or its memory? Then it may be overwritten.
inline bool exclusive(const at::Tensor& x) { return x.use_count() == 1 && x.storage().use_count() == 1; }

}  // namespace detail

/// How an operation runs in training: `Kept` is what forward leaves for backward; backward writes the gradients of what
/// trains, and returns that of its input if NeedInput (else anything). Facts say what trains. An operation whose
/// tensors do not train and whose input needs no gradient keeps nothing.
///   static at::Tensor forward(at::Tensor x, Kept&, const Place&);
///   static Flow backward(Flow dy, Kept&, const Place&);
/// Specialised for what has a backward of its own; the rest runs through autograd (train/autograd.hpp).
template <class Op, auto Facts, bool NeedInput>
struct Train;

namespace detail {

/// Does anything in these facts train?
template <auto F>
inline constexpr bool any_trains = [] {
  bool any = false;
  for (std::size_t w = 0; w < F.words; ++w) any = any || F.trained[w] != 0;
  return any;
}();

/// An operation that leaves nothing for backward.
struct Nothing {};

}  // namespace detail
}  // namespace tuneit

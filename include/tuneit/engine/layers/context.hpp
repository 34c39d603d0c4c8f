#pragma once
// What an operation is handed when it runs, and the gradient that flows back.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>
#include <utility>

#include "tuneit/engine/layers/pending_statistics.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/net/run.hpp"

namespace tuneit {

namespace detail {

[[noreturn, gnu::cold]] inline void refuse_gradient(std::size_t i) {
  throw Error(ErrorKind::Usage,
              std::string("a layer's gradient of its tensor ").append(std::to_string(i)).append(" is not of its shape"),
              "Each set_gradient(i, g) must have the shape of tensor(i).");
}

}  // namespace detail

/// Where an operation finds its tensors, and leaves their gradients: both in the order of the network's table, from the
/// operation's first tensor on. `iteration` is the number of the enclosing Repeat's turn.
struct Context {
  const at::Tensor* tensors = nullptr;
  at::Tensor* gradients = nullptr;
  const at::Generator* random = nullptr;
  int iteration = 0;
  PendingStatistics* statistics = nullptr;  ///< of batch norms; null: nobody asks for them

  /// The operation's i-th tensor, in the order in which it names them. In single precision (double in double
  /// precision), whatever what flows is computed in.
  [[nodiscard]] const at::Tensor& tensor(std::size_t i) const { return tensors[i]; }
  /// Only in backward: the gradient of the i-th tensor, in any number type. Throws Error(Usage) if shapes differ.
  void set_gradient(std::size_t i, at::Tensor g) const {
    if (g.sizes() != tensors[i].sizes()) detail::refuse_gradient(i);
    const at::ScalarType type = tensors[i].scalar_type();
    gradients[i] = g.scalar_type() == type ? std::move(g) : g.to(type);
  }
  /// What is random is drawn from it.
  [[nodiscard]] const at::Generator& generator() const { return *random; }

  /// Of the operation that follows `count` tensors later.
  [[nodiscard]] Context after(std::size_t count) const {
    return {tensors + count, gradients == nullptr ? nullptr : gradients + count, random, iteration, statistics};
  }
};

/// A gradient on its way back: the sum of one or two tensors that nobody else holds, so that whoever receives them may
/// overwrite them. (Two where a shortcut joined; the next batch norm adds them in passing.)
struct Gradient {
  at::Tensor value, more{};

  Gradient() = default;
  Gradient(at::Tensor&& one) noexcept : value(std::move(one)) {}
  Gradient(const at::Tensor& one) : value(one) {}
  Gradient(at::Tensor&& one, at::Tensor&& other) noexcept : value(std::move(one)), more(std::move(other)) {}

  /// Both together; `std::move(dy).sum()` hands the tensor over.
  const at::Tensor& sum() & {
    if (more.defined()) value.add_(std::exchange(more, {}));
    return value;
  }
  at::Tensor sum() && {
    if (more.defined()) value.add_(more);
    return std::move(value);
  }
};

namespace detail {

/// Does nobody else hold this tensor or its memory? Then it may be overwritten.
inline bool exclusive(const at::Tensor& x) { return x.use_count() == 1 && x.storage().use_count() == 1; }

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

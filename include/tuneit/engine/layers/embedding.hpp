#pragma once
// Embedding in training, by ATen: indices come in, and have no gradient. Rows are looked up in single precision, and
// the gradients of a row add up in it; what flows on is in the type in which the network computes.
#include <utility>

#include "tuneit/aten/spatial.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/net/layers/embedding.hpp"

namespace tuneit {

template <int Rows, int D, int Padding, auto F, Need N>
struct Train<Embedding<Rows, D, Padding>, F, N> {
  using Saved = at::Tensor;  // the indices

  static at::Tensor forward(at::Tensor index, Saved& saved, const Context& c) {
    at::Tensor y = aten::embedding(c.tensor(0), index);
    if (c.numbers != at::ScalarType::Undefined) y = detail::in_numbers(y, c.numbers);
    if (moves(c)) [[unlikely]]
      y = y.add(detail::in_numbers(c.moved->by, y.scalar_type()));
    if constexpr (F.trains(0)) saved = std::move(index);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (F.trains(0)) {
      const at::Tensor d = detail::in_numbers(std::move(dy).sum(), c.tensor(0).scalar_type());
      if (moves(c)) [[unlikely]]
        c.moved->gradient = d;
      c.set_gradient(0, aten::embedding_backward(d, std::exchange(saved, {}), Rows, Padding));
    }
    return {};
  }

 private:
  static bool moves(const Context& c) { return c.moved != nullptr && c.moved->at == c.tensors; }
};

}  // namespace tuneit

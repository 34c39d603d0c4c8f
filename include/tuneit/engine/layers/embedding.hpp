#pragma once
// Embedding in training, by ATen: indices come in, and have no gradient.
#include <utility>

#include "tuneit/aten/spatial.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/net/layers/embedding.hpp"

namespace tuneit {

template <int Rows, int D, auto F, Need N>
struct Train<Embedding<Rows, D>, F, N> {
  using Saved = at::Tensor;  // the indices

  static at::Tensor forward(at::Tensor index, Saved& saved, const Context& c) {
    at::Tensor y = aten::embedding(c.tensor(0), index);
    if constexpr (F.trains(0)) saved = std::move(index);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (F.trains(0))
      c.set_gradient(0, aten::embedding_backward(std::move(dy).sum(), std::exchange(saved, {}), Rows));
    return {};
  }
};

}  // namespace tuneit

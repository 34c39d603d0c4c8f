#pragma once
// Linear layers whose weights lie or are called otherwise.
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/forward.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/net/layers/linear.hpp"
#include "tuneit/net/layers/tied_linear.hpp"

namespace tuneit {

template <int In, int Out, auto F>
struct Forward<TransposedLinear<In, Out>, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) { return aten::linear(x, c.tensor(0).t(), c.tensor(1)); }
};
template <int In, int Out, auto F, Need N>
struct Train<TransposedLinear<In, Out>, F, N> {
  using Saved = at::Tensor;  // the input

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    const at::ScalarType type = x.scalar_type();
    at::Tensor y = aten::linear(x, detail::in_numbers(c.tensor(0), type).t(), detail::in_numbers(c.tensor(1), type));
    if constexpr (F.trains(0)) saved = std::move(x);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    const at::Tensor d = std::move(dy).sum(), rows = d.reshape({-1, Out});
    if constexpr (F.trains(0)) c.set_gradient(0, aten::mm(std::exchange(saved, {}).reshape({-1, In}).t(), rows));
    if constexpr (F.trains(1)) c.set_gradient(1, rows.sum(0));
    if constexpr (!N.x) return {};
    std::vector<std::int64_t> sizes = d.sizes().vec();
    sizes.back() = In;
    return {aten::mm(rows, detail::in_numbers(c.tensor(0), d.scalar_type()).t()).view(sizes)};
  }
};

template <int In, int Out, class W, fixed_string A, fixed_string B, auto F>
struct Forward<TiedDecoder<In, Out, W, A, B>, F> : Forward<Linear<In, Out>, F> {};
template <int In, int Out, fixed_string W, fixed_string B, auto F>
struct Forward<LinearNamed<In, Out, W, B>, F> : Forward<Linear<In, Out>, F> {};

}  // namespace tuneit

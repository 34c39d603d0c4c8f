#pragma once
// A bottleneck behind a layer, in training.
#include <utility>

#include "tuneit/engine/rewrite/low_rank.hpp"
#include "tuneit/net/rewrite/bottleneck.hpp"

namespace tuneit {

namespace detail {

/// Channels (features) as rows, and back.
inline at::Tensor feature_rows(const at::Tensor& x) { return x.dim() == 4 ? pixel_rows(x) : vector_rows(x); }
inline at::Tensor from_rows(const at::Tensor& rows, const at::Tensor& like) {
  if (like.dim() != 4) return rows.view(like.sizes());
  return rows.view({like.size(0), like.size(2), like.size(3), like.size(1)}).permute({0, 3, 1, 2});
}

}  // namespace detail

template <int C, int Size, auto F, Need N>
struct Train<Bottleneck<C, Size>, F, N> {
  static constexpr bool keeps = N.x || detail::any_trains<F>;
  struct Saved {
    at::Tensor x, inner;
  };
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    if (x.dim() == 4) x = detail::channels_last(x);
    const at::ScalarType type = x.scalar_type();
    const auto in = [&](std::size_t i) { return detail::in_numbers(c.tensor(i), type); };
    const at::Tensor rows = detail::feature_rows(x);
    const at::Tensor inner = aten::relu(aten::linear(rows, in(0), in(1)));
    at::Tensor y = detail::from_rows(aten::linear(inner, in(2), in(3)).add_(rows), x);
    if constexpr (keeps) saved.inner = inner;
    if constexpr (F.trains(0)) saved.x = std::move(x);
    return y;
  }
  static Gradient backward(Gradient incoming, Saved& saved, const Context& c) {
    if constexpr (!keeps) return {};
    at::Tensor dy = std::move(incoming).sum();
    if (dy.dim() == 4) dy = detail::channels_last(dy);
    const at::ScalarType type = dy.scalar_type();
    const at::Tensor rows = detail::feature_rows(dy);
    if constexpr (F.trains(2)) c.set_gradient(2, aten::mm(rows.t(), saved.inner));
    if constexpr (F.trains(3)) c.set_gradient(3, rows.sum(0));
    const at::Tensor d =
        aten::threshold_backward(aten::mm(rows, detail::in_numbers(c.tensor(2), type)), saved.inner, 0);
    if constexpr (F.trains(0)) c.set_gradient(0, aten::mm(d.t(), detail::feature_rows(saved.x)));
    if constexpr (F.trains(1)) c.set_gradient(1, d.sum(0));
    saved = {};
    if constexpr (!N.x) return {};
    return {detail::from_rows(aten::mm(d, detail::in_numbers(c.tensor(0), type)).add_(rows), dy)};
  }
};

template <int C, int Size, auto F>
struct Forward<Bottleneck<C, Size>, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) {
    const bool image = x.dim() == 4;
    const at::Tensor last = image ? x.permute({0, 2, 3, 1}) : x;
    const at::Tensor y =
        last.add(aten::linear(aten::relu(aten::linear(last, c.tensor(0), c.tensor(1))), c.tensor(2), c.tensor(3)));
    return image ? y.permute({0, 3, 1, 2}) : y;
  }
};

}  // namespace tuneit

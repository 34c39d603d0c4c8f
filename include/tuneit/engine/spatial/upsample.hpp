#pragma once
// Larger images in training, by ATen.
#include <array>
#include <tuple>
#include <utility>
#include <vector>

#include "tuneit/aten/spatial.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/layers/window.hpp"
#include "tuneit/net/layers/upsample.hpp"

namespace tuneit {

template <int Factor, class Mode, auto F, Need N>
struct Train<Upsample<Factor, Mode>, F, N> {
  using Saved = std::vector<std::int64_t>;  // the sizes before
  static constexpr bool bilinear = std::is_same_v<Mode, Bilinear>;

  static at::Tensor forward(const at::Tensor& x, Saved& saved, const Context&) {
    if constexpr (N.x) saved = x.sizes().vec();
    return aten::upsample(x, {Factor * x.size(2), Factor * x.size(3)}, bilinear);
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    return detail::channels_last(aten::upsample_backward(std::move(dy).sum(), saved, bilinear));
  }
};

template <int In, int Out, Window W, bool Bias, int OutputPadding, auto F, Need N>
struct Train<ConvTranspose2d<In, Out, W, Bias, OutputPadding>, F, N> {
  static constexpr bool weight_moves = F.trains(0), bias_moves = [] {
    if constexpr (Bias) return F.trains(1);
    return false;
  }();
  struct Saved {
    at::Tensor x, weight;
  };
  static aten::Transposed sizes() {
    return {detail::sizes(W.stride),
            detail::sizes(W.padding),
            detail::sizes(W.dilation),
            {OutputPadding, OutputPadding},
            W.groups};
  }

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    at::Tensor weight = detail::in_numbers(c.tensor(0), x.scalar_type());
    std::optional<at::Tensor> bias;
    if constexpr (Bias) bias = detail::in_numbers(c.tensor(1), x.scalar_type());
    at::Tensor y = aten::conv_transpose2d(x, weight, bias, sizes());
    if constexpr (N.x || weight_moves || bias_moves) saved = {std::move(x), std::move(weight)};
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (!N.x && !weight_moves && !bias_moves) return {};
    auto [dx, weight, bias] = aten::conv_transpose2d_backward(std::move(dy).sum(), saved.x, saved.weight, sizes(),
                                                              {N.x, weight_moves, bias_moves});
    saved = {};
    if constexpr (weight_moves) c.set_gradient(0, std::move(weight));
    if constexpr (bias_moves) c.set_gradient(1, std::move(bias));
    return std::move(dx);
  }
};

}  // namespace tuneit

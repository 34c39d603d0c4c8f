#pragma once
// Attention between tokens.
#include "tuneit/net/layers/wires.hpp"
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// Of an attention: the share of the probabilities that is dropped in training; how many heads; whether a token sees
/// only those before it and itself.
struct AttentionOptions {
  double dropout = 0;  // first: clang 19 reads a double of a template's argument wrong behind an int and before a bool
  int heads = 1;
  bool causal = false;
  bool operator==(const AttentionOptions&) const = default;
};

namespace detail {

template <int H, AttentionOptions O>
struct AttentionLayer : ShippedLayer {
  static_assert(O.heads > 0 && H % O.heads == 0, "tuneit: Attention: heads must divide the channels");
  static constexpr AttentionOptions options = O;
  static constexpr DrawsFrom draws = O.dropout > 0 ? DrawsFrom::Trainer : DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Cost cost(Shape in, Shape out) { return {2 * out.numel() * in.height(), out.numel()}; }
  /// What comes in, and the probabilities [N, heads, S, S], whose signs say what was dropped; those of one sample twice
  /// for a moment.
  static constexpr SavedSizes saved(Shape in, Shape, const Facts& f) {
    const std::int64_t one = 1LL * O.heads * in.height() * in.height();
    const bool keeps = f.need.x || f.need.wires != 0;
    return {.input = keeps,
            .elements = keeps ? f.batch * one : 0,
            .forward_scratch = one * f.bytes * (keeps ? 1 : 2),
            .backward_scratch = one * f.bytes};
  }
};

}  // namespace detail

/// softmax(q k^T / sqrt(H / heads) + mask) v in each head (arXiv 1706.03762). v flows, [N, S, H]; q and k lie on wires,
/// and so does a mask [N, S] (bool: the token is there), if there is one. A mask hides tokens from all others; what
/// comes out for a hidden token is of no use, and finite. No tensors: the projections are layers before and behind it.
template <int H, AttentionOptions O, fixed_string Query, fixed_string Key, fixed_string... Mask>
struct Attention : detail::AttentionLayer<H, O> {
  static_assert(sizeof...(Mask) <= 1, "tuneit: Attention: at most one mask");
  using reads = Wires<Query, Key, Mask...>;
  static constexpr bool masked = sizeof...(Mask) > 0;
  static constexpr Shape out(Shape in) { return in.with_fit(in.rank == 2 && in.channels() == H); }
};

/// The same of q, k and v that flow side by side, [N, S, 3 H], as a single projection makes them.
template <int H, AttentionOptions O, fixed_string... Mask>
struct PackedAttention;
template <int H, AttentionOptions O>
struct PackedAttention<H, O> : detail::AttentionLayer<H, O> {
  static constexpr bool masked = false;
  static constexpr Shape out(Shape in) { return in.with_channels(H).with_fit(in.rank == 2 && in.channels() == 3 * H); }
};
template <int H, AttentionOptions O, fixed_string Mask>
struct PackedAttention<H, O, Mask> : detail::AttentionLayer<H, O> {
  using reads = Wires<Mask>;
  static constexpr bool masked = true;
  static constexpr Shape out(Shape in) { return PackedAttention<H, O>::out(in); }
};

}  // namespace tuneit

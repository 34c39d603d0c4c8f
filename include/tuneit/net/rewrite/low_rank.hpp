#pragma once
// The tensors of a product of low rank beside a layer's weight: LoRA (arXiv 2106.09685) and DoRA (arXiv 2402.09353),
// with the names, shapes and first values of PEFT.
#include "tuneit/net/layers/conv.hpp"
#include "tuneit/net/layers/embedding.hpp"
#include "tuneit/net/layers/linear.hpp"
#include "tuneit/net/rewrite/effective.hpp"

namespace tuneit {

/// Of a product B A of rank `rank`: added `scale` times; of what goes into A a share of `dropout` is dropped in
/// training. `gaussian`: A starts from N(0, 1 / rank^2), else uniform within 1 / sqrt(fan in). B starts from zeros.
struct LowRankOptions {
  double scale = 1;  // first: clang 19 reads a double of a template's argument wrong behind an int and before a bool
  double dropout = 0;
  int rank = 8;
  bool gaussian = false;
  bool operator==(const LowRankOptions&) const = default;
};

namespace detail {

constexpr int least_of(int a, int b) { return a < b ? a : b; }

/// The tensors A and B for a layer, what they cost, and the rank from which on nothing is gained.
template <class Layer>
struct LowRankParts;
template <int In, int Out, bool Bias>
struct LowRankParts<Linear<In, Out, Bias>> {
  static constexpr int least = least_of(In, Out);
  static constexpr std::int64_t numel = 1LL * In * Out;
  template <class Sink>
  static constexpr void magnitude(Sink& s) {
    s.tensor("lora_magnitude_vector", Kind::Weight, FirstValues::RowNorms, {Out});
  }
  template <class Sink>
  static constexpr void scales(Sink& s, bool on_input) {
    s.tensor("ia3_l", Kind::Weight, FirstValues::Ones, {on_input ? 1 : Out, on_input ? In : 1});
  }
  template <class Sink>
  static constexpr void tensors(Sink& s, int rank, FirstValues start) {
    s.tensor("lora_A.weight", Kind::Weight, start, {rank, In});
    s.tensor("lora_B.weight", Kind::Weight, FirstValues::Zeros, {Out, rank});
  }
  static constexpr Shape inner(Shape, Shape out, int rank) { return out.with_channels(rank); }
  static constexpr Cost cost(Shape in, Shape, int rank) {
    const long long rows = in.rank == 2 ? in.dims[0] : 1;
    return {rows * rank * (In + Out), rows * rank};
  }
};
template <int In, int Out, Window W, bool Bias>
struct LowRankParts<Conv2d<In, Out, W, Bias>> {
  static constexpr int least = least_of(In * W.kernel.height * W.kernel.width, Out);
  static constexpr std::int64_t numel = 1LL * In * Out * W.kernel.height * W.kernel.width;
  template <class Sink>
  static constexpr void magnitude(Sink& s) {
    s.tensor("lora_magnitude_vector", Kind::Weight, FirstValues::RowNorms, {1, Out, 1, 1});
  }
  template <class Sink>
  static constexpr void scales(Sink& s, bool on_input) {
    s.tensor("ia3_l", Kind::Weight, FirstValues::Ones, {1, on_input ? In : Out, 1, 1});
  }
  template <class Sink>
  static constexpr void tensors(Sink& s, int rank, FirstValues start) {
    s.tensor("lora_A.weight", Kind::Weight, start, {rank, In, W.kernel.height, W.kernel.width});
    s.tensor("lora_B.weight", Kind::Weight, FirstValues::Zeros, {Out, rank, 1, 1});
  }
  static constexpr Shape inner(Shape, Shape out, int rank) { return out.with_channels(rank); }
  static constexpr Cost cost(Shape, Shape out, int rank) {
    const long long pixels = 1LL * out.height() * out.width();
    return {pixels * rank * (In * W.kernel.height * W.kernel.width + Out), pixels * rank};
  }
};
/// A starts from zeros and B from N(0, 1); nothing is dropped.
template <int N, int D, int Padding>
struct LowRankParts<Embedding<N, D, Padding>> {
  static constexpr int least = least_of(N, D);
  template <class Sink>
  static constexpr void tensors(Sink& s, int rank, FirstValues) {
    s.tensor("lora_embedding_A", Kind::Weight, FirstValues::Zeros, {rank, N});
    s.tensor("lora_embedding_B", Kind::Weight, FirstValues::Normal, {D, rank});
  }
  static constexpr Shape inner(Shape, Shape out, int rank) { return out.with_channels(rank); }
  static constexpr Cost cost(Shape, Shape out, int rank) { return {out.numel() * rank, 1LL * out.height() * rank}; }
};

template <LowRankOptions O>
inline constexpr FirstValues start_of_a = O.gaussian ? FirstValues::OneOverRows : FirstValues::FanIn;

}  // namespace detail

/// y = Base(x) + scale B A dropout(x).
template <LowRankOptions O>
struct BesideLowRank {
  static constexpr LowRankOptions options = O;
  static constexpr bool beside = true;
  static constexpr DrawsFrom draws = O.dropout > 0 ? DrawsFrom::Trainer : DrawsFrom::Nothing;
  template <class Base>
  static constexpr int too_small = O.rank > detail::LowRankParts<Base>::least ? detail::LowRankParts<Base>::least : 0;
  template <class Base, class Sink>
  static constexpr void tensors(Sink& s) {
    detail::LowRankParts<Base>::tensors(s, O.rank, detail::start_of_a<O>);
  }
  template <class Base>
  static constexpr Cost cost(Shape in, Shape out) {
    return detail::LowRankParts<Base>::cost(in, out, O.rank);
  }
  /// Beside what Base keeps: its input, what A made of it, and with dropout a mask and what it left.
  template <class Base>
  static constexpr SavedSizes saved(SavedSizes s, Shape in, Shape out, const Facts& f) {
    if (!f.need.x && !f.trains_any) return s;
    s.input = s.input || (O.dropout <= 0 && in.dtype != ElementType::Index);
    s.elements += f.count(detail::LowRankParts<Base>::inner(in, out, O.rank));
    if (O.dropout > 0 && f.live && in.dtype != ElementType::Index) s.elements += 2 * f.count(in);
    if (f.need.x) s.backward_scratch += f.count(in) * f.bytes;
    return s;
  }
};

namespace op {

/// Layer and a product of low rank beside it.
template <class Layer, LowRankOptions O>
using LowRank = Effective<Layer, BesideLowRank<O>>;

}  // namespace op
}  // namespace tuneit

#pragma once
// Whose gradient is wanted of each operation of a list that names wires: of the flow, and of the wires that it reads?
// Behind a From of an early wire that is less than before it.
#include <cstdint>
#include <tuple>
#include <type_traits>

#include "tuneit/net/run.hpp"
#include "tuneit/net/wire_names.hpp"
#include "tuneit/recipe/assemble/facts.hpp"

namespace tuneit::detail {

/// What is wanted behind an operation: of the flow, and (bits) of the wires that it saves for others.
struct NeedsAfter {
  bool x = false;
  std::uint64_t saved = 0;
};

/// Does anything in these facts train?
template <auto F>
inline constexpr bool any_trains = [] {
  bool any = false;
  for (std::size_t w = 0; w < F.words; ++w) any = any || F.trained[w] != 0;
  return any;
}();

template <class Op, auto F, Need N>
inline constexpr NeedsAfter needs_after{N.x || any_trains<F>, 0};

/// Operations in order; FactsAt::at<I> are those of the I-th.
template <class FactsAt, Need N, class... Ops>
struct NeedChain {
  static constexpr const WireNames& names = wire_names<List<Ops...>>;
  template <std::size_t I>
  using Op = std::tuple_element_t<I, std::tuple<Ops...>>;

  /// Before the I-th: `saved` are bits of names.saves.
  template <std::size_t I>
  static constexpr NeedsAfter before() {
    if constexpr (I == 0) {
      return NeedsAfter{N.x, 0};
    } else {
      constexpr const WireNames& own = wire_names<Op<I - 1>>;
      constexpr NeedsAfter after = needs_after<Op<I - 1>, FactsAt::template at<I - 1>, need<I - 1>()>;
      NeedsAfter all{after.x, before<I - 1>().saved};
      for (int s = 0; s < own.save_count; ++s)
        if ((after.saved >> s & 1) != 0) all.saved |= std::uint64_t{1} << names.save_at(own.saves[s]);
      return all;
    }
  }
  template <std::size_t I>
  static constexpr Need need() {
    constexpr const WireNames& own = wire_names<Op<I>>;
    constexpr NeedsAfter here = before<I>();
    Need n{here.x, 0};
    for (int r = 0; r < own.read_count && r < most_reads_of_one; ++r) {
      const int saved = names.save_at(own.reads[r]), read = names.read_at(own.reads[r]);
      const bool wanted = saved >= 0  ? (here.saved >> saved & 1) != 0
                          : read >= 0 ? read < most_reads_of_one && (N.wires >> read & 1) != 0
                                      : false;
      n.wires |= std::uint32_t{wanted} << r;
    }
    return n;
  }
};

template <fixed_string Wire, auto F, Need N>
inline constexpr NeedsAfter needs_after<Save<Wire>, F, N>{N.x, N.x ? 1U : 0U};
template <class Fn, fixed_string Wire, auto F, Need N>
inline constexpr NeedsAfter needs_after<Merge<Fn, Wire>, F, N>{N.x || N.wires != 0, 0};
template <fixed_string Wire, auto F, Need N>
inline constexpr NeedsAfter needs_after<From<Wire>, F, N>{N.wires != 0, 0};
template <ReadsWires Layer, auto F, Need N>
requires(!WireTag<Layer>) inline constexpr NeedsAfter needs_after<Layer, F, N>{N.x || N.wires != 0 || any_trains<F>, 0};

/// The facts of the operations of a list.
template <auto F, class... Ops>
struct ListFacts {
  template <std::size_t I>
  static constexpr std::size_t begin = [] {
    constexpr std::size_t counts[] = {op_tensors<Ops>..., 0};
    std::size_t sum = 0;
    for (std::size_t i = 0; i < I; ++i) sum += counts[i];
    return sum;
  }();
  template <std::size_t I>
  static constexpr auto at = slice<op_tensors<std::tuple_element_t<I, std::tuple<Ops...>>>>(F, begin<I>);
};
template <class... Ops, auto F, Need N>
requires names_wires<List<Ops...>>
inline constexpr NeedsAfter needs_after<List<Ops...>, F, N> =
    NeedChain<ListFacts<F, Ops...>, N, Ops...>::template before<sizeof...(Ops)>();
template <class... Ops, auto F, Need N>
requires names_wires<List<Ops...>>
inline constexpr NeedsAfter needs_after<op::Segment<Ops...>, F, N> = needs_after<List<Ops...>, F, N>;

template <class... Ops, auto F, Need N>
inline constexpr NeedsAfter needs_after<op::Unread<Ops...>, F, N>{};

/// The needs of the turns of a Repeat: before the I-th.
template <class Layer, auto F, Need N, std::size_t I>
inline constexpr bool need_of_turn = [] {
  if constexpr (I == 0)
    return N.x;
  else
    return needs_after<program<Layer>, iteration_slice<tensor_count<Layer>>(F, (I - 1) * tensor_count<Layer>),
                       Need{need_of_turn<Layer, F, N, I - 1>, N.wires}>.x;
}();
template <int First, int Count, class Layer, auto F, Need N>
requires wired<Layer>
inline constexpr NeedsAfter needs_after<Repeat<First, Count, Layer>, F, N>{
    need_of_turn<Layer, F, N, static_cast<std::size_t>(Count)>, 0};

/// Of the wires of an operation that is made of others, those of one of its parts.
template <class Whole, class Part, Need N>
inline constexpr Need need_of_part = [] {
  Need n{N.x, 0};
  constexpr const WireNames &all = wire_names<Whole>, &own = wire_names<Part>;
  for (int r = 0; r < own.read_count && r < most_reads_of_one; ++r)
    n.wires |= (N.wires >> all.read_at(own.reads[r]) & 1U) << r;
  return n;
}();
template <class Front, class BatchNorm, class D, class S, class A, auto F, Need N>
requires(names_wires<Front> || names_wires<S>) inline constexpr NeedsAfter
    needs_after<op::Sum<Front, BatchNorm, D, S, A>, F, N>{
        any_trains<slice<op_tensors<BatchNorm>>(F, op_tensors<Front>)> ||
            needs_after<Front, slice<op_tensors<Front>>(F, 0),
                        need_of_part<op::Sum<Front, BatchNorm, D, S, A>, Front, N>>.x ||
            needs_after<S, slice<op_tensors<S>>(F, op_tensors<Front> + op_tensors<BatchNorm>),
                        need_of_part<op::Sum<Front, BatchNorm, D, S, A>, S, N>>.x,
        0};

}  // namespace tuneit::detail

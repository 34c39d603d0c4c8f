#pragma once
// Parts of a network whose operations run together, or again: each turn of a Repeat, each residual sum, and what stands
// between these. And programs in which some parts keep their input alone.
#include <cstddef>
#include <type_traits>

#include "tuneit/net/program.hpp"

namespace tuneit {

namespace op {

/// Operations that keep only their input for the way back, and run again there (arXiv 1604.06174).
template <class... Ops>
struct Segment : Joined {
  static constexpr std::size_t tensor_count = op_tensors<List<Ops...>>;
};

/// Operations that run forward alone: nothing wants the gradient of what comes out of them.
template <class... Ops>
struct Unread : Joined {
  static constexpr std::size_t tensor_count = op_tensors<List<Ops...>>;
};

}  // namespace op

namespace detail {

/// A layer whose operations are one segment: what is repeated where turns run again.
template <class Layer>
struct Again {
  using layers = Layer;
};
template <class Program>
struct AsSegment;
template <class... Ops>
struct AsSegment<List<Ops...>> {
  using type = List<op::Segment<Ops...>>;
};
template <class Layer>
struct Lower<Again<Layer>> : AsSegment<lower_t<Layer>> {};

// The parts of a program: lists of operations, and Repeats, whose turns are parts.
template <class Op>
inline constexpr bool stands_alone = false;
template <int First, int Count, class Layer>
inline constexpr bool stands_alone<Repeat<First, Count, Layer>> = true;
template <class F, class N, class D, class S, class A>
inline constexpr bool stands_alone<op::Sum<F, N, D, S, A>> = true;
template <class... Ops>
inline constexpr bool stands_alone<op::Unread<Ops...>> = true;

template <class Op>
struct AsPart {
  using type = List<Op>;
};
template <int First, int Count, class Layer>
struct AsPart<Repeat<First, Count, Layer>> {
  using type = Repeat<First, Count, Layer>;
};

template <class Done, class Open, class... Ops>
struct Group;
template <class... Done>
struct Group<List<Done...>, List<>> {
  using type = List<Done...>;
};
template <class... Done, class First, class... Open>
struct Group<List<Done...>, List<First, Open...>> {
  using type = List<Done..., List<First, Open...>>;
};
template <class... Done, class... Open, class Op, class... Rest>
requires(!stands_alone<Op>) struct Group<List<Done...>, List<Open...>, Op, Rest...>
    : Group<List<Done...>, List<Open..., Op>, Rest...> {
};
template <class... Done, class Op, class... Rest>
requires stands_alone<Op>
struct Group<List<Done...>, List<>, Op, Rest...> : Group<List<Done..., typename AsPart<Op>::type>, List<>, Rest...> {
};
template <class... Done, class First, class... Open, class Op, class... Rest>
requires stands_alone<Op>
struct Group<List<Done...>, List<First, Open...>, Op, Rest...>
    : Group<List<Done..., List<First, Open...>, typename AsPart<Op>::type>, List<>, Rest...> {
};
template <class Program>
struct PartsOf;
template <class... Ops>
struct PartsOf<List<Ops...>> : Group<List<>, List<>, Ops...> {};
template <class Program>
using parts_of_program = typename PartsOf<Program>::type;

// --- programs with segments. Marks: `static constexpr bool again(std::size_t begin, std::size_t count)`, does the part
// of the tensors [begin, begin + count) run again?
template <class Marks, std::size_t Row, int First, int Count, class Layer, int Begin, class Done>
struct CutRepeat;
template <class Marks, std::size_t Row, int First, int Count, class Layer, int Begin, class... Done>
requires(Begin == Count) struct CutRepeat<Marks, Row, First, Count, Layer, Begin, List<Done...>> {
  using type = List<Done...>;
};
template <class Marks, std::size_t Row, int First, int Count, class Layer, int Begin, class... Done>
requires(Begin < Count) struct CutRepeat<Marks, Row, First, Count, Layer, Begin, List<Done...>> {
  static constexpr std::size_t size = tensor_count<Layer>;
  static constexpr bool again(int turn) { return Marks::again(Row + static_cast<std::size_t>(turn) * size, size); }
  static constexpr int end = [] {
    int turn = Begin + 1;
    while (turn < Count && again(turn) == again(Begin)) ++turn;
    return turn;
  }();
  using turns = Repeat<First + Begin, end - Begin, std::conditional_t<again(Begin), Again<Layer>, Layer>>;
  using type = typename CutRepeat<Marks, Row, First, Count, Layer, end, List<Done..., turns>>::type;
};

template <class Marks, std::size_t Row, class Done, class... Parts>
struct Segmented {
  using type = Done;
};
template <class Marks, std::size_t Row, class... Done, class... Ops, class... Rest>
struct Segmented<Marks, Row, List<Done...>, List<Ops...>, Rest...> {
  static constexpr std::size_t size = op_tensors<List<Ops...>>;
  using with = std::conditional_t<Marks::again(Row, size), List<Done..., op::Segment<Ops...>>, List<Done..., Ops...>>;
  using type = typename Segmented<Marks, Row + size, with, Rest...>::type;
};
template <class Marks, std::size_t Row, class Done, int First, int Count, class Layer, class... Rest>
struct Segmented<Marks, Row, Done, Repeat<First, Count, Layer>, Rest...> {
  using with = typename CutRepeat<Marks, Row, First, Count, Layer, 0, Done>::type;
  using type = typename Segmented<Marks, Row + Count * tensor_count<Layer>, with, Rest...>::type;
};

template <class Marks, std::size_t Row, class Parts>
struct SegmentedParts;
template <class Marks, std::size_t Row, class... Parts>
struct SegmentedParts<Marks, Row, List<Parts...>> : Segmented<Marks, Row, List<>, Parts...> {};

/// A program whose first tensor is `Row`, with its marked parts as segments.
template <class Marks, std::size_t Row, class Program>
using segmented = typename SegmentedParts<Marks, Row, parts_of_program<Program>>::type;

}  // namespace detail
}  // namespace tuneit

#pragma once
// Which layers run as one operation? A description is lowered to a flat list of operations: names and sequences are
// gone (tensors are found by their position), an activation has joined what it follows, an addition the batch norm
// before it. Training and inference interpret this list; what is in it decides which passes over memory there are.
#include <type_traits>

#include "tuneit/net/compose.hpp"
#include "tuneit/net/join.hpp"
#include "tuneit/net/layer.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit {

namespace detail {

// One layer as a list of operations; a layer that is not named here is an operation itself.
template <class Layer>
struct Lower {
  using type = List<Layer>;
};
template <class Layer>
using lower_t = typename Lower<Layer>::type;

template <class Program, class... Layers>
struct LowerAll {
  using type = Program;
};
template <class Program, class Layer, class... Rest>
struct LowerAll<Program, Layer, Rest...> {
  template <class... Ops>
  static typename AppendOps<Program, Ops...>::type put(List<Ops...>);
  using type = typename LowerAll<decltype(put(lower_t<Layer>{})), Rest...>::type;
};

template <>
struct Lower<Identity> {
  using type = List<>;
};
template <int C, NormOptions O>
struct Lower<BatchNorm2d<C, O>> {
  using type = List<op::Norm<BatchNorm2d<C, O>, Identity>>;
};
template <int In, int Out, bool B>
struct Lower<Linear<In, Out, B>> {
  using type = List<op::Affine<Linear<In, Out, B>, Identity>>;
};
template <int In, int Out, class W, fixed_string A, fixed_string B>
struct Lower<TiedDecoder<In, Out, W, A, B>> : Lower<Linear<In, Out>> {};
template <int In, int Out, fixed_string W, fixed_string B>
struct Lower<LinearNamed<In, Out, W, B>> : Lower<Linear<In, Out>> {};
template <int In, int Out, class W, bool B>
struct Lower<TiedLinear<In, Out, W, B>> : Lower<Linear<In, Out, B>> {};
template <int First, class Layer>
struct Lower<Repeat<First, 0, Layer>> {
  using type = List<>;
};
template <Composite Layer>
struct Lower<Layer> : Lower<typename Layer::layers> {};
template <class... Layers>
struct Lower<Seq<Layers...>> : LowerAll<List<>, Layers...> {};
template <fixed_string Name, class... Layers>
struct Lower<Named<Name, Layers...>> : LowerAll<List<>, Layers...> {};

// The end of a residual's body: a batch norm, or a batch norm and the drop of the branch.
template <class Front, class Last, class Drop>
struct Tail {
  using front = decltype([]<class... Ops>(List<Ops...>) -> List<Ops..., Last> { return {}; }(Front{}));
  using norm = void;
  using drop = void;
};
template <class Front, class BatchNorm, class Drop>
struct Tail<Front, op::Norm<BatchNorm, Identity>, Drop> {
  using front = Front;
  using norm = BatchNorm;
  using drop = Drop;
};
template <class Front, auto P, int Blocks>
requires requires {
  typename Tail<typename Ends<Front>::front, typename Ends<Front>::last, void>::norm;
} &&(!std::is_void_v<typename Tail<typename Ends<Front>::front, typename Ends<Front>::last, void>::norm>)struct Tail<
    Front, StochasticDepth<P, Blocks>, void>
    : Tail<typename Ends<Front>::front, typename Ends<Front>::last, StochasticDepth<P, Blocks>> {
};
template <class Drop>
struct Tail<List<>, void, Drop> {
  using front = List<>;
  using norm = void;
  using drop = void;
};

template <class Body, class Shortcut>
struct Lower<Residual<Body, Shortcut>> {
  using body = Ends<lower_t<Body>>;
  using tail = Tail<typename body::front, typename body::last, void>;
  using type =
      List<op::Sum<typename tail::front, typename tail::norm, typename tail::drop, lower_t<Shortcut>, Identity>>;
};

}  // namespace detail

/// The operations of a layer, in order.
template <class Layer>
using program = detail::lower_t<Layer>;

}  // namespace tuneit

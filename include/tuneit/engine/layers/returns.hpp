#pragma once
// May what follows a layer work in place on its result?
#include <cstddef>

#include "tuneit/net/compose.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit::detail {

// Does a layer return a tensor that nobody else holds and that its own backward does not read, so that an activation
// or an addition may work in place? `passes` is said of layers that may hand their input on and do not read their
// result either. Of a layer that is not named here neither is assumed.
struct ReturnsKept {
  static constexpr bool fresh = false, passes = false;
};
struct ReturnsFresh {
  static constexpr bool fresh = true, passes = false;
};
struct ReturnsInput {
  static constexpr bool fresh = false, passes = true;
};
template <class Layer>
struct Returns : ReturnsKept {};
template <int In, int Out, Window W, bool B>
struct Returns<Conv2d<In, Out, W, B>> : ReturnsFresh {};
template <int C, NormOptions O>
struct Returns<BatchNorm2d<C, O>> : ReturnsFresh {};
template <int In, int Out, bool B>
struct Returns<Linear<In, Out, B>> : ReturnsFresh {};
template <class Body, class Shortcut>
struct Returns<Residual<Body, Shortcut>> : ReturnsFresh {};
template <>
struct Returns<Identity> : ReturnsInput {};
template <auto P>
struct Returns<Dropout<P>> : ReturnsInput {};
template <auto P>
struct Returns<CountedDropout<P>> : ReturnsInput {};
template <auto P, int Blocks>
struct Returns<StochasticDepth<P, Blocks>> : ReturnsInput {};
template <Composite Layer>
struct Returns<Layer> : Returns<typename Layer::layers> {};
template <class... Layers>
struct Returns<Seq<Layers...>> {
  static constexpr bool fresh = [] {
    constexpr bool is_fresh[] = {false, Returns<Layers>::fresh...}, hands_on[] = {false, Returns<Layers>::passes...};
    std::size_t last = sizeof...(Layers);
    while (hands_on[last]) --last;
    return is_fresh[last];
  }();
  static constexpr bool passes = (Returns<Layers>::passes && ...);
};
template <fixed_string Name, class... Layers>
struct Returns<Named<Name, Layers...>> : Returns<Seq<Layers...>> {};

}  // namespace tuneit::detail

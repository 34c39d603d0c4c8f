#pragma once
// A leaf with tensors beside its own, of which other weights of it are made (or something is added to what comes out).
#include <cstddef>
#include <type_traits>

#include "tuneit/net/join.hpp"
#include "tuneit/net/program.hpp"

namespace tuneit {

namespace detail {

template <class Program>
struct FirstOpOf;
template <class Op>
struct FirstOpOf<List<Op>> {
  using type = Op;
};
/// The operation that a lone layer has become.
template <class Program>
using FirstOp = typename FirstOpOf<Program>::type;

}  // namespace detail

namespace op {

/// Base as Fn changes it. Its tensors are those of Base, which keep name, shape and order, then those of Fn. Fn says,
/// for a Base that it is for:
/// - `template <class Base, class Sink> static constexpr void tensors(Sink&)`, its own tensors
/// - `template <class Base> static constexpr Cost cost(Shape in, Shape out)`, beside that of Base
/// - `static constexpr bool beside`: it adds to what comes out of Base; else it makes the weight of Base anew, and with
///   `static constexpr bool makes_bias` the bias, too
/// - `template <class Base> static constexpr SavedSizes saved(SavedSizes base, Shape in, Shape out, Facts)`
/// - `static constexpr DrawsFrom draws`
/// - `template <class Base> static constexpr int too_small`, 0, or the size of a Base that is too small for it
/// How it runs is said with LibTorch (engine/rewrite/). For inference what it makes of Base is made once.
template <class Base, class Fn>
struct Effective : LayerTag {
  using wraps = Base;
  using function = Fn;
  static constexpr int too_small = Fn::template too_small<Base>;
  static constexpr DrawsFrom draws = Fn::draws;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    Base::tensors(s);
    s.begin_added();
    Fn::template tensors<Base>(s);
    s.end_added();
  }
  static constexpr Shape out(Shape in) { return Base::out(in); }
  static constexpr Cost cost(Shape in, Shape out) {
    Cost c = Base::cost(in, out);
    c += Fn::template cost<Base>(in, out);
    return c;
  }
  static constexpr SavedSizes saved(Shape in, Shape out, const Facts& f) {
    constexpr std::uint64_t own = (std::uint64_t{1} << tensor_count<Base>)-1;
    Facts base = f;
    if constexpr (!Fn::beside)
      if (f.trains_any) base.trained |= Fn::makes_bias ? own : 1;
    base.trained &= own;
    base.trains_any = base.trained != 0;
    return Fn::template saved<Base>(detail::FirstOp<program<Base>>::saved(in, out, base), in, out, f);
  }
  static constexpr PreparedSizes prepared(Shape in, const Facts& f) {
    if constexpr (requires { Base::prepared(in, f); }) return Base::prepared(in, f);
    return {};
  }

  /// For a convolution that an activation has joined (op::ConvAct).
  struct Sizes {
    [[nodiscard]] constexpr SavedSizes saved(Shape in, const Facts& f, bool activates) const {
      SavedSizes s = Effective::saved(in, Base::out(in), f);
      s.output = s.output || (activates && (f.need.x || f.trains_any));
      return s;
    }
  };
  static constexpr Sizes sizes{};
};

/// A linear layer that has been changed, and the activation behind it.
template <class Base, class Fn, class Activation>
struct Affine<Effective<Base, Fn>, Activation> : Joined {
  using Layer = Effective<Base, Fn>;
  static constexpr DrawsFrom draws = Fn::draws;
  static constexpr std::size_t tensor_count = op_tensors<Layer>;
  static constexpr Shape out(Shape in) { return Base::out(in); }
  static constexpr SavedSizes saved(Shape in, Shape, const Facts& f) {
    return Layer::sizes.saved(in, f, detail::activates<Activation>);
  }
  template <class Account>
  static constexpr Shape infer(Shape x, Account& a) {
    return a.template one<Base>(x);
  }
};

/// The same of a convolution.
template <class Base, class Fn, class Activation>
struct ConvAct<Effective<Base, Fn>, Activation> : Joined {
  using Layer = Effective<Base, Fn>;
  static constexpr DrawsFrom draws = Fn::draws;
  static constexpr std::size_t tensor_count = op_tensors<Layer>;
  static constexpr Shape out(Shape in) { return Base::out(in); }
  static constexpr SavedSizes saved(Shape in, Shape, const Facts& f) { return Layer::sizes.saved(in, f, true); }
  template <class Account>
  static constexpr Shape infer(Shape x, Account& a) {
    return ConvAct<Base, Activation>::infer(x, a);
  }
};

}  // namespace op

namespace detail {

// It joins its neighbours as its base does.
template <int In, int Out, Window W, bool B, class Fn>
inline constexpr bool is_conv<op::Effective<Conv2d<In, Out, W, B>, Fn>> = true;
template <int In, int Out, bool B, class Fn>
struct Lower<op::Effective<Linear<In, Out, B>, Fn>> {
  using type = List<op::Affine<op::Effective<Linear<In, Out, B>, Fn>, Identity>>;
};

}  // namespace detail
}  // namespace tuneit

#pragma once
// How a layer runs that a rule has changed, forward and back: with a product beside it, or on weights that are made for
// the step, by the layer's own Train with all its kernels.
#include <array>
#include <utility>

#include "tuneit/engine/layers/affine.hpp"
#include "tuneit/engine/layers/conv.hpp"
#include "tuneit/engine/layers/embedding.hpp"
#include "tuneit/engine/layers/forward.hpp"
#include "tuneit/engine/layers/list.hpp"
#include "tuneit/engine/rewrite/effect.hpp"

namespace tuneit {

namespace detail {

/// A product beside Base, and the activation behind both.
template <class Base, class Fn, class Activation, auto F, Need N>
struct TrainBeside {
  static constexpr std::size_t own = tensor_count<Base>;
  static constexpr LowRankOptions options = Fn::options;
  static constexpr BranchTask task{options.scale, N.x, F.trains(own), F.trains(own + 1)};
  static constexpr bool drops = F.live && options.dropout > 0 && LowRankBranch<Base>::drops;
  static constexpr bool activates = !std::is_same_v<Activation, Identity>, keeps = N.x || any_trains<F>;
  using Run = Train<program<Base>, slice<own>(F, 0), N>;
  struct Saved {
    typename Run::Saved base{};
    BranchSaved branch{};
    at::Tensor y{};
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    at::Tensor y = Run::forward(x, saved.base, c);
    if constexpr (drops) x = drop(x, options.dropout, c.generator(), saved.branch.mask);
    LowRankBranch<Base>::forward(std::move(x), y, c.tensors + own, task, saved.branch);
    if constexpr (!keeps) saved.branch.mask = {};
    if constexpr (activates) y = activate_(std::move(y), clamp_of<Activation>);
    if constexpr (activates && keeps) saved.y = y;
    return y;
  }
  static Gradient backward(Gradient incoming, Saved& saved, const Context& c) {
    if constexpr (!keeps) return {};
    at::Tensor dy = std::move(incoming).sum();
    if constexpr (activates) dy = activation_backward(dy, std::exchange(saved.y, {}), clamp_of<Activation>);
    std::array<at::Tensor, 2> gradients;
    at::Tensor dx = LowRankBranch<Base>::backward(dy, c.tensors + own, gradients.data(), task, saved.branch);
    if constexpr (task.a_moves) c.set_gradient(own, std::move(gradients[0]));
    if constexpr (task.b_moves) c.set_gradient(own + 1, std::move(gradients[1]));
    if constexpr (drops && N.x) dx.mul_(saved.branch.mask);
    saved.branch.clear();
    Gradient out = Run::backward(std::move(dy), saved.base, c);
    if constexpr (!N.x) return {};
    return {std::move(out).sum(), std::move(dx)};
  }
};

/// On weights that Fn makes. Program: of Base, with what has joined it.
template <class Base, class Fn, class Program, auto F, Need N>
struct TrainMade {
  static constexpr std::size_t own = tensor_count<Base>;
  static constexpr bool moves = any_trains<F>;
  static constexpr auto facts = [] {
    auto f = slice<own>(F, 0);
    for (std::size_t i = 0; i < own; ++i) f.set(i, moves && (i == 0 || Fn::makes_bias), false);
    return f;
  }();
  using Run = Train<Program, facts, N>;
  struct Saved {
    typename Run::Saved run{};
    typename Effect<Fn, Base>::Kept kept{};
    std::array<at::Tensor, own> made{};
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    Effect<Fn, Base>::make(c.tensors, saved.made.data(), saved.kept);
    return Run::forward(std::move(x), saved.run, on(c, saved, nullptr));
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (!moves && !N.x) return {};
    std::array<at::Tensor, own> gradients;
    Gradient dx = Run::backward(std::move(dy), saved.run, on(c, saved, gradients.data()));
    if constexpr (moves) Effect<Fn, Base>::template backward<F>(c, gradients.data(), saved.kept);
    saved.kept = {};
    saved.made = {};
    return dx;
  }

 private:
  static Context on(Context c, const Saved& saved, at::Tensor* gradients) {
    c.tensors = saved.made.data();
    c.gradients = gradients;
    return c;
  }
};

template <class Base, class Fn, class Activation, class Program, auto F, Need N>
using TrainEffective = std::conditional_t<Fn::beside, Type<TrainBeside<Base, Fn, Activation, F, N>>,
                                          Type<TrainMade<Base, Fn, Program, F, N>>>;

template <class Base, class Fn>
struct Returns<op::Effective<Base, Fn>> : Returns<Base> {};

}  // namespace detail

template <class Base, class Fn, auto F, Need N>
struct Train<op::Effective<Base, Fn>, F, N> : detail::TrainEffective<Base, Fn, Identity, program<Base>, F, N>::type {};
template <class Base, class Fn, class Activation, auto F, Need N>
struct Train<op::Affine<op::Effective<Base, Fn>, Activation>, F, N>
    : detail::TrainEffective<Base, Fn, Activation, List<op::Affine<Base, Activation>>, F, N>::type {};
template <class Base, class Fn, class Activation, auto F, Need N>
struct Train<op::ConvAct<op::Effective<Base, Fn>, Activation>, F, N>
    : detail::TrainEffective<Base, Fn, Activation, List<op::ConvAct<Base, Activation>>, F, N>::type {};

/// The plain layer, for autograd: with the product beside it, or on the weights that are made.
template <class Base, class Fn, auto F>
struct Forward<op::Effective<Base, Fn>, F> {
  static constexpr std::size_t own = tensor_count<Base>;
  static at::Tensor run(at::Tensor x, const Context& c) {
    if constexpr (Fn::beside) {
      at::Tensor mask, in = x;
      if constexpr (F.live && Fn::options.dropout > 0 && detail::LowRankBranch<Base>::drops)
        in = detail::drop(x, Fn::options.dropout, c.generator(), mask);
      const at::Tensor product = detail::LowRankBranch<Base>::template plain<Fn::options.rank>(in, c.after(own));
      return base(std::move(x), c.tensors, c).add(product, Fn::options.scale);
    } else {
      std::array<at::Tensor, own> made;
      typename Effect<Fn, Base>::Kept kept{};
      Effect<Fn, Base>::make(c.tensors, made.data(), kept);
      return base(std::move(x), made.data(), c);
    }
  }

 private:
  static at::Tensor base(at::Tensor x, const at::Tensor* tensors, Context c) {
    c.tensors = tensors;
    return Forward<Base, detail::slice<own>(F, 0)>::run(std::move(x), c);
  }
};

}  // namespace tuneit

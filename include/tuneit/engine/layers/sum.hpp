#pragma once
// A residual block in training: the addition joins the batch norm that ends the branch, and its activation.
#include "tuneit/engine/layers/list.hpp"
#include "tuneit/engine/layers/norm_backward.hpp"
#include "tuneit/engine/layers/norm_forward.hpp"
#include "tuneit/engine/layers/shape_ops.hpp"
#include "tuneit/net/join.hpp"

namespace tuneit {

namespace detail {

/// Does nobody but its successor read what an operation returns? A batch norm behind it may then overwrite it in the
/// end.
template <class Op>
inline constexpr bool leaves_result = false;
template <int In, int Out, Window W, bool B>
inline constexpr bool leaves_result<Conv2d<In, Out, W, B>> = true;

}  // namespace detail

template <class Front, class BatchNorm, class Drop, class Shortcut, class Activation, auto F, Need N>
struct Train<op::Sum<Front, BatchNorm, Drop, Shortcut, Activation>, F, N> {
 private:
  static constexpr std::size_t norm_at = op_tensors<Front>, around_at = norm_at + op_tensors<BatchNorm>;
  static constexpr auto front_facts = detail::slice<norm_at>(F, 0);
  static constexpr auto norm_facts = detail::slice<op_tensors<BatchNorm>>(F, norm_at);
  static constexpr auto around_facts = detail::slice<op_tensors<Shortcut>>(F, around_at);
  static constexpr bool has_norm = !std::is_void_v<BatchNorm>;
  using Whole = op::Sum<Front, BatchNorm, Drop, Shortcut, Activation>;
  template <class Part>
  static constexpr Need need_of = [] {
    if constexpr (detail::names_wires<Whole>) return detail::need_of_part<Whole, Part, N>;
    return N;
  }();
  using Branch = Train<Front, front_facts, need_of<Front>>;
  using Around = Train<Shortcut, around_facts, need_of<Shortcut>>;
  static constexpr bool need_branch = detail::needs_after<Front, front_facts, need_of<Front>>.x;
  static constexpr bool need_around = detail::needs_after<Shortcut, around_facts, need_of<Shortcut>>.x;
  static constexpr kernels::Clamp clamp = detail::clamp_of<Activation>;
  static constexpr detail::NormTask task = [] {
    if constexpr (has_norm)
      return detail::norm_task<BatchNorm, Activation, norm_facts>;
    else
      return detail::NormTask{0, 0, false, false, detail::clamp_of<Activation>};
  }();

 public:
  struct Saved {
    typename Branch::Saved branch{};
    typename Around::Saved around{};
    detail::NormSaved norm{};
    at::Tensor y{};
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    at::Tensor around = Around::forward(x, saved.around, c.after(around_at));
    at::Tensor y = Branch::forward(std::move(x), saved.branch, c);
    if constexpr (has_norm) {
      if constexpr (!std::is_void_v<Drop> && F.live) saved.norm.factors = drop(y, c, static_cast<Drop*>(nullptr));
      return detail::norm_forward<F.dtypes>(std::move(y), around, c.after(norm_at).tensors, task, saved.norm,
                                            need_branch || need_around || task.affine_moves, c.statistics);
    } else {
      y = detail::activate_(y.add(around), clamp);
      if constexpr (need_branch || need_around) saved.y = y;
      return y;
    }
  }

  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    detail::NormGradients d;
    if constexpr (has_norm) {
      const Context norm = c.after(norm_at);
      d = detail::norm_backward<F.dtypes>(std::move(dy), norm.tensors, norm.gradients, task, saved.norm, need_branch,
                                          need_around, true, detail::leaves_result<typename detail::Ends<Front>::last>);
      saved.norm.clear();
    } else {
      d.x = detail::activation_backward(std::move(dy).sum(), saved.y, clamp);
      saved.y.reset();
      if constexpr (need_around) d.shortcut = need_branch ? d.x.clone() : d.x;
    }
    Gradient out, shortcut;
    if constexpr (need_branch) out = Branch::backward({std::move(d.x)}, saved.branch, c);
    if constexpr (need_around) shortcut = Around::backward({std::move(d.shortcut)}, saved.around, c.after(around_at));
    if constexpr (!N.x) return {};
    if constexpr (detail::names_wires<Whole>) {  // a From may have cut one of the ways
      if (!out.value.defined()) return shortcut;
      if (!shortcut.value.defined()) return out;
    }
    return {std::move(out).sum(), std::move(shortcut).sum()};
  }

 private:
  template <auto P, int Blocks>
  static at::Tensor drop(const at::Tensor& x, const Context& c, StochasticDepth<P, Blocks>*) {
    return detail::drop_factors<P, Blocks>(x, c);
  }
};

}  // namespace tuneit

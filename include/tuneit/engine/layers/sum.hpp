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

template <class Front, class BatchNorm, class Drop, class Shortcut, class Activation, auto F, bool NeedInput>
struct Train<op::Sum<Front, BatchNorm, Drop, Shortcut, Activation>, F, NeedInput> {
 private:
  static constexpr std::size_t norm_at = op_tensors<Front>, around_at = norm_at + op_tensors<BatchNorm>;
  static constexpr auto front_facts = detail::slice<norm_at>(F, 0);
  static constexpr auto norm_facts = detail::slice<op_tensors<BatchNorm>>(F, norm_at);
  static constexpr auto around_facts = detail::slice<op_tensors<Shortcut>>(F, around_at);
  static constexpr bool has_norm = !std::is_void_v<BatchNorm>;
  using Branch = Train<Front, front_facts, NeedInput>;
  using Around = Train<Shortcut, around_facts, NeedInput>;
  static constexpr bool need_branch = NeedInput || detail::any_trains<front_facts>;
  static constexpr bool need_around = NeedInput || detail::any_trains<around_facts>;
  static constexpr kernels::Clamp clamp = detail::clamp_of<Activation>;
  static constexpr detail::NormTask task = [] {
    if constexpr (has_norm)
      return detail::norm_task<BatchNorm, Activation, norm_facts>;
    else
      return detail::NormTask{0, 0, false, false, detail::clamp_of<Activation>};
  }();

 public:
  struct Kept {
    typename Branch::Kept branch{};
    typename Around::Kept around{};
    detail::NormKept norm{};
    at::Tensor y{};
  };

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) {
    at::Tensor around = Around::forward(x, kept.around, at.after(around_at));
    at::Tensor y = Branch::forward(std::move(x), kept.branch, at);
    if constexpr (has_norm) {
      if constexpr (!std::is_void_v<Drop> && F.live) kept.norm.factors = drop(y, at, static_cast<Drop*>(nullptr));
      return detail::norm_forward<F.dtypes>(std::move(y), around, at.after(norm_at).tensors, task, kept.norm,
                                            need_branch || need_around || task.affine_moves);
    } else {
      y = detail::activate_(y.add(around), clamp);
      kept.y = y;
      return y;
    }
  }

  static Flow backward(Flow dy, Kept& kept, const Place& at) {
    detail::NormGradients d;
    if constexpr (has_norm) {
      const Place norm = at.after(norm_at);
      d = detail::norm_backward<F.dtypes>(std::move(dy), norm.tensors, norm.gradients, task, kept.norm, need_branch,
                                          need_around, true, detail::leaves_result<typename detail::Ends<Front>::last>);
      kept.norm.clear();
    } else {
      d.x = detail::activation_backward(std::move(dy).sum(), kept.y, clamp);
      kept.y.reset();
      if constexpr (need_around) d.shortcut = need_branch ? d.x.clone() : d.x;
    }
    Flow out, shortcut;
    if constexpr (need_branch) out = Branch::backward({std::move(d.x)}, kept.branch, at);
    if constexpr (need_around) shortcut = Around::backward({std::move(d.shortcut)}, kept.around, at.after(around_at));
    if constexpr (!NeedInput) return {};
    return {std::move(out).sum(), std::move(shortcut).sum()};
  }

 private:
  template <auto P, int Blocks>
  static at::Tensor drop(const at::Tensor& x, const Place& at, StochasticDepth<P, Blocks>*) {
    return detail::drop_factors<P, Blocks>(x, at);
  }
};

}  // namespace tuneit

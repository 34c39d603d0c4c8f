#pragma once
// What has no backward of its own: its forward (`Forward<Layer, Facts>`) is recorded by autograd, in the middle of a
// network that otherwise does without.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/forward.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/run/forward_lists.hpp"
#include "tuneit/engine/run/precision.hpp"
#include "tuneit/net/operations.hpp"
#include "tuneit/verdict/reasons/networks.hpp"

namespace tuneit {

namespace detail {

/// Autograd on, within code that runs below it.
class AutogradScope {
 public:
  AutogradScope() : keys_(with_autograd()), grad_(true) {}

 private:
  static c10::impl::LocalDispatchKeySet with_autograd() {
    c10::impl::LocalDispatchKeySet keys = c10::impl::tls_local_dispatch_key_set();
    keys.excluded_ = keys.excluded_ - c10::autograd_dispatch_keyset_with_ADInplaceOrView;
    return keys;
  }
  c10::impl::ForceDispatchKeyGuard keys_;
  at::AutoGradMode grad_;
};

/// A gradient that autograd left, or zeros where nothing came back: the forward did not use `tensor`.
inline at::Tensor gradient_or_zeros(const at::Tensor& gradient, const at::Tensor& tensor) {
  return gradient.defined() ? gradient : tensor.detach().mul(0);
}

/// A part of a network that autograd records: what flows in, cut off from what was before, and what comes out.
struct Recorded {
  at::Tensor x, y;

  /// y = f(x). Call within an AutogradScope.
  template <class F>
  at::Tensor forward(const at::Tensor& input, bool need_input, const F& f) {
    x = input.detach();
    if (need_input) x.requires_grad_(true);
    y = f(x);
    return y.detach();
  }
  /// dy: the gradient of y. Leaves the gradients of x and of what f read in these.
  void backward(const at::Tensor& dy) const {
    const AutogradScope autograd;
    if (y.requires_grad()) y.backward(dy.to(y.scalar_type()));
  }
};

/// The number type of what a layer makes of x: its own, or that of the network, of indices.
inline at::ScalarType handed_on(const at::Tensor& x, const Context& c) {
  return x.is_floating_point() ? x.scalar_type() : c.numbers;
}

/// A plain forward under autocast. What it makes of indices is in the type in which the network computes, too.
template <class Run>
at::Tensor recorded_forward(at::Tensor x, const Context& c) {
  const at::ScalarType type = handed_on(x, c);
  const bool casts = type != x.scalar_type() && type != at::ScalarType::Undefined;
  const AutocastScope autocast(x.device().type(), type);
  at::Tensor y = Run::run(std::move(x), c);
  return casts && y.is_floating_point() ? in_numbers(y, type) : y;
}

/// A layer of which nobody has said how it runs is refused.
template <class Layer, auto F>
concept HasForward = !requires {
  typename Forward<Layer, F>::by_training;
}
&&RunsForward<Forward<Layer, F>>;
template <class Layer, auto F>
struct JudgeForward : Demand<HasForward<Layer, F>, LayerLacks<Layer, ItsForward>> {};

}  // namespace detail

template <class Layer, auto F, Need N>
struct Train {
  using once = std::bool_constant<detail::reported<typename detail::JudgeForward<Layer, F>::type>()>;
  static constexpr bool records = N.x || N.wires != 0 || detail::any_trains<F>;
  struct Saved {
    detail::Recorded part{};
    std::vector<at::Tensor> leaves{}, wires{};  ///< tensors of its own; what is on the wires that it reads
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    if constexpr (!records) return detail::recorded_forward<detail::RunnableForward<Layer, F>>(std::move(x), c);
    const detail::AutogradScope autograd;
    for (std::size_t i = 0; i < op_tensors<Layer>; ++i) {
      saved.leaves.push_back(c.tensors[i].detach());
      if (F.trains(i)) saved.leaves.back().requires_grad_(true);
    }
    const Context there{saved.leaves.data(), nullptr, c.random, c.iteration, c.numbers};
    if constexpr (detail::ReadsWires<Layer>) return forward_with_wires(std::move(x), saved, there, c.frame());
    return saved.part.forward(x, N.x, [&](const at::Tensor& in) {
      return detail::recorded_forward<detail::RunnableForward<Layer, F>>(in, there);
    });
  }

  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (!records) return {};
    saved.part.backward(std::move(dy).sum());
    for (std::size_t i = 0; i < op_tensors<Layer>; ++i)
      if (F.trains(i)) c.gradients[i] = detail::gradient_or_zeros(saved.leaves[i].grad(), c.tensors[i]);
    for (std::size_t i = 0; i < saved.wires.size(); ++i)
      if ((N.wires >> i & 1) != 0)
        c.set_wire_gradient(i, detail::gradient_or_zeros(saved.wires[i].grad(), saved.wires[i]));
    Gradient out;
    if constexpr (N.x) out.value = detail::gradient_or_zeros(saved.part.x.grad(), saved.part.x);
    saved = {};
    return out;
  }

 private:
  static at::Tensor forward_with_wires(at::Tensor x, Saved& saved, Context there, detail::WireFrame frame) {
    std::vector<at::Tensor> values(detail::most_wires);
    constexpr const auto& names = Layer::reads::names;
    for (std::size_t i = 0; i < names.size(); ++i) {
      saved.wires.push_back(frame.peek(names[i]).detach());
      if ((N.wires >> i & 1) != 0) saved.wires.back().requires_grad_(true);
      values[detail::WireFrame::find(frame.names, names[i])] = saved.wires.back();
    }
    frame.values = values.data();
    there.wired = &frame;
    return saved.part.forward(x, N.x, [&](const at::Tensor& in) {
      return detail::recorded_forward<detail::RunnableForward<Layer, F>>(in, there);
    });
  }
};

}  // namespace tuneit

#pragma once
// What has no backward of its own: its forward (`Forward<Layer, Facts>`) is recorded by autograd, in the middle of a
// network that otherwise does without.
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <optional>
#include <vector>

#include "tuneit/engine/forward.hpp"
#include "tuneit/engine/precision.hpp"
#include "tuneit/engine/train/place.hpp"
#include "tuneit/net/operations.hpp"

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

inline bool is_lower_precision(const at::Tensor& x) {
  return x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf;
}

}  // namespace detail

template <class Layer, auto F, bool NeedInput>
struct Train {
  static constexpr bool records = NeedInput || detail::any_trains<F>;
  struct Kept {
    at::Tensor x, y;
    std::vector<at::Tensor> leaves;
  };

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) {
    std::optional<detail::AutocastScope> autocast;
    if (detail::is_lower_precision(x)) autocast.emplace(x.device().type(), x.scalar_type());
    Pass pass{at.tensors, at.turn, *at.generator};
    if constexpr (!records) return Forward<Layer, F>::run(std::move(x), pass);
    const detail::AutogradScope autograd;
    for (std::size_t i = 0; i < op_tensors<Layer>; ++i) {
      kept.leaves.push_back(at.tensors[i].detach());
      if (F.trained(i)) kept.leaves.back().requires_grad_(true);
    }
    pass.next = kept.leaves.data();
    kept.x = x.detach();
    if (NeedInput) kept.x.requires_grad_(true);
    kept.y = Forward<Layer, F>::run(kept.x, pass);
    return kept.y.detach();
  }

  static Flow backward(Flow dy, Kept& kept, const Place& at) {
    if constexpr (!records) return {};
    const at::Tensor d = std::move(dy).sum();
    {
      const detail::AutogradScope autograd;
      if (kept.y.requires_grad()) kept.y.backward(d.to(kept.y.scalar_type()));
    }
    for (std::size_t i = 0; i < op_tensors<Layer>; ++i)
      if (F.trained(i)) {
        at.gradients[i] = kept.leaves[i].grad();
        if (!at.gradients[i].defined()) at.gradients[i] = at.tensors[i].mul(0);  // not used by the forward
      }
    Flow out;
    if constexpr (NeedInput) {
      out.value = kept.x.grad();
      if (!out.value.defined()) out.value = kept.x.detach().mul(0);
    }
    kept = {};
    return out;
  }
};

}  // namespace tuneit

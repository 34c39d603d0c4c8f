#pragma once
// What does the formula of an optimizer see of a step? Tensors that are treated alike, what is remembered of them, and
// the numbers of the moment.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/aten/step_numbers.hpp"
#include "tuneit/recipe/optimizers/state_name.hpp"

namespace tuneit {

/// A step of a group of tensors. Everything is gone afterwards; below autograd.
template <class Opt>
struct GroupStep {
  std::span<const at::Tensor> weights;    ///< move them in place
  std::span<const at::Tensor> gradients;  ///< of these, in the same order and memory format; may be overwritten
  double lr = 0, decay = 0;               ///< of this step and group
  bool first = false;                     ///< what is remembered was made just now
  const OptimizerValues<Opt>& numbers;    ///< the others, see number and has
  /// 1 ([1], float, on the device) where gradients are not finite and this step is to be left out; undefined where
  /// nobody looks. A formula that says `static constexpr bool leaves_out = true` does so itself; for others what they
  /// change is put back.
  const at::Tensor& overflow;
  const at::Tensor&
      updates;  ///< steps so far with this one, 0-d on the device, where `states` has "step"; else undefined
  const std::array<std::vector<at::Tensor>, detail::optimizer_states<Opt>.size()>& states;
  /// Where a device computes, the rate there: a formula that reads it in the place of `lr` can be replayed while the
  /// rate moves, and says so: `static constexpr bool rate_on_device = true`. Null on the CPU.
  const DeviceRate* rate = nullptr;

  /// What is remembered by this name: one tensor for each weight; none where it is not kept under these numbers.
  [[nodiscard]] std::span<const at::Tensor> state(StateName<Opt> name) const { return states[name.at]; }
  /// A number by its option: `number<Momentum>()`, `number<Betas, 1>()`.
  template <template <auto...> class Option, std::size_t I = 0>
  [[nodiscard]] double number() const {
    return numbers.template number<Option, I>();
  }
  /// Is the option there? `has<Nesterov>()`.
  template <class Flag>
  [[nodiscard]] bool has() const {
    return numbers.template has<Flag>();
  }
};

namespace detail {

inline const at::Tensor no_tensor;

/// A formula that reads GroupStep::rate where there is one, and then no other number that a schedule of rates moves.
template <class Opt>
inline constexpr bool rate_on_device = [] {
  if constexpr (requires { typename Opt::choices; })
    return
        []<class... Os>(List<Os...>) { return (rate_on_device<typename Os::formula> && ...); }(typename Opt::choices{});
  else if constexpr (requires { Update<Opt>::rate_on_device; })
    return Update<Opt>::rate_on_device;
  else
    return false;
}();

/// A formula whose step on a device may be a kernel of our own: `Kernel` is what that is told, and
/// `has_kernel(numbers)` whether there is one under these numbers.
template <class Opt>
concept MayBeKernel = requires {
  typename Update<Opt>::Kernel;
};

/// ATen's view of a range of tensors.
inline at::TensorList list(std::span<const at::Tensor> tensors) { return {tensors.data(), tensors.size()}; }
inline std::optional<at::Tensor> given(const at::Tensor& t) {
  return t.defined() ? std::optional<at::Tensor>(t) : std::nullopt;
}

/// Gradients in the number type of their weights.
template <class G>
std::vector<at::Tensor> lifted_gradients(const G& g) {
  std::vector<at::Tensor> all(g.gradients.begin(), g.gradients.end());
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].scalar_type() != g.weights[i].scalar_type()) all[i] = aten::empty_like(g.weights[i]).copy_(all[i]);
  return all;
}

/// Calls ATen's fused optimizer on a device: move(gradients, rate), the rate a tensor. Kernels read it as a float, so
/// weights in double precision take their share of a step of rate 1: w + lr (w1 - w). The steps that are fused are
/// linear in their rate.
template <class G, class Move>
void move_fused(const G& g, const Move& move) {
  const std::vector<at::Tensor> gradients = lifted_gradients(g);
  if (g.weights.front().scalar_type() != at::kDouble) return move(gradients, g.rate->lr);
  std::vector<at::Tensor> before;
  for (const at::Tensor& w : g.weights) before.push_back(w.clone());
  move(gradients, aten::full({}, 1.0, before.front().options().dtype(at::kFloat)));
  for (std::size_t i = 0; i < before.size(); ++i) g.weights[i].copy_(before[i].lerp_(g.weights[i], g.rate->lr));
}

}  // namespace detail
}  // namespace tuneit

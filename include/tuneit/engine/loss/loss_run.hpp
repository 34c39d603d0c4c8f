#pragma once
// How is a loss of recipe/losses/ computed? A specialisation of LossRun says it, with one of
//
//     template <> struct LossRun<Absolute> {
//       static at::Tensor run(const at::Tensor& y, const Targets& t, const Numbers<Absolute>& n, at::Tensor* gradient);
//       static at::Tensor value(const at::Tensor& y, const Targets& t, const Numbers<Absolute>& n);
//     };
//
// Both return the mean over the batch, a 0-d tensor where the outputs are, and read nothing back to the host. `run`
// leaves the gradient by the outputs y [N, K] where it is not null, of the mean, or of the sum with `using reduction =
// Sum`; `value` is recorded by autograd. y is float32 or float64; t.value is checked: int64 [N] of Classes, else floats
// like y. Of mixed batches see Mixes: `other` is undefined here.
#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/engine/run/autograd.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/losses/loss.hpp"
#include "tuneit/verdict/reasons/losses.hpp"

namespace tuneit {

/// What `run` may return in the place of a tensor: the loss, which may be a number, and what came with it.
struct LossValue {
  /// Of what it has counted hits.
  enum Counts : std::uint8_t { Nothing, Samples, Tokens };
  DeviceScalar loss;
  DeviceScalar correct = 0.0;  ///< hits, where `counts`
  Counts counts = Nothing;
  at::Tensor outside{};  ///< see StepResult

  LossValue() = default;
  LossValue(double value) : loss(value) {}
  LossValue(at::Tensor value) : loss(std::move(value)) {}
};

namespace detail {

template <class L>
concept Runs = requires(const at::Tensor& y, const Targets& t, const Numbers<L>& n, at::Tensor* gradient) {
  { LossRun<L>::run(y, t, n, gradient) } -> std::convertible_to<LossValue>;
};
template <class L>
concept HasValue = requires(const at::Tensor& y, const Targets& t, const Numbers<L>& n) {
  { LossRun<L>::value(y, t, n) } -> std::convertible_to<at::Tensor>;
};

/// The loss that runs for L: itself, or the one that it has given a name (struct Mine : Focal<Gamma<3>> {}).
template <class L>
struct LossCore {
  using type = L;
};
template <class L>
requires(!SaysRun<L> && requires { typename L::self; }) struct LossCore<L> {
  using type = typename L::self;
};

template <class L>
struct JudgeLossRun : Demand<SaysRun<L> && (Runs<L> || HasValue<L>), LossDoesNotRun<L>> {};

/// Checks and mixes its targets by itself.
template <class L>
concept TakesRawTargets = requires {
  requires LossRun<L>::raw_targets;
};

[[noreturn, gnu::noinline]] inline void refuse_loss(const std::string& loss, const std::string& what) {
  throw Error(ErrorKind::Usage, "the loss " + loss + " " + what,
              "LossRun::run returns a 0-d tensor, and leaves a gradient of the shape of the outputs.");
}

/// A 0-d tensor, or a number; throws Error(Usage) for anything else.
template <class L, class Value>
LossValue checked_value(Value value) {
  if constexpr (std::is_same_v<Value, at::Tensor>)
    if (value.dim() != 0) refuse_loss(type_name<L>(), "gave a value of the shape " + aten::shape_text(value));
  return LossValue(std::move(value));
}

template <class L>
LossValue recorded_value(const at::Tensor& y, const Targets& t, const Numbers<L>& n, at::Tensor* gradient) {
  if (gradient == nullptr) return checked_value<L>(at::Tensor(LossRun<L>::value(y, t, n)));
  const AutogradScope autograd;
  const at::Tensor leaf = y.detach().requires_grad_(true), value = LossRun<L>::value(leaf, t, n);
  LossValue told = checked_value<L>(value.detach());
  if (value.requires_grad()) value.backward();
  *gradient = gradient_or_zeros(leaf.grad(), y);
  if constexpr (std::is_same_v<typename L::reduction, Sum>) gradient->mul_(static_cast<double>(y.size(0)));
  return told;
}

template <class L>
LossValue unmixed(const at::Tensor& y, const Targets& t, const Numbers<L>& n, at::Tensor* gradient) {
  if constexpr (!Runs<L>) {
    return recorded_value<L>(y, t, n, gradient);
  } else {
    LossValue value = checked_value<L>(LossRun<L>::run(y, t, n, gradient));
    if (gradient != nullptr && (!gradient->defined() || gradient->sizes() != y.sizes()))
      refuse_loss(type_name<L>(), "left no gradient of the shape " + aten::shape_text(y));
    return value;
  }
}

/// The loss of a batch, with targets as LossRun has them.
template <class L>
LossValue run_loss(const at::Tensor& y, const Targets& given, const Numbers<L>& n, at::Tensor* gradient) {
  static_assert(reported<typename JudgeLossRun<L>::type>());
  if constexpr (!JudgeLossRun<L>::type::accepted) {
    return {};
  } else if constexpr (TakesRawTargets<L>) {
    return LossRun<L>::run(y, given, n, gradient);
  } else {
    at::Tensor outside;
    const auto one = [&](const at::Tensor& of) {
      if constexpr (target_kind<L> == TargetKind::Classes) {
        if (!are_classes(of)) wrong_targets(of, y, "int64 numbers of classes, one for each sample");
        return checked_classes(of, y, std::max<std::int64_t>(y.size(1), 2), outside);
      } else {
        if (target_kind<L> == TargetKind::Values && are_classes(of))
          wrong_targets(of, y, "a floating-point number for each output of each sample");
        if constexpr (target_kind<L> == TargetKind::MultiLabel)
          return are_classes(of) && y.dim() == 2 ? one_hot(of, y, outside) : given_labels(of, y, outside);
        else
          return are_classes(of) ? one_hot(of, y, outside) : given_targets(of, y);
      }
    };
    Targets t{one(given.value), {}, 1.0, given.weight};
    LossValue value;
    if (!given.other.defined()) {
      value = unmixed<L>(y, t, n, gradient);
    } else if constexpr (L::mixes == Mixes::Linear) {
      at::Tensor other;
      value = unmixed<L>(y, t, n, gradient);
      t.value = one(given.other);
      const LossValue second = unmixed<L>(y, t, n, gradient == nullptr ? nullptr : &other);
      value.loss = mix_of(value.loss, second.loss, given.share);
      if (gradient != nullptr) *gradient = mix_of(*gradient, other, given.share);
    } else {
      t.value = mix_of(t.value, one(given.other), given.share);
      value = unmixed<L>(y, t, n, gradient);
    }
    value.outside = std::move(outside);
    return value;
  }
}

}  // namespace detail
}  // namespace tuneit

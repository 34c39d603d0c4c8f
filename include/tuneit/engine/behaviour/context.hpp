#pragma once
// What does a behaviour see of the step in which it acts?
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

#include "tuneit/aten/lists.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/aten/step_numbers.hpp"
#include "tuneit/aten/tensors.hpp"
#include "tuneit/engine/behaviour/step_batch.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/recipe/numbers/settings.hpp"
#include "tuneit/weights/flat.hpp"

namespace tuneit {

/// Weights, or gradients: a range of those of what trains in this step, without gradients that are not there; `[row]`
/// is any of the table.
class TrainedTensors {
 public:
  /// `rows`: what trains.
  TrainedTensors(const Tensors& all, const std::vector<std::size_t>& rows) : all_(&all), rows_(&rows) {}

  class Iterator {
   public:
    using value_type = at::Tensor;
    using difference_type = std::ptrdiff_t;
    using reference = const at::Tensor&;
    using pointer = const at::Tensor*;
    using iterator_category = std::forward_iterator_tag;
    Iterator() = default;
    Iterator(const TrainedTensors& of, std::size_t place) : of_(&of), place_(place) { skip(); }
    const at::Tensor& operator*() const { return (*of_->all_)[row()]; }
    const at::Tensor* operator->() const { return &**this; }
    Iterator& operator++() {
      ++place_;
      skip();
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return place_ == other.place_; }
    [[nodiscard]] std::size_t row() const { return (*of_->rows_)[place_]; }  ///< in the table

   private:
    void skip() {
      while (place_ < of_->rows_->size() && !(**this).defined()) ++place_;
    }
    const TrainedTensors* of_ = nullptr;
    std::size_t place_ = 0;
  };
  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, rows_->size()}; }
  [[nodiscard]] const at::Tensor& operator[](std::size_t row) const { return (*all_)[row]; }
  /// Of the table, in its order.
  [[nodiscard]] const Tensors& all() const { return *all_; }

  /// The 2-norm of all of them together; 0 of none. Waits for the device.
  [[nodiscard]] double norm() const {
    const Tensors there(begin(), end());
    return there.empty() ? 0 : aten::stack(aten::foreach_norm(there, 2)).norm().item<double>();
  }

 private:
  const Tensors* all_;
  const std::vector<std::size_t>* rows_;
};

/// The numbers of a policy as they are in this run.
class PolicyNumbers {
 public:
  PolicyNumbers() = default;
  PolicyNumbers(const double* values, std::size_t size) : values_(values), size_(size) {}
  /// Throws Error(Usage) where the policy has no such number: `numbers` is misspelt, or shorter.
  double operator[](std::size_t i) const {
    if (i >= size_) [[unlikely]]
      refuse(i);
    return values_[i];
  }
  [[nodiscard]] const double* data() const { return values_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  [[noreturn, gnu::noinline]] void refuse(std::size_t i) const {
    throw Error(ErrorKind::Usage,
                "a policy reads its number " + std::to_string(i) + " (from 0), and it has " + std::to_string(size_),
                "Say it in `static constexpr std::array numbers{Hyperparameter{...}}`.");
  }
  const double* values_ = nullptr;
  std::size_t size_ = 0;
};

/// Where a training is. Steps and epochs are counted from 0.
struct StepTime {
  long long step = 0;
  int epoch = 0;
  std::size_t phase = 0;
  long long steps_per_epoch = 0;
};

namespace detail {
template <class R, class P>
class OneBehaviour;

/// Where gradients lie in one buffer: those of some blocks that are there.
template <class Model>
at::Tensor flat_range(const TrainedTensors& gradients, std::size_t first, std::size_t last) {
  const std::size_t begin = table<Model>.block_begin[first], end = table<Model>.block_begin[last];
  Tensors there;
  for (auto g = gradients.begin(); g != gradients.end(); ++g)
    if (g.row() >= begin && g.row() < end) there.push_back(*g);
  return there.empty() ? aten::zeros({0}) : joined_flat(there.front(), there.back());
}
}  // namespace detail

/// What a behaviour of the recipe R is given at a moment. All of it is gone afterwards: keep copies, not references.
template <class R>
class StepContext {
 public:
  using recipe = R;
  using model = typename R::model;

  TrainedTensors tensors;    ///< weights; buffers by their rows
  TrainedTensors gradients;  ///< handles: change them in place
  PolicyNumbers numbers{};   ///< of this policy, in the order of its `numbers`
  StepTime at;
  const at::Generator& generator;       ///< of the trainer, on its device
  const at::Generator& host_generator;  ///< of the trainer, on the CPU: for draws that the host must know
  at::Device device;
  const Settings& settings;
  /// Of the batch at hand, from AroundGradients to AfterBackward: Targets, of several outputs a vector of them.
  const detail::StepTargets<R>* targets = nullptr;
  /// 1 where gradients or loss are not finite, and the optimizer leaves this step out (what counts steps and averages
  /// goes on); on the device, undefined where nobody looks. Set by the trainer where the loss is on a device, and by
  /// who acts on gradients with Order::Scale; read by those behind.
  mutable at::Tensor overflow{};
  /// For who acts around gradients: what is added to the vectors of an Embedding in the passes that follow.
  detail::MovedVectors* moved = nullptr;

  StepContext(const Tensors& weights, const Tensors& grads, const std::vector<std::size_t>& rows, StepTime time,
              const at::Generator& from, const at::Generator& host, at::Device where, const Settings& s,
              const StepNumbers* sent = nullptr)
      : tensors(weights, rows),
        gradients(grads, rows),
        at(time),
        generator(from),
        host_generator(host),
        device(where),
        settings(s),
        sent_(sent) {}

  /// The i-th of what a policy says by its member `std::array<double, N> step_numbers(const C& c)`: numbers that change
  /// from step to step. `of`: the policy, `*this`. On the CPU they are asked for here; for a device they are asked for
  /// before the step, once, and lie there: 0-d, float64, or float32 where `type` is. So they are not frozen where the
  /// step's kernels are replayed, as numbers of the host are.
  template <class B>
  [[nodiscard]] DeviceScalar step_number(B& of, std::size_t i = 0, at::ScalarType type = at::kDouble) const {
    if (sent_ == nullptr || !sent_->on_device()) return of.step_numbers(*this)[i];
    return sent_->at(sent_at_ + i, type);
  }

  /// No update in this step: said around gradients, after a backward pass, on gradients or before a step, by a policy
  /// with Effects{.skips_steps = true}. The gradients are forgotten, after_step is not called, and the step counts for
  /// schedules; in a step of several batches, what counts is whether it is said of the last one. Throws Error(Usage)
  /// where it may not be said.
  void hold() const {
    static_assert(detail::reported<hold_verdict<R>>());
    if (!may_hold_) [[unlikely]]
      refuse_hold();
    held_ = true;
  }
  [[nodiscard]] bool held() const { return held_; }

  /// Those of what trains in the blocks [first, last), all numbers one after the other in the order of the table, with
  /// gaps of 0: a view, to be changed in place. In on_block_gradients(block, c) those from `block` on are there, later
  /// all of them. Where some policy of the recipe says Effects{.flat_gradients = true}.
  [[nodiscard]] at::Tensor flat_gradients(std::size_t first = 0, std::size_t last = model::block_count) const {
    static_assert(
        recipe_effects<R>.flat_gradients,
        "tuneit: gradients lie apart here: say `static constexpr Effects effects{.flat_gradients = true};` in "
        "the policy");
    return detail::flat_range<model>(gradients, first, last);
  }

  /// The gradients of the table, for who takes them away and puts others in their place: after a backward pass, and on
  /// gradients with Order::Collect.
  [[nodiscard]] Tensors& gradient_handles() const { return const_cast<Tensors&>(gradients.all()); }  // the trainer's

  /// Of another policy of the recipe.
  template <class P>
  [[nodiscard]] PolicyNumbers numbers_of() const {
    if constexpr (std::is_same_v<value_verdict<R, P>, Accepted>)
      return {values_of<R, P>(settings), number_count<P>};
    else
      static_assert(value_verdict<R, P>::template report<>());
    return {};
  }

 private:
  template <class, class>
  friend class detail::OneBehaviour;
  [[noreturn, gnu::noinline]] static void refuse_hold() {
    throw Error(ErrorKind::Usage, "a policy says c.hold(), and it does not announce it, or the step is over",
                "Say `static constexpr Effects effects{.skips_steps = true};`, and hold() around gradients, after a "
                "backward pass, on gradients or before a step.");
  }
  const StepNumbers* sent_;
  std::size_t sent_at_ = 0;  ///< where those of this policy begin
  mutable bool held_ = false;
  bool may_hold_ = false;
};

}  // namespace tuneit

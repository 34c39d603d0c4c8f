#pragma once
// The optimizer of one parameter group: its tensors, what it remembers of them, its step. The formulas are in the files
// beside this one.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/where_ops.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/aten/cuda/optimizer.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/update/group_step.hpp"
#include "tuneit/engine/update/judge.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"
#include "tuneit/recipe/policies/chosen.hpp"
#include "tuneit/weights/flat.hpp"

namespace tuneit {
namespace detail {

template <class Opt>
concept LeavesOut = requires {
  requires Update<Opt>::leaves_out;
};

/// ATen's fused kernels of CUDA read the count of steps as a float, whatever the weights are; so has PyTorch it with
/// `fused=True`. Exact to 2^24 steps; behind them Adam's corrections are 1.
template <class Opt>
concept CountsInSingle = requires {
  requires Update<Opt>::counts_in_single;
};

/// The first value of a state of this shape; of no elements where the weight is not of the kind.
inline at::Tensor first_state(const at::Tensor& weight, StateShape shape, double value) {
  const bool matrix = weight.dim() > 1;
  if (shape == StateShape::Weight || (shape == StateShape::Vectors && !matrix))
    return aten::zeros_like(weight).fill_(value);
  if (shape == StateShape::Vectors || !matrix) return aten::zeros({0}, weight.options());
  std::vector<std::int64_t> sizes = weight.sizes().vec();
  sizes[sizes.size() - (shape == StateShape::RowMeans ? 1 : 2)] = 1;
  return aten::zeros(sizes, weight.options()).fill_(value);
}

[[noreturn, gnu::noinline]] inline void refuse_some_gradients() {
  throw Error(ErrorKind::Usage, "some tensors of a parameter group have gradients and others have none",
              "Tensors that do not always train together are groups of their own.");
}

}  // namespace detail

/// The optimizer Opt of one parameter group.
template <class Opt>
class GroupOptimizer {
  static_assert(detail::reported<detail::update_verdict<Opt>>());
  static constexpr const auto& described = detail::optimizer_states<Opt>;
  static constexpr std::size_t count = described.size();
  static constexpr bool wants_flat = detail::MayBeKernel<Opt>;

  static constexpr std::size_t step_state = [] {
    std::size_t i = 0;
    while (i < count && std::string_view(described[i].name) != "step") ++i;
    return i;
  }();

 public:
  using Numbers = OptimizerValues<Opt>;

  /// A tensor of the group, before the first step; its gradient will be in `row`.
  void add(const at::Tensor& tensor, std::size_t row) {
    tensors_.push_back(tensor);
    rows_.push_back(row);
  }

  /// One step with the numbers n (the group's scales are in their rate and decay); takes the gradients away. They must
  /// lie in memory as their tensors do. Where one is not finite (`overflow`, as torch's gradient scaler has it) nothing
  /// moves. Where the group has no gradients it is frozen: nothing moves either, no count of steps. Throws Error(Usage)
  /// where it has some of them only. `rate`: where a device computes, that of n there.
  void step(const Numbers& n, std::vector<at::Tensor>& gradients, const at::Tensor& overflow = {},
            const DeviceRate* rate = nullptr) {
    if (rows_.empty() || !gradients[rows_.front()].defined()) return check_none(gradients);
    const at::NoGradGuard no_grad;
    grads_.clear();
    for (const std::size_t row : rows_) grads_.push_back(std::move(gradients[row]));
    const bool first = make_state(n);
    if constexpr (detail::HasUpdate<Opt>) {
      if constexpr (step_state < count) states_[step_state].front().add_(1);
      if constexpr (detail::LeavesOut<Opt>)
        move(n, overflow, first, rate);
      else if (overflow.defined()) [[unlikely]]
        move_unless(n, overflow, first, rate);
      else
        move(n, overflow, first, rate);
      if constexpr (step_state < count)
        if (overflow.defined()) states_[step_state].front().sub_(overflow.reshape({}));
    }
    grads_.clear();
  }

  /// Makes the state as it is before the first step, so that a checkpoint's can be copied into it. `step` does it.
  /// True: some was made.
  bool make_state(const Numbers& n) {
    bool made = false;
    [&]<std::size_t... I>(std::index_sequence<I...>) { (make_one<I>(n, made), ...); }
    (std::make_index_sequence<count>{});
    return made;
  }

  void state(Archive& a) {
    for (std::size_t i = 0; i < count; ++i) {
      if (i != step_state) {
        a(described[i].name, states_[i]);
        if (a.reads()) flatten(states_[i]);
        continue;
      }
      at::Tensor steps = states_[i].empty() ? at::Tensor() : states_[i].front();
      a("step", steps);
      if (steps.defined()) steps = steps.to(count_type());  // saved on another device
      states_[i].assign(steps.defined() ? tensors_.size() : 0, steps);
    }
  }

  /// Is a step with such numbers one kernel of our own, which reads gradients in the type of the casts, too?
  [[nodiscard]] bool has_kernel([[maybe_unused]] const Numbers& n, [[maybe_unused]] const WeightCasts& casts) const {
    if constexpr (detail::MayBeKernel<Opt>)
      return Update<Opt>::has_kernel(n) &&
             aten::cuda::optimizer_launcher<typename Update<Opt>::Kernel>(tensors_.front(), &casts).has_value();
    return false;
  }

  /// The tensors of the group, and the rows of their gradients.
  [[nodiscard]] const std::vector<at::Tensor>& tensors() const { return tensors_; }
  [[nodiscard]] const std::vector<std::size_t>& rows() const { return rows_; }
  [[nodiscard]] at::ScalarType type() const { return tensors_.front().scalar_type(); }

  /// Calls f(name, tensors) for each kind of state that there is by now, by torch's names: one tensor for each of the
  /// group's, in their order. "step" is one and the same tensor for all of them.
  template <class F>
  void each_state(const F& f) const {
    for (std::size_t i = 0; i < count; ++i)
      if (!states_[i].empty()) f(described[i].name, states_[i]);
  }

 private:
  [[nodiscard]] const at::Tensor& steps() const {
    if constexpr (step_state < count) return states_[step_state].front();
    return detail::no_tensor;
  }
  // Of the weights, unless kernels read another.
  [[nodiscard]] at::ScalarType count_type() const {
    if constexpr (detail::CountsInSingle<Opt>)
      if (!tensors_.front().is_cpu()) return at::kFloat;
    return tensors_.front().scalar_type();
  }
  [[gnu::always_inline]] void move(const Numbers& n, const at::Tensor& overflow, bool first, const DeviceRate* rate) {
    Update<Opt>::step(GroupStep<Opt>{tensors_, grads_, n.lr, n.decay, first, n, overflow, steps(), states_, rate});
  }

  // A formula that does not look at the overflow: what it moved is put back where there was one. Nothing is read.
  [[gnu::noinline]] void move_unless(const Numbers& n, const at::Tensor& overflow, bool first, const DeviceRate* rate) {
    std::vector<at::Tensor> all = tensors_, before;
    for (std::size_t i = 0; i < count; ++i)
      if (i != step_state) all.insert(all.end(), states_[i].begin(), states_[i].end());
    for (const at::Tensor& t : all) before.push_back(t.clone());
    move(n, overflow, first, rate);
    const at::Tensor left_out = overflow.reshape({}).ne(0);
    for (std::size_t i = 0; i < all.size(); ++i) at::_ops::where_self_out::call(left_out, before[i], all[i], all[i]);
  }

  template <std::size_t I>
  void make_one(const Numbers& n, bool& made) {
    if (!states_[I].empty()) [[likely]]
      return;
    constexpr OptimizerState s = described[I];
    if constexpr (*s.only_with != '\0') {
      constexpr std::size_t at = detail::number_at(Opt::option_numbers, s.only_with);
      if (n.all[at] == 0) return;
    }
    fill(states_[I], s, *s.starts_at == '\0' ? 0 : n.named(s.starts_at));
    made = made || I != step_state;
  }
  // Out of line, so that the test before it is in line: it is in every step.
  [[gnu::noinline]] void fill(std::vector<at::Tensor>& state, const OptimizerState& s, double value) const {
    if (std::string_view(s.name) == "step")  // all tensors of the group share the count
      state.assign(tensors_.size(), aten::zeros({}, tensors_.front().options().dtype(count_type())));
    else if (wants_flat && s.shape == StateShape::Weight && !tensors_.front().is_cpu())
      for (at::Tensor& t : state = flat_zeros(tensors_, tensors_.front().device())) t.fill_(value);
    else
      for (const at::Tensor& t : tensors_) state.push_back(detail::first_state(t, s.shape, value));
  }
  // Kernels of our own want what is remembered in one buffer.
  void flatten([[maybe_unused]] std::vector<at::Tensor>& state) const {
    if constexpr (wants_flat) {
      if (state.empty() || tensors_.front().is_cpu()) return;
      for (const at::Tensor& t : state)
        if (!t.is_alias_of(state.front())) {
          state = flat_copies(state, state.front().device());
          return;
        }
    }
  }

  void check_none(const std::vector<at::Tensor>& gradients) const {
    for (const std::size_t row : rows_)
      if (gradients[row].defined()) detail::refuse_some_gradients();
  }

  std::vector<at::Tensor> tensors_, grads_;
  std::array<std::vector<at::Tensor>, count> states_{};
  std::vector<std::size_t> rows_;
};

/// One of several, chosen at run time.
template <class... Os>
class GroupOptimizer<OptimizerChoice<Os...>> {
 public:
  using Numbers = OptimizerValues<OptimizerChoice<Os...>>;

  /// `chosen`: which of Os, counted from 0.
  explicit GroupOptimizer(std::size_t chosen = 0) {
    std::size_t at = 0;
    ((at++ == chosen ? void(one_.template emplace<GroupOptimizer<typename Os::formula>>()) : void()), ...);
  }
  void add(const at::Tensor& tensor, std::size_t row) {
    std::visit([&](auto& o) { o.add(tensor, row); }, one_);
  }
  void step(const Numbers& n, std::vector<at::Tensor>& gradients, const at::Tensor& overflow = {},
            const DeviceRate* rate = nullptr) {
    std::visit([&](auto& o) { o.step(numbers_for(o, n), gradients, overflow, rate); }, one_);
  }
  bool make_state(const Numbers& n) {
    return std::visit([&](auto& o) { return o.make_state(numbers_for(o, n)); }, one_);
  }
  [[nodiscard]] bool has_kernel(const Numbers& n, const WeightCasts& casts) const {
    return std::visit([&](const auto& o) { return o.has_kernel(numbers_for(o, n), casts); }, one_);
  }
  void state(Archive& a) {
    std::visit([&](auto& o) { o.state(a); }, one_);
  }
  [[nodiscard]] const std::vector<at::Tensor>& tensors() const {
    return std::visit([](const auto& o) -> const std::vector<at::Tensor>& { return o.tensors(); }, one_);
  }
  [[nodiscard]] const std::vector<std::size_t>& rows() const {
    return std::visit([](const auto& o) -> const std::vector<std::size_t>& { return o.rows(); }, one_);
  }
  [[nodiscard]] at::ScalarType type() const { return tensors().front().scalar_type(); }
  template <class F>
  void each_state(const F& f) const {
    std::visit([&](const auto& o) { o.each_state(f); }, one_);
  }

 private:
  template <class Opt>
  static OptimizerValues<Opt> numbers_for(const GroupOptimizer<Opt>&, const Numbers& n) {
    return detail::values_of_choice<Opt>(n);
  }
  std::variant<GroupOptimizer<typename Os::formula>...> one_;
};

}  // namespace tuneit

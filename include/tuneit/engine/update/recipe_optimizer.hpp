#pragma once
// How do gradients move the tensors of a recipe? Each group's optimizer takes a step.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/engine/run/network.hpp"
#include "tuneit/engine/update/groups.hpp"
#include "tuneit/engine/update/optimizer.hpp"
#include "tuneit/engine/update/optimizers.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"
#include "tuneit/recipe/queries/sentences.hpp"

namespace tuneit {

namespace detail {

template <class Opt>
GroupOptimizer<Opt> make_optimizer([[maybe_unused]] const Settings& s) {
  if constexpr (requires { typename Opt::choices; })
    return GroupOptimizer<Opt>(static_cast<std::size_t>(s.chosen_optimizer));
  else
    return {};
}
/// Which states it has under these settings, as text: two that agree can read each other's.
template <class Opt>
std::string states_text(const Settings& s, const OptimizerValues<Opt>& v) {
  std::string text = optimizer_title<Opt>(s) + ":";
  if constexpr (requires { typename Opt::choices; }) {
    int at = 0;
    const auto one = [&]<class O>(Type<O>) {
      if (at++ == s.chosen_optimizer) text = states_text(s, values_of_choice<O>(v));
    };
    [&]<class... Os>(List<Os...>) { (one(Type<Os>{}), ...); }(typename Opt::choices{});
  } else {
    for (const OptimizerState& state : optimizer_states<Opt>)
      if (keeps(state, v)) text.append(" ").append(state.name);
  }
  return text;
}

}  // namespace detail

/// The optimizer of a recipe, of one group of tensors after the other.
template <class R>
class RecipeOptimizer {
 public:
  using Formula = typename R::optimizer::formula;

  RecipeOptimizer(const Settings& s, const Tensors& tensors) {
    for (ParameterGroup& group : make_groups<R>(s)) {
      GroupOptimizer<Formula>& optimizer = optimizers_.emplace_back(detail::make_optimizer<Formula>(s));
      for (const std::size_t row : group.rows) optimizer.add(tensors[row], row);
      groups_.push_back(std::move(group));
    }
    if constexpr (detail::changes_optimizer<R>) std::apply([&](auto&... of) { (make_own(of, s, tensors), ...); }, own_);
  }

  /// One step of every group that trains in a phase, with the numbers of the moment; takes the gradients away.
  /// `overflow`: as GradScaler has it.
  void step(const OptimizerValues<Formula>& numbers, std::size_t phase, Tensors& gradients,
            const at::Tensor& overflow) {
    move(optimizers_, numbers, phase, gradients, overflow);
  }
  /// The same where phases have optimizers of their own, whose state begins there.
  template <class... Vs>
  void step(const std::variant<Vs...>& numbers, std::size_t phase, Tensors& gradients, const at::Tensor& overflow) {
    in_phase<R>(phase, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      const auto& n = std::get<I>(numbers);
      if constexpr (is_own<I>)
        move(std::get<I>(own_), n, phase, gradients, overflow);
      else
        move(optimizers_, n, phase, gradients, overflow);
    });
  }

  void state(Archive& a) {
    a("groups", optimizers_);
    if constexpr (detail::changes_optimizer<R>) [&]<std::size_t... I>(std::index_sequence<I...>) {
        (own_state(a, std::get<I>(own_), "phase " + std::to_string(I + 1)), ...);
      }
    (std::make_index_sequence<R::phase_count>{});
  }

 private:
  struct None {};
  template <std::size_t I>
  static constexpr bool is_own = !std::is_void_v<detail::in_phase_t<typename R::parts, I, slots::Optimizer, void>>;
  template <class Indices>
  struct OwnOf;
  template <std::size_t... I>
  struct OwnOf<std::index_sequence<I...>> {
    using type = std::tuple<std::conditional_t<
        is_own<I>, std::vector<GroupOptimizer<typename detail::optimizer_in<typename R::parts, I>::formula>>, None>...>;
  };
  using Own = typename std::conditional_t<detail::changes_optimizer<R>, OwnOf<std::make_index_sequence<R::phase_count>>,
                                          Type<None>>::type;

  template <class Opt>
  void move(std::vector<GroupOptimizer<Opt>>& optimizers, const OptimizerValues<Opt>& numbers, std::size_t phase,
            Tensors& gradients, const at::Tensor& overflow) {
    OptimizerValues<Opt> n = numbers;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const GroupPhase& now = groups_[g].phases[phase];
      if (!now.trains) continue;
      n.lr = numbers.lr * now.lr_scale;
      n.decay = numbers.decay * now.decay_scale;
      optimizers[g].step(n, gradients, overflow);
    }
  }
  template <class Opt>
  void make_own(std::vector<GroupOptimizer<Opt>>& optimizers, const Settings& s, const Tensors& tensors) {
    for (const ParameterGroup& group : groups_) {
      GroupOptimizer<Opt>& optimizer = optimizers.emplace_back(detail::make_optimizer<Opt>(s));
      for (const std::size_t row : group.rows) optimizer.add(tensors[row], row);
    }
  }
  void make_own(None&, const Settings&, const Tensors&) {}
  template <class Opt>
  void own_state(Archive& a, std::vector<GroupOptimizer<Opt>>& optimizers, const std::string& name) {
    a(name, optimizers);
  }
  void own_state(Archive&, None&, const std::string&) {}

  [[no_unique_address]] Own own_;
  std::vector<ParameterGroup> groups_;
  std::vector<GroupOptimizer<Formula>> optimizers_;  ///< one for each group
};

}  // namespace tuneit

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
#include "tuneit/recipe/numbers/group_timeline.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"

namespace tuneit {

namespace detail {

template <class Opt>
GroupOptimizer<Opt> make_optimizer([[maybe_unused]] const Settings& s) {
  if constexpr (requires { typename Opt::choices; })
    return GroupOptimizer<Opt>(static_cast<std::size_t>(s.chosen_optimizer));
  else
    return {};
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
    if constexpr (grouped) std::apply([&](auto&... of) { (make_own(of, s, tensors), ...); }, of_groups_);
  }

  /// One step of every group that trains in a phase, with the numbers of the moment; takes the gradients away.
  /// `overflow`: as GradScaler has it. `there`: the rates, where a device computes.
  void step(const OptimizerValues<Formula>& numbers, std::size_t phase, Tensors& gradients, const at::Tensor& overflow,
            StepNumbers& there) {
    move(optimizers_, numbers, phase, gradients, overflow, there);
  }
  /// The same where phases have optimizers of their own, whose state begins there.
  template <class... Vs>
  void step(const std::variant<Vs...>& numbers, std::size_t phase, Tensors& gradients, const at::Tensor& overflow,
            StepNumbers& there) {
    in_phase<R>(phase, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      const auto& n = std::get<I>(numbers);
      if constexpr (is_own<I>)
        move(std::get<I>(own_), n, phase, gradients, overflow, there);
      else
        move(optimizers_, n, phase, gradients, overflow, there);
    });
  }
  /// Does each step move all that trains by a kernel of our own? Then gradients may stay in the type of the casts.
  [[nodiscard]] bool reads_low([[maybe_unused]] const Settings& s, [[maybe_unused]] const WeightCasts& casts) const {
    if constexpr (!grouped && !detail::changes_optimizer<R>)
      return !optimizers_.empty() && optimizers_.front().has_kernel(detail::common_values<P>(s), casts);
    return false;
  }
  /// Says the rates of all groups that train in a phase, in the order in which `step` takes them.
  void say(const OptimizerValues<Formula>& numbers, std::size_t phase, StepNumbers& there) const {
    say_rates(numbers, phase, there);
  }
  template <class... Vs>
  void say(const std::variant<Vs...>& numbers, std::size_t phase, StepNumbers& there) const {
    std::visit([&](const auto& n) { say_rates(n, phase, there); }, numbers);
  }

  /// The same of what is in groups (GroupOf). `rate` moves the rate of those that follow the recipe's.
  template <class Rate>
  void step_groups(const Settings& s, long long at, long long steps_per_epoch, std::size_t phase, const Rate& rate,
                   Tensors& gradients, const at::Tensor& overflow, StepNumbers& there) {
    each_group_of(s, at, steps_per_epoch, phase, rate, [&]<std::size_t I, class Place>(const auto& n, auto number) {
      move(optimizers_of<I, Place>(), n, phase, gradients, overflow, there, number);
    });
  }
  template <class Rate>
  void say_groups(const Settings& s, long long at, long long steps_per_epoch, std::size_t phase, const Rate& rate,
                  StepNumbers& there) const {
    each_group_of(s, at, steps_per_epoch, phase, rate,
                  [&]<std::size_t, class>(const auto& n, auto number) { say_rates(n, phase, there, number); });
  }

  void state(Archive& a) {
    a("groups", optimizers_);
    if constexpr (detail::changes_optimizer<R>) [&]<std::size_t... I>(std::index_sequence<I...>) {
        (own_state(a, std::get<I>(own_), "phase " + std::to_string(I + 1)), ...);
      }
    (std::make_index_sequence<R::phase_count>{});
    if constexpr (grouped) {
      int number = 0;
      std::apply([&](auto&... of) { (own_state(a, of, "group " + std::to_string(++number)), ...); }, of_groups_);
    }
  }

 private:
  using P = typename R::parts;
  static constexpr bool grouped = P::grouped;
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

  template <class Places>
  struct OfGroups {
    using type = None;
  };
  template <class... Places>
  requires grouped struct OfGroups<List<Places...>> {
    template <class Place>
    struct One {
      using type = None;
    };
    template <class Place>
    requires detail::has_own_optimizer<Place>
    struct One<Place> {
      using type = std::vector<GroupOptimizer<typename detail::in_group_t<Place, slots::Optimizer>::formula>>;
    };
    using type = std::tuple<typename One<Places>::type...>;
  };
  using GroupsOwn =
      typename OfGroups<typename std::conditional_t<grouped, detail::LazyGroups<P>, Type<None>>::type>::type;

  /// Whose state moves a group in the I-th phase: its own, the phase's, or the recipe's.
  template <std::size_t I, class Place>
  auto& optimizers_of() {
    if constexpr (detail::has_own_optimizer<Place>)
      return std::get<detail::number_of_group<P, Place> - 1>(of_groups_);
    else if constexpr (is_own<I>)
      return std::get<I>(own_);
    else
      return optimizers_;
  }
  template <class Rate, class F>
  static void each_group_of(const Settings& s, long long at, long long steps_per_epoch, std::size_t phase,
                            const Rate& rate, const F& f) {
    const PhaseAt when = phase_at<R>(s, at, steps_per_epoch);
    in_phase<R>(phase, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      detail::each_group<P, I>([&]<class Place>(Type<Place>, std::uint16_t number) {
        auto n = detail::optimizer_in_group<R, I, Place>(s, when, at, steps_per_epoch);
        if constexpr (detail::follows_rate<R, Place>) n.lr = rate(n.lr);
        f.template operator()<I, Place>(n, number);
      });
    });
  }
  template <class Opt>
  void move(std::vector<GroupOptimizer<Opt>>& optimizers, const OptimizerValues<Opt>& numbers, std::size_t phase,
            Tensors& gradients, const at::Tensor& overflow, StepNumbers& there,
            [[maybe_unused]] std::uint16_t group = 0) {
    OptimizerValues<Opt> n = numbers;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const GroupPhase& now = groups_[g].phases[phase];
      if (!now.trains) continue;
      if constexpr (grouped)
        if (now.group != group) continue;
      n.lr = numbers.lr * now.lr_scale;
      n.decay = numbers.decay * now.decay_scale;
      if (there.on_device()) [[unlikely]] {
        step_there(optimizers[g], n, gradients, overflow, there);
      } else {
        optimizers[g].step(n, gradients, overflow);
      }
    }
  }
  // Casts of the weights are theirs where a kernel has moved these; who else moves them says nothing of casts.
  template <class Opt>
  [[gnu::noinline]] static void step_there(GroupOptimizer<Opt>& optimizer, const OptimizerValues<Opt>& n,
                                           Tensors& gradients, const at::Tensor& overflow, StepNumbers& there) {
    const DeviceRate rate = there.rate(n.lr, n.decay, optimizer.type());
    if (rate.casts != nullptr) rate.casts->written = false;
    optimizer.step(n, gradients, overflow, &rate);
    if (rate.casts != nullptr && !rate.casts->written) rate.casts->fresh = false;
  }
  template <class Opt>
  void say_rates(const OptimizerValues<Opt>& numbers, std::size_t phase, StepNumbers& there,
                 [[maybe_unused]] std::uint16_t group = 0) const {
    for (const ParameterGroup& g : groups_) {
      const GroupPhase& now = g.phases[phase];
      if (!now.trains) continue;
      if constexpr (grouped)
        if (now.group != group) continue;
      const double lr = numbers.lr * now.lr_scale, decay = numbers.decay * now.decay_scale;
      there.say_rate(lr, decay);
      if constexpr (!detail::rate_on_device<Opt>) there.say_host(lr);
      there.say_host(decay);
      for (const double x : numbers.all) there.say_host(x);
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
  [[no_unique_address]] GroupsOwn of_groups_;
  std::vector<ParameterGroup> groups_;
  std::vector<GroupOptimizer<Formula>> optimizers_;  ///< one for each group
};

}  // namespace tuneit

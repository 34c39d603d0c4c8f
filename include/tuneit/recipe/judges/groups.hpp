#pragma once
// Groups of tensors (GroupOf): may what stands in them stand there, and do they go together?
#include "tuneit/recipe/assemble/planning.hpp"
#include "tuneit/recipe/judges/loss.hpp"
#include "tuneit/recipe/judges/slots.hpp"
#include "tuneit/recipe/judges/timing.hpp"

namespace tuneit::detail {

template <class P, class Model>
struct JudgePolicy;

// --- one by itself
template <class Item>
constexpr bool may_be_in_group() {
  if constexpr (IsOptimizerOption<Item>)
    return true;
  else if constexpr (!is_word<Item, void>)
    return true;  // judged as what it is
  else if constexpr (requires { typename Item::slot; })
    return (TakesSlot<Item, slots::Schedule> && !watches_loss<Item>) || TakesSlot<Item, slots::Warmup> ||
           TakesSlot<Item, slots::Optimizer> || TakesSlot<Item, slots::Clip>;
  else
    return false;
}
template <class Model, class Items>
struct JudgeItems;
template <class Model, class... Items>
struct JudgeItems<Model, List<Items...>> : judge_all<JudgePolicy<Items, Model>...> {};
template <class T>
struct IsPolicy {
  static constexpr bool value = Policy<T>;
};
template <class P, class Model, class Items>
struct JudgeGroupItems;
template <class P, class Model, class... Items>
struct JudgeGroupItems<P, Model, List<Items...>>
    : judge_all<judge_selector<P, Model, typename P::selector>, Demand<(sizeof...(Items) > 0), NothingInside<P>>,
                JudgeItemKind<Items>..., Demand<may_be_in_group<Items>(), NotInAGroup<P, Items>>...,
                JudgeOptionList<Items...>, JudgeItems<Model, filter_t<IsPolicy, Items...>>,
                JudgeSlots<List<Items...>, same_slot<Items...>()>> {};

// --- one in its recipe
template <class P, class Place>
constexpr bool group_trains() {
  bool trains = false;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto phase = [&](const auto& plan, std::uint16_t number) {
      for (const PlanRow& row : plan.rows) trains = trains || (row.group == number && !row.frozen);
    };
    (each_group<P, I>([&]<class Other>(Type<Other>, std::uint16_t number) {
       if (std::is_same_v<Other, Place>) phase(plans_of_parts<P>[I], number);
     }),
     ...);
  }
  (std::make_index_sequence<P::phase_count>{});
  return trains;
}
template <class Optimizer, class... Items>
constexpr bool nesterov_fits_with() {
  auto numbers = Optimizer::option_numbers;
  [[maybe_unused]] const auto say = [&]<class Item>(Type<Item>) {
    if constexpr (IsOptimizerOption<Item>)
      for (const Hyperparameter& h : hyperparameters_of<Item>)
        if (const std::size_t i = number_at(numbers, h.name); i < numbers.size()) numbers[i].value = h.value;
  };
  (say(Type<Items>{}), ...);
  return nesterov_fits(numbers.data(), numbers.size());
}
// In one of the phases in which it holds.
template <class P, std::size_t I, class Place, class Items>
struct JudgeGroupIn;
template <class P, std::size_t I, class Place, class... Items>
struct JudgeGroupIn<P, I, Place, List<Items...>> {
  using Opt = group_optimizer_t<P, I, Place>;
  using Group = typename Place::group;
  using type = typename judge_all<
      Demand<!IsOptimizerOption<Items> || takes_optimizer_option<Opt, Items>(), NotAnOption<Opt, Items>>...,
      Demand<(rate_fits<Items, typename P::loss>() && ...) &&
                 std::is_same_v<typename RateFor<Opt>::type, typename P::loss::reduction>,
             RateForOtherReduction<Group, typename P::loss>>,
      Demand<nesterov_fits_with<Opt, Items...>(), NesterovNeedsMomentum<Group>>>::type;
};
template <class P, std::size_t I, class Place, bool Here = Place::holds_in(I)>
struct JudgeGroupHere : JudgeGroupIn<P, I, Place, typename Place::items> {};
template <class P, std::size_t I, class Place>
struct JudgeGroupHere<P, I, Place, false> {
  using type = Accepted;
};

// Its times: within the training, or within the phase in which it stands.
template <class P, class Place>
struct GroupClock {
  static constexpr int epochs = P::epochs;
  static constexpr bool said =
      pick_from_t<slots::Epochs, NoEpochs, typename P::policies>::count > 0 || !std::is_void_v<typename P::phased>;
  using warmup = typename P::warmup;
  using schedule = typename P::schedule;
};
template <class P, class Place>
requires(Place::phase >= 0) struct GroupClock<P, Place> {
  static constexpr std::size_t I = static_cast<std::size_t>(Place::phase);
  static constexpr int epochs = count_of<typename phase_t<P, I>::length>();
  static constexpr bool said = true;
  using warmup = in_phase_t<P, I, slots::Warmup, NoWarmup>;
  using schedule = in_phase_t<P, I, slots::Schedule, Constant>;
};
template <class P, class Place, class Items>
struct JudgeGroupTimes;
template <class P, class Place, class... Items>
struct JudgeGroupTimes<P, Place, List<Items...>>
    : judge_all<JudgeScheduleIn<Items, GroupClock<P, Place>::epochs, GroupClock<P, Place>::said>...,
                JudgeAfterWarmup<in_group_t<Place, slots::Warmup, typename GroupClock<P, Place>::warmup>,
                                 in_group_t<Place, slots::Schedule, typename GroupClock<P, Place>::schedule>,
                                 GroupClock<P, Place>::epochs>> {};
// With a schedule or warm-up of its own; else the recipe's have been judged.
template <class P, class Place>
struct JudgeGroupClock : std::conditional_t<std::is_void_v<in_group_t<Place, slots::Warmup>> &&
                                                std::is_void_v<in_group_t<Place, slots::Schedule>>,
                                            Type<Accepted>, JudgeGroupTimes<P, Place, typename Place::items>> {};

template <class P, class Place, class Indices>
struct JudgeGroup;
template <class P, class Place, std::size_t... I>
struct JudgeGroup<P, Place, std::index_sequence<I...>>
    : judge_all<Demand<group_trains<P, Place>(), GroupTrainsNothing<typename Place::group>>,
                JudgeGroupHere<P, I, Place>..., JudgeGroupClock<P, Place>> {};

// --- two that stand together
template <class Model, class A, class B>
constexpr bool groups_meet() {
  if constexpr (A::phase == B::phase)
    return overlap<Model, typename A::group::selector, typename B::group::selector>();
  else
    return false;
}
template <class Model, class A, class B>
struct JudgeGroupPair
    : Demand<!groups_meet<Model, A, B>(),
             GroupsOverlap<origin_t<Model>, typename A::group::selector, typename B::group::selector>> {};
template <class Model, class... Places>
struct JudgeGroupPairs {
  using type = Accepted;
};
template <class Model, class A, class... Rest>
struct JudgeGroupPairs<Model, A, Rest...>
    : judge_all<JudgeGroupPair<Model, A, Rest>..., JudgeGroupPairs<Model, Rest...>> {};

template <class P, class Places>
struct JudgeGroups;
template <class P, class... Places>
struct JudgeGroups<P, List<Places...>> : judge_all<JudgeGroupPairs<typename P::model, Places...>,
                                                   JudgeGroup<P, Places, std::make_index_sequence<P::phase_count>>...> {
};
template <class Parts>
requires(Parts::grouped) struct JudgeReduction<Parts>
    : judge_all<JudgeOptimizerRate<Parts>, JudgePhaseRates<Parts, typename Parts::phases::list>,
                JudgeGroups<Parts, groups_of<Parts>>> {
};

}  // namespace tuneit::detail

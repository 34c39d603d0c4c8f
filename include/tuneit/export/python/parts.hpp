#pragma once
// The optimizers of a recipe under run-time numbers: one for what is in no group, one for each group.
#include <string>
#include <utility>
#include <vector>

#include "tuneit/export/python/extras.hpp"
#include "tuneit/export/python/part_view.hpp"
#include "tuneit/recipe/numbers/group_timeline.hpp"
#include "tuneit/recipe/numbers/numbers.hpp"

namespace tuneit::python {

namespace detail {

/// The I-th phase of what is in no group.
template <class R, std::size_t I>
PhaseView phase_view(const Settings& s, long long spe) {
  using P = typename R::parts;
  using Items = typename tuneit::detail::phase_t<P, I>::items;
  using OwnWarmup = tuneit::detail::pick_from_t<slots::Warmup, void, Items>;
  using OwnSchedule = tuneit::detail::pick_from_t<slots::Schedule, void, Items>;
  const double* const values = s.values.data();
  PhaseView v;
  v.epochs = total_epochs<R>(s);
  if constexpr (!std::is_void_v<typename R::phased>)
    v.epochs = static_cast<int>(values[tuneit::detail::phase_offset<P, I>]);
  v.numbers = optimizer_of(s, tuneit::detail::numbers_of_phase<P, I>(s)).numbers;
  long long warmup_steps = 0;
  std::string warmup;
  if constexpr (!std::is_void_v<OwnWarmup> || !std::is_void_v<OwnSchedule>) {
    if constexpr (!std::is_void_v<OwnWarmup>)
      warmup = warmup_text<OwnWarmup>(values + tuneit::detail::phase_item_offset<P, I, OwnWarmup>, spe, warmup_steps);
    if constexpr (!std::is_void_v<OwnSchedule>)
      v.time = time_text<OwnSchedule>(values + tuneit::detail::phase_item_offset<P, I, OwnSchedule>, s, v.epochs, spe,
                                      warmup, warmup_steps);
    v.time.warmup = warmup;
    v.time.own = true;
  } else {
    using W = typename R::warmup;
    using S = typename R::schedule;
    if (s.warmup_steps < 0)
      warmup = warmup_text<W>(values + tuneit::detail::number_offset<P, W>, spe, warmup_steps);
    else if ((warmup_steps = s.warmup_steps) > 0)
      warmup = whole(s.warmup_steps);
    v.time =
        time_text<S>(values + tuneit::detail::number_offset<P, S>, s, total_epochs<R>(s), spe, warmup, warmup_steps);
  }
  return v;
}

/// The time of a group beside the phases that has a schedule or warm-up of its own: it counts in the whole training.
template <class R, class Place>
TimeText group_time(const Settings& s, long long spe) {
  using P = typename R::parts;
  using W = tuneit::detail::TimeOfGroup<P, Place, slots::Warmup, typename P::warmup, true>;
  using S = tuneit::detail::TimeOfGroup<P, Place, slots::Schedule, typename P::schedule, true>;
  const double* const values = s.values.data();
  long long warmup_steps = 0;
  std::string warmup;
  if (!std::is_void_v<typename W::own> || s.warmup_steps < 0)
    warmup = warmup_text<typename W::type>(values + W::offset(), spe, warmup_steps);
  else if ((warmup_steps = s.warmup_steps) > 0)
    warmup = whole(s.warmup_steps);
  return time_text<typename S::type>(values + S::offset(), s, total_epochs<R>(s), spe, warmup, warmup_steps);
}

/// A word for a group that no other has: "head", "group", "group_2".
template <class Selector>
std::string group_word(const std::vector<PartView>& others) {
  std::string word = tuneit::detail::group_word(type_name<Selector>());
  word.pop_back();
  for (char& c : word)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  if (std::isdigit(static_cast<unsigned char>(word[0])) != 0) word = "group_" + word;
  const auto taken = [&](const std::string& text) {
    return std::any_of(others.begin(), others.end(), [&](const PartView& p) { return p.word == text; });
  };
  std::string text = word;
  for (int i = 2; taken(text); ++i) text = word + "_" + whole(i);
  return text;
}

/// A group beside the phases; `rest` is what is in none.
template <class R, class Place>
PartView group_view(const Settings& s, long long spe, const PlanText& plan, const PartView& rest) {
  using P = typename R::parts;
  PartView v;
  v.about = type_name<typename Place::group>();
  v.optimizer = optimizer_of(s, tuneit::detail::numbers_of_phase<P, 0, Place>(s));
  v.phases = rest.phases;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((v.phases[I].numbers = optimizer_of(s, tuneit::detail::numbers_of_phase<P, I, Place>(s)).numbers), ...);
  }
  (std::make_index_sequence<R::phase_count>{});
  if constexpr (!std::is_void_v<tuneit::detail::in_group_t<Place, slots::Warmup>> ||
                !std::is_void_v<tuneit::detail::in_group_t<Place, slots::Schedule>>)
    for (PhaseView& phase : v.phases) phase.time = group_time<R, Place>(s, spe);
  v.watches = rest.watches && tuneit::detail::follows_rate<R, Place>;
  using Clip = tuneit::detail::in_group_t<Place, slots::Clip>;
  if constexpr (!std::is_void_v<Clip>) {
    ExtrasView own;
    write_extra(Type<Clip>{}, Type<typename R::model>{}, plan,
                s.values.data() + tuneit::detail::group_item_offset<P, Place, Clip>, own);
    v.clip = own.clip;
    v.clip_most = own.clip_most;
  }
  return v;
}

}  // namespace detail

/// All parts of which something trains. Groups are those beside the phases.
template <class R>
std::vector<PartView> parts_of(const Settings& s, long long spe, const PlanText& plan) {
  using P = typename R::parts;
  PartView rest;
  rest.about = "what is in no group";
  rest.optimizer = optimizer_of(s, tuneit::detail::common_values<P>(s));
  rest.watches = tuneit::detail::watches_loss<typename R::schedule>;
  [&]<std::size_t... I>(std::index_sequence<I...>) { (rest.phases.push_back(detail::phase_view<R, I>(s, spe)), ...); }
  (std::make_index_sequence<R::phase_count>{});
  if constexpr (!P::grouped) {
    return {std::move(rest)};
  } else {
    std::vector<PartView> parts;
    const auto trains = [&](std::size_t group) {
      return std::any_of(plan.tensors.begin(), plan.tensors.end(),
                         [&](const TensorView& t) { return !t.buffer && t.group == group && t.trains(); });
    };
    if (trains(0)) parts.push_back(rest);
    tuneit::detail::each_group<P, 0>([&]<class Place>(Type<Place>, std::uint16_t number) {
      if (!trains(number)) return;
      PartView one = detail::group_view<R, Place>(s, spe, plan, rest);
      one.group = number;
      one.word = detail::group_word<typename Place::group::selector>(parts);
      parts.push_back(std::move(one));
    });
    return parts;
  }
}

}  // namespace tuneit::python

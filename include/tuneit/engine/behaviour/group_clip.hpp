#pragma once
// Where groups (GroupOf) limit gradients: a group those of its tensors, the recipe those of all others.
#include <cstddef>
#include <vector>

#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/recipe/finetune.hpp"

namespace tuneit::detail {

/// Does P see some gradients only?
template <class P, class R>
inline constexpr bool limits_rows = false;
template <class P, class R>
requires(R::parts::grouped) inline constexpr bool limits_rows<P, R> = is_group<P> ||
                                                                      (TakesSlot<P, slots::Clip> &&
                                                                       clips_by_group<typename R::parts>);

/// The rows whose gradients P limits in the I-th phase.
template <class P, class R, std::size_t I>
std::vector<std::size_t> rows_to_limit() {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {
    const PlanRow& row = plans<R>[I].rows[i];
    if (table<typename R::model>.rows[i].is_buffer() || row.frozen) continue;
    bool here = !is_group<P>;
    each_group<typename R::parts, I>([&]<class Place>(Type<Place>, std::uint16_t number) {
      if (number != row.group) return;
      if constexpr (is_group<P>)
        here = std::is_same_v<typename Place::group, P>;
      else
        here = !clips_itself<typename Place::group>;
    });
    if (here) rows.push_back(i);
  }
  return rows;
}
template <class P, class R>
const std::vector<std::size_t>& rows_to_limit(std::size_t phase) {
  static const auto rows = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::vector<std::vector<std::size_t>>{rows_to_limit<P, R, I>()...};
  }
  (std::make_index_sequence<R::phase_count>{});
  return rows[phase];
}
template <class P, class R, class B, class C>
void limit_rows(B& behaviour, const C& c) {
  C some = c;
  some.gradients = TrainedTensors(c.gradients.all(), rows_to_limit<P, R>(c.at.phase));
  behaviour.on_gradients(some);
}

template <class G>
using clip_of_group = pick_from_t<slots::Clip, void, typename G::items>;

/// A group limits as what it says does.
template <class G, class R>
requires StandsIn<G, slots::Group>
struct SlotBehaviour<G, R> : Behaviour<clip_of_group<G>, R> {
  template <class C>
  void on_gradients(const C& c) {
    using Clip = clip_of_group<G>;
    C own = c;
    own.numbers = {c.numbers.data() + numbers_before<Clip>(typename G::numbered{}), number_count<Clip>};
    static_cast<Behaviour<Clip, R>&>(*this).on_gradients(own);
  }
};

}  // namespace tuneit::detail

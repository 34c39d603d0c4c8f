#pragma once
// Which of a recipe's losses is of which output of the network, and where among the targets of a batch are its own?
#include <cstddef>
#include <type_traits>

#include "tuneit/net/wire_plan.hpp"
#include "tuneit/recipe/losses/on.hpp"
#include "tuneit/recipe/losses/targets.hpp"

namespace tuneit::detail {

/// The losses of a recipe's loss: those of Losses, or itself.
template <class L>
struct LossItems {
  using type = List<L>;
};
template <class L>
requires requires { typename L::items; }
struct LossItems<L> {
  using type = typename L::items;
};
template <class L>
using loss_items = typename LossItems<L>::type;

/// Of each loss its output, -1: of none; and the number of its targets, which losses of one output share: they count in
/// the order in which outputs are first named.
template <std::size_t N>
struct LossPlaces {
  int output[N + 1]{}, target[N + 1]{};
  int targets = 0;
  /// The first loss of an output, or -1.
  [[nodiscard]] constexpr int loss_of(int of) const {
    for (std::size_t i = 0; i < N; ++i)
      if (output[i] == of) return static_cast<int>(i);
    return -1;
  }
};

template <class Model, class Name>
constexpr int index_of_output() {
  if constexpr (!std::is_void_v<Name>) return output_index<Model>(name_hash<Name::name>);
  return -1;
}
/// Is an output among these?
template <class Model, class... Names>
constexpr bool is_unused([[maybe_unused]] int output, List<Names...>) {
  return ((index_of_output<Model, Names>() == output) || ...);
}
/// The only output that is used, or -1.
template <class Model, class Unused>
constexpr int lone_output() {
  int lone = -1, used = 0;
  for (int i = 0; i < output_count<Model>; ++i)
    if (!is_unused<Model>(i, typename Unused::names{})) lone = i, ++used;
  return used == 1 ? lone : -1;
}

template <class Model, class Unused, class... Ls>
constexpr auto place_losses(List<Ls...>) {
  LossPlaces<sizeof...(Ls)> p;
  std::size_t n = 0;
  const auto one = [&](int output) {
    p.output[n] = output;
    const int before = p.loss_of(output);
    p.target[n] = before < static_cast<int>(n) ? p.target[before] : p.targets++;
    ++n;
  };
  (one(std::is_void_v<on_of<Ls>> ? lone_output<Model, Unused>() : index_of_output<Model, on_of<Ls>>()), ...);
  return p;
}

/// R: a recipe, or what it decides.
template <class R>
inline constexpr auto loss_places = place_losses<typename R::model, typename R::unused>(loss_items<typename R::loss>{});

/// Of a phase: its losses take the targets that the batches of the whole recipe have, in their order.
template <class R>
requires requires { typename R::whole; }
inline constexpr auto loss_places<R> = [] {
  auto p = place_losses<typename R::model, typename R::unused>(loss_items<typename R::loss>{});
  constexpr auto& whole = loss_places<typename R::whole>;
  for (std::size_t i = 0; i < std::size_t{loss_items<typename R::loss>::size}; ++i) {
    const int of = whole.loss_of(p.output[i]);
    p.target[i] = of < 0 ? -1 : whole.target[of];
  }
  p.targets = whole.targets;
  return p;
}();

/// The kind of targets of each loss.
template <class... Ls>
constexpr TargetKind kind_of_loss(int which, List<Ls...>) {
  constexpr TargetKind kinds[] = {target_kind<Ls>...};
  return kinds[which];
}

}  // namespace tuneit::detail

#pragma once
// From options to a recipe: the structure that a person chose is picked among those compiled here, one recipe for each
// model and number of frozen blocks; optimizer, schedule and precision are left open in the recipe itself.
#include <utility>

#include "choices.hpp"
#include "tuneit/app/data/known_model.hpp"
#include "tuneit/app/recipe_info.hpp"

namespace choice {

using namespace tuneit;

template <class Model, int FrozenBlocks>
struct Chosen {
  using type = Finetune<Model, ReplaceHead<Dynamic>, Freeze<Layers<0, FrozenBlocks>>, LrScale<Head, 10>,
                        ChosenOptimizer, ChosenSchedule, Precision<ChosenPrecision>>;
};
template <class Model>
struct Chosen<Model, 0> {
  using type = Finetune<Model, ReplaceHead<Dynamic>, LrScale<Head, 10>, ChosenOptimizer, ChosenSchedule,
                        Precision<ChosenPrecision>>;
};

template <class R>
void run_recipe(const Choices& o) {
  run_chosen(o, app::info_of<R>());
}

template <class Model, int... N>
void dispatch(const Choices& o, int frozen, std::integer_sequence<int, N...>) {
  ((N == frozen ? run_recipe<typename Chosen<Model, N>::type>(o) : void()), ...);
}

/// Numbers of frozen blocks that a family offers; none are named: all.
template <int... N>
using Depths = std::integer_sequence<int, N...>;

template <class Model, int... N>
void refuse_others(const Choices& o, int frozen, Depths<N...>) {
  if (((N == frozen) || ...)) return;
  std::string offered;
  ((offered += (offered.empty() ? "" : ", ") + std::to_string(N)), ...);
  throw Error(ErrorKind::Usage, "--freeze " + o.freeze + " is not compiled for " + type_name<Model>(),
              "This program can freeze " + offered + " of its blocks; a recipe of your own any other number.");
}

/// Runs Model with the number of frozen blocks that --freeze asks for.
template <class Model, class Offered = Depths<>>
void run_model(const Choices& o) {
  constexpr int blocks = static_cast<int>(Model::block_count);
  const int frozen = o.freeze == "none" ? 0 : o.freeze == "backbone" ? blocks - 1 : std::stoi(o.freeze);
  if (frozen >= blocks)
    throw Error(
        ErrorKind::Usage,
        "--freeze " + o.freeze + ": " + type_name<Model>() + " has " + std::to_string(blocks) +
            " blocks, the last of them the head",
        "Give a number up to " + std::to_string(blocks - 1) + " (which is the backbone), or none, or backbone.");
  if constexpr (std::is_same_v<Offered, Depths<>>) {
    dispatch<Model>(o, frozen, std::make_integer_sequence<int, blocks>{});
  } else {
    refuse_others<Model>(o, frozen, Offered{});
    dispatch<Model>(o, frozen, Offered{});
  }
}

/// Runs the model among Models that is called o.name, if there is one.
template <class... Models, class Offered = Depths<>>
bool run_named(const Choices& o, std::initializer_list<const char*> names, Offered = {}) {
  const char* const* name = names.begin();
  bool found = false;
  const auto one = [&]<class M>(Type<M>) {
    if (app::plain_name(o.name) != app::plain_name(*name++)) return;
    found = true;
    run_model<M, Offered>(o);
  };
  (one(Type<Models>{}), ...);
  return found;
}

}  // namespace choice

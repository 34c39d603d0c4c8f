#pragma once
// From options to a recipe: the structure that a person chose is picked among those compiled here, one recipe for each
// model and number of frozen blocks; optimizer, schedule and precision are left open in the recipe itself.
#include <utility>

#include "session.hpp"
#include "tuneit/engine/files.hpp"
#include "tuneit/recipe.hpp"

namespace program {

using namespace tuneit;

template <class Model, int FrozenBlocks>
struct Chosen {
  using type = Finetune<Model, ReplaceHead<Dynamic>, Freeze<Layers<0, FrozenBlocks>>, LrScale<Head, 1>, ChosenOptimizer,
                        ChosenSchedule, Precision<ChosenPrecision>>;
};
template <class Model>
struct Chosen<Model, 0> {
  using type = Finetune<Model, ReplaceHead<Dynamic>, LrScale<Head, 1>, ChosenOptimizer, ChosenSchedule,
                        Precision<ChosenPrecision>>;
};

template <class R>
class SessionOf final : public Session {
 public:
  explicit SessionOf(const Settings& s) : trainer_(s) {}
  const Settings& settings() const override { return trainer_.settings(); }
  double rate(long long steps_per_epoch) const override { return trainer_.rate(steps_per_epoch); }
  BatchResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) override {
    return trainer_.step(images, labels, steps_per_epoch);
  }
  at::Tensor logits(const at::Tensor& images) const override { return trainer_.logits(images); }
  const Tensors& tensors() const override { return trainer_.tensors(); }
  std::size_t frozen_blocks() const override { return frozen_prefix<R>(); }
  at::Tensor features(const at::Tensor& images) const override { return trainer_.features(images); }
  BatchResult step_features(const at::Tensor& features, const at::Tensor& labels, long long steps_per_epoch) override {
    return trainer_.step_features(features, labels, steps_per_epoch);
  }
  at::Tensor logits_from(const at::Tensor& features) const override { return trainer_.logits_from(features); }
  std::vector<std::string> load(const std::string& path, bool fresh_head, const weights::MatchOptions& o) override {
    return load_weights<typename R::model>(trainer_.tensors(), path, fresh_head, o);
  }
  void save(const Tensors& tensors, const std::string& path,
            const std::map<std::string, std::string>& metadata) const override {
    save_weights<typename R::model>(tensors, path, metadata);
  }

 private:
  Trainer<R> trainer_;
};

template <class R>
void run_recipe(const Options& o) {
  using Model = typename R::model;
  RecipeInfo kind{type_name<typename R::origin>(),
                  type_name<R>(),
                  {},
                  defaults<R>(),
                  &explain<R>,
                  [](const Settings& s) -> std::unique_ptr<Session> { return std::make_unique<SessionOf<R>>(s); },
                  &count_parameters<R>,
                  [](const Settings& s) { return feature_count<R>(s.side); }};
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (table<Model>.rows[i].owner == Owner::Linear && table<Model>.rows[i].kind == Kind::Weight)
      kind.head = std::string(table<Model>.name(i));
  run(o, kind);
}

template <class Model, int... N>
void dispatch(const Options& o, int frozen, std::integer_sequence<int, N...>) {
  ((N == frozen ? run_recipe<typename Chosen<Model, N>::type>(o) : void()), ...);
}

/// Numbers of frozen blocks that a family offers; none are named: all.
template <int... N>
using Depths = std::integer_sequence<int, N...>;

template <class Model, int... N>
void refuse_others(const Options& o, int frozen, Depths<N...>) {
  if (((N == frozen) || ...)) return;
  std::string offered;
  ((offered += (offered.empty() ? "" : ", ") + std::to_string(N)), ...);
  throw Error(Fault::Usage, "--freeze " + o.freeze + " is not compiled for " + type_name<Model>(),
              "This program can freeze " + offered + " of its blocks; a recipe of your own any other number.");
}

/// Runs Model with the number of frozen blocks that --freeze asks for.
template <class Model, class Offered = Depths<>>
void run_model(const Options& o) {
  constexpr int blocks = static_cast<int>(Model::block_count);
  const int frozen = o.freeze == "none" ? 0 : o.freeze == "backbone" ? blocks - 1 : std::stoi(o.freeze);
  if (frozen >= blocks)
    throw Error(
        Fault::Usage,
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

/// Runs the model among Models that is called o.model, if there is one.
template <class... Models, class Offered = Depths<>>
bool run_named(const Options& o, std::initializer_list<const char*> names, Offered = {}) {
  const char* const* name = names.begin();
  bool found = false;
  const auto one = [&]<class M>(Type<M>) {
    if (o.model != *name++) return;
    found = true;
    run_model<M, Offered>(o);
  };
  (one(Type<Models>{}), ...);
  return found;
}

}  // namespace program

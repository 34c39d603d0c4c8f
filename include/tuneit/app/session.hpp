#pragma once
// A recipe at work behind one interface, so that the program around it is compiled once and not once per recipe. The
// virtual call is per step of the program; inside of a step there is none.
#include <memory>
#include <string>

#include "tuneit/data/recipe_augment.hpp"
#include "tuneit/engine/load_recipe.hpp"
#include "tuneit/engine/trainer_like.hpp"
#include "tuneit/python/emit.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/recipe/check.hpp"
#include "tuneit/recipe/lone_values.hpp"
#include "tuneit/recipe/run_times.hpp"

namespace tuneit::app {

class Session {
 public:
  virtual ~Session() = default;

  // as Trainer
  [[nodiscard]] virtual const Settings& settings() const = 0;
  [[nodiscard]] virtual at::Device device() const = 0;
  [[nodiscard]] virtual double rate(long long steps_per_epoch) const = 0;
  virtual BatchResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) = 0;
  [[nodiscard]] virtual at::Tensor logits(const at::Tensor& images) const = 0;
  [[nodiscard]] virtual const Tensors& tensors() const = 0;
  virtual void begin_epoch(long long steps_per_epoch) = 0;
  [[nodiscard]] virtual long long steps_in(long long batches) const = 0;
  virtual void finish_window(long long steps_per_epoch) = 0;
  virtual void drop_window() noexcept = 0;
  [[nodiscard]] virtual long long steps_done() const = 0;
  virtual void pass_over(long long steps_per_epoch) = 0;
  virtual bool epoch_done(const EpochResult& result) = 0;
  [[nodiscard]] virtual const Tensors& best_tensors() const = 0;
  [[nodiscard]] virtual BatchResult score(const at::Tensor& logits, const at::Tensor& labels) const = 0;
  [[nodiscard]] virtual std::size_t frozen_blocks(int epoch) const = 0;
  [[nodiscard]] virtual bool mixes() const = 0;
  [[nodiscard]] virtual at::Tensor features(const at::Tensor& images) const = 0;
  virtual BatchResult step_features(const at::Tensor& features, const at::Tensor& labels,
                                    long long steps_per_epoch) = 0;
  [[nodiscard]] virtual at::Tensor logits_from(const at::Tensor& features) const = 0;

  // its files
  virtual std::vector<std::string> load(const std::string& path, const weights::MatchOptions&) = 0;
  virtual void save(const Tensors&, const std::string& path,
                    const std::map<std::string, std::string>& metadata) const = 0;
};
static_assert(TrainerLike<Session>);

/// A recipe before it works: what can be asked without tensors.
struct RecipeInfo {
  std::string model, recipe;   ///< names for people
  bool takes_targets = false;  ///< its loss can have a number for each output
  LossKind loss = LossKind::CrossEntropy;
  std::string loss_name;  ///< in words
  int outputs = 0;        ///< of its head; 0: as many as the data wants
  std::string head;       ///< the name of the last linear weight in its files
  Settings defaults;
  std::vector<NamedNumber> numbers;  ///< of its policies, in Settings::values
  std::string (*explain)(const Settings&);
  std::unique_ptr<Session> (*start)(const Settings&);
  std::int64_t (*parameters)(bool frozen, int classes);
  std::int64_t (*features)(const Settings&);                ///< numbers that frozen blocks make of a picture, or 0
  std::string (*python)(const Settings&, python::Options);  ///< steps_per_epoch: batches
  std::size_t (*skipped_at_most)(const Settings&);          ///< pictures that cannot be read
  data::Augment (*augment)(const Settings&);                ///< of the training pictures, as the recipe says
  StepList (*steps)(const Settings&);                       ///< of which it is made
  TestViewKind test_views = TestViewKind::One;
  bool new_head = false;  ///< ReplaceHead: what the weights have there is another's, unless names say otherwise
  int channels = 3;       ///< of the pictures
  std::vector<weights::Expected> (*file)() = nullptr;                      ///< what a file of its weights holds
  std::int64_t (*file_bytes)(const Settings&, int classes) = nullptr;      ///< of its model as safetensors
  std::vector<MisfitTime> (*misfits)(const Settings&, long long batches);  ///< times that do not fit into the training
  bool (*lone_values)(int side);                         ///< does one picture give a batch norm one value per channel?
  void (*check)(const Settings&) = nullptr;              ///< throws Error for numbers that make no sense
  std::string (*pulls_back)(const Settings&) = nullptr;  ///< which policy pulls weights back to where they started
};

template <class R>
class SessionOf final : public Session {
  static_assert(TrainerLike<Trainer<R>>);

 public:
  explicit SessionOf(const Settings& s) : trainer_(s) {}
  const Settings& settings() const override { return trainer_.settings(); }
  at::Device device() const override { return trainer_.device(); }
  double rate(long long steps_per_epoch) const override { return trainer_.rate(steps_per_epoch); }
  BatchResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) override {
    return trainer_.step(images, labels, steps_per_epoch);
  }
  at::Tensor logits(const at::Tensor& images) const override { return trainer_.logits(images); }
  const Tensors& tensors() const override { return trainer_.tensors(); }
  void begin_epoch(long long steps_per_epoch) override { trainer_.begin_epoch(steps_per_epoch); }
  long long steps_in(long long batches) const override { return trainer_.steps_in(batches); }
  void finish_window(long long steps_per_epoch) override { trainer_.finish_window(steps_per_epoch); }
  void drop_window() noexcept override { trainer_.drop_window(); }
  long long steps_done() const override { return trainer_.steps_done(); }
  void pass_over(long long steps_per_epoch) override { trainer_.pass_over(steps_per_epoch); }
  bool epoch_done(const EpochResult& result) override { return trainer_.epoch_done(result); }
  const Tensors& best_tensors() const override { return trainer_.best_tensors(); }
  BatchResult score(const at::Tensor& logits, const at::Tensor& labels) const override {
    return trainer_.score(logits, labels);
  }
  std::size_t frozen_blocks(int epoch) const override { return trainer_.frozen_blocks(epoch); }
  bool mixes() const override { return trainer_.mixes(); }
  at::Tensor features(const at::Tensor& images) const override { return trainer_.features(images); }
  BatchResult step_features(const at::Tensor& features, const at::Tensor& labels, long long steps_per_epoch) override {
    return trainer_.step_features(features, labels, steps_per_epoch);
  }
  at::Tensor logits_from(const at::Tensor& features) const override { return trainer_.logits_from(features); }
  std::vector<std::string> load(const std::string& path, const weights::MatchOptions& o) override {
    return load_weights(trainer_, path, o);
  }
  void save(const Tensors& tensors, const std::string& path,
            const std::map<std::string, std::string>& metadata) const override {
    save_weights<typename R::model>(tensors, path, metadata);
  }

 private:
  Trainer<R> trainer_;
};

/// Optimizer steps in so many batches: fewer where gradients are accumulated.
template <class R>
long long steps_of_batches([[maybe_unused]] const Settings& s, long long batches) {
  if constexpr (knob_count < typename R::accumulate >> 0) {
    const auto window = static_cast<long long>(value_of<R, typename R::accumulate>(s));
    return (batches + window - 1) / window;
  }
  return batches;
}

/// The policy that pulls weights back to where they started; empty where there is none, or its number is 0.
template <class R>
std::string pulls_back(const Settings& s) {
  std::string found;
  [[maybe_unused]] const auto one = [&]<class P>(Type<P>) {
    if constexpr (requires { requires P::pulls; })
      for (std::size_t i = 0; i<table<typename R::model>.size&& * values_of<R, P>(s)> 0; ++i)
        if (mask<typename R::model, typename P::selector>.at[i] && ever_trains<R>(i) &&
            plans<R>[0].rows[i].origin != Origin::Fresh)
          found = type_name<P>();
  };
  [&]<class... Ps>(List<Ps...>) { (one(Type<Ps>{}), ...); }(typename R::common{});
  return found;
}

/// What can be said of a recipe before it works.
template <class R>
RecipeInfo info_of() {
  using Model = typename R::model;
  RecipeInfo info{
      type_name<typename R::origin>(),
      type_name<R>(),
      R::loss::kind != LossKind::CrossEntropy || R::loss::loss.soft,
      R::loss::kind,
      tuneit::detail::loss_text<typename R::loss>(defaults<R>()),
      R::new_classes == Dynamic ? 0 : defaults<R>().classes,
      {},
      defaults<R>(),
      named_numbers<R>(),
      [](const Settings& s) { return explain<R>(s); },
      [](const Settings& s) -> std::unique_ptr<Session> { return std::make_unique<SessionOf<R>>(s); },
      &count_parameters<R>,
      [](const Settings& s) { return feature_count<R>(s.side); },
      [](const Settings& s, python::Options o) {
        o.steps_per_epoch = steps_of_batches<R>(s, o.steps_per_epoch);
        return emit_python<R>(s, o);
      },
      &tuneit::skipped_at_most<R>,
      [](const Settings& s) { return data::train_augment<R>(s); },
      &train_steps<R>,
      R::test_views::kind,
      R::new_classes != 0,
      Model::input::channels,
      &expected_of_file<Model>,
      [](const Settings& s, int classes) {
        return file_bytes<Model>(classes, s.numbers == NumberType::Double ? 8 : 4);
      },
      [](const Settings& s, long long batches) { return misfit_times<R>(s, steps_of_batches<R>(s, batches)); },
      &lone_values_at<R>,
      &check_settings<R>,
      &pulls_back<R>};
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (table<Model>.rows[i].owner == Owner::Linear && table<Model>.rows[i].kind == Kind::Weight)
      info.head = std::string(table<Model>.name(i));
  return info;
}

}  // namespace tuneit::app

#pragma once
// A trainer whose recipe is known at run time only: all that the training loop asks of one, and its files, behind one
// interface, so that a program around it is compiled once and not once per recipe. The virtual call is per step; inside
// of a step there is none.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tuneit/engine/load_weights.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/engine/trainer_like.hpp"
#include "tuneit/weights/delta.hpp"

namespace tuneit {

/// Its members are those of Trainer<R> of the same names (engine/trainer.hpp), which say what each does.
class AnyTrainer {
 public:
  virtual ~AnyTrainer() = default;

  // as Trainer
  [[nodiscard]] virtual const Settings& settings() const = 0;
  [[nodiscard]] virtual at::Device device() const = 0;
  [[nodiscard]] virtual double rate(long long steps_per_epoch) const = 0;
  virtual StepResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) = 0;
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
  [[nodiscard]] virtual StepResult score(const at::Tensor& logits, const at::Tensor& labels) const = 0;
  [[nodiscard]] virtual MetricSums metrics() const = 0;
  virtual std::vector<NamedFigure> trained_metrics() = 0;
  [[nodiscard]] virtual std::string graphs_text() const = 0;
  [[nodiscard]] virtual std::string monitor() const = 0;
  [[nodiscard]] virtual bool monitor_lower_is_better() const = 0;
  [[nodiscard]] virtual std::size_t frozen_blocks(int epoch) const = 0;
  [[nodiscard]] virtual bool mixes() const = 0;
  [[nodiscard]] virtual at::Tensor features(const at::Tensor& images) const = 0;
  virtual StepResult step_features(const at::Tensor& features, const at::Tensor& labels, long long steps_per_epoch) = 0;
  [[nodiscard]] virtual at::Tensor logits_from(const at::Tensor& features) const = 0;

  // what it remembers, and its files
  virtual void state(Archive& archive) = 0;
  virtual std::vector<std::string> load(const std::string& path, const weights::MatchOptions&) = 0;
  virtual std::vector<std::string> load_with_deltas(const std::string& path, const Deltas&,
                                                    const weights::MatchOptions&) = 0;
  virtual void save(const Tensors&, const std::string& path,
                    const std::map<std::string, std::string>& metadata) const = 0;
  /// Of the i-th of its tensors, in files.
  [[nodiscard]] virtual std::string tensor_name(std::size_t i) const = 0;
  /// The weights of the recipe's teacher (Distill); nothing where it has none.
  virtual void load_teacher(const std::string& path, const weights::MatchOptions&) = 0;
};
static_assert(TrainerLike<AnyTrainer>);

namespace detail {

template <class R>
class AnyTrainerOf final : public AnyTrainer {
  static_assert(TrainerLike<Trainer<R>>);

 public:
  explicit AnyTrainerOf(const Settings& s) : trainer_(s) {}
  const Settings& settings() const override { return trainer_.settings(); }
  at::Device device() const override { return trainer_.device(); }
  double rate(long long steps_per_epoch) const override { return trainer_.rate(steps_per_epoch); }
  StepResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) override {
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
  StepResult score(const at::Tensor& logits, const at::Tensor& labels) const override {
    return trainer_.score(logits, labels);
  }
  MetricSums metrics() const override { return trainer_.metrics(); }
  std::vector<NamedFigure> trained_metrics() override { return trainer_.trained_metrics(); }
  std::string graphs_text() const override { return trainer_.graphs_text(); }
  std::string monitor() const override { return trainer_.monitor(); }
  bool monitor_lower_is_better() const override { return trainer_.monitor_lower_is_better(); }
  std::size_t frozen_blocks(int epoch) const override { return trainer_.frozen_blocks(epoch); }
  bool mixes() const override { return trainer_.mixes(); }
  at::Tensor features(const at::Tensor& images) const override { return trainer_.features(images); }
  StepResult step_features(const at::Tensor& features, const at::Tensor& labels, long long steps_per_epoch) override {
    return trainer_.step_features(features, labels, steps_per_epoch);
  }
  at::Tensor logits_from(const at::Tensor& features) const override { return trainer_.logits_from(features); }
  void state(Archive& archive) override { trainer_.state(archive); }
  std::vector<std::string> load(const std::string& path, const weights::MatchOptions& o) override {
    return load_weights(trainer_, path, o);
  }
  std::vector<std::string> load_with_deltas(const std::string& path, const Deltas& deltas,
                                            const weights::MatchOptions& o) override {
    return tuneit::load_with_deltas<R>(trainer_.tensors(), path, deltas, o);
  }
  std::string tensor_name(std::size_t i) const override { return std::string(table<typename R::model>.name(i)); }
  void save(const Tensors& tensors, const std::string& path,
            const std::map<std::string, std::string>& metadata) const override {
    save_weights<typename R::model>(tensors, path, metadata);
  }
  void load_teacher([[maybe_unused]] const std::string& path,
                    [[maybe_unused]] const weights::MatchOptions& o) override {
    if constexpr (has_teacher<R>) load_weights(trainer_.teacher(), path, o);
  }

 private:
  Trainer<R> trainer_;
};

}  // namespace detail

/// A trainer of R, as Trainer<R>(settings).
template <class R>
std::unique_ptr<AnyTrainer> any_trainer(const Settings& settings) {
  return std::make_unique<detail::AnyTrainerOf<R>>(settings);
}

}  // namespace tuneit

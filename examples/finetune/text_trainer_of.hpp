#pragma once
// A network of texts at work, behind TextTrainer: what a program compiles with LibTorch for texts.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/isfinite_ops.h>

#include <string>
#include <utility>
#include <vector>

#include "any_task.hpp"
#include "tuneit/app/text/text_trainer.hpp"
#include "tuneit/data/text/recipe_texts.hpp"
#include "tuneit/data/text/text_fields.hpp"
#include "tuneit/engine/behaviour/best_weights.hpp"
#include "tuneit/engine/load_weights.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/weights/peft.hpp"

namespace tuneit::app {

namespace detail {

/// A hook of fit.
struct WatchHook {
  TextWatch& watch;
  BestWeights& best;
  bool told = true;
  int begun = 0;
  void on_step(const StepReport& r) {
    if (begun != r.epoch) watch.begin(begun = r.epoch, r.samples);
    if (watch.due()) watch.step(static_cast<std::size_t>(r.train.count), r.train.loss(), r.train.accuracy());
  }
  template <class T>
  void on_epoch(const EpochResult& e, const T& trainer) {
    best.on_epoch(e, trainer);
    watch.epoch({e.epoch, e.rate, e.train.loss(), e.train.accuracy(), e.validation.loss(), e.validation.accuracy(),
                 e.train_seconds, static_cast<std::size_t>(e.train.count), static_cast<std::size_t>(e.validation.count),
                 best.epoch() == e.epoch});
  }
  bool should_stop() { return watch.stops(); }
};

/// What a tensor is called in a file of transformers, for a task; empty: it is not there.
inline std::string name_in_file(std::string name, TextTask task) {
  if (name.starts_with("classifier.")) return task == TextTask::Spans ? "qa_outputs." + name.substr(11) : name;
  if (name.starts_with("pooler.") && of_tokens(task)) return {};
  return "bert." + name;
}

}  // namespace detail

/// Scale: of low-rank adaptation, alpha / rank.
template <class R, double Scale = 0.0>
class TextTrainerOf final : public TextTrainer {
  using Model = typename R::model;

 public:
  explicit TextTrainerOf(const TextTraining& how) : task_(how.task), pad_(how.padding), trainer_(settings_of(how)) {
    chosen_task() = how.task;
  }
  std::vector<std::string> load(const std::string& path, bool head, bool allow_cast,
                                std::vector<std::string>& notes) override {
    weights::MatchOptions options;
    options.allow_cast = allow_cast;
    options.notes = &notes;
    options.fresh_head = !head;
    io::TensorFile file = io::read_tensors(path);
    for (io::NamedTensor& t : file.tensors)
      if (t.name.starts_with("qa_outputs.")) t.name = "classifier." + t.name.substr(11);
    if (!head) std::erase_if(file.tensors, [](const io::NamedTensor& t) { return t.name.starts_with("classifier."); });
    std::vector<std::string> fresh = load_recipe<R>(trainer_.tensors(), std::move(file), options);
    if (of_tokens(task_)) std::erase_if(fresh, [](const std::string& n) { return n.starts_with("pooler."); });
    std::erase_if(fresh, [](const std::string& n) { return n.find("lora_") != n.npos; });
    return fresh;
  }
  void train(const data::TextSet& texts, const data::TextSet* test, TextWatch& watch) override {
    TextBatches batches(texts, data::text_fields<R>(), options(false));
    std::optional<TextBatches> tests;
    if (test != nullptr) tests.emplace(*test, data::text_fields<R>(), options(true));
    detail::WatchHook hook{watch, best_};
    fit(trainer_, batches, tests ? &*tests : nullptr, hook);
  }
  void run(const data::TextSet& texts, const std::function<void()>& stops, const See& see) override {
    TextBatches batches(texts, data::text_fields<R>(), options(true));
    each_tested(trainer_, batches, [&](const data::Batch& batch, const Outputs& outputs) {
      stops();
      const at::Tensor y = outputs.only().to(at::kCPU, at::kFloat).contiguous();
      const auto rows = static_cast<std::size_t>(y.size(1)), each = rows * static_cast<std::size_t>(y.size(2));
      const std::span<const float> all(y.const_data_ptr<float>(), batch.index.size() * each);
      for (std::size_t i = 0; i < batch.index.size(); ++i) see(batch.index[i], all.subspan(i * each, each), rows);
    });
  }
  void save(const std::string& path, WhichWeights which, const std::map<std::string, std::string>& metadata) override {
    const Tensors& tensors = weights_of(which);
    std::vector<io::NamedTensor> named;
    for (std::size_t i = 0; i < table<Model>.size; ++i) {
      const std::string own(table<Model>.name(i));
      const std::string name = detail::name_in_file(own, task_);
      if (name.empty() || own.find(".lora_") != own.npos) continue;
      named.push_back(weights::from_tensor(name, with_product(tensors, i, own)));
    }
    std::map<std::string, std::string> all = metadata;
    all.emplace("format", "pt");
    io::write_safetensors(path, named, std::move(all));
  }
  void save_adapter([[maybe_unused]] const std::string& folder, [[maybe_unused]] WhichWeights which) override {
    if constexpr (adapts) {
      weights::PeftAdapter adapter = weights::peft_adapter<R>();
      std::erase_if(adapter.config.saved,
                    [this](const std::string& m) { return detail::name_in_file(m + ".weight", task_).empty(); });
      for (std::string& module : adapter.config.saved)
        if (module == "classifier" && task_ == TextTask::Spans) module = "qa_outputs";
      const Tensors& tensors = weights_of(which);
      std::vector<io::NamedTensor> named;
      for (std::size_t i = 0; i < table<Model>.size; ++i)
        if (const std::string name = detail::name_in_file(std::string(table<Model>.name(i)), task_);
            adapter.written[i] && !name.empty())
          named.push_back(weights::from_tensor("base_model.model." + name, tensors[i].detach()));
      io::write_safetensors(folder + "/adapter_model.safetensors", named, {{"format", "pt"}});
      io::atomic_write(folder + "/adapter_config.json", io::peft::text_of(adapter.config));
    }
  }
  [[nodiscard]] bool finite() const override {
    for (const at::Tensor& t : trainer_.best_tensors())
      if (t.is_floating_point() && !at::_ops::isfinite::call(t).all().template item<bool>()) return false;
    return true;
  }
  [[nodiscard]] std::string device() const override { return trainer_.device().str(); }

 private:
  static constexpr bool adapts = [] {
    for (const TensorRow& row : table<Model>.rows)
      if (row.base < 0) return true;
    return false;
  }();

  static Settings settings_of(const TextTraining& how) {
    at::set_num_threads(how.threads);
    Settings s = how.settings;
    s.values = defaults<R>().values;
    if constexpr (!adapts) {
      value_of<R, HoldFirst>(s) = how.frozen;
      value_of<R, LayerDecay<0.9>>(s) = how.layer_decay;
    }
    value_of<R, TaskSchedule>(s) = static_cast<double>(how.schedule);
    value_of<R, LrScale<Head, 10>>(s) = how.head_lr_scale;
    return s;
  }
  [[nodiscard]] TextBatches::Options options(bool test) const {
    TextBatches::Options o =
        test ? data::test_texts<R>(trainer_.settings()) : data::train_texts<R>(trainer_.settings());
    o.pad_id = pad_;
    return o;
  }
  [[nodiscard]] const Tensors& weights_of(WhichWeights which) const {
    return which == WhichWeights::Best && best_.epoch() > 0 ? best_.tensors() : trainer_.best_tensors();
  }
  /// The tensor, and of one that low-rank adaptation stands beside the sum with its product.
  static at::Tensor with_product(const Tensors& tensors, std::size_t i, const std::string& name) {
    if constexpr (adapts)
      if (name.ends_with(".weight")) {
        const std::string layer = name.substr(0, name.size() - 6);
        const at::Tensor *a = nullptr, *b = nullptr;
        for (std::size_t k = 0; k < table<Model>.size; ++k) {
          if (table<Model>.name(k) == layer + "lora_A.weight") a = &tensors[k];
          if (table<Model>.name(k) == layer + "lora_B.weight") b = &tensors[k];
        }
        if (a != nullptr && b != nullptr) return tensors[i].detach().add(b->detach().mm(a->detach()), Scale);
      }
    return tensors[i].detach();
  }
  TextTask task_;
  std::int32_t pad_;
  Trainer<R> trainer_;
  BestWeights best_;
};

}  // namespace tuneit::app

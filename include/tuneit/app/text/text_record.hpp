#pragma once
// The files that a training on texts leaves beside its model: result.json and log.csv. No LibTorch.
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/app/text/judged_texts.hpp"
#include "tuneit/app/text/text_data.hpp"
#include "tuneit/app/text/text_options.hpp"
#include "tuneit/app/text/text_trainer.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/recipe/policies/precision.hpp"

namespace tuneit::app {

struct TextRecord {
  KnownHead head;
  TextTraining how;
  std::vector<TextEpoch> history;
  std::vector<std::pair<std::string, double>> figures;
  std::vector<std::pair<std::string, report::HitCounts>> by_name;
  std::string recipe, ended;
  std::int64_t trainable = 0, parameters = 0;
  std::size_t train_tokens = 0;
};

inline std::string text_log(const std::vector<TextEpoch>& history) {
  std::ostringstream csv;
  csv.precision(9);
  csv << "epoch,lr,train_loss,train_accuracy,test_loss,test_accuracy,train_seconds,train_texts_per_second\n";
  for (const TextEpoch& e : history) {
    csv << e.epoch << ',' << e.rate;
    for (const double x : {e.train_loss, e.train_accuracy, e.test_loss, e.test_accuracy}) {
      csv << ',';
      if (!std::isnan(x)) csv << x;
    }
    csv << ',' << e.seconds << ',' << static_cast<double>(e.texts) / e.seconds << '\n';
  }
  return csv.str();
}

inline std::string text_result(const Options& o, const TextChoices& t, const TextRecord& r) {
  using nlohmann::json;
  const auto number = [](double x) { return std::isfinite(x) ? json(x) : json(nullptr); };
  json j;
  const Settings& s = r.how.settings;
  double seconds = 0, texts = 0;
  const TextEpoch* best = nullptr;
  for (const TextEpoch& e : r.history) {
    seconds += e.seconds;
    texts += static_cast<double>(e.texts);
    if (e.best) best = &e;
  }
  const auto last = [&](double TextEpoch::*of) {
    return r.history.empty() ? json(nullptr) : number(r.history.back().*of);
  };
  j["task"] = detail::task_names[static_cast<int>(r.head.task)];
  j["test_accuracy"] = last(&TextEpoch::test_accuracy);
  j["test_loss"] = last(&TextEpoch::test_loss);
  j["best_test_accuracy"] = best != nullptr ? number(best->test_accuracy) : json(nullptr);
  j["best_test_loss"] = best != nullptr ? number(best->test_loss) : json(nullptr);
  j["best_epoch"] = best != nullptr ? best->epoch : 0;
  j["test_figures"] = json::object();
  for (const auto& [name, value] : r.figures) j["test_figures"][name] = number(value);
  j["by_name"] = json::array();
  for (const auto& [name, c] : r.by_name)
    j["by_name"].push_back({{"name", io::utf8_text(name)},
                            {"count", c.gold},
                            {"precision", c.precision()},
                            {"recall", c.recall()},
                            {"f1", c.f1()}});
  j["ended"] = r.ended.empty() ? json(nullptr) : json(io::utf8_text(r.ended));
  j["train_texts_per_second"] = seconds > 0 ? texts / seconds : 0;
  j["train_tokens_per_second"] =
      seconds > 0 ? static_cast<double>(r.train_tokens) * static_cast<double>(r.history.size()) / seconds : 0;
  j["train_seconds"] = seconds;
  j["seed"] = s.seed;
  j["split_seed"] = o.split_seed;
  j["recipe"] = r.recipe;
  j["model"] = o.name;
  j["weights"] = io::utf8_text(o.weights);
  j["data"] = io::utf8_text(o.data);
  for (const auto& [key, part] : {std::pair("train_data", &o.train_data), std::pair("test_data", &o.test_data)})
    if (!part->empty()) j[key] = io::utf8_text(*part);
  j["classes"] = json::array();
  for (const std::string& name : r.head.names) j["classes"].push_back(io::utf8_text(name));
  j["trainable_parameters"] = r.trainable;
  j["parameters"] = r.parameters;
  j["settings"] = {{"epochs", s.epochs},
                   {"batch_size", s.batch_size},
                   {"lr", s.optimizer.lr},
                   {"weight_decay", s.optimizer.weight_decay},
                   {"label_smoothing", s.label_smoothing},
                   {"max_length", s.side},
                   {"head_lr_scale", r.how.head_lr_scale},
                   {"layer_decay", r.how.layer_decay},
                   {"frozen_blocks", r.how.frozen},
                   {"lora", t.lora},
                   {"warmup_steps", s.warmup_steps},
                   {"test_fraction", o.test_fraction},
                   {"folds", o.folds},
                   {"fold", o.fold},
                   {"precision", name_of(s.precision)},
                   {"threads", r.how.threads}};
  j["history"] = json::array();
  for (const TextEpoch& e : r.history)
    j["history"].push_back({{"epoch", e.epoch},
                            {"lr", e.rate},
                            {"train_loss", number(e.train_loss)},
                            {"train_accuracy", number(e.train_accuracy)},
                            {"test_loss", number(e.test_loss)},
                            {"test_accuracy", number(e.test_accuracy)},
                            {"train_texts", e.texts},
                            {"test_texts", e.tests},
                            {"train_seconds", e.seconds}});
  return j.dump(2) + "\n";
}

}  // namespace tuneit::app

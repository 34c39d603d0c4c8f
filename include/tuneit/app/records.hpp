#pragma once
// The files that a run leaves in its directory, and what it prints at the end of an epoch.
#include <ATen/Parallel.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tuneit/app/options.hpp"
#include "tuneit/app/session.hpp"
#include "tuneit/engine/hooks.hpp"
#include "tuneit/io/atomic_file.hpp"
#include "tuneit/report/progress.hpp"

namespace tuneit::app {

namespace detail {

// JSON has no NaN: what was not measured is null.
inline nlohmann::json number(double x) { return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json(nullptr); }

inline std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace detail

/// A hook: the progress bar, a line per epoch, and log.csv, written as the training goes.
class Reporter {
 public:
  Reporter(const std::string& directory, int epochs) : progress_(static_cast<std::size_t>(epochs)) {
    log_.open(directory + "/log.csv");
    log_ << "epoch,lr,train_loss,train_accuracy,test_loss,test_accuracy,train_seconds,train_images_per_second,"
            "data_wait_seconds\n";
  }
  void on_step(const StepReport& report) {
    if (begun_ != report.epoch) progress_.begin(static_cast<std::size_t>(begun_ = report.epoch), report.samples);
    progress_.update(static_cast<std::size_t>(report.train.count), report.train.loss(), report.train.accuracy());
  }
  void on_epoch(const EpochResult& e, const Session&) {
    char percent[64] = "";
    if (!std::isnan(e.test.accuracy()))
      std::snprintf(percent, sizeof percent, "  test accuracy %.2f %%", 100 * e.test.accuracy());
    progress_.end(e.test.count > 0 ? "| test loss " + short_number(e.test.loss()) + percent : std::string{});
    log_.precision(9);
    log_ << e.epoch << ',' << e.rate << ',' << e.train.loss() << ',' << e.train.accuracy() << ',';
    if (e.test.count > 0)
      log_ << e.test.loss() << ',' << e.test.accuracy();
    else
      log_ << ',';
    log_ << ',' << e.train_seconds << ',' << static_cast<double>(e.train.count) / e.train_seconds << ',' << e.waited
         << '\n';
    log_.flush();
    if (!log_) throw Error(Fault::Io, "cannot write log.csv", "Is the disk full?");
  }

 private:
  report::Progress progress_;
  std::ofstream log_;
  int begun_ = 0;
};

/// What result.json says.
struct RunRecord {
  std::string recipe;
  std::vector<std::pair<std::string, double>> numbers;  ///< of the recipe's policies, by name
  std::vector<std::string> classes;
  std::vector<EpochResult> history;
  double best_test_accuracy = 0, best_test_loss = 0;
  int best_epoch = 0;
  std::int64_t trainable = 0, parameters = 0;
};

inline void write_result(const Options& o, const RunRecord& r, const std::string& directory) {
  using detail::number;
  using nlohmann::json;
  json j;
  const Settings& s = o.settings;
  double images = 0, seconds = 0;
  for (const EpochResult& e : r.history) {
    images += static_cast<double>(e.train.count);
    seconds += e.train_seconds;
  }
  j["test_accuracy"] = number(r.history.empty() ? std::nan("") : r.history.back().test.accuracy());
  j["test_loss"] = number(r.history.empty() ? std::nan("") : r.history.back().test.loss());
  j["best_test_accuracy"] = r.best_epoch > 0 ? number(r.best_test_accuracy) : json(nullptr);
  j["best_test_loss"] = r.best_epoch > 0 ? number(r.best_test_loss) : json(nullptr);
  j["best_epoch"] = r.best_epoch;
  j["train_images_per_second"] = seconds > 0 ? images / seconds : 0;
  j["train_seconds"] = seconds;
  j["seed"] = s.seed;
  j["split_seed"] = o.split_seed;
  j["recipe"] = r.recipe;
  j["model"] = o.name;
  j["weights"] = o.scratch ? json(nullptr) : json(o.weights);
  j["data"] = o.data;
  j["classes"] = r.classes;
  j["trainable_parameters"] = r.trainable;
  j["parameters"] = r.parameters;
  j["settings"] = {{"epochs", s.epochs},
                   {"batch_size", s.batch_size},
                   {"lr", s.optimizer.lr},
                   {"weight_decay", s.optimizer.weight_decay},
                   {"momentum", s.optimizer.momentum},
                   {"label_smoothing", s.label_smoothing},
                   {"image_size", s.side},
                   {"augment", o.augment},
                   {"test_views", o.test_views == TestViewKind::One ? "one picture" : name_of(o.test_views)},
                   {"views", s.views},
                   {"precision", name_of(s.numbers)},
                   {"threads", at::get_num_threads()}};
  for (const auto& [name, value] : r.numbers) j["settings"][name] = value;
  j["history"] = json::array();
  for (const auto& e : r.history)
    j["history"].push_back({{"epoch", e.epoch},
                            {"lr", e.rate},
                            {"train_loss", number(e.train.loss())},
                            {"train_accuracy", number(e.train.accuracy())},
                            {"test_loss", number(e.test.loss())},
                            {"test_accuracy", number(e.test.accuracy())},
                            {"train_images", e.train.count},
                            {"test_images", e.test.count},
                            {"train_seconds", e.train_seconds},
                            {"cached_features", e.cached},
                            {"data_wait_seconds", e.waited}});
  io::atomic_write(directory + "/result.json", j.dump(2) + "\n");
}

/// One CSV row per test picture: path, label (the class's name), then the logits.
class LogitsFile {
 public:
  LogitsFile(const std::string& path, std::size_t classes) : path_(path), file_(path) {
    if (!file_) throw Error(Fault::Io, "cannot write " + path, "Does its folder exist?");
    file_.precision(9);
    file_ << "path,label";
    for (std::size_t c = 0; c < classes; ++c) file_ << ",logit_" << c;
    file_ << '\n';
  }
  void add(const std::string& picture, const std::string& label, const float* logits, std::size_t classes) {
    file_ << detail::csv_field(picture) << ',' << detail::csv_field(label);
    for (std::size_t c = 0; c < classes; ++c) file_ << ',' << logits[c];
    file_ << '\n';
  }
  void close() {
    file_.close();
    if (!file_) throw Error(Fault::Io, "cannot write " + path_, "Is the disk full?");
  }

 private:
  std::string path_;
  std::ofstream file_;
};

}  // namespace tuneit::app

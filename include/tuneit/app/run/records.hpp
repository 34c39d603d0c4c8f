#pragma once
// The files that a run leaves in its directory, and what it prints at the end of an epoch.
#include <ATen/Parallel.h>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tuneit/app/options/options.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/app/run/csv_field.hpp"
#include "tuneit/app/run/figures.hpp"
#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/io/atomic_file.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/report/progress.hpp"

namespace tuneit::app {

namespace detail {

/// The share of hits: of classes, or of several labels. NaN of numbers that are predicted.
inline double accuracy_of(const Score& s) { return std::isnan(s.accuracy()) ? s.label_accuracy() : s.accuracy(); }

}  // namespace detail

/// A hook: the progress bar, and a line per epoch.
class Reporter {
 public:
  /// squares: the loss is a mean of squares.
  Reporter(int epochs, bool squares) : progress_(static_cast<std::size_t>(epochs)), squares_(squares) {}
  void on_step(const StepReport& report) {
    if (begun_ != report.epoch) progress_.begin(static_cast<std::size_t>(begun_ = report.epoch), report.samples);
    if (progress_.due())  // its means are on the device
      progress_.update(static_cast<std::size_t>(report.train.count), report.train.loss(),
                       detail::accuracy_of(report.train));
  }
  void on_epoch(const EpochResult& e, const AnyTrainer&) {
    progress_.note(static_cast<std::size_t>(e.train.count), e.train.loss(), detail::accuracy_of(e.train));
    char more[64] = "";
    const double test = detail::accuracy_of(e.validation);
    if (!std::isnan(test)) std::snprintf(more, sizeof more, "  test accuracy %.2f %%", 100 * test);
    if (squares_) std::snprintf(more, sizeof more, "  test RMSE %.4g", std::sqrt(e.validation.loss()));
    std::string note = e.validation.count > 0 ? "| test loss " + short_number(e.validation.loss()) + more : "";
    for (const NamedFigure& f : e.validation.figures)
      note += (note.empty() ? "| test " : "  test ") + f.name + " " + short_number(f.value);
    progress_.end(note);
  }

 private:
  report::Progress progress_;
  bool squares_;
  int begun_ = 0;
};

inline constexpr const char* log_head =
    "epoch,lr,train_loss,train_accuracy,test_loss,test_accuracy,train_seconds,train_images_per_second,"
    "data_wait_seconds";
/// The names of the columns of log.csv: those of all recipes, then one for each metric, in tests under its name.
inline std::string log_columns(const std::vector<std::string>& train, const std::vector<std::string>& test) {
  std::string text = log_head;
  for (const std::string& name : train) text += ",train_" + name;
  for (const std::string& name : test) text += "," + name;
  return text;
}

/// The row of an epoch in log.csv, without its end. What was not measured is an empty field.
inline std::string log_row(const EpochResult& e, const std::vector<std::string>& train = {},
                           const std::vector<std::string>& test = {}) {
  std::ostringstream row;
  row.precision(9);
  row << e.epoch << ',' << e.rate << ',';
  for (const double x :
       {e.train.loss(), detail::accuracy_of(e.train), e.validation.loss(), detail::accuracy_of(e.validation)}) {
    if (!std::isnan(x)) row << x;
    row << ',';
  }
  row << e.train_seconds << ',' << static_cast<double>(e.train.count) / e.train_seconds << ',' << e.waited;
  const auto figures = [&](const Score& part, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      row << ',';
      for (const NamedFigure& f : part.figures)
        if (f.name == name && !std::isnan(f.value)) row << f.value;
    }
  };
  figures(e.train, train);
  figures(e.validation, test);
  return row.str();
}

/// Images that nothing is learned from: those that cannot be read, and those of one colour all over.
struct UnusedImages {
  std::size_t left_out = 0, constant = 0;
};

/// Batches of one picture that no batch norm could use.
inline std::size_t left_out_batches(const std::vector<EpochResult>& history) {
  std::size_t batches = 0;
  for (const EpochResult& e : history) batches += e.left_out;
  return batches;
}

/// What result.json says.
struct RunRecord {
  std::string recipe;                                   ///< in words
  std::string canonical, fingerprint;                   ///< its canonical text and hash; empty where it has none
  std::vector<std::pair<std::string, double>> numbers;  ///< of the recipe's policies, by name
  std::vector<std::string> classes;
  std::vector<std::string> train_metrics, test_metrics;  ///< of the recipe, by name
  std::vector<EpochResult> history;
  nlohmann::json figures;  ///< of the test after the last epoch; null before it
  double best_test_accuracy = 0, best_test_loss = 0;
  int best_epoch = 0;
  std::int64_t trainable = 0, parameters = 0;
  std::string ended;                                                     ///< how the training did; empty: not yet
  std::function<UnusedImages()> unused = [] { return UnusedImages{}; };  ///< so far, of all parts
};

inline void write_result(const Options& o, const RunRecord& r, const std::string& path) {
  using detail::number;
  using nlohmann::json;
  json j;
  const Settings& s = o.settings;
  double images = 0, seconds = 0;
  for (const EpochResult& e : r.history) {
    images += static_cast<double>(e.train.count);
    seconds += e.train_seconds;
  }
  j["test_accuracy"] = number(r.history.empty() ? std::nan("") : detail::accuracy_of(r.history.back().validation));
  j["test_loss"] = number(r.history.empty() ? std::nan("") : r.history.back().validation.loss());
  j["best_test_accuracy"] = r.best_epoch > 0 ? number(r.best_test_accuracy) : json(nullptr);
  j["best_test_loss"] = r.best_epoch > 0 ? number(r.best_test_loss) : json(nullptr);
  j["best_epoch"] = r.best_epoch;
  j["ended"] = r.ended.empty() ? json(nullptr) : json(r.ended);
  const UnusedImages unused = r.unused();
  j["left_out_pictures"] = unused.left_out;
  j["constant_pictures"] = unused.constant;
  j["left_out_batches"] = left_out_batches(r.history);
  j["train_images_per_second"] = seconds > 0 ? images / seconds : 0;
  j["train_seconds"] = seconds;
  j["seed"] = s.seed;
  j["split_seed"] = o.split_seed;
  j["recipe"] = io::utf8_text(r.canonical.empty() ? r.recipe : r.canonical);
  j["fingerprint"] = r.fingerprint.empty() ? json(nullptr) : json(r.fingerprint);
  j["training"] = r.recipe;
  j["model"] = o.name;
  j["weights"] = o.scratch ? json(nullptr) : json(io::utf8_text(o.weights));
  j["data"] = io::utf8_text(o.data);
  for (const auto& [key, part] : {std::pair("train_data", &o.train_data), std::pair("test_data", &o.test_data)})
    if (!part->empty()) j[key] = io::utf8_text(*part);
  j["classes"] = json::array();
  for (const std::string& name : r.classes) j["classes"].push_back(io::utf8_text(name));
  j["test_figures"] = r.figures;
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
                   {"precision", name_of(s.precision)},
                   {"threads", at::get_num_threads()}};
  for (const auto& [name, value] : r.numbers) j["settings"][name] = value;
  j["history"] = json::array();
  const auto metrics = [](const Score& part) {
    json all = json::object();
    for (const NamedFigure& f : part.figures) all[f.name] = number(f.value);
    return all;
  };
  for (const auto& e : r.history)
    j["history"].push_back({{"epoch", e.epoch},
                            {"lr", e.rate},
                            {"train_loss", number(e.train.loss())},
                            {"train_accuracy", number(detail::accuracy_of(e.train))},
                            {"test_loss", number(e.validation.loss())},
                            {"test_accuracy", number(detail::accuracy_of(e.validation))},
                            {"train_metrics", metrics(e.train)},
                            {"test_metrics", metrics(e.validation)},
                            {"train_images", e.train.count},
                            {"test_images", e.validation.count},
                            {"train_seconds", e.train_seconds},
                            {"cached_features", e.cached},
                            {"data_wait_seconds", e.waited}});
  io::atomic_write(path, j.dump(2) + "\n");
}

/// One CSV row per test picture: path, label (the class's name), then the outputs; of data with targets these in the
/// place of the label, and outputs under their names.
class OutputsFile {
 public:
  /// `names`: of the targets, if the data has some; `named`: the outputs are theirs.
  OutputsFile(const std::string& path, std::size_t outputs, const std::vector<std::string>& targets, bool named,
              const std::string& what)
      : file_(path), outputs_(outputs) {
    text_.precision(9);
    text_ << "path";
    if (targets.empty()) text_ << ",label";
    for (const std::string& name : targets) text_ << ',' << detail::csv_field(name);
    for (std::size_t c = 0; c < outputs; ++c)
      text_ << ',' << detail::csv_field(what + "_" + (named && !targets.empty() ? targets[c] : std::to_string(c)));
    text_ << '\n';
  }
  /// A picture; `label` is not written where it has targets.
  void add(const data::Sample& sample, const std::string& label, const float* outputs) {
    text_ << detail::csv_field(sample.path);
    if (sample.targets.empty()) text_ << ',' << detail::csv_field(label);
    for (const float target : sample.targets) text_ << ',' << target;
    for (std::size_t c = 0; c < outputs_; ++c) text_ << ',' << outputs[c];
    text_ << '\n';
    if (text_.tellp() > 65'536) write();
  }
  /// Makes the file appear, whole; without it nothing is left and what was there before stays.
  void close() {
    write();
    file_.commit();
  }

 private:
  void write() {
    file_.write(text_.str());
    text_.str({});
  }

  io::AtomicFile file_;
  std::ostringstream text_;  ///< not yet in the file
  std::size_t outputs_;
};

}  // namespace tuneit::app

#pragma once
// What is kept of a training, at the end of every epoch and however it ends?
#include <ATen/core/Tensor.h>
#include <ATen/ops/isfinite_ops.h>

#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tuneit/app/recipe_info.hpp"
#include "tuneit/app/run/kept_files.hpp"
#include "tuneit/app/run/records.hpp"
#include "tuneit/app/run/run_folder.hpp"
#include "tuneit/app/signals.hpp"
#include "tuneit/engine/behaviour/best_weights.hpp"
#include "tuneit/io/delta/write.hpp"
#include "tuneit/io/line_file.hpp"

namespace tuneit::app {

/// A hook, which writes the files of a run. At the end of every epoch the best weights are on the disk if it was the
/// best (the last ones where nothing is tested), log.csv has its row, and result.json is whole (of epochs so short that
/// it would take more than a 20th of the time, some are left to the next). When the training ends early
/// (guard), model.safetensors has the weights of that moment, unless it diverged. A file that cannot be written is no
/// reason to stop: it is tried again after the next epoch and at the end, then also in a folder for temporary files,
/// and check() throws. A training without a first step leaves nothing.
class Keeper {
 public:
  /// All but the first must outlive it.
  Keeper(RunFolder folder, const Options& options, const AnyTrainer& trainer, RunRecord& record,
         const std::map<std::string, std::string>& metadata, bool tested)
      : files_(std::move(folder)),
        options_(options),
        trainer_(trainer),
        record_(record),
        metadata_(metadata),
        tested_(tested) {}

  /// From now on deltas are written beside the weights. `base` must outlive it.
  void keep_deltas(const io::DeltaBase& base, std::string model) {
    base_ = &base;
    model_ = std::move(model);
  }

  void on_step(const StepReport& report) {
    // Batches that were passed over, or wait in a window (Accumulate), have moved nothing.
    if (begun_ || (report.train.count > 0 && trainer_.steps_done() > 0)) moved();
  }
  /// Stops nothing: it is asked before each step, so that the last epoch that is known is over.
  bool should_stop() {
    between_ = false;
    return false;
  }
  void on_epoch(const EpochResult& e, const AnyTrainer& trainer) {
    moved();  // by the step of a shorter window
    between_ = true;
    record_.history.push_back(e);
    best_.on_epoch(e, trainer);
    record_.best_epoch = best_.epoch();
    if (best_.epoch() > 0)
      record_.best_test_accuracy =
          detail::accuracy_of(record_.history[static_cast<std::size_t>(best_.epoch() - 1)].validation);
    record_.best_test_loss = best_.loss();
    save_best();
    if (!tested_) save_model("epoch " + std::to_string(e.epoch));
    write_log();
    const double now = report::steady_seconds();
    if (best_.epoch() != e.epoch && now - recorded_ < 20 * recording_) return;
    flush_log();
    write_record();
    recorded_ = report::steady_seconds();
    recording_ = recorded_ - now;
  }

  /// The training is over as it should be.
  void complete() {
    complete_ = true;
    files_.end();
    record_.ended = "complete";
    save_model("last epoch");
    save_best();
    flush_log();
    write_record();
  }
  void write_record() {
    files_.attempt("result.json", [this](const std::string& path) { write_result(options_, record_, path); });
  }

  /// Runs body(), the training or the test after it. Whatever it throws comes out, with what is kept in its message (of
  /// what is no Error, on stderr).
  template <class Body>
  void guard(const Body& body) {
    try {
      body();
    } catch (const Error& e) {
      throw Error(e.kind(), e.what(), end(e.kind(), e.what()));
    } catch (const std::exception& e) {
      std::cerr << end(ErrorKind::Memory, e.what()) << "\n";
      throw;
    }
  }
  /// "in epoch 3 of 10", or "after epoch 2 of 10" where the third did not begin.
  [[nodiscard]] std::string where() const {
    if (complete_) return "in the test after the last epoch";
    const std::size_t epoch = record_.history.size() + (between_ ? 0 : 1);
    return (between_ ? "after epoch " : "in epoch ") + std::to_string(epoch) + " of " +
           std::to_string(options_.settings.epochs);
  }

  /// Throws Error(Io) if a file could not be written, with what is kept.
  void check() const {
    if (!files_.all_written()) throw Error(ErrorKind::Io, files_.reasons("\n  ").substr(3), kept());
  }
  [[nodiscard]] const BestWeights& best() const { return best_; }
  [[nodiscard]] const RunFolder& folder() const { return files_.folder(); }

 private:
  void moved() {
    moved_ = true;
    if (begun_) return;
    files_.folder().begin();
    begun_ = true;
    write_log();
  }

  /// The training ends early, or its last test does. What is kept, in a sentence.
  std::string end(ErrorKind why, const std::string& what) {
    if (!begun_)
      return files_.folder().has_old_run()
                 ? "Nothing was trained yet; the run in " + io::quote_path(files_.folder().path()) + " is as it was."
                 : "Nothing was trained yet, and nothing is left.";
    files_.end();
    const int signal = caught_signal();
    if (why == ErrorKind::Interrupted)
      record_.ended = std::string("interrupted by ") + detail::signal_name(signal) + " " + where();
    else if (why == ErrorKind::Diverged)
      record_.ended = "diverged " + where();
    else
      record_.ended = "failed " + where() + reason_of(what);
    if (moved_ && !complete_ && why != ErrorKind::Diverged && finite()) save_model("the weights of that moment");
    save_best();
    flush_log();
    write_record();
    return kept() + files_.reasons("\n  ");
  }

  static std::string reason_of(const std::string& what) {
    const std::string line = what.substr(0, what.find('\n'));
    return io::is_utf8(line) ? ": " + line : "";
  }
  [[nodiscard]] bool finite() const {
    try {
      for (const at::Tensor& t : trainer_.best_tensors())
        if (t.is_floating_point() && !at::_ops::isfinite::call(t).all().item<bool>()) return false;
      return true;
    } catch (const std::exception&) {  // a device that is lost
      return false;
    }
  }

  void save_model(const std::string& which) {
    if (!moved_) {  // it is there already
      model_is_ = which;
      return;
    }
    const bool done = files_.attempt("model.safetensors", [this](const std::string& path) {
      trainer_.save(trainer_.best_tensors(), path, metadata_);
    }) && save_delta("model.delta.safetensors", trainer_.best_tensors());
    if (!done) return;
    model_is_ = which;
    moved_ = false;
  }
  void save_best() {
    if (best_.epoch() == best_saved_) return;
    const bool done = files_.attempt("best.safetensors", [this](const std::string& path) {
      trainer_.save(best_.tensors(), path, metadata_);
    }) && save_delta("best.delta.safetensors", best_.tensors());
    if (done) best_saved_ = best_.epoch();
  }
  bool save_delta(const char* name, const Tensors& tensors) {
    return base_ == nullptr || files_.attempt(name, [&](const std::string& path) {
      const std::vector<std::size_t> rows = each_once(tensors);
      io::write_delta(
          path, *base_, rows.size(),
          [&](std::size_t i) { return weights::from_tensor(trainer_.tensor_name(rows[i]), tensors[rows[i]].detach()); },
          model_, metadata_);
    });
  }
  void write_log() {
    files_.attempt("log.csv", [this](const std::string& path) {
      if (path == files_.folder().file("log.csv")) return add_rows(path);
      write_whole_log(path);
    });
  }
  [[nodiscard]] std::string row(const EpochResult& e) const {
    return log_row(e, record_.train_metrics, record_.test_metrics);
  }
  [[nodiscard]] std::string columns() const { return log_columns(record_.train_metrics, record_.test_metrics); }
  void write_whole_log(const std::string& path) const {
    std::string text = columns() + "\n";
    for (const EpochResult& e : record_.history) text += row(e) + "\n";
    io::atomic_write(path, text);
  }
  void add_rows(const std::string& path) {
    if (!log_) {
      log_.emplace(path);
      log_->add(columns());
    }
    while (rows_ < record_.history.size()) log_->add(row(record_.history[rows_++]));
    log_->write_waiting();
  }
  void flush_log() {
    write_log();
    if (files_.failed("log.csv")) return;
    files_.attempt("log.csv", [this](const std::string& path) {
      if (path == files_.folder().file("log.csv")) return log_->flush();
      write_whole_log(path);
    });
  }

  [[nodiscard]] std::string kept() const {
    return files_.text([this](const std::string& name) -> std::string {
      if (name == "best.safetensors") return " (epoch " + std::to_string(best_saved_) + ")";
      if (name == "model.safetensors") return " (" + model_is_ + ")";
      if (name == "log.csv") return " (" + data::detail::count_text(record_.history.size(), "epoch") + ")";
      return "";
    });
  }

  KeptFiles files_;
  const Options& options_;
  const AnyTrainer& trainer_;
  RunRecord& record_;
  const std::map<std::string, std::string>& metadata_;
  bool tested_, begun_ = false, complete_ = false;
  const io::DeltaBase* base_ = nullptr;  ///< of deltas, where they are written
  std::string model_;                    ///< for people
  bool moved_ = false;                   ///< the weights did, since model.safetensors was written
  bool between_ = false;                 ///< an epoch is over, and the next one did not begin
  BestWeights best_;
  int best_saved_ = 0;
  std::optional<io::LineFile> log_;
  std::size_t rows_ = 0;                    ///< of epochs that log_ has got
  double recorded_ = -1e9, recording_ = 0;  ///< seconds: when was result.json written last, and how long did it take?
  std::string model_is_;
};

}  // namespace tuneit::app

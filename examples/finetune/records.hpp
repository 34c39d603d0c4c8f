#pragma once
// The files that a run leaves in its directory, and what it prints at the end of an epoch.
#include <fstream>
#include <string>
#include <vector>

#include "session.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/report/confusion.hpp"
#include "tuneit/report/progress.hpp"

/// A hook: the progress bar, a line per epoch, and log.csv, written as the training goes.
class Reporter {
 public:
  Reporter(const std::string& directory, int epochs);
  void on_step(const tuneit::StepReport& report);
  void on_epoch(const tuneit::EpochResult& result, const Session&);

 private:
  tuneit::report::Progress progress_;
  std::ofstream log_;
  int begun_ = 0;
};

/// What result.json says.
struct RunRecord {
  std::string recipe;
  std::vector<std::string> classes;
  std::vector<tuneit::EpochResult> history;
  double best_test_accuracy = 0;
  int best_epoch = 0;
  std::int64_t trainable = 0, parameters = 0;
};
void write_result(const Options&, const RunRecord&, const std::string& directory);

/// One CSV row per test picture: path, label (the class's name), then the logits.
class LogitsFile {
 public:
  LogitsFile(const std::string& path, std::size_t classes);
  void add(const std::string& picture, const std::string& label, const float* logits, std::size_t classes);
  void close();

 private:
  std::string path_;
  std::ofstream file_;
};

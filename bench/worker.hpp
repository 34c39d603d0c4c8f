#pragma once
// What the C++ programs of the benchmark have in common: their command line, their data, and the conversation with
// bench/run.py. bench/peers/common.py is the same in Python.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace bench {

/// Runs a number of steps.
using Run = std::function<void(long)>;

/// A piece of work. `prepare` makes data and model; its argument is what follows the mode on the command line.
struct Case {
  std::string_view name;
  int threads;
  long warmup;  ///< steps before the program is ready
  Run (*prepare)(const std::string& argument);
};

/// Images in channels-last order, or rows, and their labels.
struct Batch {
  at::Tensor input, labels;
};

inline constexpr int classes = 10, batch_size = 32, side = 224, different_batches = 4;

/// A few different batches, gone through in turn.
class Data {
 public:
  Data(std::vector<std::int64_t> shape, int count = different_batches) {
    at::manual_seed(0);
    for (int i = 0; i < count; ++i) {
      at::Tensor input = at::randn(shape);
      if (input.dim() == 4) input = input.contiguous(at::MemoryFormat::ChannelsLast);
      batches_.push_back({input, at::randint(classes, {shape[0]}, at::kLong)});
    }
  }
  explicit Data(std::vector<Batch> batches) : batches_(std::move(batches)) {}
  const Batch& next() { return batches_[turn_++ % batches_.size()]; }
  [[nodiscard]] const std::vector<Batch>& all() const { return batches_; }

 private:
  std::vector<Batch> batches_;
  std::size_t turn_ = 0;
};

inline Data pictures(int batch = batch_size, int count = different_batches) {
  return Data({batch, 3, side, side}, count);
}

/// Of the step that ran last: printed after `steps`, so that contenders can be seen to do the same work.
inline double last_loss = 0;

/// Seconds that a run waited for its data.
inline double waited = 0;

// --- memory ---------------------------------------------------------------------------------------------------------

/// A line of /proc/self/status, in bytes.
inline long status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return std::atol(line.c_str() + key.size() + 1) * 1024;
  return 0;
}

inline long resident_before_model = 0;

/// Called when libraries are loaded and data is made, before the model is built: memory is counted from here.
inline void before_model() { resident_before_model = status_bytes("VmRSS"); }

// --- the command line -----------------------------------------------------------------------------------------------

inline double seconds_of(const Run& run, long steps) {
  const auto begin = std::chrono::steady_clock::now();
  run(steps);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The steps that callgrind counts (bench/run.py names this function to it).
[[gnu::noinline]] inline void counted_steps(const Run& run, long steps) { run(steps); }

/// PROGRAM CASE serve           warms up, says "ready", answers each line "run K" with the seconds of K steps
/// PROGRAM CASE steps K         runs K steps, prints the last loss
/// PROGRAM CASE count K         warms up, then runs K steps in counted_steps
/// PROGRAM CASE memory K        prints by how many bytes the memory grew at most, from before the model, in K steps
/// PROGRAM CASE wait K          warms up, then prints the share of the seconds of K steps that they waited for data
/// PROGRAM CASE first FILE      runs one step and says "done"; weights come from FILE
inline int main_of(int argc, char** argv, std::span<const Case> cases) {
  const std::string name = argc > 1 ? argv[1] : "", mode = argc > 2 ? argv[2] : "serve";
  const std::string argument = argc > 3 ? argv[3] : "";
  for (const Case& c : cases) {
    if (c.name != name) continue;
    at::set_num_threads(c.threads);
    const Run run = c.prepare(argument);
    if (mode == "serve") {
      run(c.warmup);
      std::puts("ready");
      std::fflush(stdout);
      for (std::string word; std::cin >> word && word == "run";) {
        long steps = 0;
        std::cin >> steps;
        std::printf("%.9f\n", seconds_of(run, steps));
        std::fflush(stdout);
      }
    } else if (mode == "steps") {
      run(std::atol(argument.c_str()));
      std::printf("loss %.6f\n", last_loss);
    } else if (mode == "count") {
      run(c.warmup);
      counted_steps(run, std::atol(argument.c_str()));
    } else if (mode == "memory") {
      run(std::atol(argument.c_str()));
      std::printf("%ld\n", status_bytes("VmHWM") - resident_before_model);
    } else if (mode == "wait") {
      run(c.warmup);
      const double seconds = seconds_of(run, std::atol(argument.c_str()));
      std::printf("%.9f\n", waited / seconds);
    } else if (mode == "first") {
      run(1);
      std::puts("done");
    }
    std::fflush(stdout);
    ::_exit(0);  // tearing the libraries down is not what is measured
  }
  std::fprintf(stderr, "no case '%s'; there are:", name.c_str());
  for (const Case& c : cases) std::fprintf(stderr, " %.*s", static_cast<int>(c.name.size()), c.name.data());
  std::fputs("\n", stderr);
  return 2;
}

}  // namespace bench

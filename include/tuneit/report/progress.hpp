#pragma once
// How far is the training? One line on a terminal, redrawn; now and then a plain line in a log file. No LibTorch.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>

#include <unistd.h>

namespace tuneit::report {

/// What a progress line says. `loss` and `accuracy` (0 to 1) are running means; NaN leaves them out.
struct ProgressState {
  std::size_t epoch = 1, epochs = 1;  ///< counted from 1
  std::size_t done = 0, total = 0;    ///< samples of this epoch
  double loss = std::nan(""), accuracy = std::nan("");
  double seconds = 0.0;         ///< since the epoch began
  const char* what = "images";  ///< of which there are so many a second
};

namespace detail {

inline std::string text(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

/// 0:07, 12:30, 1:02:03
inline std::string clock_text(double seconds) {
  const auto s = static_cast<long long>(std::llround(std::max(seconds, 0.0)));
  char buffer[64];
  if (s >= 3600)
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
  else
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld", s / 60, s % 60);
  return buffer;
}

}  // namespace detail

/// "Epoch 2/5 [=====>    ]  62 %  loss 0.3123  accuracy 91.25 %  812 images/s  0:12 left". The bar has `bar` places
/// (0: none). Rate and time left need a second of history at least to be worth reading, and are left out before.
inline std::string progress_line(const ProgressState& state, std::size_t bar = 24) {
  const double part =
      state.total == 0 ? 1.0 : std::min(static_cast<double>(state.done) / static_cast<double>(state.total), 1.0);
  std::string line = "Epoch " + std::to_string(state.epoch) + "/" + std::to_string(state.epochs);
  if (bar > 0) {
    const auto full = static_cast<std::size_t>(part * static_cast<double>(bar));
    line += " [" + std::string(full, '=') + (full < bar ? ">" : "") +
            std::string(full < bar ? bar - full - 1 : 0, ' ') + "]";
  }
  line += detail::text(" %3.0f %%", std::floor(100.0 * part));
  if (!std::isnan(state.loss)) line += detail::text("  loss %.4f", state.loss);
  if (!std::isnan(state.accuracy)) line += detail::text("  accuracy %.2f %%", 100.0 * state.accuracy);
  if (state.seconds <= 0.0 || state.done == 0) return line;
  const double rate = static_cast<double>(state.done) / state.seconds;
  line += detail::text(rate < 10.0 ? "  %.1f " : "  %.0f ", rate) + state.what + "/s";
  if (state.done >= state.total) return line + "  " + detail::clock_text(state.seconds);
  if (state.seconds < 1.0) return line;
  return line + "  " + detail::clock_text(static_cast<double>(state.total - state.done) / rate) + " left";
}

/// Seconds of a clock that never goes back.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct ProgressOptions {
  std::FILE* out = stderr;
  bool terminal = ::isatty(::fileno(stderr)) != 0;  ///< redraw one line; else print whole lines
  double redraw_every = 0.1;                        ///< seconds between two drawings on a terminal
  double line_every = 10.0;                         ///< seconds between two lines elsewhere; 0: only finished epochs
  std::function<double()> clock = steady_seconds;
  const char* what = "images";  ///< the samples, for people
};

/// Draws progress_line. Cheap enough to be told of every step: it looks at the clock and mostly returns.
class Progress {
 public:
  explicit Progress(std::size_t epochs, ProgressOptions options = {}) : options_(std::move(options)) {
    state_.epochs = epochs;
    state_.what = options_.what;
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { leave_line(); }

  /// Begins epoch number `epoch` (from 1) of `total` samples.
  void begin(std::size_t epoch, std::size_t total) {
    leave_line();
    const std::size_t epochs = state_.epochs;
    state_ = {};
    state_.epoch = epoch;
    state_.epochs = epochs;
    state_.what = options_.what;
    state_.total = total;
    began_ = drawn_ = options_.clock();
  }

  /// Would an update draw something now? Who must wait for its means asks before it does.
  [[nodiscard]] bool due() const {
    const double every = options_.terminal ? options_.redraw_every : options_.line_every;
    return (every > 0.0 || options_.terminal) && options_.clock() - drawn_ >= every;
  }

  /// `done` samples of the epoch are trained on, with these running means.
  void update(std::size_t done, double loss, double accuracy) {
    note(done, loss, accuracy);
    const double now = options_.clock();
    state_.seconds = now - began_;
    const double every = options_.terminal ? options_.redraw_every : options_.line_every;
    if ((every <= 0.0 && !options_.terminal) || now - drawn_ < every) return;
    drawn_ = now;
    draw();
  }

  /// The same without drawing: what `end` will show.
  void note(std::size_t done, double loss, double accuracy) {
    state_.done = done;
    state_.loss = loss;
    state_.accuracy = accuracy;
  }

  /// The epoch is over: its last state stays on the screen, followed by `more` (say, the result of the test).
  void end(const std::string& more = {}) {
    state_.seconds = options_.clock() - began_;
    const std::string line = progress_line(state_, options_.terminal ? 24 : 0) + (more.empty() ? "" : "  " + more);
    std::fprintf(options_.out, options_.terminal ? "\r\x1b[K%s\n" : "%s\n", line.c_str());
    std::fflush(options_.out);
    open_line_ = false;
  }

 private:
  void draw() {
    // \x1b[K clears what a longer line left behind.
    std::fprintf(options_.out, options_.terminal ? "\r%s\x1b[K" : "%s\n",
                 progress_line(state_, options_.terminal ? 24 : 0).c_str());
    std::fflush(options_.out);
    open_line_ = options_.terminal;
  }
  /// So that what is printed next (an error, say) does not stand in the middle of a bar.
  void leave_line() {
    if (open_line_) std::fputc('\n', options_.out);
    open_line_ = false;
  }

  ProgressOptions options_;
  ProgressState state_;
  double began_ = 0.0, drawn_ = 0.0;
  bool open_line_ = false;
};

}  // namespace tuneit::report

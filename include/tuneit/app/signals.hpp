#pragma once
// What does a program do when it is told to stop: Ctrl-C (SIGINT), SIGTERM, SIGHUP? No LibTorch.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string>

#include "tuneit/meta/error.hpp"

namespace tuneit::app {

namespace detail {

/// All that the handler reads and writes. It may run in any thread, in two at once.
struct SignalState {
  std::atomic<std::int64_t> first_at{0};  ///< nanoseconds; 0: none came
  std::atomic<int> caught{0};             ///< the number of the first
  std::atomic<bool> orderly{false};
  std::atomic<int> levels{0};  ///< of folders at the end of `folder` that are removed if the program leaves at once
  char folder[4096]{}, program[256]{};
  bool terminal = false;  ///< where a progress bar may stand
};
inline SignalState signal_state;
static_assert(std::atomic<std::int64_t>::is_always_lock_free && std::atomic<int>::is_always_lock_free &&
              std::atomic<bool>::is_always_lock_free);

constexpr const char* signal_name(int number) {
  return number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : number == SIGHUP ? "SIGHUP" : "a signal";
}

inline void say(const char* text) noexcept {
  [[maybe_unused]] const auto put = ::write(STDERR_FILENO, text, std::strlen(text));
}

/// Nothing was computed: leaves from within the handler, by calls only that a handler may make.
[[noreturn]] inline void leave_at_once(int number) noexcept {
  SignalState& s = signal_state;
  for (int level = s.levels; level > 0 && ::rmdir(s.folder) == 0; --level)
    if (char* const slash = std::strrchr(s.folder, '/')) *slash = '\0';
  if (s.terminal) say("\n");
  say(s.program);
  say(": stopped by ");
  say(signal_name(number));
  say(" before anything was trained or tested\n");
  ::_exit(static_cast<int>(ErrorKind::Interrupted));
}

inline void on_signal(int number) noexcept {
  const int before = errno;
  SignalState& s = signal_state;
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  const std::int64_t now = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec + 1;
  // timeout(1) and terminals send one signal twice, to the process and to its group: that is one request.
  constexpr std::int64_t same_request = 50'000'000;
  std::int64_t first = 0;
  if (s.first_at.compare_exchange_strong(first, now)) {
    s.caught = number;
    if (!s.orderly) leave_at_once(number);
  } else if (now - first > same_request) {
    ::_exit(128 + number);
  }
  errno = before;
}

}  // namespace detail

/// Handles SIGINT, SIGTERM and SIGHUP while it lives, but for those that were ignored before (nohup). The first one
/// ends the program at once with ErrorKind::Interrupted where there is nothing to keep; in an Orderly part of it, it is
/// only noted. A second one, 0.05 s later or more, ends it with 128 + its number wherever it is. Writing to a reader
/// that is gone (`| tee`, which Ctrl-C ends first) or beyond a limit becomes an error of the write. One at a time.
/// Afterwards all is as it was, unless a signal came or stay() was called: then the program is ending, and a second one
/// does what it did.
class Signals {
 public:
  explicit Signals(const char* program) {
    detail::SignalState& s = detail::signal_state;
    s.first_at = 0;
    s.caught = 0;
    s.levels = 0;
    s.orderly = false;
    s.terminal = ::isatty(STDERR_FILENO) != 0;
    std::strncpy(s.program, program, sizeof s.program - 1);
    struct sigaction action {};
    ::sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ::sigaction(numbers[i], nullptr, &before_[i]);
      if (before_[i].sa_handler == SIG_IGN) continue;
      action.sa_handler = numbers[i] == SIGPIPE || numbers[i] == SIGXFSZ ? SIG_IGN : &detail::on_signal;
      ::sigaction(numbers[i], &action, nullptr);
    }
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    if (stays_ || detail::signal_state.caught != 0) return;
    for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &before_[i], nullptr);
  }

  /// All is done but for what ends a program (destructors of libraries take a while): from here on a signal no longer
  /// changes the exit status, but for a second one.
  void stay() noexcept {
    stays_ = true;
    detail::signal_state.orderly = true;
  }

 private:
  static constexpr std::array numbers{SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};
  std::array<struct sigaction, numbers.size()> before_{};
  bool stays_ = false;
};

/// The signal that came, or 0. One relaxed read.
[[nodiscard]] inline int caught_signal() noexcept {
  return detail::signal_state.caught.load(std::memory_order_relaxed);
}

/// Throws Error(Interrupted) if a signal came.
inline void stop_if_told(const std::string& where) {
  if (const int number = caught_signal(); number != 0)
    throw Error(ErrorKind::Interrupted, std::string("stopped by ") + detail::signal_name(number) + where);
}

/// A part of the program in which a signal is only noted: whoever has one asks caught_signal() again and again, and at
/// the end.
class Orderly {
 public:
  Orderly() : before_(detail::signal_state.orderly.exchange(true)) {}
  Orderly(const Orderly&) = delete;
  Orderly& operator=(const Orderly&) = delete;
  ~Orderly() { detail::signal_state.orderly = before_; }

 private:
  bool before_;
};

/// A hook of `fit`: stops it when a signal came.
struct StopOnSignal {
  [[nodiscard]] static bool should_stop() noexcept { return caught_signal() != 0; }
};

/// If a signal ends the program at once, this folder and those above it, `levels` of them, are removed if empty.
inline void remove_on_signal(const std::filesystem::path& folder, int levels) {
  detail::SignalState& s = detail::signal_state;
  s.levels = 0;
  const std::string text = folder.string();
  if (text.size() >= sizeof s.folder) return;
  std::memcpy(s.folder, text.c_str(), text.size() + 1);
  s.levels = levels;
}

}  // namespace tuneit::app

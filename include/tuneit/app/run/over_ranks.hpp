#pragma once
// What a program does where several processes run it together (target tuneit::ranks): one of them speaks and writes.
// Of one process, and without the target, nothing is different.
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <string>

#include "tuneit/app/options/options.hpp"
#ifdef TUNEIT_RANKS
#include "tuneit/ranks/group.hpp"
#endif

namespace tuneit::app {

#ifdef TUNEIT_RANKS

/// This process among those of the program.
class OverRanks {
 public:
  /// Waits for the others where there will be a training. Throws Error.
  explicit OverRanks(const Options& o) {
    const ranks::Environment here = ranks::environment();
    idle_ = here.rank != 0 && (o.emits || !o.show_data.empty() || o.dry_run || o.evaluate);
    size_ = here.size;
    if (here.rank != 0) [[maybe_unused]]
      auto* const quiet = std::freopen("/dev/null", "w", stdout);
    if (here.size == 1 || o.emits || !o.show_data.empty() || o.dry_run || o.evaluate) return;
    ranks::set_peer_timeout(o.peer_timeout);
    group_ = ranks::group();
  }
  ~OverRanks() {
    if (group_ != nullptr && std::uncaught_exceptions() > 0) group_->end({});
  }
  OverRanks(const OverRanks&) = delete;
  OverRanks& operator=(const OverRanks&) = delete;

  /// What one process does alone, and this is another.
  [[nodiscard]] bool idle() const { return idle_; }
  /// Does this process write the files?
  [[nodiscard]] bool writes() const { return group_ == nullptr || group_->first(); }
  /// First one process of each machine, then the others, which find what it has fetched.
  void one_first(const char* what, const std::function<void()>& f) const {
    const bool first = group_ == nullptr || group_->environment().local_rank == 0;
    if (first) f();
    if (group_ != nullptr) group_->meet(what);
    if (!first) f();
  }
  /// The plan's line about them.
  void print(int batch_size) const {
    if (group_ != nullptr)
      std::cout << "Processes: " << size_ << "; each step's " << batch_size << " pictures are divided among them ("
                << (batch_size % size_ == 0 ? "" : "about ") << batch_size / size_ << " each)\n";
  }

 private:
  ranks::Group* group_ = nullptr;
  bool idle_ = false;
  int size_ = 1;
};

#else

struct OverRanks {
  explicit OverRanks(const Options&) {}
  static bool idle() { return false; }
  static bool writes() { return true; }
  template <class F>
  static void one_first(const char*, const F& f) {
    f();
  }
  static void print(int) {}
};

#endif

}  // namespace tuneit::app

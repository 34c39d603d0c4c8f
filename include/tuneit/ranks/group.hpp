#pragma once
// The processes that train together. Programs that link with target tuneit::ranks have one; c10d's headers, which are
// slow to read, are in its source file (cmake/ranks.cpp) alone.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/ranks/environment.hpp"

namespace tuneit::ranks {

/// A reduction on its way. Of a GPU `wait` makes its stream wait, and not the host.
class Work {
 public:
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  virtual ~Work() = default;
  /// Throws Error(Io) where a process is lost, with its rank.
  virtual void wait() = 0;
};

/// All of them must ask for the same, in the same order. What a lost process was asked for throws Error(Io) naming its
/// rank within the peer timeout (Environment::peer_timeout) and some seconds; a process whose host thread is elsewhere
/// then is ended, with that sentence.
class Group {
 public:
  explicit Group(Environment of) : environment_(std::move(of)) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  virtual ~Group() = default;

  [[nodiscard]] const Environment& environment() const { return environment_; }
  [[nodiscard]] int rank() const { return environment_.rank; }
  [[nodiscard]] int size() const { return environment_.size; }
  [[nodiscard]] bool first() const { return environment_.rank == 0; }

  /// The sum over all, in place; x is dense, and must live until it is waited for.
  [[nodiscard]] virtual std::unique_ptr<Work> sum(const at::Tensor& x) = 0;
  /// x of each rank, [size, ...]. Waits.
  [[nodiscard]] virtual at::Tensor gather(const at::Tensor& x) = 0;
  /// This process ends the training: the others say so, with these words of it, if any.
  virtual void end(const std::string& why) noexcept = 0;
  /// Waits until all have come here, however long it takes; throws Error(Io) where one is lost meanwhile.
  virtual void meet(const std::string& where) = 0;

  /// Gradients are summed up in pieces of at least so many bytes, each while the blocks before it are computed
  /// (PyTorch's DistributedDataParallel has 25 MiB). More than all of them: at the end of the way back.
  std::int64_t bucket_bytes = std::int64_t{8} << 20;

  // --- of the step at hand
  bool counts = true;        ///< the batch of this rank is one of the whole; else one that stands in for none
  bool wants_stop = false;   ///< this rank would end the training
  bool agreed_stop = false;  ///< since the last step all know that one of them would

 private:
  Environment environment_;
};

/// The group of this program, which begins with the first call; null where there is one process. Waits for the others.
/// Throws Error(Usage) where the environment is contradictory, Error(Io) where the others do not come.
Group* group();

/// Before the first call of group(): the seconds of Environment::peer_timeout.
void set_peer_timeout(double seconds);

/// Throws Error(Usage) where `value` is not that of rank 0, naming the first rank of which it is not. what: "the
/// recipe".
void compare(Group& all, const std::vector<std::pair<std::string, std::uint64_t>>& values);

/// Numbers of all added up.
void sum_numbers(Group& all, std::vector<double*> numbers);

}  // namespace tuneit::ranks

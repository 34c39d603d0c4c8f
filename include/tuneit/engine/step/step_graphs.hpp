#pragma once
// When is a step of a device captured, when is it replayed, and what forbids it?
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/cuda/launcher.hpp"
#include "tuneit/aten/device_graph.hpp"
#include "tuneit/aten/lists.hpp"
#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit {

/// The graphs of a training: one for each phase and kind of batch. A kind of batch that comes twice in a row is watched
/// until two steps are the same; where they are, the next one is captured, and from then on replayed. A batch that
/// comes alone, as the shorter one at the end of an epoch, runs as it is. Where steps are not the same none is captured
/// any more, and `refused` says why.
class StepGraphs {
 public:
  /// What a replay demands of a step: which kind of batch it is, and what kernels read of the host's numbers.
  struct Kind {
    std::size_t phase = 0;
    std::vector<std::int64_t> batch{};
    bool operator==(const Kind&) const = default;
  };
  /// What a step is made of.
  struct Step {
    /// The step itself, on such tensors as are given: what it launches is kept.
    std::function<StepResult(const std::vector<at::Tensor>&)> body;
    /// The host's part, where the device's is replayed; what it left to be measured.
    std::function<void(const std::vector<at::Tensor>&)> replayed;
    std::function<std::vector<at::Tensor>()> measured;  ///< what body left so
    std::function<bool()> taken;                        ///< has the host's part happened?
    std::vector<at::Generator> draws;
  };

  explicit StepGraphs(std::unique_ptr<GraphMaker> maker) : maker_(std::move(maker)) {}

  /// `host`: the numbers that kernels are handed by the host. `late`: how often one was sent within a step so far.
  StepResult run(const Kind& kind, const std::vector<double>& host, const std::vector<at::Tensor>& given,
                 const Step& step, const long long& late) {
    if (!refused_.empty()) return step.body(given);
    if (kind.phase != last_.phase) kept_.clear();
    const bool again = kind == last_;
    last_ = kind;
    Kept* const kept = find(kind, again);
    if (kept == nullptr) return step.body(given);
    if (kept->inputs.empty())
      for (const at::Tensor& one : given) kept->inputs.push_back(one.clone());
    if (kept->graph && kept->host != host) {  // they change now and then, as for a phase of a schedule
      kept->graph.reset();
      kept->watched.reset();
      if (++kept->anew > most_anew) {
        refuse(host_changes);
        return step.body(given);
      }
    }
    for (std::size_t i = 0; i < given.size(); ++i) kept->inputs[i].copy_(given[i], /*non_blocking=*/true);
    if (kept->graph) {
      kept->graph->replay();
      ++replays_;
      step.replayed(kept->measured);
      return result(*kept);
    }
    return kept->watched && kept->host == host && kept->same ? capture(*kept, step, late)
                                                             : watch(*kept, host, step, late);
  }

  /// Memory is another from here on: what was captured is forgotten.
  void forget() { kept_.clear(); }

  /// Why steps are not replayed; empty: they are, or will be.
  [[nodiscard]] const std::string& refused() const { return refused_; }
  /// Graphs that there are now, and steps that were replayed since the start.
  [[nodiscard]] std::size_t graphs() const {
    std::size_t n = 0;
    for (const auto& kept : kept_) n += kept->graph ? 1U : 0U;
    return n;
  }
  [[nodiscard]] long long replays() const { return replays_; }

 private:
  static constexpr std::size_t most = 4;  ///< kinds of batches of a phase: each holds memory of its own
  static constexpr const char* host_changes = "numbers change that the formula of an optimizer reads from the host";
  static constexpr int most_anew = 8, most_others = 3;

  struct Kept {
    Kind kind;
    std::vector<at::Tensor> inputs;  ///< where each step reads its batch
    std::vector<double> host{};
    std::unique_ptr<GraphMaker::Watched> watched{};
    bool same = false;         ///< two steps were
    int anew = 0, others = 0;  ///< how often it began again, and how often a step was not as the one before
    std::unique_ptr<DeviceGraph> graph{};
    StepResult result{};   ///< of the capture: what is on the device is written by each replay
    at::Tensor figures{};  ///< of it, in one tensor
    std::vector<at::Tensor> measured{};
    at::Tensor tickets{};  ///< of our own kernels in the graph
  };

  Kept* find(const Kind& kind, bool again) {
    for (const auto& kept : kept_)
      if (kept->kind == kind) return kept.get();
    if (!again || kept_.size() == most) return nullptr;
    kept_.push_back(std::make_unique<Kept>());
    kept_.back()->kind = kind;
    return kept_.back().get();
  }

  void refuse(std::string why) {
    refused_ = std::move(why);
    kept_.clear();
  }

  StepResult watch(Kept& kept, const std::vector<double>& host, const Step& step, const long long& late) {
    StepResult result;
    const long long before = late;
    auto now = maker_->watch([&] { result = step.body(kept.inputs); });
    if (late != before) {
      refuse("a policy decides about the rate within the step");
      return result;
    }
    kept.same = false;
    if (kept.watched) {
      const std::string why = kept.host == host ? kept.watched->difference(*now) : std::string(host_changes);
      kept.same = why.empty();
      if (!kept.same && ++kept.others == most_others) {  // what is made in a first step differs once
        refuse("steps are not the same: " + why);
        return result;
      }
    }
    kept.watched = std::move(now);
    kept.host = host;
    return result;
  }

  StepResult capture(Kept& kept, const Step& step, const long long& late) {
    const long long before = late;
    std::exception_ptr thrown;
    std::string why;
    kept.tickets = aten::cuda::fresh_tickets(kept.inputs.front().device());
    const aten::cuda::OwnTickets own(kept.tickets);
    try {
      kept.graph = maker_->capture(
          [&] {
            kept.result = step.body(kept.inputs);
            if (late != before)
              throw Error(ErrorKind::Usage,
                          "a policy that says Effects{.replays = true} decides about the rate in a step",
                          "Leave that out: the device replays what it did once.");
            kept.figures = figures_of(kept.result);
            kept.measured = step.measured();
          },
          step.draws);
    } catch (const std::exception& e) {
      thrown = std::current_exception();
      why = e.what();
    }
    if (!thrown) {
      kept.watched.reset();
      kept.graph->replay();
      ++replays_;
      return result(kept);
    }
    const std::vector<at::Tensor> inputs = kept.inputs;
    refuse("the device cannot keep them: " + why.substr(0, why.find('\n')));
    if (step.taken()) std::rethrow_exception(thrown);
    return step.body(inputs);
  }

  static at::Tensor figures_of(const StepResult& r) {
    std::vector<at::Tensor> all;
    for (const DeviceScalar* x : {&r.loss, &r.correct, &r.correct_labels})
      if (x->on_device()) all.push_back(x->tensor().to(at::kDouble).reshape({}));
    if (r.outside.defined()) all.push_back(r.outside.to(at::kDouble).reshape({}));
    return aten::stack(all);
  }
  /// What a replay left, in tensors of its own: the next one writes over it.
  static StepResult result(const Kept& kept) {
    StepResult r = kept.result;
    const at::Tensor now = kept.figures.clone();
    std::int64_t i = 0;
    for (DeviceScalar* x : {&r.loss, &r.correct, &r.correct_labels})
      if (x->on_device()) *x = now.select(0, i++);
    if (r.outside.defined()) r.outside = now.select(0, i).ne(0);
    return r;
  }

  std::unique_ptr<GraphMaker> maker_;
  Kind last_{static_cast<std::size_t>(-1)};
  std::vector<std::unique_ptr<Kept>> kept_;
  std::string refused_;
  long long replays_ = 0;
};

}  // namespace tuneit

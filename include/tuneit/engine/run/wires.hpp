#pragma once
// The wires of a network, or of a part of it, during a pass.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/net/wire_plan.hpp"

namespace tuneit::detail {

[[noreturn, gnu::cold]] inline void refuse_crossing(std::size_t given, std::size_t wanted) {
  throw Error(ErrorKind::Usage,
              "a part of a network was given " + std::to_string(given) + " tensors beside what flows, and takes " +
                  std::to_string(wanted),
              "These are the inputs behind the first, or what lies on wires where a frozen beginning ends.");
}

/// What lies on the wires of Model while its blocks [First, Last) run. A network without wires has no use for it.
template <class Model, std::size_t First, std::size_t Last>
class WireStore {
  static constexpr const auto& plan = wire_plan<Model, First, Last>;
  static constexpr auto slots = static_cast<std::size_t>(plan.name_count), outs = std::size_t{output_count<Model>};

 public:
  static constexpr bool names_outputs = plan.output_count > 0;

  WireStore() = default;
  WireStore(const WireStore&) = delete;
  WireStore& operator=(const WireStore&) = delete;

  /// A pass begins. `others`: the inputs behind the first, or what crosses the cut before First. Throws Error(Usage)
  /// where there are not as many.
  void begin(const std::vector<at::Tensor>& others) {
    values_ = {};
    outputs_ = {};
    frame_ = {plan.names, values_.data(), nullptr, left_.data(), plan.reads, plan.outputs, outputs_.data()};
    if (others.size() != static_cast<std::size_t>(plan.begin_count)) refuse_crossing(others.size(), plan.begin_count);
    for (std::size_t i = 0; i < others.size(); ++i) {
      const Crossing& c = plan.begin[i];
      if (c.output >= 0) {
        outputs_[static_cast<std::size_t>(c.output)] = others[i];
      } else {
        const std::size_t slot = WireFrame::find(plan.names, c.name);
        values_[slot] = others[i];
        left_[slot] = c.reads;
      }
    }
  }
  [[nodiscard]] WireFrame& frame() { return frame_; }

  /// What crosses the cut behind the last block.
  [[nodiscard]] std::vector<at::Tensor> end() const {
    std::vector<at::Tensor> all;
    for (int i = 0; i < plan.end_count; ++i) {
      const Crossing& c = plan.end[i];
      all.push_back(c.output >= 0 ? outputs_[static_cast<std::size_t>(c.output)]
                                  : values_[WireFrame::find(plan.names, c.name)]);
    }
    return all;
  }
  /// All outputs; y: what flows at the end, of a network that names none.
  [[nodiscard]] std::vector<at::Tensor> outputs_of(const at::Tensor& y) const {
    if constexpr (!names_outputs) return {y};
    return {outputs_.begin(), outputs_.end()};
  }
  /// The gradients by the outputs are there; an undefined one is zero, and there is none where nobody reads it.
  /// Returns that of what flows at the end.
  template <class Read>
  at::Tensor begin_backward(const std::vector<at::Tensor>& gradients) {
    gradients_ = {};
    frame_.gradients = gradients_.data();
    if constexpr (!names_outputs) return gradients.front();
    for (std::size_t i = 0; i < outs; ++i) {
      if (!Read::reads(i))
        outputs_[i] = at::Tensor();
      else
        outputs_[i] = gradients[i].defined() ? gradients[i] : aten::zeros_like(outputs_[i]);
    }
    return {};
  }
  /// The same where there is one output.
  at::Tensor begin_backward(at::Tensor gradient) {
    gradients_ = {};
    frame_.gradients = gradients_.data();
    if constexpr (!names_outputs) return gradient;
    outputs_.back() = std::move(gradient);
    return {};
  }

 private:
  std::array<at::Tensor, slots> values_, gradients_;
  std::array<int, slots> left_{};
  std::array<at::Tensor, outs> outputs_;
  WireFrame frame_;
};

}  // namespace tuneit::detail

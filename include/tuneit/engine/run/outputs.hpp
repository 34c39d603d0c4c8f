#pragma once
// What a network gives for a batch.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace tuneit {

/// The outputs of a network for a batch, in the order in which it gives them out.
class Outputs {
 public:
  Outputs() = default;
  explicit Outputs(std::vector<at::Tensor> all) : all_(std::move(all)) {}
  Outputs(at::Tensor one) { all_.push_back(std::move(one)); }

  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] const at::Tensor& operator[](std::size_t i) const { return all_[i]; }
  /// That of a network with one output.
  [[nodiscard]] const at::Tensor& only() const { return all_.front(); }

 private:
  std::vector<at::Tensor> all_;
};

}  // namespace tuneit

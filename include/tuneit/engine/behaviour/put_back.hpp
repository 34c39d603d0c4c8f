#pragma once
// What must be as it was when a pass over the network is through, whatever happens in it?
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace tuneit::detail {

/// Tensors that have the values of now again when this ends.
class PutBack {
 public:
  explicit PutBack(std::vector<at::Tensor> tensors) : tensors_(std::move(tensors)) {
    for (const at::Tensor& t : tensors_) before_.push_back(t.clone());
  }
  PutBack(const PutBack&) = delete;
  PutBack& operator=(const PutBack&) = delete;
  ~PutBack() {
    for (std::size_t i = 0; i < tensors_.size(); ++i) tensors_[i].copy_(before_[i]);
  }
  [[nodiscard]] const std::vector<at::Tensor>& tensors() const { return tensors_; }

 private:
  std::vector<at::Tensor> tensors_, before_;
};

}  // namespace tuneit::detail

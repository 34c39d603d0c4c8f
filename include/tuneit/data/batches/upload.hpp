#pragma once
// Who brings batches to a device, whatever source they are of?
#include <ATen/core/Tensor.h>

#include <vector>

#include "tuneit/aten/upload.hpp"
#include "tuneit/data/batches/batches.hpp"

namespace tuneit::data {

/// Moves what a batch has on the host to a device, beside what it computes (aten/upload.hpp).
class BatchUpload {
 public:
  explicit BatchUpload(at::Device device) : upload_(device) {}

  void operator()(Batch& batch) {
    all_.assign({&batch.images, &batch.labels});
    for (at::Tensor& t : batch.other_inputs) all_.push_back(&t);
    for (at::Tensor& t : batch.other_targets) all_.push_back(&t);
    upload_(all_);
  }

 private:
  aten::Upload upload_;
  std::vector<at::Tensor*> all_{};
};

}  // namespace tuneit::data

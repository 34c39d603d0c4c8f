#pragma once
// How is the best epoch on the disk as soon as there is one?
#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "tuneit/engine/behaviour/best_weights.hpp"

namespace tuneit {

/// BestWeights that hands the tensors to save(const std::vector<at::Tensor>&) at the end of each epoch that is the best
/// so far:
///   SaveBest best([](const auto& tensors) { save_weights<ResNet18>(tensors, "best.safetensors"); });
/// What `save` throws ends the training; the copy in memory is there then.
template <class Save>
class SaveBest : public BestWeights {
 public:
  explicit SaveBest(Save save) : save_(std::move(save)) {}
  template <class T>
  void on_epoch(const EpochResult& result, const T& trainer) {
    BestWeights::on_epoch(result, trainer);
    if (epoch() == result.epoch) save_(tensors());
  }

 private:
  Save save_;
};

}  // namespace tuneit

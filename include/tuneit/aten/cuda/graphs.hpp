#pragma once
// CUDA graphs. For one file of a program that is built with CUDA's headers and linked with LibTorch's CUDA libraries:
// what includes this has them (CMake: tuneit::cuda does it). Without -DTUNEIT_CUDA it has nothing.
#ifdef TUNEIT_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tuneit/aten/recorded_graphs.hpp"

namespace tuneit {

/// Captures on a stream of its own, and launches on the current one. All graphs of a maker share their memory: they are
/// launched one after the other, and what one leaves is read before the next one. With the last of them the memory
/// goes.
class CudaGraphs final : public RecordedGraphs {
  struct Graph final : DeviceGraph {
    std::shared_ptr<at::cuda::MempoolId_t> pool;
    at::cuda::CUDAGraph graph;
    void replay() override { graph.replay(); }
  };

 public:
  explicit CudaGraphs(c10::Device device) : stream_(c10::cuda::getStreamFromPool(false, device.index())) {}

  std::unique_ptr<DeviceGraph> capture(const std::function<void()>& body,
                                       const std::vector<at::Generator>& draws) override {
    auto kept = std::make_unique<Graph>();
    kept->pool = pool_.lock();
    if (!kept->pool) pool_ = kept->pool = std::make_shared<at::cuda::MempoolId_t>(at::cuda::graph_pool_handle());
    for (const at::Generator& g : draws) register_generator(kept->graph, g);
    at::cuda::CUDAEvent before, after;
    before.record(c10::cuda::getCurrentCUDAStream(stream_.device_index()));
    before.block(stream_);
    {
      const c10::cuda::CUDAStreamGuard side(stream_);
      // Threads that load batches may take page-locked memory meanwhile.
      kept->graph.capture_begin(*kept->pool, cudaStreamCaptureModeThreadLocal);
      try {
        body();
      } catch (...) {
        end_broken(kept->graph);
        throw;
      }
      kept->graph.capture_end();
    }
    after.record(stream_);
    after.block(c10::cuda::getCurrentCUDAStream(stream_.device_index()));
    return kept;
  }

 private:
  // Until LibTorch 2.11 by hand; later ones find the generators that are drawn from.
  template <class G>
  static void register_generator(G& graph, const at::Generator& generator) {
    if constexpr (requires { graph.register_generator_state(generator); }) graph.register_generator_state(generator);
  }
  static void end_broken(at::cuda::CUDAGraph& graph) {
    try {
      graph.capture_end();
    } catch (...) {  // the first failure is told
    }
  }

  c10::cuda::CUDAStream stream_;
  std::weak_ptr<at::cuda::MempoolId_t> pool_;  ///< of the graphs that there are
};

/// From here on, trainers on a CUDA device replay their steps where they can.
inline const bool has_cuda_graphs = [] {
  graph_factory() = [](c10::Device device) -> std::unique_ptr<GraphMaker> {
    if (!device.is_cuda()) return nullptr;
    return std::make_unique<CudaGraphs>(device);
  };
  return true;
}();

}  // namespace tuneit
#endif

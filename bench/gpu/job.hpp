#pragma once
// What main.cpp asks of a training of a network on a GPU. Each network is a file of its own (network.cpp).
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench::gpu {

struct Job {
  std::function<void(long)> run;        ///< sends so many steps to the device, and waits for none
  std::function<double()> last_loss;    ///< waits
  std::function<std::string()> graphs;  ///< how many steps were graphs, or why none
};
/// What is asked of a job.
struct Wanted {
  int batch = 32, side = 224;
  bool graphs = false, bytes = false;  ///< bytes: batches come from the host as bytes, and are finished on the device
};
/// Two steps on the device and on the CPU, from the same weights.
struct Comparison {
  double weights = 0;  ///< the largest difference of a weight or statistic, by the largest number of its tensor
  double logits = 0;   ///< of a test afterwards, by the largest
  double loss = 0, cpu_loss = 0;
};

struct Case {
  std::string_view network, numbers;
  std::unique_ptr<Job> (*prepare)(const Wanted&);
  Comparison (*compare)(int side);
};
/// One of our CUDA kernels beside LibTorch's operators that do the same.
struct KernelResult {
  std::string name, missing;  ///< missing: why it was not run
  double own_seconds = 0, aten_seconds = 0;
  double error = 0;  ///< the largest difference from single or double precision, by the largest number
};
std::vector<KernelResult> kernels(int batch);

/// Those that are linked in.
inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

}  // namespace bench::gpu

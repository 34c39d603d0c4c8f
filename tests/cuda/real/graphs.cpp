// CUDA graphs compile and link with the LibTorch and the CUDA headers that are here. Where there is a device, one is
// captured and replayed, with a rate that changes in between; where there is none, nothing more is shown.
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <c10/cuda/CUDAFunctions.h>

#include <cstdio>
#include <memory>

#include "tuneit/aten/cuda/graphs.hpp"
#include "tuneit/aten/make.hpp"

int main() {
  using namespace tuneit;
  if (!has_cuda_graphs || graph_factory() == nullptr || graph_factory()(c10::Device(c10::kCPU)) != nullptr) return 1;
  if (c10::cuda::device_count() == 0) {
    std::puts("no CUDA device here: it compiles and links");
    return 0;
  }
  const c10::Device device(c10::kCUDA, 0);
  const auto maker = graph_factory()(device);
  const at::TensorOptions there = at::TensorOptions(at::kFloat).device(device);
  at::Tensor w = aten::full({4}, 1.0, there), rate = aten::full({}, 1.0, there);
  const auto body = [&] { w.sub_(rate.mul(w)); };
  const auto one = maker->watch(body), two = maker->watch(body);
  if (!one->difference(*two).empty()) return 2;
  w.fill_(1);
  const auto graph = maker->capture(body, {at::cuda::detail::createCUDAGenerator(0)});
  if (w.sum().item<double>() != 4) return 3;  // nothing has run
  rate.fill_(0.5);
  graph->replay();
  rate.fill_(0.25);
  graph->replay();
  return w.sum().item<double>() == 4 * 0.5 * 0.75 ? 0 : 4;
}

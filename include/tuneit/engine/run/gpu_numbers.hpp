#pragma once
// How exact is single precision on a GPU, and are its results the same every time? Said for the time in which a network
// runs; before and afterwards LibTorch is as the program has set it.
#include <c10/core/Device.h>

#include <array>
#include <cstddef>
#include <cstdlib>

#include "tuneit/aten/context.hpp"

namespace tuneit::detail {

struct GpuNumbers {
  bool on = false;             ///< the device is a GPU
  bool tf32 = false;           ///< products of single precision may round what they multiply to 10 bits (TF32)
  bool deterministic = false;  ///< equal bits in every run
};

/// For a device. Products of matrices are deterministic where cuBLAS has work space of a fixed size, which it reads
/// from the environment when it is first used.
inline GpuNumbers gpu_numbers(c10::Device device, bool tf32, bool deterministic) {
  if (device.is_cpu()) return {};
  if (deterministic) ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  return {true, tf32, deterministic};
}

/// While it lives, GPUs compute so: convolutions by the fastest of cuDNN's algorithms, which is measured once for each
/// size, or by deterministic ones alone; then an operator that has none throws, with its name. Nothing on the CPU.
/// Like LibTorch's switches it is for all threads of the process.
class GpuNumbersScope {
 public:
  explicit GpuNumbersScope(const GpuNumbers& numbers) : on_(numbers.on) {
    if (on_) [[unlikely]]
      begin(numbers);
  }
  ~GpuNumbersScope() {
    if (on_) [[unlikely]]
      end();
  }
  GpuNumbersScope(const GpuNumbersScope&) = delete;
  GpuNumbersScope& operator=(const GpuNumbersScope&) = delete;

 private:
  struct Places {
    at::Float32Backend cuda = at::str2backend("cuda");
    std::array<at::Float32Op, 2> ops{at::str2op("conv"), at::str2op("matmul")};
    at::Float32Precision exact = at::str2precision("ieee"), tf32 = at::str2precision("tf32");
  };
  static const Places& places() {
    static const Places all;
    return all;
  }
  static at::Float32Precision wanted(const GpuNumbers& numbers) {
    return numbers.tf32 ? places().tf32 : places().exact;
  }
  static void set(const std::array<at::Float32Precision, 2>& precisions) {
    at::Context& c = at::globalContext();
    for (std::size_t i = 0; i < 2; ++i)
      if (aten::context::float32_precision(c, places().cuda, places().ops[i]) != precisions[i])
        aten::context::set_float32_precision(c, places().cuda, places().ops[i], precisions[i]);
  }
  [[gnu::noinline]] void begin(const GpuNumbers& numbers) {
    namespace context = aten::context;
    at::Context& c = at::globalContext();
    benchmark_ = context::benchmarks_cudnn(c);
    cudnn_deterministic_ = context::is_cudnn_deterministic(c);
    deterministic_ = context::is_deterministic(c);
    only_warns_ = context::only_warns(c);
    for (std::size_t i = 0; i < 2; ++i) before_[i] = context::float32_precision(c, places().cuda, places().ops[i]);
    set({wanted(numbers), wanted(numbers)});
    context::benchmark_cudnn(c, !numbers.deterministic && !deterministic_);
    if (!numbers.deterministic) return;  // as the program has it
    context::make_cudnn_deterministic(c, true);
    context::make_deterministic(c, true, false);
  }
  [[gnu::noinline]] void end() const {
    namespace context = aten::context;
    at::Context& c = at::globalContext();
    set(before_);
    context::benchmark_cudnn(c, benchmark_);
    context::make_cudnn_deterministic(c, cudnn_deterministic_);
    context::make_deterministic(c, deterministic_, only_warns_);
  }

  bool on_, benchmark_ = false, cudnn_deterministic_ = false, deterministic_ = false, only_warns_ = false;
  std::array<at::Float32Precision, 2> before_{};
};

}  // namespace tuneit::detail

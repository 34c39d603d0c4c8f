#pragma once
// How LibTorch computes on GPUs, for the whole process: at::Context's switches. Its header, ATen/Context.h, would be a
// fifth more of compile time in every translation unit, so functions of LibTorch are declared here by their symbols
// (Itanium C++ ABI: a member is a function whose first parameter is its object). tests/cuda/test_numbers.cpp compares
// with the header.
#include <c10/macros/Export.h>

#include <string>

namespace at {
class Context;
enum class Float32Backend : int;
enum class Float32Op : int;
enum class Float32Precision : int;
TORCH_API Context& globalContext();
TORCH_API Float32Backend str2backend(const std::string&);
TORCH_API Float32Op str2op(const std::string&);
TORCH_API Float32Precision str2precision(const std::string&);
}  // namespace at

namespace tuneit::aten::context {

bool benchmarks_cudnn(const at::Context&) __asm__("_ZNK2at7Context14benchmarkCuDNNEv");
void benchmark_cudnn(at::Context&, bool) __asm__("_ZN2at7Context17setBenchmarkCuDNNEb");
bool is_cudnn_deterministic(const at::Context&) __asm__("_ZNK2at7Context18deterministicCuDNNEv");
void make_cudnn_deterministic(at::Context&, bool) __asm__("_ZN2at7Context21setDeterministicCuDNNEb");
bool is_deterministic(const at::Context&) __asm__("_ZNK2at7Context23deterministicAlgorithmsEv");
bool only_warns(const at::Context&) __asm__("_ZNK2at7Context31deterministicAlgorithmsWarnOnlyEv");
void make_deterministic(at::Context&, bool, bool only_warn) __asm__("_ZN2at7Context26setDeterministicAlgorithmsEbb");
at::Float32Precision float32_precision(const at::Context&, at::Float32Backend, at::Float32Op) __asm__(
    "_ZNK2at7Context16float32PrecisionENS_14Float32BackendENS_9Float32OpE");
void set_float32_precision(at::Context&, at::Float32Backend, at::Float32Op, at::Float32Precision) __asm__(
    "_ZN2at7Context19setFloat32PrecisionENS_14Float32BackendENS_9Float32OpENS_16Float32PrecisionE");

}  // namespace tuneit::aten::context

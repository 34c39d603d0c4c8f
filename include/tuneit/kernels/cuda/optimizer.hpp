#pragma once
// Steps of optimizers on CUDA: what their kernels are told, and their text.
#include "tuneit/kernels/cuda/source.hpp"

namespace tuneit::kernels::cuda {

#define TUNEIT_CUDA_PARAMETERS(...) __VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...)
#include "tuneit/kernels/cuda/optimizer.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS

inline constexpr const char optimizer_text[] =
#define TUNEIT_CUDA_PARAMETERS(...) #__VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...) #__VA_ARGS__
#include "tuneit/kernels/cuda/optimizer.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS
    ;

inline constexpr const char* optimizer_kernels[] = {"sgd_step<$F, $T>", "adam_step<$F, $T>"};
inline constexpr Source optimizer_source{"optimizer", optimizer_text, optimizer_kernels};

template <>
inline constexpr Kernel kernel_of<SgdTask>{&optimizer_source, optimizer_kernels[0]};
template <>
inline constexpr Kernel kernel_of<AdamTask>{&optimizer_source, optimizer_kernels[1]};

static_assert(sizeof(AdamTask) <= 4096, "what every CUDA takes as parameters of a kernel");

}  // namespace tuneit::kernels::cuda

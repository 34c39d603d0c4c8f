#pragma once
// Finishing batches of bytes on CUDA: what the kernel is told, and its text.
#include "tuneit/kernels/cuda/source.hpp"

namespace tuneit::kernels::cuda {

#define TUNEIT_CUDA_PARAMETERS(...) __VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...)
#include "tuneit/kernels/cuda/finish.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS

inline constexpr const char finish_text[] =
#define TUNEIT_CUDA_PARAMETERS(...) #__VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...) #__VA_ARGS__
#include "tuneit/kernels/cuda/finish.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS
    ;

inline constexpr const char* finish_kernels[] = {"finish_bytes<$T>"};
inline constexpr Source finish_source{"finish", finish_text, finish_kernels};

template <>
inline constexpr Kernel kernel_of<FinishTask>{&finish_source, finish_kernels[0]};

}  // namespace tuneit::kernels::cuda

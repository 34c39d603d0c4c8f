#pragma once
// Cross-entropy on CUDA: what its kernel is told, and its text.
#include "tuneit/kernels/cuda/source.hpp"

namespace tuneit::kernels::cuda {

#define TUNEIT_CUDA_PARAMETERS(...) __VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...)
#include "tuneit/kernels/cuda/cross_entropy.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS

inline constexpr const char cross_entropy_text[] =
#define TUNEIT_CUDA_PARAMETERS(...) #__VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...) #__VA_ARGS__
#include "tuneit/kernels/cuda/cross_entropy.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS
    ;

inline constexpr const char* cross_entropy_kernels[] = {"cross_entropy<$F>"};
inline constexpr Source cross_entropy_source{"cross_entropy", cross_entropy_text, cross_entropy_kernels};

template <>
inline constexpr Kernel kernel_of<CrossEntropyTask>{&cross_entropy_source, cross_entropy_kernels[0]};

}  // namespace tuneit::kernels::cuda

#pragma once
// Limits of gradients on CUDA: what their kernels are told, and their text.
#include "tuneit/kernels/cuda/source.hpp"

namespace tuneit::kernels::cuda {

#define TUNEIT_CUDA_PARAMETERS(...) __VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...)
#include "tuneit/kernels/cuda/gradients.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS

inline constexpr const char gradients_text[] =
#define TUNEIT_CUDA_PARAMETERS(...) #__VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...) #__VA_ARGS__
#include "tuneit/kernels/cuda/gradients.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS
    ;

inline constexpr const char* gradients_kernels[] = {"gradient_norm<$F>", "gradient_scale<$F>"};
inline constexpr Source gradients_source{"gradients", gradients_text, gradients_kernels};

template <>
inline constexpr Kernel kernel_of<GradientNormTask>{&gradients_source, gradients_kernels[0]};
template <>
inline constexpr Kernel kernel_of<GradientScaleTask>{&gradients_source, gradients_kernels[1]};

static_assert(sizeof(GradientNormTask) <= 4096, "what every CUDA takes as parameters of a kernel");

}  // namespace tuneit::kernels::cuda

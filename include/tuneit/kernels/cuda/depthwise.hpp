#pragma once
// Depthwise convolutions on CUDA: what their kernels are told, and their text.
#include "tuneit/kernels/cuda/source.hpp"

namespace tuneit::kernels::cuda {

#define TUNEIT_CUDA_PARAMETERS(...) __VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...)
#include "tuneit/kernels/cuda/depthwise.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS

inline constexpr const char depthwise_text[] =
#define TUNEIT_CUDA_PARAMETERS(...) #__VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...) #__VA_ARGS__
#include "tuneit/kernels/cuda/depthwise.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS
    ;

inline constexpr const char* depthwise_kernels[] = {"depthwise_forward<$T, 3, 1, $V>",
                                                    "depthwise_input<$T, 3, 1, $V>",
                                                    "depthwise_parts<$T, 3, 1, 2>",
                                                    "depthwise_forward<$T, 3, 2, $V>",
                                                    "depthwise_input<$T, 3, 2, $V>",
                                                    "depthwise_parts<$T, 3, 2, 2>",
                                                    "depthwise_forward<$T, 5, 1, $V>",
                                                    "depthwise_input<$T, 5, 1, $V>",
                                                    "depthwise_parts<$T, 5, 1, 2>",
                                                    "depthwise_forward<$T, 5, 2, $V>",
                                                    "depthwise_input<$T, 5, 2, $V>",
                                                    "depthwise_parts<$T, 5, 2, 2>",
                                                    "depthwise_weights<$T>"};
inline constexpr Source depthwise_source{"depthwise", depthwise_text, depthwise_kernels};

template <>
inline constexpr Kernel kernel_of<DepthwiseForward>{&depthwise_source, "depthwise_forward<$T, $K, $S, $V>"};
template <>
inline constexpr Kernel kernel_of<DepthwiseInput>{&depthwise_source, "depthwise_input<$T, $K, $S, $V>"};
template <>
inline constexpr Kernel kernel_of<DepthwiseParts>{&depthwise_source, "depthwise_parts<$T, $K, $S, $V>"};
template <>
inline constexpr Kernel kernel_of<DepthwiseWeights>{&depthwise_source, "depthwise_weights<$T>"};

}  // namespace tuneit::kernels::cuda

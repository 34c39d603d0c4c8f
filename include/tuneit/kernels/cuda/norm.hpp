#pragma once
// Batch norm with an addition and a clamp on CUDA: what its kernels are told, their text, and in which shape they run.
#include "tuneit/kernels/cuda/source.hpp"

namespace tuneit::kernels::cuda {

#define TUNEIT_CUDA_PARAMETERS(...) __VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...)
#include "tuneit/kernels/cuda/norm.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS

inline constexpr const char norm_text[] =
#define TUNEIT_CUDA_PARAMETERS(...) #__VA_ARGS__
#define TUNEIT_CUDA_KERNELS(...) #__VA_ARGS__
#include "tuneit/kernels/cuda/norm.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS
    ;

inline constexpr const char* norm_kernels[] = {"norm_moments<$T, $V>", "norm_fixed<$F>", "norm_apply<$T, $V>",
                                               "norm_reduce<$T, $V>", "norm_gradient<$T, $V>"};
inline constexpr Source norm_source{"norm", norm_text, norm_kernels};

template <>
inline constexpr Kernel kernel_of<NormMoments>{&norm_source, norm_kernels[0]};
template <>
inline constexpr Kernel kernel_of<NormFixed>{&norm_source, norm_kernels[1]};
template <>
inline constexpr Kernel kernel_of<NormApply>{&norm_source, norm_kernels[2]};
template <>
inline constexpr Kernel kernel_of<NormReduce>{&norm_source, norm_kernels[3]};
template <>
inline constexpr Kernel kernel_of<NormGradient>{&norm_source, norm_kernels[4]};

/// How threads share the rows of channels-last numbers [rows, channels]. The same on every device, and so are sums.
struct NormGrid {
  unsigned block_x, block_y, grid_x, parts;

  /// `width`: channels in one access. At most `most` parts; a thread has about eight rows before there are more of
  /// them.
  constexpr NormGrid(long long rows, int channels, int width, unsigned most = 512)
      : block_x(1), block_y(256), grid_x(0), parts(1) {
    const auto vectors = static_cast<unsigned>(channels / width);
    while (block_x < 16 && block_x < vectors) block_x *= 2;
    block_y = 256 / block_x;
    grid_x = (vectors + block_x - 1) / block_x;
    const unsigned share = most / grid_x > 0 ? most / grid_x : 1;
    const long long wanted = (rows + block_y * 8 - 1) / (block_y * 8);
    parts = wanted < static_cast<long long>(share) ? static_cast<unsigned>(wanted < 1 ? 1 : wanted) : share;
  }
};

}  // namespace tuneit::kernels::cuda

#pragma once
// The library's CUDA kernels as code that runs on the host.
#include <c10/util/Half.h>

#include "cuda/cuda_on_host.hpp"
#include "tuneit/kernels/cuda/cross_entropy.hpp"
#include "tuneit/kernels/cuda/depthwise.hpp"
#include "tuneit/kernels/cuda/finish.hpp"
#include "tuneit/kernels/cuda/gradients.hpp"
#include "tuneit/kernels/cuda/norm.hpp"
#include "tuneit/kernels/cuda/optimizer.hpp"

namespace tuneit::kernels::cuda {

inline float float_from_half(unsigned short bits) { return c10::detail::fp16_ieee_to_fp32_value(bits); }
inline unsigned short half_from_float(float x) { return c10::detail::fp16_ieee_from_fp32_value(x); }
inline unsigned short bf16_from_float(float x) {  // to nearest, ties to even; NaN stays
  const unsigned u = __float_as_uint(x);
  if ((u & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
  return static_cast<unsigned short>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}

#define TUNEIT_CUDA_PARAMETERS(...)
#define TUNEIT_CUDA_KERNELS(...) __VA_ARGS__
#include "tuneit/kernels/cuda/numbers.cuh"
// what they are made of comes first
#include "tuneit/kernels/cuda/cross_entropy.cuh"
#include "tuneit/kernels/cuda/depthwise.cuh"
#include "tuneit/kernels/cuda/finish.cuh"
#include "tuneit/kernels/cuda/gradients.cuh"
#include "tuneit/kernels/cuda/norm.cuh"
#include "tuneit/kernels/cuda/optimizer.cuh"
#undef TUNEIT_CUDA_PARAMETERS
#undef TUNEIT_CUDA_KERNELS

}  // namespace tuneit::kernels::cuda

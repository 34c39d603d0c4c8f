#pragma once
// All files of CUDA kernels.
#include "tuneit/kernels/cuda/cross_entropy.hpp"
#include "tuneit/kernels/cuda/depthwise.hpp"
#include "tuneit/kernels/cuda/finish.hpp"
#include "tuneit/kernels/cuda/gradients.hpp"
#include "tuneit/kernels/cuda/norm.hpp"
#include "tuneit/kernels/cuda/optimizer.hpp"

namespace tuneit::kernels::cuda {

inline constexpr const Source* all_sources[] = {&norm_source,   &cross_entropy_source, &optimizer_source,
                                                &finish_source, &depthwise_source,     &gradients_source};

}  // namespace tuneit::kernels::cuda

#pragma once
// Depthwise convolution of channels-last data, forward and backward.
#include "tuneit/kernels/depthwise_backward.hpp"
#include "tuneit/kernels/depthwise_forward.hpp"

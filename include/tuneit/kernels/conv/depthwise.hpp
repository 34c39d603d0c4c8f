#pragma once
// Depthwise convolution of channels-last data, forward and backward.
#include "tuneit/kernels/conv/depthwise_backward.hpp"
#include "tuneit/kernels/conv/depthwise_forward.hpp"

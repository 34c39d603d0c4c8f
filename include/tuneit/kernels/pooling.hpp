#pragma once
// Pooling of channels-last data, forward and backward.
#include "tuneit/kernels/average_pooling.hpp"
#include "tuneit/kernels/max_pooling.hpp"

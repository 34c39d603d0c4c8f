#pragma once
// Pooling of channels-last data, forward and backward.
#include "tuneit/kernels/pool/average_pooling.hpp"
#include "tuneit/kernels/pool/max_pooling.hpp"

#pragma once
// Batch norm with what stands around it (activation, addition) on channels-last data, forward and backward.
#include "tuneit/kernels/norm/norm_backward.hpp"
#include "tuneit/kernels/norm/norm_forward.hpp"

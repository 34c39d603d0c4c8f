// What target tuneit::cuda compiles beside a program: steps are replayed as CUDA graphs where they can be.
#include <tuneit/aten/cuda/graphs.hpp>

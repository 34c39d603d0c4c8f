// Everything: tuneit's headers and LibTorch link and run.
#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <tuneit/tuneit.hpp>

#include <cstdio>

int main() {
  const at::Tensor ones = at::ones({2, 3});
  std::printf("%g\n", ones.sum().item<double>());
  return ones.sum().item<double>() == 6.0 ? 0 : 1;
}

// Has each operator that reached the made up CUDA device in tests/cuda a kernel for CUDA in this LibTorch? There the
// CPU's kernels run, which says nothing of that. Linked with LibTorch's CUDA libraries; needs no GPU.
//   has_kernels tests/cuda/operators.txt
#include <ATen/core/dispatch/Dispatcher.h>

#include <fstream>
#include <iostream>
#include <optional>
#include <string>

namespace {

enum class Kernel { Unknown, None, Composed, Own };

/// Of an operator that is written as in the list: namespace::name, and .overload where there is one.
Kernel kernel_of(const std::string& operator_name) {
  const std::size_t colons = operator_name.find("::"), dot = operator_name.find('.', colons);
  const std::optional<c10::OperatorHandle> op = c10::Dispatcher::singleton().findSchema(
      {operator_name.substr(0, dot), dot == std::string::npos ? "" : operator_name.substr(dot + 1)});
  if (!op) return Kernel::Unknown;
  if (op->hasKernelForDispatchKey(c10::DispatchKey::CUDA)) return Kernel::Own;
  return op->hasComputedKernelForDispatchKey(c10::DispatchKey::CUDA) ? Kernel::Composed : Kernel::None;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "has_kernels LIST: one operator a line\n", 2;
  if (kernel_of("aten::mkldnn_linear") != Kernel::None || kernel_of("aten::cudnn_convolution") != Kernel::Own) {
    std::cerr << "has_kernels: LibTorch's CUDA libraries are not loaded, or the CPU's kernels are taken for CUDA's\n";
    return 2;
  }
  std::ifstream in(argv[1]);
  int own = 0, composed = 0, unknown = 0, missing = 0;
  for (std::string line; std::getline(in, line);) {
    switch (kernel_of(line)) {
      case Kernel::Own:
        ++own;
        break;
      case Kernel::Composed:  // of operators that the made up device sees by themselves, but for a few
        ++composed;
        break;
      case Kernel::Unknown:  // of another version of LibTorch, in which the tests call it
        ++unknown;
        std::cout << "this LibTorch does not have " << line << '\n';
        break;
      case Kernel::None:
        ++missing;
        std::cout << "no CUDA kernel: " << line << '\n';
    }
  }
  std::cout << own << " operators have a CUDA kernel of their own, " << composed << " are composed of others, "
            << unknown << " are unknown, " << missing << " have none\n";
  return missing > 0 || own < 50 ? 1 : 0;
}

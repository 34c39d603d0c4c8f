#pragma once
// How is a CUDA kernel part of a header-only library? A .cuh file beside this one is written once, as arguments of two
// macros: TUNEIT_CUDA_PARAMETERS(what kernels are told) and TUNEIT_CUDA_KERNELS(the kernels). A header includes it
// twice, as code for the parameters and as text of everything, which is compiled for the GPU at hand at run time; tests
// include the kernels as code and run them on the host. So there are no preprocessor lines in these files.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tuneit::kernels::cuda {

/// Text that went through the preprocessor is one line: broken up again, for messages and profilers.
inline std::string in_lines(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (const char c : text) {
    out += c;
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == ';' || c == '{' || c == '}')) out += '\n';
  }
  return out;
}

/// A file of kernels. In the names of its kernels $T is the number type in which tensors are stored, $F that in which
/// they are computed with, $V the width of an access.
struct Source {
  std::string_view name;
  const char* text;
  std::span<const char* const> kernels;
};

/// One of them: as in `Source::kernels`, with $K and $S for a window.
struct Kernel {
  const Source* source;
  const char* name;
};
/// The kernel that takes these parameters.
template <class Task>
inline constexpr Kernel kernel_of{};

/// Number types of the kernels' text.
enum class Numbers { Float, Double, Bf16, Half };

/// Of the kernels that are templates, one.
struct Variant {
  Numbers numbers = Numbers::Float;
  int width = 4;
  int kernel = 0, stride = 0;  ///< of a window

  constexpr bool operator==(const Variant&) const = default;
};

constexpr int bytes_of(Numbers n) { return n == Numbers::Double ? 8 : n == Numbers::Float ? 4 : 2; }
/// So many numbers are 16 bytes, the widest access.
constexpr int widest(Numbers n) { return 16 / bytes_of(n); }

/// A kernel's name with what it leaves open: `norm_apply<Bf16, 8>`.
inline std::string instance(std::string_view kernel, const Variant& v) {
  constexpr const char* names[] = {"float", "double", "Bf16", "Half"};
  std::string out;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    if (kernel[i] != '$') {
      out += kernel[i];
      continue;
    }
    switch (kernel[++i]) {
      case 'T':
        out += names[static_cast<int>(v.numbers)];
        break;
      case 'F':
        out += v.numbers == Numbers::Double ? "double" : "float";
        break;
      case 'V':
        out += std::to_string(v.width);
        break;
      case 'K':
        out += std::to_string(v.kernel);
        break;
      default:
        out += std::to_string(v.stride);
    }
  }
  return out;
}
/// All kernels of a file.
inline std::vector<std::string> instances(const Source& source, const Variant& v) {
  std::vector<std::string> out;
  for (const char* kernel : source.kernels) out.push_back(instance(kernel, v));
  return out;
}

inline constexpr const char numbers_text[] =
#define TUNEIT_CUDA_KERNELS(...) #__VA_ARGS__ " "
#include "tuneit/kernels/cuda/device.cuh"
#include "tuneit/kernels/cuda/numbers.cuh"
#undef TUNEIT_CUDA_KERNELS
    ;

}  // namespace tuneit::kernels::cuda

#pragma once
// How many values of a tensor are NaN or infinite, or become so on the way? Asked before any of them reaches a network.
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tuneit/io/weights/tensor_file.hpp"

namespace tuneit::weights {

/// The number of NaN and infinite elements; 0 for types without them.
[[nodiscard]] inline std::size_t count_non_finite(const io::NamedTensor& tensor) {
  // All of these formats mark such values by an exponent of ones.
  const auto count = [&]<class Word>(Word exponent) {
    std::size_t n = 0;
    for (std::size_t at = 0; at + sizeof(Word) <= tensor.bytes.size(); at += sizeof(Word)) {
      Word word{};
      std::memcpy(&word, tensor.bytes.data() + at, sizeof(Word));
      n += (word & exponent) == exponent ? 1U : 0U;
    }
    return n;
  };
  switch (tensor.dtype) {
    case io::DType::F16:
      return count(std::uint16_t{0x7C00});
    case io::DType::BF16:
      return count(std::uint16_t{0x7F80});
    case io::DType::F32:
      return count(std::uint32_t{0x7F800000});
    case io::DType::F64:
      return count(std::uint64_t{0x7FF0000000000000});
    default:
      return 0;
  }
}

/// The number of elements too large for the floating type `to`: rounded to it (to nearest, ties to even) they become
/// infinite. NaN and infinity themselves are count_non_finite's.
[[nodiscard]] inline std::size_t count_too_large(const io::NamedTensor& tensor, io::DType to) {
  // Half-way from the largest number to the next power of two.
  const double limit = to == io::DType::F16    ? 65520.0
                       : to == io::DType::BF16 ? 0x1.FFp127
                       : to == io::DType::F32  ? 0x1.FFFFFFp127
                                               : HUGE_VAL;
  const auto count = [&]<class Word>(Word, auto value_of) {
    std::size_t n = 0;
    for (std::size_t at = 0; at + sizeof(Word) <= tensor.bytes.size(); at += sizeof(Word)) {
      Word word{};
      std::memcpy(&word, tensor.bytes.data() + at, sizeof(Word));
      const double size = std::fabs(value_of(word));
      n += size >= limit && size < HUGE_VAL ? 1U : 0U;
    }
    return n;
  };
  switch (tensor.dtype) {  // all of F16 fits everywhere
    case io::DType::BF16:
      return count(std::uint16_t{},
                   [](std::uint16_t w) { return double{std::bit_cast<float>(std::uint32_t{w} << 16U)}; });
    case io::DType::F32:
      return count(float{}, [](float x) { return double{x}; });
    case io::DType::F64:
      return count(double{}, [](double x) { return x; });
    default:
      return 0;
  }
}

}  // namespace tuneit::weights

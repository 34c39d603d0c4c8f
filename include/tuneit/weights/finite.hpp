#pragma once
// How many values of a tensor are NaN or infinite? Asked before any of them reaches a network.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tuneit/io/tensor_file.hpp"

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

}  // namespace tuneit::weights

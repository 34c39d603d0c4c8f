#pragma once
// How much may the steps that a file of a tokeniser names make of a text?
#include <algorithm>
#include <cstddef>
#include <string>

#include "tuneit/meta/error.hpp"

namespace tuneit::text {

inline constexpr std::size_t kMostTextBytes = std::size_t{1} << 30U;

namespace detail {

/// Throws Error(Data) where `steps` make `now` bytes of `was`: more than 1 GiB, or than 1,024 times as much and 1 MiB.
inline void check_growth(std::size_t now, std::size_t was, const char* steps) {
  if (now <= std::min(kMostTextBytes, (std::size_t{1} << 20U) + 1024 * was)) return;
  throw Error(ErrorKind::Data,
              std::string(steps) + " make " + std::to_string(now) + " bytes of a text of " + std::to_string(was),
              "Is the file of the tokeniser damaged?");
}

}  // namespace detail
}  // namespace tuneit::text

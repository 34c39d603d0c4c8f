#pragma once
// What a data set tells a person.
#include <string>

#include "tuneit/data/dataset/samples.hpp"

namespace tuneit::test {

/// Its warnings, a line each.
inline std::string notes(const data::Dataset& data) {
  std::string out;
  for (const auto& warning : data.warnings) out += warning + "\n";
  return out;
}

}  // namespace tuneit::test

#pragma once
// Which row of a network's table is it?
#include <catch2/catch.hpp>
#include <cstddef>
#include <string_view>

#include "tuneit/recipe.hpp"

namespace tuneit::test {

/// The row of the tensor of this name; a network without one fails the test.
template <class Model>
std::size_t row_of(std::string_view name) {
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (table<Model>.name(i) == name) return i;
  FAIL("no tensor " << name);
  return 0;
}

}  // namespace tuneit::test

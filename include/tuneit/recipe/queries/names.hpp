#pragma once
// Has each tensor of a network a name of its own?
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit::detail {

/// Throws Error(Usage) where two tensors of a network have one name: a file could hold but one of them.
[[gnu::cold]] inline void check_names(const TensorRow* rows, std::size_t count, const char* pool) {
  const auto name = [&](std::size_t i) { return std::string_view(pool + rows[i].name_begin, rows[i].name_size); };
  std::vector<std::size_t> hashes(count);
  for (std::size_t i = 0; i < count; ++i) {
    hashes[i] = std::hash<std::string_view>{}(name(i));
    for (std::size_t j = 0; j < i; ++j)
      if (hashes[j] == hashes[i] && name(j) == name(i))
        throw Error(ErrorKind::Usage,
                    std::string("two tensors of the network are called '").append(name(i)).append("'"),
                    "Give each layer with tensors a name of its own, also in different blocks, whose names are for "
                    "people: Named<\"conv2\", Conv2d<8, 8>>.");
  }
}

}  // namespace tuneit::detail

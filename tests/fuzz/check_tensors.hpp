#pragma once
// What holds of every file of tensors that a reader accepts?
#include <string_view>
#include <unordered_set>

#include "target.hpp"
#include "tuneit/io/weights/tensor_file.hpp"

namespace tuneit::fuzz {

inline void check_tensors(const io::TensorFile& file) {
  std::unordered_set<std::string_view> names;
  for (const io::NamedTensor& tensor : file.tensors) {
    promise(names.insert(tensor.name).second, "no name occurs twice");
    promise(io::detail::refusal_of_name(tensor.name) == nullptr, "names are short and printable");
    promise(tensor.shape.size() <= io::detail::max_rank, "at most 16 dimensions");
    promise(io::detail::dense_bytes(tensor.shape, io::size_of(tensor.dtype)) == tensor.bytes.size(),
            "the bytes are those of the shape");
    promise(io::detail::booleans_are_valid(tensor), "booleans are 0 or 1");
  }
}

}  // namespace tuneit::fuzz

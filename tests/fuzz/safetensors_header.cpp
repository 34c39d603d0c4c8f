// The JSON text at the beginning of a safetensors file, without its length: names, ranks and metadata are what they
// should be.
#include "tuneit/io/weights/safetensors_header.hpp"

#include <unordered_set>

#include "target.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Weights, [&] {
    const auto header = io::detail::parse_safetensors_header(fuzz::text_of(data, size), "'a.safetensors'");
    std::unordered_set<std::string_view> names;
    for (const auto& entry : header.entries) {
      fuzz::promise(names.insert(entry.name).second, "no name occurs twice");
      fuzz::promise(io::detail::refusal_of_name(entry.name) == nullptr, "names are short and printable");
      fuzz::promise(entry.shape.size() <= io::detail::max_rank, "at most 16 dimensions");
      for (const std::int64_t side : entry.shape) fuzz::promise(side >= 0, "no negative dimension");
    }
    for (const auto& [key, value] : header.metadata)
      fuzz::promise(io::is_utf8(key) && io::is_utf8(value), "metadata are UTF-8");
  });
  return 0;
}

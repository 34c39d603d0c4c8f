// The index of a model in parts: tensors and files are named once each, and no name leads out of the folder.
#include <filesystem>
#include <unordered_set>

#include "target.hpp"
#include "tuneit/io/weights/parts_index.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Weights, [&] {
    const auto index = io::detail::parse_parts_index(fuzz::text_of(data, size), "'model.safetensors.index.json'");
    fuzz::promise(!index.tensors.empty() && index.files.size() <= index.tensors.size(), "every file has a tensor");
    std::unordered_set<std::string_view> names, files;
    std::unordered_set<std::size_t> used;
    for (const auto& tensor : index.tensors) {
      fuzz::promise(names.insert(tensor.name).second, "no tensor occurs twice");
      fuzz::promise(io::detail::refusal_of_name(tensor.name) == nullptr, "names are short and printable");
      fuzz::promise(tensor.part < index.files.size(), "each tensor has a file");
      used.insert(tensor.part);
    }
    fuzz::promise(used.size() == index.files.size(), "each file is some tensor's");
    for (const std::string& file : index.files) {
      fuzz::promise(files.insert(file).second, "no file occurs twice");
      const std::filesystem::path beside = std::filesystem::path("/folder") / file;
      fuzz::promise(beside.parent_path() == "/folder" && beside.lexically_normal() == beside && beside.has_filename(),
                    "a file lies in the folder of the index");
    }
  });
  return 0;
}

#pragma once
// How do the parts of a model become one set of tensors? Index and parts must tell the same story, tensor by tensor.
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tuneit/io/complaints.hpp"
#include "tuneit/io/weights/parts_index.hpp"
#include "tuneit/io/weights/read_single.hpp"
#include "tuneit/meta/ascii.hpp"

namespace tuneit::io::detail {

/// A text that begins like a JSON object. (In a safetensors file the length comes before that, with NUL bytes in it.)
[[nodiscard]] inline bool looks_like_index(std::string_view head, std::uint64_t size) {
  const std::size_t first = head.find_first_not_of(json_space);
  return first != std::string_view::npos && head[first] == '{' && head.find('\0') == std::string_view::npos &&
         !looks_like_safetensors(head, size);
}

/// A part that is open: what it holds, but for safetensors not yet the bytes.
struct OpenPart {
  explicit OpenPart(const std::filesystem::path& path) : file(path) {}
  InputFile file;
  std::optional<SafetensorsLayout> layout;
  TensorFile contents;

  void open(const ReadOptions& options) {
    const std::string head = head_of(file);
    if (looks_like_safetensors(head, file.size()))
      refuse_key(file, options), layout = read_safetensors_layout(file);
    else
      contents = read_single(file, head, options);
  }
  void read() {
    if (layout) contents = read_safetensors_data(file, *std::exchange(layout, std::nullopt));
  }
  template <class See>
  void each_name(See see) const {
    if (layout)
      for (const SafetensorsEntry& entry : layout->header.entries) see(entry.name);
    else
      for (const NamedTensor& tensor : contents.tensors) see(tensor.name);
  }
};

inline void check_that_parts_exist(const PartsIndex& index, const std::filesystem::path& folder,
                                   const std::string& file) {
  Complaints missing{"part is missing", "parts are missing"};
  for (const std::string& name : index.files) {
    std::error_code error;
    const auto kind = std::filesystem::status(folder / name, error).type();  // follows links
    if (kind == std::filesystem::file_type::not_found) missing.add(quote(name));
  }
  if (missing.count > 0)
    refuse(file + " lists " + std::to_string(index.files.size()) + (index.files.size() == 1 ? " part" : " parts") +
               " that should lie beside it." + missing.text(),
           "Download or copy all of them into the folder of the index.");
}

/// Each tensor of the index is in its part and in no other, and no part holds one that the index does not name.
inline void check_that_parts_fit(const PartsIndex& index, const std::deque<OpenPart>& parts, const std::string& file) {
  constexpr std::size_t nowhere = SIZE_MAX;
  std::unordered_map<std::string_view, std::pair<std::size_t, std::size_t>> found;  // part by the index, first holder
  for (const PartsIndex::Tensor& tensor : index.tensors) found.emplace(tensor.name, std::pair(tensor.part, nowhere));
  const auto name_of = [&](std::size_t part) { return quote(index.files[part]); };
  Complaints twice{"tensor is in two parts", "tensors are in two parts"};
  Complaints elsewhere{"tensor is in another part", "tensors are in other parts"};
  Complaints absent{"tensor is in no part", "tensors are in no part"};
  Complaints unnamed{"tensor is not in the index", "tensors are not in the index"};
  for (std::size_t i = 0; i < parts.size(); ++i)
    parts[i].each_name([&](const std::string& name) {
      const auto at = found.find(name);
      if (at == found.end()) return unnamed.add(quote(name) + ", which " + name_of(i) + " holds");
      auto& [promised, holder] = at->second;
      if (holder == nowhere) {
        holder = i;
      } else {
        twice.add(quote(name) + ": in " + name_of(holder) + " and in " + name_of(i));
        holder = promised;  // said once is enough
      }
    });
  for (const PartsIndex::Tensor& tensor : index.tensors) {
    const auto& [promised, holder] = found.at(tensor.name);
    if (holder == nowhere)
      absent.add(quote(tensor.name) + ", which should be in " + name_of(promised));
    else if (holder != promised)
      elsewhere.add(quote(tensor.name) + ": in " + name_of(holder) + ", by the index in " + name_of(promised));
  }
  std::string titles, lists;
  for (const Complaints* c : {&twice, &elsewhere, &absent, &unnamed})
    if (c->count > 0) titles += (titles.empty() ? "" : ", ") + c->title(), lists += c->text();
  if (!titles.empty())
    refuse(file + " does not fit its parts: " + titles + "." + lists,
           "Index and parts are not of one saving, or a part is damaged: download all of them again, or save the model "
           "again.");
}

/// Reads the parts that an index lists. Names are compared before the bytes of safetensors are read.
[[nodiscard]] inline TensorFile read_parts(const InputFile& input, const ReadOptions& options) {
  const std::string file = input.name();
  const PartsIndex index = read_parts_index(input);
  if (input.in_memory()) refuse(file + " is an index of parts in memory, where no parts lie beside it");
  // The folder of the path that was given, even if that is a link: there Hugging Face's cache has the parts.
  const std::filesystem::path folder = input.path().parent_path();
  check_that_parts_exist(index, folder, file);
  std::deque<OpenPart> parts;
  for (const std::string& name : index.files) parts.emplace_back(folder / name).open(options);
  check_that_parts_fit(index, parts, file);

  TensorFile result{input.path().string(), {}, {}, {}};
  result.tensors.reserve(index.tensors.size());
  for (OpenPart& part : parts) {
    part.read();
    if (&part == &parts.front()) {
      result.format =
          part.contents.format + ", " + std::to_string(parts.size()) + (parts.size() == 1 ? " part" : " parts");
      result.metadata = part.contents.metadata;
    }
    std::erase_if(result.metadata, [&](const auto& entry) {  // stays: what all parts say
      const auto same = part.contents.metadata.find(entry.first);
      return same == part.contents.metadata.end() || same->second != entry.second;
    });
    result.objects.merge(part.contents.objects);
    for (NamedTensor& tensor : part.contents.tensors) result.tensors.push_back(std::move(tensor));
    part.contents.tensors.clear();
  }
  return result;
}

}  // namespace tuneit::io::detail

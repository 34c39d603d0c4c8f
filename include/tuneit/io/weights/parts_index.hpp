#pragma once
// Which parts does a model consist of, and which tensor is in which? What Hugging Face's libraries write beside them:
// {"metadata": {...}, "weight_map": {"fc.weight": "model-00002-of-00002.safetensors", ...}}.
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/weights/json_reader.hpp"

namespace tuneit::io::detail {

inline constexpr std::uint64_t max_parts_index = 16U << 20U;

struct PartsIndex {
  struct Tensor {
    std::string name;
    std::size_t part;  ///< its file is files[part]
  };
  std::vector<Tensor> tensors;     ///< in the order of the index
  std::vector<std::string> files;  ///< each once, names without a directory
};

/// Why this cannot be the name of a part, or nullptr when it can. Parts lie beside their index: a name that leads
/// elsewhere could make tuneit open any file.
[[nodiscard]] inline const char* refusal_of_part(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > 255) return "is longer than 255 bytes";
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return "contains a control character";
  if (name.find_first_of("/\\") != std::string_view::npos) return "has a directory in it";
  return name == "." || name == ".." ? "is a directory" : nullptr;
}

// The events of the JSON parser. Only "weight_map" counts; what else is there, "metadata" above all, may be anything.
class PartsIndexSax final : public JsonReader {
 public:
  explicit PartsIndexSax(std::string file)
      : JsonReader(std::move(file), "the index", "The file is damaged; download it or save the model again.") {}
  PartsIndex index;

  void finish() const {
    if (!there_)
      refuse(file_ + " is a JSON document without a 'weight_map': neither weights nor an index of their parts",
             "Give the file of weights, or its index (model.safetensors.index.json). If this is what a download "
             "brought, look at it: servers send such texts when they refuse.");
    if (index.tensors.empty()) refuse(file_ + ": its 'weight_map' names no tensors", mend_);
  }

  bool start_object(std::size_t) override {
    if (in_map()) refuse_value();
    if (keys_.size() == max_depth) refuse(file_ + ": " + subject_ + " is nested deeper than 16 levels", mend_);
    there_ = there_ || at_map();
    keys_.emplace_back();
    return true;
  }
  bool end_object() override {
    keys_.pop_back();
    return true;
  }
  bool key(std::string& key) override {
    if (!keys_.back().insert(key).second)
      refuse(file_ + (in_map() ? " lists the tensor " + quote(key) + " twice" : " has two entries " + quote(key)),
             "Which one is meant cannot be known; save the model again.");
    if (keys_.size() == 1) field_ = key;
    if (!in_map()) return true;
    if (const char* why = refusal_of_name(key)) refuse(file_ + ": a tensor's name " + quote(key) + " " + why);
    if (index.tensors.size() == max_tensors) refuse(file_ + " lists more than 1,000,000 tensors");
    index.tensors.push_back({key, 0});
    return true;
  }
  bool string(std::string& value) override {
    if (!in_map()) return other();
    if (const char* why = refusal_of_part(value))
      refuse(file_ + ": the file " + quote(value) + " of the tensor " + quote(index.tensors.back().name) + " " + why,
             "Parts lie beside their index, which names them without a path; mend it by hand or save the model again.");
    const auto [at, added] = part_of_.try_emplace(value, index.files.size());
    if (added) index.files.push_back(value);
    index.tensors.back().part = at->second;
    return true;
  }
  bool start_array(std::size_t) override { return other(); }
  bool end_array() override { return true; }
  bool number_unsigned(std::uint64_t) override { return other(); }
  bool number_integer(std::int64_t) override { return other(); }
  bool number_float(double, const std::string&) override { return other(); }
  bool boolean(bool) override { return other(); }
  bool null() override { return other(); }

 private:
  static constexpr std::size_t max_depth = 16;

  [[nodiscard]] bool at_map() const { return keys_.size() == 1 && field_ == "weight_map"; }
  [[nodiscard]] bool in_map() const { return keys_.size() == 2 && field_ == "weight_map"; }

  // A value that is neither an object nor a part's name.
  bool other() const {
    if (in_map()) refuse_value();
    if (at_map()) refuse(file_ + ": its 'weight_map' is no object from tensors to files", mend_);
    return true;
  }
  [[noreturn]] void refuse_value() const {
    refuse(file_ + ": the file of the tensor " + quote(index.tensors.back().name) + " is not a text", mend_);
  }

  std::vector<std::unordered_set<std::string>> keys_;  // of the objects that are open
  std::string field_;                                  // of the outermost
  std::map<std::string, std::size_t> part_of_;
  bool there_ = false;
};

/// Parses the text of an index. `file` is the quoted path for messages. Throws Error(ErrorKind::Weights).
[[nodiscard]] inline PartsIndex parse_parts_index(std::string_view text, const std::string& file) {
  PartsIndexSax sax(file);
  sax.read(text);
  sax.finish();
  return std::move(sax.index);
}

/// The same for a file, of up to 16 MiB.
[[nodiscard]] inline PartsIndex read_parts_index(const InputFile& input) {
  if (input.size() > max_parts_index)
    refuse(input.name() + ": an index of " + std::to_string(input.size()) +
           " bytes is longer than the 16 MiB that tuneit accepts");
  std::string text(static_cast<std::size_t>(input.size()), '\0');
  input.read(0, std::as_writable_bytes(std::span(text)));
  return parse_parts_index(text, input.name());
}

}  // namespace tuneit::io::detail

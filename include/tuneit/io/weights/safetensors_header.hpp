#pragma once
// What does the JSON header of a safetensors file say? Stricter than the reference reader, which lets the last of two
// equal keys win and accepts fields it does not know: such a file means different things to different programs.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/io/weights/json_reader.hpp"
#include "tuneit/io/weights/tensor_file.hpp"

namespace tuneit::io::detail {

/// One entry of the header; the offsets count from the end of the header.
struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  std::map<std::string, std::string> metadata;
};

// The events of the JSON parser, at four places: outside, among the tensors, inside one tensor, inside one of its
// lists.
class SafetensorsSax final : public JsonReader {
 public:
  explicit SafetensorsSax(std::string file)
      : JsonReader(std::move(file), "the header",
                   "The file is damaged, or it is no safetensors file; download or save it again.") {}
  SafetensorsHeader header;

  bool start_object(std::size_t) override {
    if (place_ == Place::Outside) return enter(Place::Tensors);
    if (place_ != Place::Tensors) refuse_at("holds an object where none belongs");
    if (name_ == "__metadata__") return enter(Place::Metadata);
    header.entries.push_back({name_, DType::F32, {}, 0, 0});
    if (header.entries.size() > max_tensors) refuse_at("lists more than 1,000,000 tensors");
    seen_ = 0;
    return enter(Place::Tensor);
  }

  bool end_object() override {
    if (place_ == Place::Tensor) {
      if (seen_ != (has_dtype | has_shape | has_offsets)) refuse_at("lacks 'dtype', 'shape' or 'data_offsets'");
      return enter(Place::Tensors);
    }
    return enter(place_ == Place::Metadata ? Place::Tensors : Place::Outside);
  }

  bool key(std::string& key) override {
    if (place_ == Place::Tensor) {
      const unsigned field = key == "dtype"          ? has_dtype
                             : key == "shape"        ? has_shape
                             : key == "data_offsets" ? has_offsets
                                                     : 0U;
      if (field == 0) refuse_at("has a field " + quote(key) + " that the format does not know");
      if ((seen_ & field) != 0) refuse_at("has the field " + quote(key) + " twice");
      seen_ |= field;
      field_ = field;
    } else if (place_ == Place::Metadata) {
      if (header.metadata.contains(key)) refuse_at("has the key " + quote(key) + " twice");
      metadata_key_ = key;
    } else {
      name_ = key;
      if (!names_.insert(key).second)
        refuse(file_ + " has two entries of the name " + quote(key),
               "Which one is meant cannot be known; save the file again.");
      if (const char* why = refusal_of_name(key)) refuse(file_ + ": a tensor's name " + quote(key) + " " + why);
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::Tensor || field_ == has_dtype) refuse_at("holds a list where none belongs");
    offsets_ = 0;
    return enter(Place::List);
  }

  bool end_array() override {
    if (field_ == has_offsets && offsets_ != 2) refuse_at("has not exactly two data_offsets");
    return enter(Place::Tensor);
  }

  bool number_unsigned(std::uint64_t value) override {
    if (place_ != Place::List) refuse_at("holds a number where none belongs");
    SafetensorsEntry& entry = header.entries.back();
    if (field_ == has_shape) {
      if (value > INT64_MAX) refuse_at("has a dimension above 2^63 - 1");
      if (entry.shape.size() == max_rank) refuse_at("has more than 16 dimensions");
      entry.shape.push_back(static_cast<std::int64_t>(value));
    } else {
      if (++offsets_ > 2) refuse_at("has not exactly two data_offsets");
      (offsets_ == 1 ? entry.begin : entry.end) = value;
    }
    return true;
  }

  bool string(std::string& value) override {
    if (place_ == Place::Metadata) {
      header.metadata.emplace(metadata_key_, value);
    } else if (place_ == Place::Tensor && field_ == has_dtype) {
      const auto dtype = dtype_named(value);
      if (!dtype)
        refuse(file_ + ": the dtype " + quote(value) + " of tensor " + quote(name_) + " is not supported",
               "Supported are BOOL, U8, I8, I16, U16, F16, BF16, I32, U32, F32, I64, U64, F64 (in capitals); convert "
               "the tensor in Python.");
      header.entries.back().dtype = *dtype;
    } else {
      refuse_at("holds a text where none belongs");
    }
    return true;
  }

  // The parser reports -0 and negative numbers here, and what has a point, an exponent or too many digits below.
  bool number_integer(std::int64_t) override { refuse_at("holds a negative number"); }
  bool number_float(double, const std::string& text) override {
    refuse_at("holds the number " + quote(text, 40) + ", which is not a whole number below 2^64");
  }
  bool null() override { refuse_at("holds a null"); }
  bool boolean(bool) override { refuse_at("holds a true or false"); }

 private:
  enum class Place { Outside, Tensors, Metadata, Tensor, List };
  static constexpr unsigned has_dtype = 1, has_shape = 2, has_offsets = 4;

  bool enter(Place place) {
    place_ = place;
    return true;
  }

  [[noreturn]] void refuse_at(const std::string& what) const {
    const bool outside = place_ == Place::Outside || (place_ == Place::Tensors && name_.empty());
    const std::string where = outside ? "the header"
                              : place_ == Place::Metadata || name_ == "__metadata__"
                                  ? "__metadata__"
                                  : "the entry of tensor " + quote(name_);
    refuse(file_ + ": " + where + " " + what, where == "__metadata__"
                                                  ? "The format allows only texts there."
                                                  : "Save the file again with a recent safetensors.");
  }

  std::string name_, metadata_key_;
  std::unordered_set<std::string> names_;
  Place place_ = Place::Outside;
  unsigned seen_ = 0, field_ = 0;
  int offsets_ = 0;
};

/// Parses the header text (without its length). `file` is the quoted path for messages. Throws
/// Error(ErrorKind::Weights).
[[nodiscard]] inline SafetensorsHeader parse_safetensors_header(std::string_view text, const std::string& file) {
  SafetensorsSax sax(file);
  sax.read(text);
  return std::move(sax.header);
}

}  // namespace tuneit::io::detail

#pragma once
// Which fields does a message of protocol buffers hold? https://protobuf.dev/programming-guides/encoding
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "tuneit/meta/error.hpp"

namespace tuneit::text {

/// One field: its number, and its value as its wire type has it.
struct ProtobufField {
  enum class Type : std::uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };
  std::uint32_t number = 0;
  Type type = Type::Varint;
  std::uint64_t value = 0;  ///< of a varint or a fixed one
  std::string_view bytes;   ///< of Bytes: a string, or a message

  [[nodiscard]] float as_float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(value)); }
};

/// Reads a message field by field. It follows no message within it by itself, so its depth is the caller's.
class ProtobufReader {
 public:
  /// `what` the message is and where it is from, for messages.
  ProtobufReader(std::string_view bytes, std::string what) : bytes_(bytes), what_(std::move(what)) {}

  /// The next field; false at the end. Throws Error(Data) where the message is cut off or is none.
  bool next(ProtobufField& field) {
    if (at_ == bytes_.size()) return false;
    const std::uint64_t tag = varint();
    field = {};
    if (tag >> 3U == 0 || tag >> 3U > 0x1FFFFFFF) refuse("has a field without a number");
    field.number = static_cast<std::uint32_t>(tag >> 3U);
    switch (tag & 7U) {
      case 0:
        field.value = varint();
        break;
      case 1:
        field.value = fixed(8);
        break;
      case 2: {
        const std::uint64_t size = varint();
        if (size > bytes_.size() - at_) refuse("has a field of " + std::to_string(size) + " bytes, but ends before");
        field.bytes = bytes_.substr(at_, static_cast<std::size_t>(size));
        at_ += static_cast<std::size_t>(size);
        break;
      }
      case 5:
        field.value = fixed(4);
        break;
      default:
        refuse("has a field of the wire type " + std::to_string(tag & 7U));
    }
    field.type = static_cast<ProtobufField::Type>(tag & 7U);
    return true;
  }
  /// Throws Error(Data) with the place.
  [[noreturn]] void refuse(const std::string& problem) const {
    throw Error(ErrorKind::Data, what_ + " " + problem + ", at its byte " + std::to_string(at_),
                "Is it a whole .model file of SentencePiece?");
  }

 private:
  std::uint64_t varint() {
    std::uint64_t out = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (at_ == bytes_.size()) refuse("ends within a number");
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      if (shift == 63 && byte > 1) break;
      out |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return out;
    }
    refuse("has a number of more than 64 bits");
  }
  std::uint64_t fixed(std::size_t size) {
    if (bytes_.size() - at_ < size) refuse("ends within a number");
    std::uint64_t out = 0;
    for (std::size_t i = size; i-- > 0;) out = out << 8U | static_cast<unsigned char>(bytes_[at_ + i]);
    at_ += size;
    return out;
  }

  std::string_view bytes_;
  std::string what_;
  std::size_t at_ = 0;
};

}  // namespace tuneit::text

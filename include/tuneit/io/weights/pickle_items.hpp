#pragma once
// What do the longer instructions of a pickle do to values: instances, whole numbers of many bytes, items of lists and
// dicts?
#include <cstddef>
#include <cstdint>
#include <span>

#include "tuneit/io/weights/pickle_stack.hpp"

namespace tuneit::io::detail {

/// Below the machine (pickle.hpp), which decides what is made, and when.
class PickleItems : protected PickleStack {
 protected:
  using PickleStack::PickleStack;

  // An instance of a class: cls.__new__(cls, *arguments).
  void make(const Value& callee, const Value& arguments) {
    if (callee.kind != Kind::Name) refuse("makes an instance of something that is no class");
    push(call(callee, arguments));
  }

  void long_integer(std::size_t n) {
    const auto part = take(n);
    if (n > 8) return push(Kind::Other);  // a random state or the like; no size or offset is so large
    std::uint64_t value = 0;
    for (unsigned i = 0; i < n; ++i) value |= std::to_integer<std::uint64_t>(part[i]) << (8 * i);
    if (n > 0 && n < 8 && (part[n - 1] & std::byte{0x80}) != std::byte{0}) value |= ~std::uint64_t{0} << (8 * n);
    push(Kind::Int, static_cast<std::int64_t>(value));
  }

  void append(std::span<const Value> values) {
    const Value& target = top();
    if (target.kind == Kind::Object) return;  // of a subclass of list
    if (target.kind != Kind::Sequence || !target.mutable_list) refuse("appends to something other than a list");
    auto& list = out_.sequences[target.index];
    list.insert(list.end(), values.begin(), values.end());
  }

  void set_items(std::span<const Value> values) {
    const Value& target = top();
    if (target.kind != Kind::Dict && target.kind != Kind::Object) refuse("sets an item of something other than a dict");
    if (values.size() % 2 != 0) refuse("sets a key without a value");
    std::uint32_t at = target.index;
    if (target.kind == Kind::Object) {
      PickleObject& object = out_.objects[target.index];
      if (object.dict == PickleObject::none) {
        object.dict = static_cast<std::uint32_t>(out_.dicts.size());
        out_.dicts.emplace_back();
      }
      at = object.dict;
    }
    for (std::size_t i = 0; i < values.size(); i += 2) out_.dicts[at].emplace_back(values[i], values[i + 1]);
  }
};

}  // namespace tuneit::io::detail

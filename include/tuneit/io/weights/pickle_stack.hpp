#pragma once
// What does a pickle work on? Bytes that are taken one after the other, a stack with marks, and a memo; each is bounded
// by the bytes that were read.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/weights/pickle_objects.hpp"

namespace tuneit::io::detail {

/// The memory of the stack machine in pickle.hpp.
class PickleStack : protected PickleObjects {
 protected:
  PickleStack(std::span<const std::byte> bytes, std::string where) : PickleObjects(bytes, std::move(where)) {}

  static constexpr std::size_t max_marks = 1000;
  static constexpr std::size_t max_values = 4'000'000;  // a tensor takes about 50 of them

  // --- reading ---
  unsigned byte() { return std::to_integer<unsigned>(take(1)[0]); }
  std::span<const std::byte> take(std::size_t n) {
    if (n > bytes_.size() - at_) refuse("is truncated");
    at_ += n;
    return bytes_.subspan(at_ - n, n);
  }
  template <class T>
  T number() {
    T value{};
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view characters(std::size_t n) {
    const auto part = take(n);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  // Python also writes halves of surrogate pairs, as in the names of files whose bytes are no text.
  void text(std::size_t n) {
    const std::string_view all = characters(n);
    for (std::string_view rest = all;;) {
      rest.remove_prefix(utf8_prefix(rest));
      if (rest.empty()) break;
      const auto at = [&](std::size_t i) { return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0U; };
      if (at(0) != 0xED || at(1) < 0xA0 || at(1) > 0xBF || (at(2) & 0xC0U) != 0x80U)
        refuse("holds a text that is not valid UTF-8");
      rest.remove_prefix(3);
    }
    push(Kind::Text, out_.texts, all);
  }
  std::string_view line() {
    const std::size_t begin = at_;
    while (byte() != '\n')
      if (at_ - begin > 512) refuse("names something with more than 512 characters");
    return {reinterpret_cast<const char*>(bytes_.data()) + begin, at_ - begin - 1};
  }

  // --- the stack ---
  void push(Value v) {
    if (++pushed_ > max_values) refuse("holds more than 4,000,000 values");
    stack_.push_back(v);
  }
  void push(Kind kind, std::int64_t value = 0) { push(Value{kind, {}, {}, false, 0, value}); }
  template <class T>
  void push(Kind kind, std::vector<T>& arena, T object, bool list = false) {
    push(add(kind, arena, std::move(object), list));
  }
  // Values below the last mark belong to an unfinished container.
  [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  Value& top() {
    if (stack_.size() <= floor()) refuse("takes a value from an empty stack");
    return stack_.back();
  }
  Value pop() {
    const Value v = top();
    stack_.pop_back();
    return v;
  }
  std::vector<Value> pop_to_mark() {
    if (marks_.empty()) refuse("closes a list that was not opened");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Value> values(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return values;
  }
  void tuple_of(std::size_t n) {
    std::vector<Value> values(n);
    while (n > 0) values[--n] = pop();
    push(Kind::Sequence, out_.sequences, std::move(values));
  }

  // Python numbers what it remembers in order. A gap would only serve to make the table large.
  void remember(std::size_t slot) {
    const Value v = top();
    if (slot > memo_.size()) refuse("skips numbers of its memo");
    if (slot == memo_.size()) memo_.push_back(v);
    memo_[slot] = v;
  }
  void recall(std::size_t slot) {
    if (slot >= memo_.size()) refuse("recalls value " + std::to_string(slot) + ", which was never stored");
    push(memo_[slot]);
  }

  std::size_t at_ = 0, pushed_ = 0;
  std::vector<Value> stack_, memo_;
  std::vector<std::size_t> marks_;
};

}  // namespace tuneit::io::detail

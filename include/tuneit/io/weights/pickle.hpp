#pragma once
// How is a pickle understood without running it? A stack machine of the instructions that Python writes in protocols 2
// to 5; what tensors are built by is recognised by name and built here, and what anything else would build stays
// closed.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/weights/pickle_items.hpp"

namespace tuneit::io {
namespace detail {

class PickleMachine : PickleItems {
 public:
  PickleMachine(std::span<const std::byte> bytes, std::string where) : PickleItems(bytes, std::move(where)) {}

  Pickle run() {
    if (byte() != 0x80) refuse("is not a pickle of protocol 2 to 5, which torch.save writes");
    protocol_ = byte();
    if (protocol_ < 2 || protocol_ > 5)
      refuse("is a pickle of protocol " + std::to_string(protocol_) + ", and 2 to 5 are known");
    for (bool running = true; running;) {
      op_ = at_;
      running = step(byte());
    }
    out_.size = at_;
    return std::move(out_);
  }

 private:
  bool step(unsigned op) {
    if (op == 'B' || op == 'C' || (op >= 0x8C && op <= 0x98)) return step_of_later(op);
    switch (op) {
      case '.':
        out_.root = pop();
        return finish();
      case '(':
        if (marks_.size() >= max_marks) refuse("is nested deeper than 1000 levels");
        marks_.push_back(stack_.size());
        break;
      case 'N':
        push(Kind::Other);
        break;
      case 0x88:
        push(Kind::Bool, 1);
        break;
      case 0x89:
        push(Kind::Bool, 0);
        break;
      case 'K':
        push(Kind::Int, static_cast<std::int64_t>(byte()));
        break;
      case 'M':
        push(Kind::Int, number<std::uint16_t>());
        break;
      case 'J':
        push(Kind::Int, number<std::int32_t>());
        break;
      case 'G':
        take(8), push(Kind::Other);
        break;
      case 0x8A:
        long_integer(byte());
        break;
      case 0x8B: {
        const auto n = number<std::int32_t>();
        if (n < 0) refuse("has an integer of a negative length");
        long_integer(static_cast<std::size_t>(n));
        break;
      }
      case 'X':
        text(number<std::uint32_t>());
        break;
      case 'U':
        push(Kind::Text, out_.texts, characters(byte()));
        break;  // Python 2 wrote names so
      case 'T':
        push(Kind::Text, out_.texts, characters(number<std::uint32_t>()));
        break;
      case '}':
        push(Kind::Dict, out_.dicts, Pickle::Dict{});
        break;
      case ']':
        push(Kind::Sequence, out_.sequences, {}, true);
        break;
      case ')':
        tuple_of(0);
        break;
      case 0x85:
        tuple_of(1);
        break;
      case 0x86:
        tuple_of(2);
        break;
      case 0x87:
        tuple_of(3);
        break;
      case 't':
        push(Kind::Sequence, out_.sequences, pop_to_mark());
        break;
      case 'a': {
        const Value value = pop();
        append({&value, 1});
        break;
      }
      case 'e':
        append(pop_to_mark());
        break;
      case 's': {
        const Value value = pop(), key = pop();
        set_items(std::vector<Value>{key, value});
        break;
      }
      case 'u':
        set_items(pop_to_mark());
        break;
      case 'q':
        remember(byte());
        break;
      case 'r':
        remember(number<std::uint32_t>());
        break;
      case 'h':
        recall(byte());
        break;
      case 'j':
        recall(number<std::uint32_t>());
        break;
      case 'c': {
        const std::string_view module = line(), name = line();
        push(name_of(module, name));
        break;
      }
      case 'Q':
        push(storage_of(pop()));
        break;
      case 'R': {
        const Value arguments = pop(), callee = pop();
        push(call(callee, arguments));
        break;
      }
      case 0x81: {
        const Value arguments = pop(), callee = pop();
        make(callee, arguments);
        break;
      }
      case 'b':  // the _metadata of a state dict, or what an object consists of: nothing that a tensor needs
        pop();
        if (top().kind != Kind::Dict && top().kind != Kind::Object)
          refuse("sets attributes of something other than an OrderedDict or an object");
        break;
      case '0':  // with the next one: how a tuple that contains itself is taken back
        pop();
        break;
      case '1':
        pop_to_mark();
        break;
      default:
        refuse_instruction(op, ", which a file of weights does not need");
    }
    return true;
  }

  // What came with protocols 3 (bytes), 4 and 5.
  bool step_of_later(unsigned op) {
    const unsigned since = op == 'B' || op == 'C' ? 3 : op >= 0x96 ? 5 : 4;
    if (protocol_ < since) refuse_instruction(op, ", which pickles of protocol " + std::to_string(protocol_) + " lack");
    switch (op) {
      case 'C':
        take(byte()), push(Kind::Other);
        break;
      case 'B':
        take(number<std::uint32_t>()), push(Kind::Other);
        break;
      case 0x8C:
        text(byte());
        break;
      case 0x8D:
        text(number<std::uint64_t>());
        break;
      case 0x8E:
      case 0x96:  // a bytearray
        take(number<std::uint64_t>()), push(Kind::Other);
        break;
      case 0x8F:
        push(Kind::Set);
        break;
      case 0x90:
        pop_to_mark();
        if (top().kind != Kind::Set && top().kind != Kind::Object) refuse("adds to something other than a set");
        break;
      case 0x91:
        pop_to_mark(), push(Kind::Other);
        break;
      case 0x92: {
        pop();  // arguments by name
        const Value arguments = pop(), callee = pop();
        make(callee, arguments);
        break;
      }
      case 0x93: {
        const Value name = pop(), module = pop();
        if (name.kind != Kind::Text || module.kind != Kind::Text) refuse("names something by other than a text");
        push(name_of(out_.text(module), out_.text(name)));
        break;
      }
      case 0x94:
        remember(memo_.size());
        break;
      case 0x95:
        if (number<std::uint64_t>() > bytes_.size() - at_) refuse("is truncated");
        break;
      default:  // 0x97, 0x98
        refuse("refers to buffers that were kept outside of it",
               "Save it again with torch.save, which writes all data into one file.");
    }
    return true;
  }

  [[noreturn]] void refuse_instruction(unsigned op, const std::string& why) {
    constexpr char hex[] = "0123456789abcdef";
    refuse(std::string("contains the instruction 0x") + hex[op >> 4U] + hex[op & 15U] + why);
  }

  bool finish() {
    if (!stack_.empty() || !marks_.empty()) refuse("ends with unfinished values");
    check_names();
    return false;
  }

  unsigned protocol_ = 2;
};

}  // namespace detail

/// Parses the first pickle in `bytes`, which must outlive the result. Memory is proportional to the bytes read,
/// whatever they say. Nothing is imported, called or run: objects of unknown classes become PickleObject. `where`
/// begins every message, such as "'a.pth', record 'a/data.pkl',". Throws Error(ErrorKind::Weights) at the first
/// instruction that is not on the list, or name that attacks use (is_dangerous), with its byte offset.
[[nodiscard]] inline Pickle read_pickle(std::span<const std::byte> bytes, std::string where) {
  return detail::PickleMachine(bytes, std::move(where)).run();
}

}  // namespace tuneit::io

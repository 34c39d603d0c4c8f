#pragma once
// What would Python have built? Storages, tensors, parameters and dicts, from arguments that are checked before
// anything is made of them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/weights/pickle_names.hpp"

namespace tuneit::io::detail {

/// The objects of a pickle being read. The stack machine below it (pickle.hpp) decides which are made, and when.
class PickleObjects {
 protected:
  using Value = PickleValue;
  using Kind = PickleValue::Kind;

  PickleObjects(std::span<const std::byte> bytes, std::string where) : bytes_(bytes), where_(std::move(where)) {}

  template <class T>
  Value add(Kind kind, std::vector<T>& arena, T object, bool list = false) {
    arena.push_back(std::move(object));
    return {kind, {}, {}, list, static_cast<std::uint32_t>(arena.size() - 1), 0};
  }

  std::uint64_t natural(const Value& v, const char* what) {
    if (v.kind != Kind::Int || v.number < 0) refuse(std::string("has a ") + what + " that is not a whole number >= 0");
    return static_cast<std::uint64_t>(v.number);
  }

  Value name_of(std::string_view module, std::string_view name) {
    if (module.size() > 512 || name.size() > 512) refuse("names something with more than 512 characters");
    if (is_dangerous(module, name)) refuse_name(module, name);
    if (const auto known = pickle_name(module, name)) {
      if (known->name == PickleName::GetAttr && getattr_open_++ == 0) getattr_at_ = op_;
      return *known;
    }
    out_.names.emplace_back(module, name);
    return {Kind::Name, PickleName::Unknown, {}, false, static_cast<std::uint32_t>(out_.names.size() - 1), 0};
  }

  /// An instance of this class, or what this function would have returned: passed over.
  Value object_of(const Value& name) { return add(Kind::Object, out_.objects, PickleObject{name.index}); }
  Value object_of(std::string_view module, std::string_view name) {
    out_.names.emplace_back(module, name);
    return add(Kind::Object, out_.objects, PickleObject{static_cast<std::uint32_t>(out_.names.size() - 1)});
  }
  static bool is_unknown(const Value& v) { return v.kind == Kind::Name && v.name == PickleName::Unknown; }

  Value storage_of(const Value& id) {
    if (id.kind != Kind::Sequence) refuse("refers to data by something other than a tuple");
    const auto& parts = out_.sequence(id);
    if (!parts.empty() && parts[0].kind == Kind::Text && out_.text(parts[0]) == "module")
      refuse("holds a whole Python module, not only its tensors", clean_copy);
    if (parts.size() < 5 || parts.size() > 6 || parts[0].kind != Kind::Text || out_.text(parts[0]) != "storage" ||
        parts[1].kind != Kind::Name ||
        (parts[1].name != PickleName::StorageType && parts[1].name != PickleName::Untyped && !is_unknown(parts[1])) ||
        parts[2].kind != Kind::Text || parts[3].kind != Kind::Text)
      refuse("has a reference to data that is not ('storage', type, key, location, count)");
    PickleStorage storage{parts[1].dtype, out_.text(parts[2]), natural(parts[4], "storage size")};
    storage.foreign = is_unknown(parts[1]);
    storage.item = storage.foreign ? foreign_item(out_.names[parts[1].index].second)
                                   : static_cast<std::uint32_t>(size_of(storage.dtype));
    if (storage.numel > static_cast<std::uint64_t>(INT64_MAX) / std::max<std::uint32_t>(storage.item, 1))
      refuse("has a storage whose size overflows");
    storage.part_numel = storage.numel;
    if (parts.size() == 6 && parts[5].kind != Kind::Other) {  // before torch 1.0 a storage could be a part of another
      if (parts[5].kind != Kind::Sequence || out_.sequence(parts[5]).size() != 3)
        refuse("has a damaged view of a storage");
      storage.part_begin = natural(out_.sequence(parts[5])[1], "view offset");
      storage.part_numel = natural(out_.sequence(parts[5])[2], "view size");
      if (storage.part_begin > storage.numel || storage.part_numel > storage.numel - storage.part_begin)
        refuse("has a view outside of its storage");
    }
    Value value = add(Kind::Storage, out_.storages, storage);
    value.number = storage.foreign ? std::int64_t{parts[1].index} : -1;  // the name of its type
    return value;
  }

  /// Bytes of an element of a storage that tuneit passes over.
  static std::uint32_t foreign_item(std::string_view type) {
    if (type == "ComplexDoubleStorage") return 16;
    if (type == "ComplexFloatStorage") return 8;
    if (type == "QInt32Storage") return 4;
    return type == "QInt8Storage" || type == "QUInt8Storage" ? 1 : 0;
  }

  Value call(const Value& callee, const Value& arguments) {
    if (callee.kind != Kind::Name && callee.kind != Kind::Object) refuse("calls something that is not a name");
    if (arguments.kind != Kind::Sequence || arguments.mutable_list) refuse("calls a name without a tuple of arguments");
    if (is_unknown(callee)) return object_of(callee);
    if (callee.kind == Kind::Object)
      return add(Kind::Object, out_.objects, PickleObject{out_.objects[callee.index].name});
    // What is copied here is bounded: a few bytes could otherwise copy a long list again and again.
    if (out_.sequence(arguments).size() > 8) refuse("calls a name with more than 8 arguments");
    const std::vector<Value> args = out_.sequence(arguments);
    switch (callee.name) {
      case PickleName::OrderedDict:
        return ordered_dict(args);
      case PickleName::RebuildTensor:
        return rebuild_tensor(args, 4, 4, false);
      case PickleName::RebuildTensorV2:
        return rebuild_tensor(args, 6, 7, false);
      case PickleName::RebuildTensorV3:
        return rebuild_tensor(args, 7, 8, true);
      case PickleName::RebuildParameter:
      case PickleName::RebuildParameterWithState:
        if (args.size() != (callee.name == PickleName::RebuildParameter ? 3U : 4U) || args[0].kind != Kind::Tensor)
          refuse("builds a parameter from something other than a tensor");
        return args[0];
      case PickleName::Size:
        if (args.size() != 1 || args[0].kind != Kind::Sequence)
          refuse("builds a torch.Size from something other than a tuple");
        return args[0];
      case PickleName::Inert:
        return {};
      case PickleName::RebuildFromType:  // (function, type, arguments, state)
        if (args.size() == 4 && args[0].kind == Kind::Name && args[0].name != PickleName::RebuildFromType &&
            args[1].kind == Kind::Name && args[1].name == PickleName::TensorType)
          return call(args[0], args[2]);
        if (args.size() == 4 && is_unknown(args[1])) return object_of(args[1]);
        return object_of("torch._tensor", "_rebuild_from_type_v2");
      case PickleName::Reconstruct:
        if (args.empty() || !is_unknown(args[0])) return object_of("copyreg", "_reconstructor");
        return object_of(args[0]);
      case PickleName::GetAttr:
        return member(args);
      case PickleName::TensorType:
        return object_of("torch", "Tensor");
      default:
        refuse("calls a type of storage or element");
    }
  }

  // A member of an enumeration, as Python 3.11 writes it: getattr(Class, 'NAME').
  Value member(const std::vector<Value>& args) {
    const auto plain = [](std::string_view text) {
      return !text.empty() && !text.starts_with("__") && text.find('.') == std::string_view::npos;
    };
    if (args.size() != 2 || !is_unknown(args[0]) || args[1].kind != Kind::Text || !plain(out_.text(args[1])))
      refuse_name("builtins", "getattr");
    if (getattr_open_ > 0) --getattr_open_;  // named once, it may be called for many members
    return object_of(args[0]);
  }

  /// At the end: builtins.getattr that was named and not called so is no member of an enumeration.
  void check_names() {
    if (getattr_open_ == 0) return;
    op_ = getattr_at_;
    refuse_name("builtins", "getattr");
  }

  Value ordered_dict(const std::vector<Value>& args) {  // Python 2 passes a list of [key, value]
    Pickle::Dict dict;
    if (args.size() > 1 || (!args.empty() && args[0].kind != Kind::Sequence))
      refuse("builds an OrderedDict from unusual arguments");
    if (!args.empty() && (copied_ += out_.sequence(args[0]).size()) > bytes_.size())
      refuse("builds the same OrderedDict again and again");
    if (!args.empty())
      for (const Value& item : out_.sequence(args[0])) {
        if (item.kind != Kind::Sequence || out_.sequence(item).size() != 2)
          refuse("builds an OrderedDict from unusual arguments");
        dict.emplace_back(out_.sequence(item)[0], out_.sequence(item)[1]);
      }
    return add(Kind::Dict, out_.dicts, std::move(dict));
  }

  // (storage, offset, size, stride[, requires_grad, hooks[, dtype][, metadata]])
  Value rebuild_tensor(const std::vector<Value>& args, std::size_t least, std::size_t most, bool typed) {
    if (!args.empty() && args[0].kind == Kind::Object) return object_of("torch", "Tensor");
    if (!args.empty() && args[0].kind == Kind::Storage && args[0].number >= 0)  // of foreign elements
      return add(Kind::Object, out_.objects, PickleObject{static_cast<std::uint32_t>(args[0].number)});
    if (args.size() < least || args.size() > most || args[0].kind != Kind::Storage || args[2].kind != Kind::Sequence ||
        args[3].kind != Kind::Sequence)
      refuse("builds a tensor from unusual arguments");
    const bool has_metadata = args.size() == most && most > least;
    if (has_metadata && args.back().kind != Kind::Other &&
        (args.back().kind != Kind::Dict || !out_.dict(args.back()).empty()))
      refuse("has a tensor with a conjugate or negative bit", "Call .resolve_conj().resolve_neg() before saving.");
    const PickleStorage& storage = out_.storages[args[0].index];
    PickleTensor tensor{args[0].index, storage.dtype, 0, {}, {}};
    if (typed) {
      if (is_unknown(args[6])) return object_of(args[6]);  // a type of 8 or 4 bits
      if (args[6].kind != Kind::Name || args[6].name != PickleName::ElementType)
        refuse("builds a tensor without an element type");
      tensor.dtype = args[6].dtype;
    }
    const auto &sizes = out_.sequence(args[2]), &strides = out_.sequence(args[3]);
    if (sizes.size() != strides.size())
      refuse("has a tensor with " + std::to_string(sizes.size()) + " sizes and " + std::to_string(strides.size()) +
             " strides");
    if (sizes.size() > max_rank) refuse("has a tensor of more than 16 dimensions");

    // The last element's place, overflow-checked, against the end of the storage. An empty tensor touches nothing.
    const auto item = static_cast<std::int64_t>(size_of(tensor.dtype));
    auto last = static_cast<std::int64_t>(natural(args[1], "storage offset"));
    bool empty = false, overflow = false;
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      tensor.shape.push_back(static_cast<std::int64_t>(natural(sizes[d], "size")));
      tensor.strides.push_back(static_cast<std::int64_t>(natural(strides[d], "stride")));
      empty = empty || tensor.shape[d] == 0;
      std::int64_t reach = 0;
      overflow = overflow ||
                 (tensor.shape[d] > 0 && __builtin_mul_overflow(tensor.shape[d] - 1, tensor.strides[d], &reach)) ||
                 __builtin_add_overflow(last, reach, &last);
    }
    if (!dense_bytes(tensor.shape, size_of(tensor.dtype)))
      refuse("has a tensor of shape " + shape_text(tensor.shape) + " whose size overflows");
    std::int64_t end = 0;
    overflow = overflow || __builtin_add_overflow(last, 1, &end) || __builtin_mul_overflow(end, item, &end);
    const std::uint64_t available = storage.part_numel * storage.item;
    if (!empty && (overflow || static_cast<std::uint64_t>(end) > available))
      refuse("has a tensor of shape " + shape_text(tensor.shape) + " and strides " + shape_text(tensor.strides) +
             " that reaches outside of its storage of " + std::to_string(available) + " bytes");
    if (!empty)
      tensor.begin_byte = storage.part_begin * storage.item + static_cast<std::uint64_t>(args[1].number * item);
    return add(Kind::Tensor, out_.tensors, std::move(tensor));
  }

  static constexpr const char* clean_copy =
      "Only tensors, numbers, texts, lists and dicts are read. In Python, where you trust the file, save the tensors "
      "alone: "
      "torch.save(model.state_dict(), 'weights.pth').";

  [[noreturn]] void refuse(
      const std::string& what,
      const std::string& mend =
          "The file is damaged, or no program that is known wrote it; save it again with torch.save.") const {
    detail::refuse(where_ + " " + what + " (at its byte " + std::to_string(op_) + ")", mend);
  }
  [[noreturn]] void refuse_name(std::string_view module, std::string_view name) const {
    refuse("asks for the Python object " + quote(std::string(module) + "." + std::string(name)) +
               ", which tuneit does not run",
           clean_copy);
  }

  std::span<const std::byte> bytes_;
  std::string where_;
  std::size_t op_ = 0;  ///< where the instruction that is being carried out begins
  Pickle out_;

 private:
  std::size_t copied_ = 0, getattr_at_ = 0;
  std::ptrdiff_t getattr_open_ = 0;  ///< how often it was named and not yet called
};

}  // namespace tuneit::io::detail

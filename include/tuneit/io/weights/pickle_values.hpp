#pragma once
// What can a pickle of tensors contain? Plain values in one arena, referred to by number. Nothing here is a tree of
// pointers: a hostile pickle can neither nest so deeply that a destructor overflows the stack nor multiply by
// reference.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/weights/tensor_file.hpp"

namespace tuneit::io {

/// The few names whose meaning the reader knows: none of them is ever called, and it builds itself what they would have
/// built. What any other name would have built stays closed.
enum class PickleName : std::uint8_t {
  OrderedDict,
  RebuildTensor,
  RebuildTensorV2,
  RebuildTensorV3,
  RebuildParameter,
  RebuildParameterWithState,
  Size,
  Inert,            ///< torch.device, set: built from plain values, kept as "something"
  StorageType,      ///< torch.FloatStorage and so on
  Untyped,          ///< torch.storage.UntypedStorage: counted in bytes
  ElementType,      ///< torch.float32 and so on
  RebuildFromType,  ///< torch's way to a tensor with attributes, or of a subclass
  TensorType,       ///< torch.Tensor or a parameter, as the type that is meant there
  Reconstruct,      ///< copyreg: an object of the class that is its first argument
  GetAttr,          ///< builtins.getattr: right for a member of an enumeration, and for nothing else
  Unknown,          ///< a class or function that tuneit does not know: `index` into Pickle::names
};

/// One value. `index` points into the arena's list for that kind; `number` holds a Bool or an Int.
struct PickleValue {
  enum class Kind : std::uint8_t { Other, Bool, Int, Text, Sequence, Dict, Set, Name, Storage, Tensor, Object };
  Kind kind = Kind::Other;  ///< Other: None, a float, a long integer, bytes: parsed, never needed
  PickleName name = PickleName::Inert;
  DType dtype = DType::U8;  ///< of a StorageType or an ElementType
  bool mutable_list = false;
  std::uint32_t index = 0;
  std::int64_t number = 0;
};

/// A reference to a part of the data: `numel` elements under `key`; where `part` is set, only `part_numel` from
/// `part_begin`.
struct PickleStorage {
  DType dtype = DType::U8;
  std::string_view key;
  std::uint64_t numel = 0, part_begin = 0, part_numel = 0;
  std::uint32_t item = 1;  ///< bytes of an element; 0: of a type that tuneit does not know at all
  bool foreign = false;    ///< of a type that no tensor here can have (complex, quantised): passed over

  [[nodiscard]] std::uint64_t bytes() const { return numel * item; }  // read_pickle has checked the product
};

/// A strided view of a storage, checked to lie inside of it. Offset and strides count elements of `dtype`.
struct PickleTensor {
  std::uint32_t storage = 0;
  DType dtype = DType::U8;
  std::uint64_t begin_byte = 0;
  std::vector<std::int64_t> shape, strides;
};

/// A value that tuneit does not understand: an instance of some class, or what some function would have returned. It is
/// passed over. Where Python would have set items of it, as of every subclass of dict, those are kept.
struct PickleObject {
  static constexpr std::uint32_t none = UINT32_MAX;
  std::uint32_t name = 0;     ///< of the class or function, in Pickle::names
  std::uint32_t dict = none;  ///< in Pickle::dicts
};

/// The arena. Texts are views into the bytes that were parsed, which must outlive it.
struct Pickle {
  using Dict = std::vector<std::pair<PickleValue, PickleValue>>;
  std::vector<std::string_view> texts;
  std::vector<std::vector<PickleValue>> sequences;  ///< lists and tuples
  std::vector<Dict> dicts;
  std::vector<PickleStorage> storages;
  std::vector<PickleTensor> tensors;
  std::vector<PickleObject> objects;
  std::vector<std::pair<std::string_view, std::string_view>> names;  ///< module and name of classes and functions
  PickleValue root;
  std::size_t size = 0;  ///< bytes up to and including the STOP

  [[nodiscard]] std::string_view text(const PickleValue& v) const { return texts[v.index]; }
  [[nodiscard]] const std::vector<PickleValue>& sequence(const PickleValue& v) const { return sequences[v.index]; }
  [[nodiscard]] const Dict& dict(const PickleValue& v) const { return dicts[v.index]; }
  /// The items of a dict, or of an object that has some; nullptr for anything else.
  [[nodiscard]] const Dict* items(const PickleValue& v) const {
    if (v.kind == PickleValue::Kind::Dict) return &dicts[v.index];
    if (v.kind != PickleValue::Kind::Object || objects[v.index].dict == PickleObject::none) return nullptr;
    return &dicts[objects[v.index].dict];
  }
  /// "argparse.Namespace": the class of an object, or an unknown name itself; empty for anything else.
  [[nodiscard]] std::string class_of(const PickleValue& v) const {
    const bool name = v.kind == PickleValue::Kind::Name && v.name == PickleName::Unknown;
    if (!name && v.kind != PickleValue::Kind::Object) return {};
    const auto& [module, of] = names[name ? v.index : objects[v.index].name];
    return std::string(module) + "." + std::string(of);
  }
};

}  // namespace tuneit::io

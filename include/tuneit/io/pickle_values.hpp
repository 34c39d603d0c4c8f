#pragma once
// What can a pickle of tensors contain? Plain values in one arena, referred to by number. Nothing here is a tree of
// pointers: a hostile pickle can neither nest so deeply that a destructor overflows the stack nor multiply by
// reference.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/tensor_file.hpp"

namespace tuneit::io {

/// The few names that a pickle may mention. None of them is ever called; the reader knows what each would have built.
enum class PickleName : std::uint8_t {
  OrderedDict,
  RebuildTensor,
  RebuildTensorV2,
  RebuildTensorV3,
  RebuildParameter,
  RebuildParameterWithState,
  Size,
  Inert,        ///< torch.device, set: built from plain values, kept as "something"
  StorageType,  ///< torch.FloatStorage and so on
  Untyped,      ///< torch.storage.UntypedStorage: counted in bytes
  ElementType,  ///< torch.float32 and so on
};

/// One value. `index` points into the arena's list for that kind; `number` holds a Bool or an Int.
struct PickleValue {
  enum class Kind : std::uint8_t { Other, Bool, Int, Text, Sequence, Dict, Name, Storage, Tensor };
  Kind kind = Kind::Other;  ///< Other: None, a float, a long integer, a set: parsed, never needed
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

  [[nodiscard]] std::uint64_t bytes() const { return numel * size_of(dtype); }  // read_pickle has checked the product
};

/// A strided view of a storage, checked to lie inside of it. Offset and strides count elements of `dtype`.
struct PickleTensor {
  std::uint32_t storage = 0;
  DType dtype = DType::U8;
  std::uint64_t begin_byte = 0;
  std::vector<std::int64_t> shape, strides;
};

/// The arena. Texts are views into the bytes that were parsed, which must outlive it.
struct Pickle {
  using Dict = std::vector<std::pair<PickleValue, PickleValue>>;
  std::vector<std::string_view> texts;
  std::vector<std::vector<PickleValue>> sequences;  ///< lists and tuples
  std::vector<Dict> dicts;
  std::vector<PickleStorage> storages;
  std::vector<PickleTensor> tensors;
  PickleValue root;
  std::size_t size = 0;  ///< bytes up to and including the STOP

  [[nodiscard]] std::string_view text(const PickleValue& v) const { return texts[v.index]; }
  [[nodiscard]] const std::vector<PickleValue>& sequence(const PickleValue& v) const { return sequences[v.index]; }
  [[nodiscard]] const Dict& dict(const PickleValue& v) const { return dicts[v.index]; }
};

namespace detail {

/// The allow-list. Everything else that a pickle names is refused.
[[nodiscard]] inline std::optional<PickleValue> pickle_name(std::string_view module, std::string_view name) {
  using Kind = PickleValue::Kind;
  const auto known = [](PickleName n, DType dtype = DType::U8) {
    return PickleValue{Kind::Name, n, dtype, false, 0, 0};
  };
  if (module == "collections" && name == "OrderedDict") return known(PickleName::OrderedDict);
  if (module == "torch._utils") {
    if (name == "_rebuild_tensor") return known(PickleName::RebuildTensor);
    if (name == "_rebuild_tensor_v2") return known(PickleName::RebuildTensorV2);
    if (name == "_rebuild_tensor_v3") return known(PickleName::RebuildTensorV3);
    if (name == "_rebuild_parameter") return known(PickleName::RebuildParameter);
    if (name == "_rebuild_parameter_with_state") return known(PickleName::RebuildParameterWithState);
    return std::nullopt;
  }
  if ((module == "__builtin__" || module == "builtins") && name == "set") return known(PickleName::Inert);
  if (module == "torch.storage" && name == "UntypedStorage") return known(PickleName::Untyped);
  if (module != "torch") return std::nullopt;
  if (name == "Size") return known(PickleName::Size);
  if (name == "device") return known(PickleName::Inert);
  struct Row {
    std::string_view storage, element;
    DType dtype;
  };
  static constexpr Row rows[] = {{"BoolStorage", "bool", DType::Bool},
                                 {"ByteStorage", "uint8", DType::U8},
                                 {"CharStorage", "int8", DType::I8},
                                 {"ShortStorage", "int16", DType::I16},
                                 {"HalfStorage", "float16", DType::F16},
                                 {"BFloat16Storage", "bfloat16", DType::BF16},
                                 {"IntStorage", "int32", DType::I32},
                                 {"FloatStorage", "float32", DType::F32},
                                 {"LongStorage", "int64", DType::I64},
                                 {"DoubleStorage", "float64", DType::F64},
                                 {"", "uint16", DType::U16},
                                 {"", "uint32", DType::U32},
                                 {"", "uint64", DType::U64}};
  for (const Row& row : rows) {
    if (name == row.storage && !name.empty()) return known(PickleName::StorageType, row.dtype);
    if (name == row.element) return known(PickleName::ElementType, row.dtype);
  }
  return std::nullopt;
}

}  // namespace detail
}  // namespace tuneit::io

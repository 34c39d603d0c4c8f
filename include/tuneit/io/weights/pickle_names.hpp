#pragma once
// Which classes and functions may a pickle name? Those that tensors are built by, which are known here; any other may
// lie beside the weights, and stays closed; those that run programs are refused, for a file with them means harm.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tuneit/io/weights/pickle_values.hpp"

namespace tuneit::io::detail {

/// The names that the reader knows; nothing for any other.
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
  if (module == "torch._tensor" && name == "_rebuild_from_type_v2") return known(PickleName::RebuildFromType);
  if (module == "torch.nn.parameter" && (name == "Parameter" || name == "Buffer")) return known(PickleName::TensorType);
  if ((module == "copyreg" || module == "copy_reg") && (name == "_reconstructor" || name == "__newobj__"))
    return known(PickleName::Reconstruct);
  if (module == "__builtin__" || module == "builtins") {
    if (name == "set") return known(PickleName::Inert);
    if (name == "getattr") return known(PickleName::GetAttr);
    return std::nullopt;
  }
  if (module == "torch.storage" && name == "UntypedStorage") return known(PickleName::Untyped);
  if (module != "torch") return std::nullopt;
  if (name == "Size") return known(PickleName::Size);
  if (name == "device") return known(PickleName::Inert);
  if (name == "Tensor") return known(PickleName::TensorType);
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

template <std::size_t N>
[[nodiscard]] constexpr bool is_one_of(std::string_view text, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// Is this a name that attacks use: of a module that starts programs, opens files or connections, or unpickles again,
/// or of a function of Python itself that is no plain type? Nothing is ever run, whatever it is called: this list only
/// decides which files are refused as a whole.
[[nodiscard]] inline bool is_dangerous(std::string_view module, std::string_view name) {
  static constexpr std::array modules =
      std::to_array<std::string_view>({"os",        "posix",      "nt",          "subprocess",   "sys",
                                       "shutil",    "pty",        "popen2",      "socket",       "importlib",
                                       "requests",  "urllib",     "urllib2",     "socketserver", "multiprocessing",
                                       "asyncio",   "httplib",    "aiohttp",     "ftplib",       "smtplib",
                                       "pip",       "telnetlib",  "webbrowser",  "pkgutil",      "runpy",
                                       "zipimport", "setuptools", "ensurepip",   "pydoc",        "doctest",
                                       "pickle",    "_pickle",    "cPickle",     "pickletools",  "marshal",
                                       "shelve",    "dill",       "cloudpickle", "joblib",       "jsonpickle",
                                       "ctypes",    "_ctypes",    "cffi",        "bdb",          "pdb",
                                       "codeop",    "cProfile",   "timeit",      "_socket",      "_posixsubprocess"});
  // Python's, where they have no part: people call their own packages so, too.
  static constexpr std::array alone =
      std::to_array<std::string_view>({"code", "trace", "profile", "commands", "imp", "site", "venv"});
  struct Row {
    std::string_view module, name;  // an empty name: all of the module and below it
  };
  static constexpr Row rows[] = {{"types", "CodeType"},
                                 {"types", "FunctionType"},
                                 {"types", "LambdaType"},
                                 {"types", "MethodType"},
                                 {"operator", "attrgetter"},
                                 {"operator", "methodcaller"},
                                 {"_operator", "attrgetter"},
                                 {"_operator", "methodcaller"},
                                 {"io", "open"},
                                 {"io", "open_code"},
                                 {"io", "FileIO"},
                                 {"_io", "open"},
                                 {"_io", "open_code"},
                                 {"_io", "FileIO"},
                                 {"codecs", "open"},
                                 {"http.client", ""},
                                 {"http.server", ""},
                                 {"logging.config", ""},
                                 {"numpy", "load"},
                                 {"numpy.testing._private.utils", ""},
                                 {"pandas", "read_pickle"},
                                 {"torch", "load"},
                                 {"torch.serialization", "load"},
                                 {"torch.storage", "_load_from_bytes"},
                                 {"torch.hub", ""},
                                 {"torch.jit", ""},
                                 {"torch.package", ""},
                                 {"torch.fx.graph_module", ""},
                                 {"torch.utils.cpp_extension", ""},
                                 {"torch.utils._config_module", ""},
                                 {"torch._dynamo", ""},
                                 {"torch._inductor", ""}};
  // Of Python's own names: plain types, and functions that only compute.
  static constexpr std::array plain = std::to_array<std::string_view>(
      {"object", "set",    "frozenset", "complex", "slice",    "range",    "xrange",   "bytearray",    "bytes",
       "list",   "dict",   "tuple",     "int",     "long",     "float",    "bool",     "str",          "unicode",
       "type",   "zip",    "enumerate", "iter",    "reversed", "len",      "max",      "min",          "sum",
       "abs",    "round",  "sorted",    "any",     "all",      "Ellipsis", "NoneType", "property",     "NotImplemented",
       "repr",   "hash",   "pow",       "divmod",  "ord",      "chr",      "hex",      "staticmethod", "classmethod",
       "map",    "filter", "memoryview"});
  // Plain data of such modules, which people do save.
  static constexpr Row data[] = {{"urllib.parse", "ParseResult"},
                                 {"urllib.parse", "SplitResult"},
                                 {"joblib.numpy_pickle", "NumpyArrayWrapper"},
                                 {"multiprocessing.managers", "DictProxy"},
                                 {"multiprocessing.managers", "ListProxy"},
                                 {"multiprocessing.managers", "Token"},
                                 {"multiprocessing.managers", "RebuildProxy"}};
  for (const Row& row : data)
    if (module == row.module && name == row.name) return false;
  const std::string_view top = module.substr(0, module.find('.'));
  if (is_one_of(top, modules) || is_one_of(module, alone)) return true;
  if (top == "builtins" || top == "__builtin__")
    return module != top || !(is_one_of(name, plain) || name == "getattr" || name.ends_with("Error") ||
                              name.ends_with("Exception") || name.ends_with("Warning") || name == "StopIteration");
  for (const Row& row : rows) {
    const bool below = module == row.module || (module.starts_with(row.module) && module[row.module.size()] == '.');
    if (row.name.empty() ? below : module == row.module && name == row.name) return true;
  }
  // Since protocol 4 a name may lead through attributes: "Some.os.system".
  for (std::size_t dot = name.find('.'), begin = 0; begin < name.size();
       begin = dot == std::string_view::npos ? name.size() : dot + 1, dot = name.find('.', begin)) {
    const std::string_view part = name.substr(begin, dot == std::string_view::npos ? dot : dot - begin);
    if (dot != std::string_view::npos && is_one_of(part, modules)) return true;
    if (part.starts_with("__") && part.ends_with("__") && part.size() > 4 && name.size() != part.size()) return true;
  }
  return false;
}

}  // namespace tuneit::io::detail

// Archives and pickles that lie. Nothing in them runs, nothing is allocated on their word, and the message says which
// name, record or byte it was.
#include <catch2/catch.hpp>

#include "tensor_bytes.hpp"
#include "tuneit/io/weights/read_tensors.hpp"

using namespace tensor_bytes;
using tuneit::io::read_tensors;

namespace {

void check_all(const std::vector<Hostile>& cases) {
  const Scratch scratch;
  for (const Hostile& hostile : cases) {
    INFO(hostile.title);
    const auto path = scratch.write("bad.pth", hostile.bytes);
    std::vector<std::string> words = hostile.words;
    words.push_back("bad.pth'");
    check_refusal([&] { (void)read_tensors(path); }, words);
  }
}

std::string in_zip(const std::string& value) { return pth(value).bytes(); }

// The same in protocol 5, where a pickle may hold more.
std::string in_later(const std::string& value) {
  Zip zip = pth(value);
  zip.records[0].data[1] = 5;
  return zip.bytes();
}

// The good file, with its tensor built otherwise.
std::string viewing(std::int64_t offset, const std::vector<std::int64_t>& size, const std::vector<std::int64_t>& stride,
                    std::int64_t numel = 6) {
  return in_zip(
      pkl::dict(pkl::text("w") + pkl::tensor(pkl::storage("FloatStorage", "0", numel), offset, size, stride)));
}

std::string with(Zip zip, std::size_t record, const Record& other) {
  zip.records[record] = other;
  return zip.bytes();
}

}  // namespace

TEST_CASE("a zip archive that lies is refused", "[io][pth][hostile]") {
  const Zip good = pth(pkl::dict(pkl::item()));
  const std::string six = floats({0, 1, 2, 3, 4, 5});
  Zip prefixed = good, followed = good, overlapping = good, twice = good, no_pickle = good, two = good, big = good,
      script = good;
  prefixed.before = "PK\3\4 something else";
  followed.after = "x";
  overlapping.shift = static_cast<std::size_t>(-10);
  twice.records.push_back(good.records[2]);
  no_pickle.records.erase(no_pickle.records.begin());
  two.records.push_back({"other/data.pkl", pkl::file("}")});
  big.records[1].data = "big";
  script.records.push_back({"archive/constants.pkl", pkl::file(")")});
  const std::string bytes = good.bytes();
  std::string damaged = bytes;
  damaged[damaged.find(six) + 5] ^= 1;
  std::string disks = bytes;
  disks[disks.size() - 18] = 1;
  std::string counted = bytes;
  counted[counted.size() - 12] = counted[counted.size() - 14] = 3;
  std::string moved = bytes;
  ++moved[moved.size() - 6];
  Zip wide = good;
  wide.zip64 = true;
  std::string locator = wide.bytes();
  ++locator[locator.size() - 22 - 12];
  check_all({
      {"cut", bytes.substr(0, bytes.size() - 1), {"truncated", "end record"}},
      {"four bytes", "PK\3\4", {"truncated"}},
      {"something before", prefixed.bytes(), {"something precedes the zip archive"}},
      {"something after", followed.bytes(), {"truncated, or something follows it"}},
      {"overlap", overlapping.bytes(), {"overlaps what follows"}},
      {"one name twice", twice.bytes(), {"two records have the name 'archive/data/0'"}},
      {"no pickle", no_pickle.bytes(), {"no record 'data.pkl'", "'archive/byteorder'"}},
      {"two archives", two.bytes(), {"two archives", "'archive/'", "'other/'"}},
      {"big-endian", big.bytes(), {"little-endian"}},
      {"TorchScript", script.bytes(), {"TorchScript"}},
      {"bit flipped in the weights", damaged, {"record 'archive/data/0'", "CRC-32"}},
      {"wrong checksum of the pickle",
       with(good, 0, {"archive/data.pkl", good.records[0].data, 0, 0, "", SIZE_MAX, 1}),
       {"'archive/data.pkl'", "CRC-32"}},
      {"compressed", with(good, 2, {"archive/data/0", six, 0, 8}), {"'archive/data/0'", "compressed"}},
      {"encrypted", with(good, 2, {"archive/data/0", six, 1}), {"'archive/data/0'", "encrypted"}},
      {"local name differs",
       with(good, 2, {"archive/data/0", six, 0, 0, "archive/data/1"}),
       {"'archive/data/0'", "described differently"}},
      {"announced too long",
       with(good, 2, {"archive/data/0", six, 0, 0, "", 4000000000U}),
       {"'archive/data/0' of 4000000000 bytes", "overlaps"}},
      {"NUL in a name", with(good, 3, {"archive/\0x"s, ""}), {"contains a NUL"}},
      {"several disks", disks, {"several disks"}},
      {"fewer records announced", counted, {"lists 4 records and announces 3"}},
      {"directory elsewhere", moved, {"zip directory should lie"}},
      {"zip64 locator", locator, {"zip64 end record is not where"}},
      {"not of torch", Zip{{{"word/document.xml", "x"}}}.bytes(), {"'word/document.xml'", "not one of torch.save"}},
      {"empty archive", Zip{}.bytes(), {"not one of torch.save"}},
      {"record missing", with(good, 2, {"archive/data/7", six}), {"lacks the record 'archive/data/0'"}},
      {"record too short",
       with(good, 2, {"archive/data/0", six.substr(4)}),
       {"'archive/data/0' has 20 bytes where 24"}},
      {"record too long", with(good, 2, {"archive/data/0", six + "more"}), {"has 28 bytes where 24"}},
      {"claims 8 GB", viewing(0, {2, 3}, {3, 1}, 2'000'000'000), {"has 24 bytes where 8000000000"}},
  });
  const Scratch scratch;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    INFO("cut at byte " << n);
    check_refusal([&] { (void)read_tensors(scratch.write("bad.pth", bytes.substr(0, n))); }, {"bad.pth'"});
  }
  CHECK_NOTHROW(read_tensors(scratch.write("good.pth", bytes)));
}

TEST_CASE("a record that its two headers describe differently is refused, field by field", "[io][pth][hostile]") {
  const Scratch scratch;
  const std::string good = pth(pkl::dict(pkl::item())).bytes();
  const std::size_t header = good.find("archive/data/0") - 30;
  REQUIRE(good.compare(header, 4, "PK\3\4") == 0);
  const auto read = [&](std::size_t at) {
    std::string bytes = good;
    bytes[header + at] = static_cast<char>(bytes[header + at] ^ 1);
    (void)read_tensors(scratch.write("bad.pth", bytes));
  };
  for (std::size_t at = 0; at < 30; ++at) {
    INFO("byte " << at << " of the local header");
    const bool unused = at == 4 || at == 5 || (at >= 10 && at < 14) || at >= 28;  // version, time, length of extras
    if (!unused) check_refusal([&] { read(at); }, {"bad.pth'", "record 'archive/data/0'"});
  }
  for (const std::size_t at : {6U, 8U, 14U, 18U, 22U})  // flags, method, CRC-32, packed and unpacked size
    check_refusal([&] { read(at); }, {"is described differently by the directory and by its own header"});
  CHECK_NOTHROW(read(10));
}

TEST_CASE("a pickle that wants to run code is refused by name", "[io][pth][hostile]") {
  const Scratch scratch;
  const std::string canary = (scratch / "canary").string();
  const std::string command = pkl::text("touch " + canary);
  check_all({
      {"posix.system",
       in_zip(pkl::call(pkl::global("posix", "system"), command)),
       {"'posix.system'", "does not run", "at its byte 2", "archive/data.pkl"}},
      {"builtins.eval", in_zip("N0"s + pkl::global("builtins", "eval")), {"'builtins.eval'", "at its byte 4"}},
      {"builtins.eval", in_zip(pkl::global("builtins", "eval")), {"'builtins.eval'"}},
      {"builtins.getattr", in_zip(pkl::global("builtins", "getattr")), {"'builtins.getattr'"}},
      {"torch.load", in_zip(pkl::global("torch", "load")), {"'torch.load'"}},
      {"torch.storage._load_from_bytes",
       in_zip(pkl::global("torch.storage", "_load_from_bytes")),
       {"'torch.storage._load_from_bytes'"}},
      {"whole module",
       in_zip(pkl::global("torchvision.models.resnet", "ResNet")),
       {"'torchvision.models.resnet.ResNet'", "torch.save(model.state_dict()"}},
      {"namespace", in_zip(pkl::global("argparse", "Namespace")), {"'argparse.Namespace'"}},
      {"complex", in_zip(pkl::global("torch", "ComplexFloatStorage")), {"'torch.ComplexFloatStorage'"}},
      {"empty names", in_zip(pkl::global("torch", "")), {"'torch.'"}},
      {"control characters", in_zip(pkl::global("os\x1b[31m", "x")), {"'os\\x1b[31m.x'"}},
      {"endless name", in_zip("c" + std::string(1000, 'a')), {"more than 512 characters"}},
      {"STACK_GLOBAL in protocol 2", in_zip(pkl::text("os") + pkl::text("system") + "\x93"), {"0x93", "protocol 2"}},
      {"STACK_GLOBAL", in_later(pkl::text("os") + pkl::text("system") + "\x93"), {"'os.system'", "at its byte 20"}},
      {"by an attribute", in_later(pkl::text("abc") + pkl::text("os.system") + "\x93"), {"'abc.os.system'"}},
      {"by an attribute of its own", in_later(pkl::text("abc") + pkl::text("x.__globals__") + "\x93"), {"__globals__"}},
      {"an object that is called", in_zip(pkl::global("my", "X") + ")R"), {"'my.X'", "does not run"}},
      {"getattr of no enumeration",
       in_zip(pkl::call(pkl::global("builtins", "getattr"), pkl::text("x") + pkl::text("y"))),
       {"'builtins.getattr'"}},
      {"getattr of a dunder",
       in_zip(pkl::call(pkl::global("builtins", "getattr"), pkl::global("my", "X") + pkl::text("__class__"))),
       {"'builtins.getattr'"}},
      {"getattr beside the weights",
       in_zip(pkl::dict(pkl::item() + pkl::text("f") + pkl::global("builtins", "getattr"))),
       {"'builtins.getattr'", "at its byte 193"}},
      {"INST", in_zip("(ios\nsystem\n"), {"0x69"}},
      {"OBJ", in_zip("(o"), {"0x6f"}},
      {"NEWOBJ", in_zip(")\x81"), {"empty stack"}},
      {"NEWOBJ of a text", in_zip(pkl::text("x") + ")\x81"), {"no class"}},
      {"EXT1", in_zip("\x82\x01"), {"0x82"}},
      {"EXT2", in_zip("\x83\x01\x01"), {"0x83"}},
      {"EXT4", in_zip("\x84\x01\x01\x01\x01"), {"0x84"}},
      {"NEWOBJ_EX in protocol 2", in_zip("\x92"), {"0x92"}},
      {"NEWOBJ_EX", in_later("\x92"), {"empty stack"}},
      {"POP", in_zip("N0"), {"empty stack"}},
      {"POP below the mark", in_zip("N(0"), {"empty stack"}},
      {"POP_MARK", in_zip("N1"), {"was not opened"}},
      {"DUP", in_zip("N2"), {"0x32"}},
      {"a pickle in bytes of protocol 2", in_zip("C\x04" + pkl::file("}")), {"0x43"}},
      {"a pickle in bytes", in_later("C\x04" + pkl::file("}")), {"a single value"}},
      {"PERSID", in_zip("Px\n"), {"0x50"}},
      {"LONG4", in_zip("\x8b\xff\xff\xff\x7f"), {"is truncated"}},
      {"LONG4 of a negative length", in_zip("\x8b\xff\xff\xff\xff"), {"negative length"}},
      {"legacy",
       legacy(pkl::call(pkl::global("os", "system"), command), "", ""),
       {"'os.system'", "the pickle of the state dict at byte"}},
      {"legacy, later",
       legacy("}", pkl::call(pkl::global("os", "system"), command), ""),
       {"'os.system'", "the list of storages"}},
      {"module id", in_zip(pkl::tuple(pkl::text("module") + "N") + "Q"), {"whole Python module"}},
  });
  CHECK_FALSE(std::filesystem::exists(canary));
}

TEST_CASE("names that attacks use are refused beside the weights, too", "[io][pth][hostile]") {
  const std::pair<const char*, const char*> names[] = {{"os", "system"},
                                                       {"posix", "popen"},
                                                       {"nt", "system"},
                                                       {"subprocess", "Popen"},
                                                       {"builtins", "eval"},
                                                       {"builtins", "exec"},
                                                       {"builtins", "compile"},
                                                       {"builtins", "open"},
                                                       {"builtins", "__import__"},
                                                       {"builtins", "breakpoint"},
                                                       {"__builtin__", "execfile"},
                                                       {"__builtin__", "apply"},
                                                       {"sys", "exit"},
                                                       {"socket", "socket"},
                                                       {"_socket", "socket"},
                                                       {"_posixsubprocess", "fork_exec"},
                                                       {"urllib.request", "urlopen"},
                                                       {"multiprocessing.managers", "BaseManager"},
                                                       {"joblib", "load"},
                                                       {"shutil", "rmtree"},
                                                       {"importlib", "import_module"},
                                                       {"importlib.util", "x"},
                                                       {"runpy", "run_path"},
                                                       {"pickle", "loads"},
                                                       {"_pickle", "loads"},
                                                       {"ctypes", "CDLL"},
                                                       {"webbrowser", "open"},
                                                       {"types", "FunctionType"},
                                                       {"marshal", "loads"},
                                                       {"code", "InteractiveInterpreter"},
                                                       {"torch", "load"},
                                                       {"torch.hub", "load"},
                                                       {"torch.storage", "_load_from_bytes"},
                                                       {"operator", "attrgetter"},
                                                       {"io", "open"},
                                                       {"os.path", "join"},
                                                       {"torch.jit._x", "f"}};
  const Scratch scratch;
  for (const auto& [module, name] : names) {
    INFO(module << "." << name);
    const std::string quoted = "'" + std::string(module) + "." + name + "'";
    const std::string beside = pkl::item() + pkl::text("x");
    for (const std::string& use : {pkl::global(module, name), pkl::call(pkl::global(module, name), pkl::text("y")),
                                   pkl::global(module, name) + ")\x81",
                                   pkl::call(pkl::global("functools", "partial"), pkl::global(module, name))}) {
      const auto path = scratch.write("bad.pth", in_zip(pkl::dict(beside + use)));
      check_refusal([&] { (void)read_tensors(path); }, {"bad.pth'", quoted, "does not run", "at its byte"});
    }
    const std::string later = pkl::text(module) + pkl::text(name) + "\x93";
    check_refusal([&] { (void)read_tensors(scratch.write("bad.pth", in_later(pkl::dict(beside + later)))); }, {quoted});
  }
  for (const auto& [module, name] : {std::pair{"code.config", "Options"},
                                     {"osmium", "X"},
                                     {"torch.jitter", "X"},
                                     {"builtins", "ValueError"},
                                     {"builtins", "complex"},
                                     {"types", "SimpleNamespace"}})
    CHECK_NOTHROW(read_tensors(scratch.write(
        "good.pth", in_zip(pkl::dict(pkl::item() + pkl::text("x") + pkl::call(pkl::global(module, name), "N"))))));
}

TEST_CASE("a malformed pickle is refused with its offset", "[io][pth][hostile]") {
  const std::string s = pkl::storage("FloatStorage", "0", 6);
  const std::string list_rebuild = pkl::global("torch._utils", "_rebuild_tensor_v2") + "](" + s + "eR";
  std::string bomb = ")";
  for (int i = 0; i < 60; ++i)
    bomb += "q" + std::string(1, static_cast<char>(i)) + "h" + std::string(1, static_cast<char>(i)) + "\x86";
  std::string copies = "](";
  for (int i = 0; i < 20000; ++i) copies += "NN\x86";
  copies += "eq\0"s;
  for (int i = 0; i < 20000; ++i) copies += pkl::global("collections", "OrderedDict") + "h\0"s + "\x85R";
  check_all({
      {"other protocol than the checksum's",
       pth("}").bytes().replace(pth("}").bytes().find("\x80\x02"), 2, "\x80\x04"),
       {"archive/data.pkl"}},
      {"no STOP", Zip{{{"a/data.pkl", "\x80\x02}"s}}}.bytes(), {"is truncated", "at its byte 3"}},
      {"empty pickle", Zip{{{"a/data.pkl", ""}}}.bytes(), {"is truncated"}},
      {"empty stack", in_zip(""), {"takes a value from an empty stack"}},
      {"two values", in_zip("NN"), {"unfinished values"}},
      {"mark left", in_zip("(N"), {"unfinished values"}},
      {"10^6 marks", in_zip(std::string(1000000, '(')), {"nested deeper than 1000 levels", "at its byte 1002"}},
      {"tuple without mark", in_zip("Nt"), {"was not opened"}},
      {"below the mark", in_zip("N(\x85"), {"empty stack"}},
      {"text of 4 GB", in_zip("X\xff\xff\xff\xff"), {"is truncated"}},
      {"text not UTF-8", in_zip(pkl::text("\xff")), {"not valid UTF-8"}},
      {"4,000,001 values", in_zip(std::string(4'000'001, 'N')), {"holds more than 4,000,000 values"}},
      {"memo never stored", in_zip("h\5"), {"recalls value 5"}},
      {"memo gap", in_zip("Nr\xff\xff\xff\x7f"), {"skips numbers of its memo"}},
      {"references do not multiply", in_zip(bomb), {"a single value, not a state dict"}},
      {"copies do not multiply", in_zip(copies), {"again and again"}},
      {"protocol 1", Zip{{{"a/data.pkl", "\x80\x01}."s}}}.bytes(), {"protocol 1", "2 to 5"}},
      {"protocol 6", Zip{{{"a/data.pkl", "\x80\x06}."s}}}.bytes(), {"protocol 6", "2 to 5"}},
      {"frame of 2^64", in_later("\x95\xff\xff\xff\xff\xff\xff\xff\xff}"), {"is truncated"}},
      {"text of 2^64", in_later("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"), {"is truncated"}},
      {"bytes of 2^64", in_later("\x8e\xff\xff\xff\xff\xff\xff\xff\xff"), {"is truncated"}},
      {"bytearray of 2^63", in_later("\x96\xff\xff\xff\xff\xff\xff\xff\x7f"), {"is truncated"}},
      {"bytes of 4 GB", in_later("B\xff\xff\xff\xff"), {"is truncated"}},
      {"a buffer elsewhere", in_later("\x97"), {"buffers that were kept outside"}},
      {"a buffer elsewhere, read-only", in_later("}\x98"), {"buffers that were kept outside"}},
      {"ADDITEMS on a dict", in_later("}(N\x90"), {"other than a set"}},
      {"STACK_GLOBAL of numbers", in_later("NN\x93"), {"other than a text"}},
      {"MEMOIZE of nothing", in_later("\x94"), {"empty stack"}},
      {"half a surrogate", in_zip(pkl::text("\xed\xa0")), {"not valid UTF-8"}},
      {"a surrogate in a name", in_zip(pkl::dict(pkl::item("\xed\xa0\x80"))), {"not valid UTF-8"}},
      {"a whole module beside",
       in_zip(pkl::dict(pkl::text("model") + pkl::global("my.nets", "Net") + ")\x81}b")),
       {"no tensors by name", "under 'model' it has an object of the class 'my.nets.Net'"}},
      {"a dict in itself, wide",
       in_zip([] {
         std::string items = "}q\0("s;
         for (int i = 0; i < 2000; ++i) items += pkl::text("k" + std::to_string(i)) + "h\0"s;
         return items + "u";
       }()),
       {"holds no tensors by name"}},
      {"SETITEM on a tuple", in_zip(")NNs"), {"sets an item of something other than a dict"}},
      {"SETITEMS on a tensor",
       in_zip(pkl::tensor(s, 0, {6}, {1}) + "(NNu"),
       {"sets an item of something other than a dict"}},
      {"SETITEMS odd", in_zip("}(NNNu"), {"a key without a value"}},
      {"APPEND on a tuple", in_zip(")Na"), {"appends to something other than a list"}},
      {"BUILD on a list", in_zip("]}b"), {"sets attributes"}},
      {"REDUCE of a text", in_zip(pkl::text("x") + ")R"), {"calls something that is not a name"}},
      {"REDUCE with a list", in_zip(list_rebuild), {"without a tuple of arguments"}},
      {"REDUCE of a storage type", in_zip(pkl::global("torch", "FloatStorage") + ")R"), {"calls a type of storage"}},
      {"tensor of nothing",
       in_zip(pkl::call(pkl::global("torch._utils", "_rebuild_tensor_v2"), "")),
       {"unusual arguments"}},
      {"parameter of a text",
       in_zip(pkl::call(pkl::global("torch._utils", "_rebuild_parameter"), pkl::text("x") + "NN")),
       {"builds a parameter"}},
      {"persistent id is a text", in_zip(pkl::text("x") + "Q"), {"other than a tuple"}},
      {"persistent id too short",
       in_zip(pkl::tuple(pkl::text("storage")) + "Q"),
       {"('storage', type, key, location, count)"}},
      {"persistent id too long",
       in_zip(pkl::tuple(pkl::text("storage") + "NNNNNN") + "Q"),
       {"('storage', type, key, location, count)"}},
      {"negative storage", viewing(0, {}, {}, -1), {"storage size", ">= 0"}},
      {"storage overflows", viewing(0, {}, {}, INT64_MAX), {"storage whose size overflows"}},
      {"negative size", viewing(0, {-2, 3}, {3, 1}), {"a size that is not a whole number"}},
      {"negative stride", viewing(5, {6}, {-1}), {"a stride that is not a whole number"}},
      {"negative offset", viewing(-1, {6}, {1}), {"a storage offset that is not a whole number"}},
      {"offset outside", viewing(1, {2, 3}, {3, 1}), {"[2, 3]", "outside of its storage of 24 bytes"}},
      {"stride outside", viewing(0, {2, 3}, {4, 1}), {"outside of its storage"}},
      {"offset overflows", viewing(INT64_MAX, {1}, {1}), {"outside of its storage"}},
      {"stride overflows", viewing(0, {3}, {INT64_MAX}), {"outside of its storage"}},
      {"size overflows", viewing(0, {INT64_MAX, 3}, {0, 0}), {"whose size overflows"}},
      {"size overflows beside a zero", viewing(0, {0, INT64_MAX, 3}, {0, 0, 0}), {"whose size overflows"}},
      {"expanded to 4 TB", viewing(0, {1 << 20, 1 << 20}, {0, 0}), {"'w'", "repeats its elements"}},
      {"sizes and strides", viewing(0, {2, 3}, {1}), {"2 sizes and 1 strides"}},
      {"17 dimensions",
       viewing(0, std::vector<std::int64_t>(17, 1), std::vector<std::int64_t>(17, 1)),
       {"more than 16 dimensions"}},
      {"many mappings",
       in_zip(pkl::dict([] {
         std::string items;
         for (int i = 0; i < 300; ++i) items += pkl::text("mapping " + std::to_string(i)) + pkl::dict(pkl::item());
         return items;
       }())),
       {"several mappings of tensors", "and 292 more"}},
      {"not a dict", in_zip("]"), {"a single value, not a state dict"}},
      {"no tensors", in_zip(pkl::dict(pkl::text("epoch") + "K\1")), {"holds no tensors by name"}},
      {"numbered tensors", in_zip(pkl::dict("K\1" + pkl::tensor(s, 0, {6}, {1}))), {"holds no tensors by name"}},
      {"name twice", in_zip(pkl::dict(pkl::item() + pkl::item())), {"two tensors of the name 'w'"}},
      {"empty name", in_zip(pkl::dict(pkl::item(""))), {"is empty"}},
      {"line break in a name", in_zip(pkl::dict(pkl::item("a\nb"))), {"'a\\x0ab'", "control character"}},
      {"boolean 2",
       pth(pkl::dict(pkl::text("m") + pkl::tensor(pkl::storage("BoolStorage", "0", 1), 0, {}, {})), "\2").bytes(),
       {"boolean tensor 'm'"}},
      {"a dict that contains itself", in_zip("}q\0"s + pkl::text("x") + "h\0s"s), {"holds no tensors by name"}},
  });
}

TEST_CASE("a file of the old layout that lies is refused", "[io][pth][hostile]") {
  const std::string data = le64(6) + floats({0, 1, 2, 3, 4, 5});
  const std::string key = pkl::text("7");
  const auto state = [](const std::string& storage) {
    return pkl::dict(pkl::text("w") + pkl::tensor(storage, 0, {6}, {1}));
  };
  const std::string s = state(pkl::storage("FloatStorage", "7", 6, true));
  const std::string good = legacy(s, key, data);
  std::string big_endian = good;
  big_endian[big_endian.find("little_endian") + 13] = '\x89';
  std::string version = good;
  version[18] = 7;
  const std::string part =
      pkl::tuple(pkl::text("storage") + pkl::global("torch", "FloatStorage") + pkl::text("7") + pkl::text("cpu") +
                 pkl::integer(6) + pkl::tuple(pkl::text("v") + pkl::integer(4) + pkl::integer(3))) +
      "Q";
  check_all({
      {"trailing bytes", good + "x", {"1 bytes after the last storage"}},
      {"big-endian", big_endian, {"little-endian"}},
      {"another version", version, {"another version"}},
      {"storage not listed", legacy(s, "", ""), {"lacks the data of storage '7'"}},
      {"storage unknown", legacy(s, key + pkl::text("8"), data + data), {"a storage that no tensor uses"}},
      {"storage twice", legacy(s, key + key, data + data), {"storage '7' twice"}},
      {"key is a number", legacy(s, "K\7", data), {"a storage that no tensor uses"}},
      {"other count", legacy(s, key, le64(5) + data.substr(8)), {"storage '7' has 5 elements where 6"}},
      {"negative count", legacy(s, key, le64(UINT64_MAX) + data.substr(8)), {"-1 elements"}},
      {"claims 2^62",
       legacy(state(pkl::storage("ByteStorage", "7", std::int64_t{1} << 62, true)), key, le64(std::uint64_t{1} << 62U)),
       {"truncated", "storage '7' needs 4611686018427387904 bytes"}},
      {"two types",
       legacy(pkl::dict(pkl::item("a") + pkl::text("b") + pkl::tensor(pkl::storage("IntStorage", "0", 6), 0, {6}, {1})),
              key, data),
       {"storage '0' in two ways"}},
      {"part outside", legacy(state(part), key, data), {"view outside of its storage"}},
  });
  const Scratch scratch;
  for (std::size_t n = 1; n < good.size(); ++n) {
    INFO("cut at byte " << n);
    check_refusal([&] { (void)read_tensors(scratch.write("bad.pth", good.substr(0, n))); }, {"bad.pth'"});
  }
  CHECK_NOTHROW(read_tensors(scratch.write("good.pth", good)));
}

TEST_CASE("no single changed byte of a small file does more than refuse or change a value", "[io][pth][hostile]") {
  const Scratch scratch;
  const std::string s = pkl::storage("FloatStorage", "7", 6, true);
  const std::string files[] = {pth(pkl::dict(pkl::item())).bytes(),
                               legacy(pkl::dict(pkl::text("w") + pkl::tensor(s, 0, {6}, {1})), pkl::text("7"),
                                      le64(6) + floats({0, 1, 2, 3, 4, 5}))};
  for (const std::string& file : files)
    for (std::size_t at = 0; at < file.size(); ++at)
      for (const int change : {1, 0x80, 0xFF}) {
        std::string bytes = file;
        bytes[at] = static_cast<char>(bytes[at] ^ change);
        try {
          (void)read_tensors(scratch.write("bad.pth", bytes));
        } catch (const tuneit::Error&) {
        }
      }
}

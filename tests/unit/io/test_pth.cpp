// What torch.save writes is read: both layouts, views, parameters, nested checkpoints, zip64. (Real files:
// tests/parity.)
#include <catch2/catch.hpp>

#include "tensor_bytes.hpp"
#include "tuneit/io/weights/read_tensors.hpp"

using namespace tensor_bytes;
using namespace tuneit::io;

namespace {

std::vector<float> values(const NamedTensor& tensor) {
  std::vector<float> v(tensor.bytes.size() / sizeof(float));
  std::memcpy(v.data(), tensor.bytes.data(), tensor.bytes.size());
  return v;
}

struct Reader {
  Scratch scratch;
  TensorFile operator()(const std::string& bytes, const ReadOptions& options = {}) const {
    return read_tensors(scratch.write("a.pth", bytes), options);
  }
};

}  // namespace

TEST_CASE("a zip state dict, plain and zip64", "[io][pth]") {
  const Reader read;
  for (const bool zip64 : {false, true}) {
    Zip zip = pth(pkl::dict(pkl::item()));
    zip.zip64 = zip64;
    const TensorFile file = read(zip.bytes());
    CHECK(file.format == "pth (zip)");
    REQUIRE(file.tensors.size() == 1);
    CHECK(file.tensors[0].name == "w");
    CHECK(file.tensors[0].dtype == DType::F32);
    CHECK(file.tensors[0].shape == std::vector<std::int64_t>{2, 3});
    CHECK(values(file.tensors[0]) == std::vector<float>{0, 1, 2, 3, 4, 5});
  }
}

TEST_CASE("an OrderedDict with _metadata, with memo, with another local folder name", "[io][pth]") {
  const Reader read;
  const std::string state = pkl::global("collections", "OrderedDict") + "q\0"s + ")Rq\1(" + pkl::item() + "u}" +
                            pkl::text("_metadata") + "h\0"s + ")Rsb";
  Zip zip = pth(state);
  for (Record& r : zip.records) r.name = "my model" + r.name.substr(r.name.find('/'));
  CHECK(read(zip.bytes()).tensors.size() == 1);
}

TEST_CASE("views of one storage become contiguous tensors", "[io][pth]") {
  const Reader read;
  const std::string s = pkl::storage("FloatStorage", "0", 6);
  const TensorFile file =
      read(pth(pkl::dict(pkl::text("transposed") + pkl::tensor(s, 0, {3, 2}, {1, 3}) + pkl::text("column") +
                         pkl::tensor(s, 1, {2}, {3}) + pkl::text("repeated") + pkl::tensor(s, 5, {2, 2}, {0, 0}) +
                         pkl::text("scalar") + pkl::tensor(s, 4, {}, {}) + pkl::text("empty") +
                         pkl::tensor(s, 99, {0, 3}, {3, 1}) + pkl::text("tail") + pkl::tensor(s, 4, {1, 2}, {77, 1})))
               .bytes());
  CHECK(values(*file.find("transposed")) == std::vector<float>{0, 3, 1, 4, 2, 5});
  CHECK(values(*file.find("column")) == std::vector<float>{1, 4});
  CHECK(values(*file.find("repeated")) == std::vector<float>{5, 5, 5, 5});
  CHECK(values(*file.find("scalar")) == std::vector<float>{4});
  CHECK(file.find("empty")->bytes.empty());
  CHECK(values(*file.find("tail")) == std::vector<float>{4, 5});
}

TEST_CASE("one tensor under two names is read under both, as a model with tied weights is saved", "[io][pth]") {
  const Reader read;
  const std::string tensor = pkl::tensor(pkl::storage("FloatStorage", "0", 6), 0, {2, 3}, {3, 1});
  const std::string storage = pkl::storage("FloatStorage", "0", 6);  // a tensor of its own in the same storage
  for (const std::string& second : {"h\1"s, pkl::tensor(storage, 0, {2, 3}, {3, 1})}) {
    const std::string state = "}q\0("s + pkl::text("embedding") + tensor + "q\1"s + pkl::text("decoder") + second + "u";
    const TensorFile file = read(pth(state).bytes());
    REQUIRE(file.tensors.size() == 2);
    CHECK(file.find("embedding")->shape == file.find("decoder")->shape);
    CHECK(values(*file.find("embedding")) == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(values(*file.find("decoder")) == std::vector<float>{0, 1, 2, 3, 4, 5});
  }
}

TEST_CASE("parameters, old and new tensors, and what is no tensor", "[io][pth]") {
  const Reader read;
  const std::string s = pkl::storage("FloatStorage", "0", 6);
  const std::string untyped = pkl::tuple(pkl::text("storage") + pkl::global("torch.storage", "UntypedStorage") +
                                         pkl::text("0") + pkl::text("cuda:3") + pkl::integer(24)) +
                              "Q";
  const std::string v1 =
      pkl::call(pkl::global("torch._utils", "_rebuild_tensor"), s + pkl::integer(0) + pkl::ints({6}) + pkl::ints({1}));
  const std::string v3 = pkl::call(pkl::global("torch._utils", "_rebuild_tensor_v3"),
                                   untyped + pkl::integer(2) + pkl::ints({4}) + pkl::ints({1}) + "\x89" +
                                       pkl::ordered() + pkl::global("torch", "uint16"));
  const std::string parameter = pkl::call(pkl::global("torch._utils", "_rebuild_parameter"),
                                          pkl::tensor(s, 0, {6}, {1}) + "\x88" + pkl::ordered());
  const TensorFile file = read(
      pth(pkl::dict(pkl::text("v1") + v1 + pkl::text("v3") + v3 + pkl::text("p") + parameter + pkl::text("epoch") +
                    "K\3" + pkl::text("lr") + "G12345678" + pkl::text("none") + "N" + pkl::text("list") + "](K\1Ne"))
          .bytes());
  CHECK(file.tensors.size() == 3);
  CHECK(file.find("v3")->dtype == DType::U16);
  CHECK(file.find("v3")->bytes.size() == 8);
  CHECK(values(*file.find("p")) == values(*file.find("v1")));
}

TEST_CASE("the state dict of a checkpoint is found", "[io][pth]") {
  const Reader read;
  const auto nested = [&](const std::vector<std::string>& keys, const ReadOptions& options = {}) {
    std::string items = pkl::text("epoch") + "K\3" + pkl::text("optimizer") +
                        pkl::dict(pkl::text("state") + pkl::dict("K\1" + pkl::dict(pkl::item("exp_avg"))));
    for (const std::string& key : keys) items += pkl::text(key) + pkl::dict(pkl::item("in " + key));
    return read(pth(pkl::dict(items)).bytes(), options).tensors.at(0).name;
  };
  CHECK(nested({"state_dict"}) == "in state_dict");
  CHECK(nested({"my own"}) == "in my own");
  CHECK(nested({"ema", "model"}) == "in model");
  CHECK(nested({"ema", "model"}, {"ema", {}}) == "in ema");
  const std::string mend = "--weights-key KEY (weights option weights_key)";
  check_refusal(
      [&] {
        nested({"ema", "swa"});
      },
      {"a.pth'", "several mappings of tensors", "'ema' (1 tensors)", "'swa' (1 tensors)", mend});
  check_refusal([&] { nested({"net", "model"}); }, {"several mappings", "'net'", "'model'", mend});
  check_refusal([&] { nested({"ema"}, {"swa", {}}); }, {"no state dict under the key 'swa'", "it has 'ema'"});
  const auto deep = read(pth(pkl::dict(pkl::text("a") + pkl::dict(pkl::text("b") + pkl::dict(pkl::item())))).bytes());
  CHECK(deep.tensors.size() == 1);
  const auto both = pth(pkl::dict(pkl::item("own") + pkl::text("x") + pkl::dict(pkl::item()))).bytes();
  check_refusal([&] { read(both); }, {"the top level (1 tensors), 'x' (1 tensors)"});
}

TEST_CASE("the layout before torch 1.6", "[io][pth]") {
  const Reader read;
  const std::string six = le64(6) + floats({0, 1, 2, 3, 4, 5});
  const std::string s = pkl::storage("FloatStorage", "77", 6, true);
  const TensorFile file = read(legacy(pkl::dict(pkl::text("w") + pkl::tensor(s, 1, {2}, {2})), pkl::text("77"), six));
  CHECK(file.format == "pth (legacy)");
  CHECK(values(file.tensors.at(0)) == std::vector<float>{1, 3});
  // A part of another storage, as torch before 1.0 wrote it, and an OrderedDict of Python 2.
  const std::string part =
      pkl::tuple(pkl::text("storage") + pkl::global("torch", "FloatStorage") + pkl::text("77") + pkl::text("cpu") +
                 pkl::integer(6) + pkl::tuple(pkl::text("v") + pkl::integer(2) + pkl::integer(3))) +
      "Q";
  const std::string old =
      pkl::call(pkl::global("collections", "OrderedDict"), "](](U\1w" + pkl::tensor(part, 1, {2}, {1}) + "ee");
  CHECK(values(read(legacy(old, pkl::text("77"), six)).tensors.at(0)) == std::vector<float>{3, 4});
}

namespace {

std::string short_text(const std::string& s) { return "\x8c" + std::string(1, static_cast<char>(s.size())) + s; }
std::string stack_global(const std::string& module, const std::string& name) {
  return short_text(module) + short_text(name) + "\x93";
}
Zip of_protocol(char protocol, const std::string& value) {
  Zip zip = pth(value);
  zip.records[0].data[1] = protocol;
  return zip;
}
/// Item "w" as protocols 4 and 5 write it.
std::string item4() {
  const std::string storage = "(" + short_text("storage") + stack_global("torch", "FloatStorage") + "\x94" +
                              short_text("0") + short_text("cpu") + "K\6tQ";
  return short_text("w") + stack_global("torch._utils", "_rebuild_tensor_v2") + "\x94(" + storage +
         "K\0K\2K\3\x86K\3K\1\x86\x89"s + stack_global("collections", "OrderedDict") + ")Rt\x94R";
}

}  // namespace

TEST_CASE("objects beside the weights stay closed, whatever they are", "[io][pth]") {
  const Reader read;
  const std::string namespace_ = pkl::global("argparse", "Namespace") + ")\x81}(" + pkl::text("lr") + "G12345678" +
                                 pkl::text("model") + pkl::dict(pkl::item()) + "ub";
  const std::string objects[] = {
      namespace_,
      pkl::call(pkl::global("pathlib", "PosixPath"), pkl::text("/") + pkl::text("data")),
      pkl::call(pkl::global("datetime", "datetime"), pkl::call(pkl::global("_codecs", "encode"), pkl::text("x"))),
      pkl::call(pkl::global("numpy._core.multiarray", "scalar"),
                pkl::call(pkl::global("numpy", "dtype"), pkl::text("f4") + "\x89\x88") + "(K\3" + pkl::text("<") +
                    "NNNtb" + pkl::text("1234")),
      pkl::call(pkl::global("collections", "defaultdict"), pkl::global("__builtin__", "list")) + "(K\1](K\2eu",
      pkl::call(pkl::global("functools", "partial"), pkl::global("torch.nn.functional", "relu")) + "(NN}Ntb",
      pkl::call(pkl::global("__builtin__", "getattr"), pkl::global("my.colours", "Colour") + pkl::text("RED")),
      pkl::call(pkl::global("my.colours", "Colour"), "K\1"),
      pkl::call(pkl::global("urllib.parse", "ParseResult"), pkl::text("https")),
      pkl::global("joblib.numpy_pickle", "NumpyArrayWrapper") + ")\x81",
      pkl::call(pkl::global("multiprocessing.managers", "RebuildProxy"),
                pkl::global("multiprocessing.managers", "DictProxy") +
                    pkl::global("multiprocessing.managers", "Token") + ")\x81"),
      pkl::global("builtins", "map"),
      pkl::global("builtins", "memoryview"),
      pkl::global("torch.optim.adamw", "AdamW"),
      pkl::global("my.lists", "List") + ")\x81(K\1K\2eK\3a",
      pkl::call(pkl::global("copy_reg", "_reconstructor"),
                pkl::global("my", "Old") + pkl::global("__builtin__", "object") + "N") +
          "}b",
      pkl::call(pkl::call(pkl::global("functools", "partial"), "N"), "K\1"),
      pkl::call(pkl::global("my", "Long"), "NNNNNNNNNNNN"),
      pkl::call(pkl::global("__builtin__", "set"), "](K\1e"),
      pkl::tensor(pkl::storage("ComplexFloatStorage", "9", 6), 0, {6}, {1}),
      pkl::call(pkl::global("torch._utils", "_rebuild_qtensor"), pkl::storage("QInt8Storage", "9", 6) + "N"),
      pkl::text("half a pair: \xed\xb3\xbf"),
      "\x8b" + le32(20) + std::string(20, '\x7f'),
      "(N0NN1N",  // how Python takes back what it has begun
      "T" + le32(3) + "abc",
  };
  for (const std::string& object : objects) {
    INFO(tuneit::io::quote(object));
    const TensorFile file = read(pth(pkl::dict(pkl::text("before") + object + pkl::text("model") +
                                               pkl::dict(pkl::item()) + pkl::text("after") + object))
                                     .bytes());
    REQUIRE(file.tensors.size() == 1);
    CHECK(values(file.tensors[0]) == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(file.key == "model");
    const TensorFile flat = read(pth(pkl::dict(pkl::item() + pkl::text("_extra_state") + object)).bytes());
    CHECK(flat.tensors.size() == 1);
    CHECK(flat.key.empty());
  }
  const auto named =
      read(pth(pkl::dict(pkl::item() + pkl::text("args") + namespace_ + pkl::text("q") + objects[20])).bytes());
  CHECK(named.objects ==
        std::map<std::string, std::string>{{"args", "argparse.Namespace"}, {"q", "torch._utils._rebuild_qtensor"}});
}

TEST_CASE("any number of members of enumerations lie beside the weights", "[io][pth]") {
  const Reader read;
  // Python names getattr and the class once, and recalls them.
  const std::string two = pkl::text("a") + pkl::global("builtins", "getattr") + "q\0("s + pkl::global("my", "Colour") +
                          "q\1" + pkl::text("RED") + "tR" + pkl::text("b") + "h\0(h\1"s + pkl::text("BLUE") + "tR";
  CHECK(read(pth(pkl::dict(pkl::item() + two)).bytes()).tensors.size() == 1);
  const std::string two4 = short_text("a") + stack_global("builtins", "getattr") + "\x94" +
                           stack_global("my", "Colour") + "\x94" + short_text("RED") + "\x86R" + short_text("b") +
                           "h\0h\1"s + short_text("BLUE") + "\x86R";
  CHECK(read(of_protocol('\4', "}(" + two4 + item4() + "u").bytes()).tensors.size() == 1);
}

TEST_CASE("a state dict of a class of its own is found, with its attributes", "[io][pth]") {
  const Reader read;
  for (const std::string& made :
       {pkl::global("my.dicts", "StateDict") + ")\x81",
        pkl::call(pkl::global("collections", "defaultdict"), pkl::global("__builtin__", "int"))}) {
    const std::string state = made + "q\0("s + pkl::item() + "u}" + pkl::text("_metadata") + pkl::ordered() + "sb";
    CHECK(read(pth(state).bytes()).tensors.size() == 1);
    const auto nested =
        read(pth(pkl::dict(pkl::text("model") + state + pkl::text("args") + "h\0"s)).bytes(), {"args", {}});
    CHECK(nested.tensors.size() == 1);
  }
  // A tensor with attributes is a tensor; one of another class is not.
  const std::string s = pkl::storage("FloatStorage", "0", 6);
  const auto typed = [&](const std::string& type) {
    return pkl::call(pkl::global("torch._tensor", "_rebuild_from_type_v2"),
                     pkl::global("torch._utils", "_rebuild_tensor_v2") + type +
                         pkl::tuple(s + pkl::integer(0) + pkl::ints({6}) + pkl::ints({1}) + "\x89" + pkl::ordered()) +
                         "}");
  };
  const TensorFile file = read(pth(pkl::dict(pkl::text("a") + typed(pkl::global("torch", "Tensor")) + pkl::text("b") +
                                             typed(pkl::global("torchvision.tv_tensors", "Image"))))
                                   .bytes());
  CHECK(values(file.tensors.at(0)) == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(file.objects.at("b") == "torchvision.tv_tensors.Image");
}

TEST_CASE("pickles of protocols 3, 4 and 5", "[io][pth]") {
  const Reader read;
  const std::string bytes3 = pkl::text("b") + "C\2xy" + pkl::text("B") + "B" + le32(2) + "xy";
  CHECK(read(of_protocol(3, pkl::dict(pkl::item() + bytes3)).bytes()).tensors.size() == 1);
  const std::string more4 = short_text("long") + "\x8d" + le64(2) + "xy" + short_text("bytes") + "\x8e" + le64(2) +
                            "xy" + short_text("set") + "\x8f\x94(K\1K\2\x90" + short_text("frozen") + "(K\1\x91" +
                            short_text("ex") + stack_global("my", "Class.Inner") + ")}\x92}b" + short_text("recalled") +
                            "h\1";
  for (const char protocol : {'\4', '\5'}) {
    const std::string body = "}\x94(" + item4() + more4 + "u";
    const std::string framed = "\x95" + le64(body.size() + 1) + body;
    for (const std::string& value : {body, framed}) {
      const TensorFile file = read(of_protocol(protocol, value).bytes());
      REQUIRE(file.tensors.size() == 1);
      CHECK(values(file.tensors[0]) == std::vector<float>{0, 1, 2, 3, 4, 5});
      CHECK(file.objects.at("ex") == "my.Class.Inner");
    }
  }
  CHECK(read(of_protocol(5, "}(" + item4() + short_text("a") + "\x96" + le64(3) + "xyzu").bytes()).tensors.size() == 1);
}

TEST_CASE("a mapping is chosen by key, by a name that is usual, or by who asks", "[io][pth]") {
  const Reader read;
  const std::string inner = pkl::dict(pkl::text("model") + pkl::dict(pkl::item("deep")) + pkl::text("epoch") + "K\1");
  const std::string checkpoint =
      pkl::dict(pkl::text("checkpoint") + inner + pkl::text("ema") + pkl::dict(pkl::item("flat")) + pkl::item("top") +
                pkl::text("args") + pkl::global("argparse", "Namespace") + ")\x81");
  const auto name = [&](const ReadOptions& options) {
    return read(pth(checkpoint).bytes(), options).tensors.at(0).name;
  };
  CHECK(name({"checkpoint.model", {}}) == "deep");
  CHECK(name({"ema", {}}) == "flat");
  CHECK(name({".", {}}) == "top");
  check_refusal(
      [&] {
        name({"args", {}});
      },
      {"no state dict under the key 'args'", "an object of the class 'argparse.Namespace'", "--weights-key"});
  check_refusal([&] { name({}); }, {"the top level (1 tensors), 'ema' (1 tensors)", "'.' for the top level"});
  std::vector<std::string> seen;
  const auto choose = [&](std::span<const TensorMapping> all, const std::string&) {
    for (const TensorMapping& m : all)
      seen.push_back(m.key + " " + std::string(m.tensors.at(0).name) + " " + shape_text(m.tensors[0].shape));
    return std::size_t{1};
  };
  CHECK(name({"", choose}) == "deep");
  CHECK(seen == std::vector<std::string>{". top [2, 3]", "checkpoint.model deep [2, 3]", "ema flat [2, 3]"});
  // What is wrong with a mapping beside the one that is read is not in the way.
  const std::string twice = pkl::text("bad") + pkl::dict(pkl::item("a\nb") + pkl::item("x") + pkl::item("x"));
  CHECK(read(pth(pkl::dict(pkl::text("model") + pkl::dict(pkl::item()) + twice)).bytes()).key == "model");
}

TEST_CASE("the layout before torch 1.6 in every protocol, with elements that are passed over", "[io][pth]") {
  const Reader read;
  const std::string six = le64(6) + floats({0, 1, 2, 3, 4, 5});
  const std::string s = pkl::storage("FloatStorage", "77", 6, true);
  const std::string complex = pkl::tensor(pkl::storage("ComplexDoubleStorage", "5", 2, true), 0, {2}, {1});
  const std::string both = pkl::dict(pkl::text("c") + complex + pkl::text("w") + pkl::tensor(s, 1, {2}, {2}));
  const std::string data = le64(2) + std::string(32, 'c') + six;
  const std::string keys = pkl::text("5") + pkl::text("77");
  std::string bytes = legacy(both, keys, data);
  CHECK(values(read(bytes).tensors.at(0)) == std::vector<float>{1, 3});
  for (const char protocol : {'\3', '\4', '\5'}) {
    std::string other = bytes;
    other[1] = protocol;
    CHECK(read(other).tensors.size() == 1);
    if (protocol > 3) CHECK(read(other.insert(2, "\x95\x0d\0\0\0\0\0\0\0"s)).tensors.size() == 1);
  }
  const std::string odd = pkl::tensor(pkl::storage("OddStorage", "5", 2, true), 0, {2}, {1});
  check_refusal([&] { read(legacy(pkl::dict(pkl::item() + pkl::text("c") + odd), keys, data)); },
                {"storage '5'", "not known"});
}

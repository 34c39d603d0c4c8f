// What torch.save writes is read: both layouts, views, parameters, nested checkpoints, zip64. (Real files:
// tests/parity.)
#include <catch2/catch.hpp>

#include "tensor_bytes.hpp"
#include "tuneit/io/read_tensors.hpp"

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
  CHECK(nested({"ema", "model"}, {"ema"}) == "in ema");
  const std::string mend = "weights option key";
  check_refusal(
      [&] {
        nested({"ema", "swa"});
      },
      {"a.pth'", "several mappings of tensors", "'ema' (1 tensors)", "'swa' (1 tensors)", mend});
  check_refusal([&] { nested({"net", "model"}); }, {"several mappings", "'net'", "'model'", mend});
  check_refusal([&] { nested({"ema"}, {"swa"}); }, {"no state dict under the key 'swa'", "it has 'ema'"});
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

// A safetensors file that obeys the format reads and writes; the order, alignment and metadata are those of the
// contract.
#include <catch2/catch.hpp>

#include "tensor_bytes.hpp"
#include "tuneit/io/weights/safetensors.hpp"

using namespace tensor_bytes;
using namespace tuneit::io;

namespace {

NamedTensor filled(const std::string& name, DType dtype, std::vector<std::int64_t> shape, int first = 0) {
  std::size_t bytes = size_of(dtype);
  for (const std::int64_t d : shape) bytes *= static_cast<std::size_t>(d);
  NamedTensor t{name, dtype, std::move(shape), std::vector<std::byte>(bytes)};
  for (std::size_t i = 0; i < bytes; ++i)
    t.bytes[i] = static_cast<std::byte>((static_cast<std::size_t>(first) + i) % (dtype == DType::Bool ? 2 : 251));
  return t;
}

}  // namespace

TEST_CASE("every element type survives writing and reading", "[io][safetensors]") {
  const Scratch scratch;
  std::vector<NamedTensor> tensors;
  for (int i = 0; i <= static_cast<int>(DType::F64); ++i) {
    const auto dtype = static_cast<DType>(i);
    CHECK(dtype_named(name_of(dtype)) == dtype);
    tensors.push_back(filled("t." + std::string(name_of(dtype)), dtype, {3, 5}, i));
  }
  tensors.push_back(filled("scalar", DType::I64, {}));
  tensors.push_back(filled("empty", DType::F32, {0, 7}));
  tensors.push_back(filled("name with \"quotes\", \\ and \xc3\xbc", DType::U8, {1}));
  write_safetensors(scratch / "a.safetensors", tensors, {{"note", "line\nbreak \xe2\x82\xac"}});
  const TensorFile file = read_safetensors(scratch / "a.safetensors");
  CHECK(file.format == "safetensors");
  CHECK(file.metadata == std::map<std::string, std::string>{{"format", "pt"}, {"note", "line\nbreak \xe2\x82\xac"}});
  REQUIRE(file.tensors.size() == tensors.size());
  for (const NamedTensor& t : tensors) {
    const NamedTensor* read = file.find(t.name);
    REQUIRE(read != nullptr);
    CHECK(read->dtype == t.dtype);
    CHECK(read->shape == t.shape);
    CHECK(read->bytes == t.bytes);
  }
  CHECK(file.find("absent") == nullptr);
}

TEST_CASE("the data begin at a multiple of 64 and wide elements come first", "[io][safetensors]") {
  const Scratch scratch;
  for (const std::size_t length : {1U, 2U, 30U, 63U, 64U, 65U}) {
    write_safetensors(scratch / "a.safetensors",
                      std::vector{filled(std::string(length, 'n'), DType::U8, {3}), filled("z", DType::F64, {1}),
                                  filled("b", DType::F16, {1}), filled("a", DType::F16, {1})});
    const std::string bytes = slurp(scratch / "a.safetensors");
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), 8);
    CHECK((8 + header) % 64 == 0);
    CHECK(bytes.size() == 8 + header + 8 + 2 + 2 + 3);
    const TensorFile file = read_safetensors(scratch / "a.safetensors");
    CHECK(file.tensors[0].name == "z");
    CHECK(file.tensors[1].name == "a");
    CHECK(file.tensors[2].name == "b");
  }
}

TEST_CASE("what the format allows is accepted", "[io][safetensors]") {
  const Scratch scratch;
  const auto read = [&](const std::string& bytes) { return read_safetensors(scratch.write("a.safetensors", bytes)); };
  CHECK(read(safetensors("{}")).tensors.empty());
  CHECK(read(safetensors(" \n{} \t\r\n")).tensors.empty());
  CHECK(read(safetensors(R"({"__metadata__":{}})")).metadata.empty());
  CHECK(read(safetensors(R"({"a\u0062":{"data_offsets":[0,1],"shape":[1],"dtype":"U8"}})", "x")).tensors.at(0).name ==
        "ab");
  // A misaligned tensor, and two empty ones that share their place with it.
  const TensorFile file = read(safetensors(
      R"({"f":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"e":{"dtype":"F32","shape":[0,9],"data_offsets":[1,1]},"b":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]},"g":{"dtype":"U8","shape":[0],"data_offsets":[5,5]}})",
      "\1" + floats({2.5F})));
  CHECK(file.tensors.size() == 4);
  float value = 0;
  std::memcpy(&value, file.find("f")->bytes.data(), sizeof value);
  CHECK(value == 2.5F);
}

TEST_CASE("a writer's mistakes are named and leave no file", "[io][safetensors]") {
  const Scratch scratch;
  const auto refused = [&](const std::vector<NamedTensor>& tensors, const std::vector<std::string>& words,
                           const std::map<std::string, std::string>& metadata = {}) {
    check_refusal([&] { write_safetensors(scratch / "a.safetensors", tensors, metadata); }, words);
    CHECK(scratch.entries() == 0);
  };
  refused({filled("a", DType::U8, {1}), filled("a", DType::U8, {1})}, {"a.safetensors", "two tensors are called 'a'"});
  refused({filled("", DType::U8, {1})}, {"the name ''", "is empty"});
  refused({filled("__metadata__", DType::U8, {1})}, {"is reserved"});
  refused({filled("a\n", DType::U8, {1})}, {"'a\\x0a'", "control character"});
  refused({filled("\xff", DType::U8, {1})}, {"'\\xff'", "not valid UTF-8"});
  refused({{"a", DType::F32, {2}, std::vector<std::byte>(7)}}, {"'a'", "[2]", "F32", "7 bytes"});
  refused({{"a", DType::F32, {-1}, {}}}, {"[-1]"});
  refused({}, {"metadata", "not valid UTF-8"}, {{"k", "\xc0\x80"}});
}

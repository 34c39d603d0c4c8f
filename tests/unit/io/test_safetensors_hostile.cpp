// Every rule of the format (docs: reliability, section D) broken once. The message must say which, and where.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tensor_bytes.hpp"
#include "tuneit/io/weights/read_tensors.hpp"

using namespace tensor_bytes;
using tuneit::io::read_tensors;

namespace {

// {"a": ...} with one U8 tensor of one byte, unless said otherwise
std::string entry(const std::string& name = "a", const std::string& dtype = "\"U8\"", const std::string& shape = "[1]",
                  const std::string& offsets = "[0,1]") {
  return "\"" + name + "\":{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets,
                const std::string& data = "x") {
  return safetensors("{" + entry("a", dtype, shape, offsets) + "}", data);
}

}  // namespace

TEST_CASE("a damaged or hostile safetensors file is refused with its reason", "[io][safetensors][hostile]") {
  const std::string good = safetensors("{" + entry() + "}", "x");
  const std::string deep = "{\"a\":" + std::string(100000, '[');
  const std::vector<Hostile> cases = {
      {"three bytes", "abc", {"truncated", "at least 8 bytes", "has 3"}},
      {"header longer than the file", le64(1000) + "{}", {"header should have 1000 bytes", "file has 10"}},
      {"header of 2^63 bytes", le64(std::uint64_t{1} << 63U) + "{}", {"9223372036854775808"}},
      {"header of 2^64-1 bytes", le64(UINT64_MAX) + "{}", {"18446744073709551615"}},
      {"header of 0 bytes", le64(0), {"does not begin with '{'"}},
      {"header of 17 MiB", safetensors(std::string(17U << 20U, ' ')), {"longer than the 16 MiB"}},
      {"header of blanks", safetensors("    "), {"does not begin with '{'"}},
      {"byte order mark", safetensors("\xef\xbb\xbf{}"), {"does not begin with '{'"}},
      {"NUL padding", safetensors("{}" + std::string(6, '\0')), {"NUL byte", "at its byte 2"}},
      {"NUL in a name", safetensors("{" + entry("a\\u0000b") + "}", "x"), {"'a\\x00b'", "control character"}},
      {"second JSON object", safetensors("{}{}"), {"not valid JSON"}},
      {"header cut", safetensors("{" + entry()), {"not valid JSON"}},
      {"comment", safetensors("{/*x*/}"), {"not valid JSON"}},
      {"name that is not UTF-8", safetensors("{" + entry("\xff") + "}", "x"), {"not valid JSON"}},
      {"lone surrogate", safetensors("{" + entry("\\ud800") + "}", "x"), {"not valid JSON"}},
      {"raw control character", safetensors("{" + entry("\n") + "}", "x"), {"not valid JSON"}},
      {"nesting", safetensors(deep), {"a list where none belongs"}},
      {"nested objects", safetensors(R"({"a":{"dtype":{}}})"), {"an object where none belongs"}},
      {"nested lists", one("\"U8\"", "[[1]]", "[0,1]"), {"a list where none belongs"}},
      {"name twice", safetensors("{" + entry() + "," + entry() + "}", "x"), {"two entries of the name 'a'"}},
      {"name twice by escape",
       safetensors("{" + entry() + "," + entry("\\u0061") + "}", "x"),
       {"two entries of the name 'a'"}},
      {"metadata twice", safetensors(R"({"__metadata__":{},"__metadata__":{}})"), {"two entries", "__metadata__"}},
      {"metadata key twice",
       safetensors(R"({"__metadata__":{"k":"1","\u006b":"2"}})"),
       {"__metadata__ has the key 'k' twice"}},
      {"metadata null", safetensors(R"({"__metadata__":null})"), {"__metadata__", "a null"}},
      {"metadata number", safetensors(R"({"__metadata__":{"k":1}})"), {"__metadata__", "a number"}},
      {"field twice",
       safetensors(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x"),
       {"'a'", "field 'dtype' twice"}},
      {"unknown field",
       safetensors(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})", "x"),
       {"'a'", "field 'x'"}},
      {"missing field", safetensors(R"({"a":{"dtype":"U8","shape":[1]}})"), {"'a' lacks", "data_offsets"}},
      {"tensor is a number", safetensors(R"({"a":1})"), {"'a'", "a number where none belongs"}},
      {"tensor is true", safetensors(R"({"a":true})"), {"'a'", "a true or false"}},
      {"empty name", safetensors("{" + entry("") + "}", "x"), {"is empty"}},
      {"name of 1025 bytes", safetensors("{" + entry(std::string(1025, 'n')) + "}", "x"), {"longer than 1024 bytes"}},
      {"lower-case dtype", one("\"u8\"", "[1]", "[0,1]"), {"'u8'", "'a'", "not supported"}},
      {"8-bit float", one("\"F8_E4M3\"", "[1]", "[0,1]"), {"dtype 'F8_E4M3' of tensor 'a' is not supported"}},
      {"4-bit float", one("\"F4\"", "[2]", "[0,1]"), {"dtype 'F4' of tensor 'a' is not supported"}},
      {"6-bit float", one("\"F6_E2M3\"", "[4]", "[0,3]", "xyz"), {"dtype 'F6_E2M3' of tensor 'a' is not supported"}},
      {"complex", one("\"C64\"", "[1]", "[0,8]", "12345678"), {"dtype 'C64' of tensor 'a' is not supported"}},
      {"dtype is a number", one("3", "[1]", "[0,1]"), {"'a'", "a number where none belongs"}},
      {"negative dimension", one("\"U8\"", "[-1]", "[0,1]"), {"'a'", "a negative number"}},
      {"minus zero", one("\"U8\"", "[-0]", "[0,1]"), {"'a'", "a negative number"}},
      {"fraction", one("\"U8\"", "[1.0]", "[0,1]"), {"'a'", "'1.0'"}},
      {"exponent", one("\"U8\"", "[1e0]", "[0,1]"), {"'a'", "'1e0'"}},
      {"leading zero", one("\"U8\"", "[01]", "[0,1]"), {"not valid JSON"}},
      {"dimension as text", one("\"U8\"", "[\"1\"]", "[0,1]"), {"'a'", "a text where none belongs"}},
      {"dimension of 2^63", one("\"U8\"", "[0,9223372036854775808]", "[0,0]", ""), {"'a'", "2^63 - 1"}},
      {"dimension of 2^64", one("\"U8\"", "[18446744073709551616]", "[0,1]"), {"'a'", "below 2^64"}},
      {"product overflows", one("\"F32\"", "[4294967296,4294967296]", "[0,1]"), {"'a'", "overflows"}},
      {"product wraps to 16", one("\"F32\"", "[4194305,4194305,211106198978564]", "[0,1]"), {"overflows"}},
      {"overflow beside a zero", one("\"U8\"", "[0,4611686018427387904,4]", "[0,0]", ""), {"'a'", "overflows"}},
      {"17 dimensions", one("\"U8\"", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,1]"), {"more than 16 dimensions"}},
      {"one offset", one("\"U8\"", "[1]", "[0]"), {"'a'", "exactly two data_offsets"}},
      {"three offsets", one("\"U8\"", "[1]", "[0,1,2]"), {"'a'", "exactly two data_offsets"}},
      {"reversed offsets", one("\"U8\"", "[1]", "[1,0]"), {"'a' (bytes 1 to 0)", "reversed"}},
      {"offset after the end", one("\"U8\"", "[9]", "[0,9]"), {"'a' (bytes 0 to 9)", "have 1 bytes"}},
      {"offset of 2^64-1",
       one("\"U8\"", "[1]", "[18446744073709551615,18446744073709551615]"),
       {"18446744073709551615"}},
      {"size does not fit", one("\"F32\"", "[1]", "[0,1]"), {"'a'", "needs 4 bytes"}},
      {"overlap",
       safetensors("{" + entry("a", "\"U8\"", "[2]", "[0,2]") + "," + entry("b", "\"U8\"", "[2]", "[1,3]") + "}",
                   "xyz"),
       {"'a' (bytes 0 to 2)", "'b' (bytes 1 to 3)", "overlap"}},
      {"the same bytes twice", safetensors("{" + entry("a") + "," + entry("b") + "}", "x"), {"'a'", "'b'", "overlap"}},
      {"hole at the start", one("\"U8\"", "[1]", "[1,2]", "xy"), {"bytes 0 to 1", "before tensor 'a'"}},
      {"hole",
       safetensors("{" + entry("a") + "," + entry("b", "\"U8\"", "[1]", "[2,3]") + "}", "xyz"),
       {"bytes 1 to 2", "before tensor 'b'"}},
      {"bytes after the end", good + "PK", {"2 bytes after the last tensor"}},
      {"boolean 2", one("\"BOOL\"", "[1]", "[0,1]", "\2"), {"boolean tensor 'a'", "other than 0 and 1"}},
  };
  const Scratch scratch;
  for (const Hostile& hostile : cases) {
    INFO(hostile.title);
    const auto path = scratch.write("bad.safetensors", hostile.bytes);
    std::vector<std::string> words = hostile.words;
    words.push_back("bad.safetensors'");
    check_refusal([&] { (void)read_tensors(path); }, words);
  }
  CHECK_NOTHROW(read_tensors(scratch.write("bad.safetensors", good)));
  for (std::size_t n = 0; n < good.size(); ++n) {
    INFO("cut at byte " << n);
    check_refusal([&] { (void)read_tensors(scratch.write("bad.safetensors", good.substr(0, n))); },
                  {"bad.safetensors'"});
  }
}

TEST_CASE("a file that is something else is called by its name", "[io][hostile]") {
  const Scratch scratch;
  const std::string tar = std::string(257, '\0') + "ustar" + std::string(250, '\0');
  const std::vector<Hostile> cases = {
      {"empty", "", {"is empty (0 bytes)"}},
      {"page", "\n<!DOCTYPE html><html>", {"an HTML page", "download it again"}},
      {"page", "<HTML>", {"an HTML page"}},
      {"xml", "<?xml version='1.0'?><Error>", {"an XML document"}},
      {"lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:0", {"git-LFS pointer", "git lfs pull"}},
      {"gzip", "\x1f\x8b\x08\x00", {"gzip"}},
      {"gguf", "GGUF\3", {"GGUF"}},
      {"onnx", "\x08\x07\x12\x07pytorch", {"ONNX"}},
      {"tar", tar, {"tar archive", "torch before 0.1.10"}},
      {"json", "{\"error\": \"not found\"}", {"JSON", "neither weights nor an index", "index.json"}},
      {"pickle", "\x80\x04\x95", {"plain Python pickle"}},
      {"hdf5", "\x89HDF\r\n", {"HDF5"}},
      {"noise", "what is this?", {"unknown kind", "safetensors"}},
      {"one byte", "x", {"unknown kind"}},
      {"png called safetensors", "\x89PNG\r\n", {"PNG picture"}},
  };
  for (const Hostile& hostile : cases) {
    INFO(hostile.title);
    std::vector<std::string> words = hostile.words;
    words.push_back("model.pth'");
    check_refusal([&] { (void)read_tensors(scratch.write("model.pth", hostile.bytes)); }, words);
  }
  check_refusal([&] { (void)read_tensors(scratch.write("m.safetensors", "\x89PNG\r\n")); }, {"PNG picture"});
}

TEST_CASE("what is no regular file is refused and never blocks", "[io][hostile]") {
  const Scratch scratch;
  REQUIRE(::mkfifo((scratch / "pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink(scratch / "nowhere", scratch / "dangling");
  check_refusal([&] { (void)read_tensors(scratch / ""); }, {"is a directory"});
  check_refusal([&] { (void)read_tensors(scratch / "pipe"); }, {"pipe (FIFO)"});
  check_refusal([&] { (void)read_tensors("/dev/zero"); }, {"'/dev/zero' is a device"});
  check_refusal([&] { (void)read_tensors(scratch / "dangling"); }, {"link to a file that does not exist"},
                tuneit::ErrorKind::Io);
  check_refusal([&] { (void)read_tensors(scratch / "absent"); }, {"does not exist", "spelling"}, tuneit::ErrorKind::Io);
  std::filesystem::permissions(scratch.write("secret", "x"), std::filesystem::perms::none);
  const bool root = ::geteuid() == 0;
  if (root) REQUIRE(::seteuid(65534) == 0);
  check_refusal([&] { (void)read_tensors(scratch / "secret"); }, {"permission denied"}, tuneit::ErrorKind::Io);
  if (root) REQUIRE(::seteuid(0) == 0);
}

TEST_CASE("a file that shrinks while it is read is an error, not a signal", "[io][hostile]") {
  const Scratch scratch;
  const auto path = scratch.write("a.pth", std::string(100, 'x'));
  const tuneit::io::InputFile file(path);
  std::filesystem::resize_file(path, 40);
  std::byte bytes[60];
  check_refusal([&] { file.read(0, bytes), file.read(20, bytes); },
                {"a.pth' became shorter while it was read: it ended at byte 40", "Wait until the program"});
  check_refusal([&] { file.read(50, bytes); }, {"a.pth' is truncated: bytes 50 to 110 are needed, the file has 100"});
}

TEST_CASE("bytes in memory are read like a file of that name", "[io][hostile]") {
  const std::string good = safetensors("{" + entry() + "}", "x"), page = "<!DOCTYPE html>";
  const auto in_memory = [](const std::string& bytes) {
    return read_tensors(tuneit::io::InputFile(std::as_bytes(std::span(bytes)), "a.pth"));
  };
  CHECK(in_memory(good).tensors.at(0).bytes == std::vector<std::byte>{std::byte{'x'}});
  check_refusal([&] { (void)in_memory(page); }, {"'a.pth' is an HTML page"});
  check_refusal([&] { (void)in_memory(""); }, {"'a.pth' is empty"});
}

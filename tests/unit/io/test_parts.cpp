// A model in parts: the index and its parts read as one set of tensors, or are refused with what does not fit.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <utility>

#include "tensor_bytes.hpp"
#include "tuneit/io/weights/read_tensors.hpp"

using namespace tensor_bytes;
using namespace tuneit::io;

namespace {

using Words = std::vector<std::string>;

NamedTensor bytes_of(const std::string& name, std::size_t count, int first = 1) {
  NamedTensor t{name, DType::U8, {static_cast<std::int64_t>(count)}, std::vector<std::byte>(count)};
  for (std::size_t i = 0; i < count; ++i) t.bytes[i] = static_cast<std::byte>(static_cast<std::size_t>(first) + i);
  return t;
}

// {"weight_map": {...}}; tensors and files as they are, so that both may need escapes
std::string index_of(const std::vector<std::pair<std::string, std::string>>& map, const std::string& more = {}) {
  std::string text;
  for (const auto& [tensor, file] : map) text += (text.empty() ? "" : ", ") + ("\"" + tensor + "\": \"" + file + "\"");
  return "{" + more + "\"weight_map\": {" + text + "}}";
}

// A model of three tensors in two parts, which the tests spoil.
struct Model {
  Scratch scratch;
  std::vector<std::pair<std::string, std::string>> map{
      {"b.weight", "two.safetensors"}, {"a.weight", "one.safetensors"}, {"a.bias", "one.safetensors"}};

  Model() {
    part("one", {bytes_of("a.weight", 5), bytes_of("a.bias", 0)});
    part("two", {bytes_of("b.weight", 3, 7)});
  }
  void part(const std::string& name, const std::vector<NamedTensor>& tensors,
            const std::map<std::string, std::string>& metadata = {}) const {
    write_safetensors(scratch / (name + ".safetensors"), tensors, metadata);
  }
  [[nodiscard]] std::filesystem::path index(const std::string& text) const {
    return scratch.write("model.safetensors.index.json", text);
  }
  [[nodiscard]] TensorFile read() const { return read_tensors(index(index_of(map))); }
  void refuses(const Words& words, tuneit::ErrorKind error_kind = tuneit::ErrorKind::Weights) const {
    check_refusal([&] { (void)read(); }, words, error_kind);
  }
};

void same(const NamedTensor* read, const NamedTensor& written) {
  INFO(written.name);
  REQUIRE(read != nullptr);
  CHECK(read->dtype == written.dtype);
  CHECK(read->shape == written.shape);
  CHECK(read->bytes == written.bytes);
}

}  // namespace

TEST_CASE("the parts of a model are read as one file", "[io][parts]") {
  const Model model;
  model.part("one", {bytes_of("a.weight", 5), bytes_of("a.bias", 0)}, {{"by", "me"}, {"part", "1"}});
  model.part("two", {bytes_of("b.weight", 3, 7)}, {{"by", "me"}, {"part", "2"}});
  const std::string all = index_of(model.map);
  for (const std::string& text :
       Words{all, " \n\t" + all + "\n",
             index_of(model.map,
                      R"("metadata": {"total_size": 8, "more": [1, -2, 3.5e0, null, true, {"weight_map": 1}]}, )"),
             index_of(model.map, R"("metadata": {"total_size": 8.0, "deep": {"weight_map": {"x": "y"}}}, )"),
             index_of(model.map, R"("format": "pt", "list": ["weight_map"], "none": null, )"),
             all.substr(0, all.size() - 1) + R"(, "metadata": {}})"}) {
    INFO(text);
    const TensorFile file = read_tensors(model.index(text));
    CHECK(file.path == (model.scratch / "model.safetensors.index.json").string());
    CHECK(file.format == "safetensors, 2 parts");
    CHECK(file.metadata == std::map<std::string, std::string>{{"by", "me"}, {"format", "pt"}});  // what both say
    CHECK(file.tensors.size() == 3);
    same(file.find("a.weight"), bytes_of("a.weight", 5));
    same(file.find("a.bias"), bytes_of("a.bias", 0));
    same(file.find("b.weight"), bytes_of("b.weight", 3, 7));
  }
}

TEST_CASE("however tensors are dealt to parts, the set is the same", "[io][parts]") {
  for (const std::size_t parts : {1U, 2U, 3U, 7U, 40U}) {
    const Model model;
    std::vector<std::vector<NamedTensor>> dealt(parts);
    std::vector<NamedTensor> all;
    std::vector<std::pair<std::string, std::string>> map;
    for (std::size_t i = 0; i < 40; ++i) {
      all.push_back(bytes_of("t" + std::to_string(i), (i * 7) % 30, static_cast<int>(i)));
      dealt[(i * i + 3 * i) % parts].push_back(all.back());
      map.emplace_back(all.back().name, "p" + std::to_string((i * i + 3 * i) % parts) + ".safetensors");
    }
    std::size_t used = 0;
    for (std::size_t p = 0; p < parts; ++p) {
      used += dealt[p].empty() ? 0U : 1U;
      model.part("p" + std::to_string(p), dealt[p]);
    }
    const TensorFile file = read_tensors(model.index(index_of(map)));
    CHECK(file.format == "safetensors, " + std::to_string(used) + (used == 1 ? " part" : " parts"));
    REQUIRE(file.tensors.size() == all.size());
    for (const NamedTensor& tensor : all) same(file.find(tensor.name), tensor);
  }
}

TEST_CASE("parts of torch.save are read, too, and one kind beside the other", "[io][parts][pth]") {
  const Model model;
  (void)model.scratch.write("zip.bin", pth(pkl::dict(pkl::item("z"))).bytes());
  (void)model.scratch.write(
      "old.bin",
      legacy(pkl::dict(pkl::text("y") + pkl::tensor(pkl::storage("FloatStorage", "7", 6, true), 0, {6}, {1})),
             pkl::text("7"), le64(6) + floats({0, 1, 2, 3, 4, 5})));
  const auto path = model.scratch.write("pytorch_model.bin.index.json", index_of({{"z", "zip.bin"}, {"y", "old.bin"}}));
  const TensorFile file = read_tensors(path);
  CHECK(file.format == "pth (zip), 2 parts");
  REQUIRE(file.tensors.size() == 2);
  CHECK(file.find("z")->shape == std::vector<std::int64_t>{2, 3});
  CHECK(file.find("y")->bytes == file.find("z")->bytes);
  CHECK(read_tensors(model.index(index_of({{"z", "zip.bin"}, {"b.weight", "two.safetensors"}}))).tensors.size() == 2);

  // A key means a state dict inside of each part.
  (void)model.scratch.write("zip.bin", pth(pkl::dict(pkl::text("ema") + pkl::dict(pkl::item("z")) + pkl::text("swa") +
                                                     pkl::dict(pkl::item("other"))))
                                           .bytes());
  const auto keyed = model.index(index_of({{"z", "zip.bin"}}));
  CHECK(read_tensors(keyed, {"ema"}).tensors.at(0).name == "z");
  check_refusal([&] { (void)read_tensors(keyed); }, {"zip.bin' holds several mappings of tensors"});
  check_refusal([&] { (void)read_tensors(model.index(index_of(model.map)), {"ema"}); },
                {"safetensors' is a safetensors file", "under a key 'ema'"});
}

TEST_CASE("an index that is a link finds its parts beside the link", "[io][parts]") {
  const Model model;
  const std::filesystem::path folder = model.scratch / "snapshot", blobs = model.scratch / "blobs";
  std::filesystem::create_directories(folder);
  std::filesystem::create_directories(blobs);
  const auto link = [&](const std::filesystem::path& from, const std::string& name) {  // as Hugging Face's cache does
    std::filesystem::rename(from, blobs / ("hash-of-" + name));
    std::filesystem::create_symlink("../blobs/hash-of-" + name, folder / name);
  };
  link(model.scratch / "one.safetensors", "one.safetensors");
  link(model.scratch / "two.safetensors", "two.safetensors");
  link(model.index(index_of(model.map)), "model.safetensors.index.json");
  CHECK(read_tensors(folder / "model.safetensors.index.json").tensors.size() == 3);
  const auto before = std::filesystem::current_path();  // a path without a folder
  std::filesystem::current_path(folder);
  const auto file = read_tensors("model.safetensors.index.json");
  std::filesystem::current_path(before);
  CHECK(file.tensors.size() == 3);
  std::filesystem::remove(blobs / "hash-of-two.safetensors");
  check_refusal([&] { (void)read_tensors(folder / "model.safetensors.index.json"); },
                {"lists 2 parts", "1 part is missing:\n    'two.safetensors'"});
}

TEST_CASE("all parts that are missing are listed", "[io][parts][hostile]") {
  Model model;
  std::filesystem::remove(model.scratch / "one.safetensors");
  model.refuses({"model.safetensors.index.json' lists 2 parts that should lie beside it", "1 part is missing",
                 "'one.safetensors'", "Download or copy all of them into the folder of the index"});
  std::filesystem::remove(model.scratch / "two.safetensors");
  model.refuses({"2 parts are missing", "'one.safetensors'", "'two.safetensors'"});
  for (int i = 0; i < 30; ++i) model.map.emplace_back("t" + std::to_string(i), "more" + std::to_string(i));
  model.refuses({"lists 32 parts", "32 parts are missing", "'more9'", "and 20 more"});
}

TEST_CASE("a part is a name, never a way out of the folder", "[io][parts][hostile]") {
  const Scratch outside;
  write_safetensors(outside / "x.safetensors", std::vector{bytes_of("a", 1)});
  const Model model;
  std::filesystem::create_directory(model.scratch / "sub");
  write_safetensors(model.scratch / "sub/x.safetensors", std::vector{bytes_of("a", 1)});
  const std::vector<std::pair<std::string, Words>> cases = {
      {"../x.safetensors", {"'../x.safetensors' of the tensor 'a' has a directory in it", "beside their index"}},
      {"sub/x.safetensors", {"'sub/x.safetensors'", "has a directory in it"}},
      {(outside / "x.safetensors").string(), {"x.safetensors'", "has a directory in it"}},
      {"./one.safetensors", {"has a directory in it"}},
      {"sub/", {"has a directory in it"}},
      {"/", {"has a directory in it"}},
      {"..\\\\x.safetensors", {"has a directory in it"}},
      {"..", {"'..' of the tensor 'a' is a directory"}},
      {".", {"'.' of the tensor 'a' is a directory"}},
      {"", {"'' of the tensor 'a' is empty"}},
      {"one.safetensors\\u0000.txt", {"'one.safetensors\\x00.txt'", "control character"}},
      {"one\\n.safetensors", {"'one\\x0a.safetensors'", "control character"}},
      {std::string(256, 'n'), {"is longer than 255 bytes"}},
  };
  for (const auto& [file, words] : cases) {
    INFO(file);
    Words all = words;
    all.push_back("model.safetensors.index.json'");
    check_refusal([&] { (void)read_tensors(model.index(index_of({{"a", file}}))); }, all);
  }
}

TEST_CASE("index and parts that tell different stories are refused, tensor by tensor", "[io][parts][hostile]") {
  Model model;
  const std::string mend = "Index and parts are not of one saving";
  CHECK(model.read().tensors.size() == 3);
  SECTION("a tensor in two parts") {
    model.part("two", {bytes_of("b.weight", 3), bytes_of("a.weight", 5)});
    model.refuses({"does not fit its parts: 1 tensor is in two parts.",
                   "'a.weight': in 'two.safetensors' and in 'one.safetensors'", mend});
  }
  SECTION("a tensor in another part than the index says") {
    std::swap(model.map[0].second, model.map[1].second);
    model.refuses({"2 tensors are in other parts",
                   "'b.weight': in 'two.safetensors', by the index in 'one.safetensors'",
                   "'a.weight': in 'one.safetensors', by the index in 'two.safetensors'", mend});
  }
  SECTION("a tensor that the index promises and no part has") {
    model.map.emplace_back("c.weight", "two.safetensors");
    model.refuses({"1 tensor is in no part", "'c.weight', which should be in 'two.safetensors'", mend});
  }
  SECTION("a tensor that the index does not name") {
    model.map.pop_back();
    model.refuses({"1 tensor is not in the index", "'a.bias', which 'one.safetensors' holds", mend});
  }
  SECTION("one file under two names") {
    std::filesystem::remove(model.scratch / "two.safetensors");
    std::filesystem::create_hard_link(model.scratch / "one.safetensors", model.scratch / "two.safetensors");
    model.refuses({"2 tensors are in two parts, 1 tensor is in no part", "'b.weight', which should be"});
  }
  SECTION("everything at once, long lists cut") {
    std::vector<NamedTensor> many{bytes_of("a.weight", 1)};
    for (int i = 0; i < 30; ++i) many.push_back(bytes_of("extra." + std::to_string(i), 1));
    model.part("two", many);
    model.refuses({"1 tensor is in two parts, 1 tensor is in no part, 30 tensors are not in the index.",
                   "'extra.0', which 'two.safetensors' holds", "and 18 more"});
  }
  SECTION("a part of torch.save") {
    (void)model.scratch.write("zip.bin", pth(pkl::dict(pkl::item("z"))).bytes());
    model.map.emplace_back("y", "zip.bin");
    model.refuses({"'y', which should be in 'zip.bin'", "'z', which 'zip.bin' holds"});
  }
}

TEST_CASE("an index is strict JSON of the expected shape", "[io][parts][hostile]") {
  std::string deep, nested = "1";
  for (int i = 0; i < 20; ++i) nested = "{\"x\": " + nested + "}";
  for (int i = 0; i < 100000; ++i) deep += "{\"x\":";
  const std::vector<Hostile> cases = {
      {"no map", "{}", {"is a JSON document without a 'weight_map'", "servers send such texts"}},
      {"another document", R"({"error": "Repository not found"})", {"without a 'weight_map'"}},
      {"map elsewhere", R"({"metadata": {"weight_map": {"a": "b"}}})", {"without a 'weight_map'"}},
      {"empty map", R"({"weight_map": {}})", {"'weight_map' names no tensors"}},
      {"list", R"({"weight_map": ["a"]})", {"'weight_map' is no object"}},
      {"text", R"({"weight_map": "one.safetensors"})", {"'weight_map' is no object"}},
      {"number", R"({"weight_map": 1})", {"'weight_map' is no object"}},
      {"fraction", R"({"weight_map": 1.5})", {"'weight_map' is no object"}},
      {"negative", R"({"weight_map": -1})", {"'weight_map' is no object"}},
      {"truth", R"({"weight_map": true})", {"'weight_map' is no object"}},
      {"null", R"({"weight_map": null})", {"'weight_map' is no object"}},
      {"file null", R"({"weight_map": {"a": null}})", {"the file of the tensor 'a' is not a text"}},
      {"file number", R"({"weight_map": {"a": 1}})", {"the file of the tensor 'a' is not a text"}},
      {"file list", R"({"weight_map": {"a": ["one"]}})", {"the file of the tensor 'a' is not a text"}},
      {"file object", R"({"weight_map": {"a": {"file": "one"}}})", {"the file of the tensor 'a' is not a text"}},
      {"tensor twice", index_of({{"a", "x"}, {"a", "x"}}), {"lists the tensor 'a' twice", "cannot be known"}},
      {"tensor twice by escape", index_of({{"a", "x"}, {"\\u0061", "y"}}), {"lists the tensor 'a' twice"}},
      {"map twice", R"({"weight_map": {"a": "x"}, "weight_map": {"b": "x"}})", {"has two entries 'weight_map'"}},
      {"map twice by escape", R"({"weight_map": {"a": "x"}, "weight\u005fmap": {}})", {"two entries 'weight_map'"}},
      {"metadata twice", R"({"metadata": {"k": 1, "k": 2}, "weight_map": {"a": "x"}})", {"has two entries 'k'"}},
      {"empty name", index_of({{"", "x"}}), {"a tensor's name '' is empty"}},
      {"control character", index_of({{"a\\u0007", "x"}}), {"'a\\x07' contains a control character"}},
      {"long name", index_of({{std::string(1025, 'n'), "x"}}), {"is longer than 1024 bytes"}},
      {"cut", index_of({{"a", "x"}}).substr(0, 20), {"the index is not valid JSON at its byte 21"}},
      {"comment", "{/*x*/}", {"not valid JSON"}},
      {"two documents", "{}{}", {"not valid JSON"}},
      {"trailing comma", R"({"weight_map": {"a": "x",}})", {"not valid JSON"}},
      {"not UTF-8", index_of({{"\xff", "x"}}), {"not valid JSON"}},
      {"lone surrogate", index_of({{"a", "\\ud800"}}), {"not valid JSON"}},
      {"nested", "{\"metadata\": " + nested + "}", {"nested deeper than 16 levels"}},
      {"nested without end", deep, {"nested deeper than 16 levels"}},
      {"lists without end", "{\"metadata\": " + std::string(100000, '['), {"not valid JSON"}},
  };
  const Model model;
  for (const Hostile& hostile : cases) {
    INFO(hostile.title);
    Words words = hostile.words;
    words.push_back("model.safetensors.index.json'");
    check_refusal([&] { (void)read_tensors(model.index(hostile.bytes)); }, words);
  }
  const auto path = model.index(index_of(model.map));
  CHECK_NOTHROW(read_tensors(path));
  std::filesystem::resize_file(path, (16U << 20U) + 1);
  check_refusal([&] { (void)detail::read_parts_index(InputFile(path)); }, {"an index of 16777217 bytes", "16 MiB"});
}

TEST_CASE("what is wrong with a part is said of the part", "[io][parts][hostile]") {
  const Model model;
  const std::string whole = slurp(model.scratch / "two.safetensors");
  for (std::size_t n = 0; n < whole.size(); ++n) {
    INFO("cut at byte " << n);
    (void)model.scratch.write("two.safetensors", whole.substr(0, n));
    model.refuses({"two.safetensors'"});
  }
  const std::vector<std::pair<std::string, Words>> cases = {
      {"<!DOCTYPE html>", {"two.safetensors' is an HTML page"}},
      {"version https://git-lfs.github.com/spec/v1", {"two.safetensors' is a git-LFS pointer", "git lfs pull"}},
      {index_of(model.map),
       {"two.safetensors' is a JSON document, not a file of weights"}},  // no index within an index
      {pth(pkl::call(pkl::global("posix", "system"), pkl::text("true"))).bytes(), {"'posix.system'", "does not run"}},
      {safetensors(R"({"b.weight":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})", "\2"),
       {"two.safetensors': the boolean tensor 'b.weight'"}},
  };
  for (const auto& [bytes, words] : cases) {
    (void)model.scratch.write("two.safetensors", bytes);
    model.refuses(words);
  }
  std::filesystem::remove(model.scratch / "two.safetensors");
  REQUIRE(::mkfifo((model.scratch / "two.safetensors").c_str(), 0600) == 0);
  model.refuses({"two.safetensors' is a pipe (FIFO)"});
  std::filesystem::remove(model.scratch / "two.safetensors");
  std::filesystem::create_directory(model.scratch / "two.safetensors");
  model.refuses({"two.safetensors' is a directory"});
  std::filesystem::remove(model.scratch / "two.safetensors");
  std::filesystem::permissions(model.scratch.write("two.safetensors", whole), std::filesystem::perms::none);
  std::filesystem::permissions(model.scratch / "", std::filesystem::perms::all);
  const auto index = model.index(index_of(model.map));
  const bool root = ::geteuid() == 0;
  if (root) REQUIRE(::seteuid(65534) == 0);
  check_refusal([&] { (void)read_tensors(index); }, {"two.safetensors' may not be read: permission denied"},
                tuneit::ErrorKind::Io);
  if (root) REQUIRE(::seteuid(0) == 0);
}

TEST_CASE("names are compared before the data are read", "[io][parts][hostile]") {
  // A terabyte of zeros that takes no room on the disk: no memory could hold it.
  const Scratch scratch;
  const std::string header = R"({"a":{"dtype":"U8","shape":[1099511627776],"data_offsets":[0,1099511627776]}})";
  const auto part = scratch.write("a.safetensors", safetensors(header));
  std::error_code error;
  std::filesystem::resize_file(part, 8 + header.size() + 1099511627776, error);
  if (error) return;  // a file system without holes
  const auto index = scratch.write("i.json", index_of({{"b", "a.safetensors"}}));
  check_refusal([&] { (void)read_tensors(index); }, {"'b', which should be in 'a.safetensors'", "'a', which"});
}

TEST_CASE("an index in memory has no parts", "[io][parts][hostile]") {
  const std::string text = index_of({{"a", "one.safetensors"}});
  check_refusal([&] { (void)read_tensors(InputFile(std::as_bytes(std::span(text)), "a.json")); },
                {"'a.json' is an index of parts in memory"});
}

// Deltas: what differs from weights, to the bit, on top of those weights and of nothing else.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tensor_bytes.hpp"
#include "tuneit/io/delta/write.hpp"

namespace {

using namespace tuneit;
using namespace tuneit::io;
using Catch::Contains;
namespace fs = std::filesystem;

NamedTensor floats(std::string name, std::vector<float> values, std::vector<std::int64_t> shape = {}) {
  NamedTensor t{std::move(name), DType::F32, std::move(shape), std::vector<std::byte>(4 * values.size())};
  if (t.shape.empty()) t.shape = {static_cast<std::int64_t>(values.size())};
  std::memcpy(t.bytes.data(), values.data(), t.bytes.size());
  return t;
}
const std::vector<NamedTensor> start{floats("a.weight", {1, 2, 3}), floats("b.weight", {4, 5}), floats("fc", {6, 7})};

std::vector<std::string> write(const fs::path& to, const DeltaBase& base, const std::vector<NamedTensor>& now,
                               std::map<std::string, std::string> metadata = {}) {
  return write_delta(
      to, base, now.size(), [&](std::size_t i) { return now[i]; }, "Net", std::move(metadata));
}
std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void same(const TensorFile& file, const std::vector<NamedTensor>& tensors) {
  CHECK(file.tensors.size() == tensors.size());
  for (const NamedTensor& t : tensors) {
    INFO(t.name);
    REQUIRE(file.find(t.name) != nullptr);
    CHECK(file.find(t.name)->shape == t.shape);
    CHECK(file.find(t.name)->dtype == t.dtype);
    CHECK(file.find(t.name)->bytes == t.bytes);
  }
}

/// Weights, a delta with a head of another shape and a new tensor, and one on top of that.
struct Desk {
  Desk() {
    write_safetensors(base, start, {{"mine", "base"}});
    now[1] = floats("b.weight", {4, -0.0F});
    now[2] = floats("fc", {8, 9, 10}, {3, 1});
    now.push_back(floats("a.lora_A", {0.5F}));
    written = write(one, read_delta_base(base), now, {{"mine", "kept"}});
    then = now;
    then[0] = floats("a.weight", {1, 2, 4});
    then.erase(then.begin() + 3);
    write(two, read_delta_base(base, std::vector{one}), then);
  }
  tensor_bytes::Scratch folder;
  const fs::path base = folder / "base.safetensors", one = folder / "one.safetensors", two = folder / "two.safetensors";
  std::vector<NamedTensor> now = start, then;
  std::vector<std::string> written;
};

}  // namespace

TEST_CASE("a delta holds what differs, and gives it back to the bit", "[io][delta]") {
  const Desk d;
  CHECK(d.written == std::vector<std::string>{"b.weight", "fc", "a.lora_A"});
  const TensorFile alone = read_safetensors(d.one);
  CHECK(alone.tensors.size() == 3);
  same(read_with_deltas(d.base, std::vector{d.one}), d.now);
  same(read_with_deltas(d.base, std::vector{d.one, d.two}), d.then);
  same(read_with_deltas(d.base, {}), start);
  const DeltaCard card = parse_delta_card(alone.metadata.at(delta_key), "");
  CHECK(card.model == "Net");
  CHECK(card.removed.empty());
  CHECK(parse_delta_card(read_safetensors(d.two).metadata.at(delta_key), "").removed ==
        std::vector<std::string>{"a.lora_A"});
  CHECK(read_with_deltas(d.base, std::vector{d.one}).metadata.at("mine") == "kept");
}

TEST_CASE("the sign of a zero, the payload of a NaN, a type and a shape are differences", "[io][delta]") {
  const tensor_bytes::Scratch folder;
  const auto of = [&](NamedTensor before, NamedTensor after) {
    write_safetensors(folder / "b", std::vector{before});
    return write(folder / "d", read_delta_base(folder / "b"), {after}).size();
  };
  CHECK(of(floats("x", {0}), floats("x", {0})) == 0);
  CHECK(of(floats("x", {0}), floats("x", {-0.0F})) == 1);
  NamedTensor quiet = floats("x", {NAN}), other = quiet;
  other.bytes[0] = std::byte{1};
  CHECK(of(quiet, quiet) == 0);
  CHECK(of(quiet, other) == 1);
  NamedTensor whole = floats("x", {1});
  whole.dtype = DType::I32;
  CHECK(of(floats("x", {1}), whole) == 1);
  CHECK(of(floats("x", {1, 2}), floats("x", {1, 2}, {2, 1})) == 1);
}

TEST_CASE("a base is known by its tensors, not by its file", "[io][delta]") {
  const Desk d;
  std::vector<NamedTensor> prefixed(start.rbegin(), start.rend());
  for (NamedTensor& t : prefixed) t.name = "net." + t.name;
  prefixed.push_back(floats("criterion", {1}));
  write_safetensors(d.folder / "other", prefixed);
  const TensorFile file = read_with_deltas(d.folder / "other", std::vector{d.one}, {}, "net.");
  std::vector<NamedTensor> expected = d.now;
  for (NamedTensor& t : expected) t.name = "net." + t.name;
  expected.push_back(prefixed.back());
  same(file, expected);
}

TEST_CASE("weights and deltas merge into one file, on which later deltas go, too", "[io][delta]") {
  const Desk d;
  merge_deltas(d.base, std::vector{d.one}, d.folder / "merged");
  const TensorFile merged = read_safetensors(d.folder / "merged");
  same(merged, d.now);
  CHECK(merged.metadata.at("mine") == "kept");
  CHECK_FALSE(merged.metadata.contains(delta_key));
  same(read_with_deltas(d.folder / "merged", std::vector{d.two}), d.then);
  merge_deltas(d.base, std::vector{d.one, d.two}, d.folder / "all");
  same(read_safetensors(d.folder / "all"), d.then);
  CHECK(read_delta_base(d.folder / "all").hash == read_delta_base(d.base, std::vector{d.one, d.two}).hash);

  const std::string before = bytes_of(d.folder / "merged");  // what is refused leaves what was there
  CHECK_THROWS_WITH(merge_deltas(d.folder / "all", std::vector{d.one}, d.folder / "merged"), Contains("is not what"));
  CHECK(bytes_of(d.folder / "merged") == before);
  CHECK(d.folder.entries() == 5);
}

TEST_CASE("weights under another name of a tied tensor merge with a delta as they are read with it", "[io][delta]") {
  const Desk d;
  ReadOptions tied;
  tied.tied = {{"out.weight", "a.weight"}};
  // the same weights, with the tied tensor under its other name, and under both
  std::vector<NamedTensor> renamed = start, both = start;
  renamed[0].name = "out.weight";
  both.push_back(floats("out.weight", {1, 2, 3}));
  for (const auto& base : {renamed, both}) {
    write_safetensors(d.folder / "other", base);
    const auto merges_as_read = [&](const std::vector<fs::path>& deltas) {
      merge_deltas(d.folder / "other", deltas, d.folder / "merged", tied);
      const TensorFile merged = read_safetensors(d.folder / "merged");
      same(merged, read_with_deltas(d.folder / "other", deltas, tied).tensors);
      return merged;
    };
    const TensorFile one = merges_as_read({d.one});  // where it did not move it stays under its names
    CHECK(one.find("out.weight") != nullptr);
    same(read_with_deltas(d.folder / "merged", std::vector{d.two}, tied), d.then);
    same(merges_as_read({d.one, d.two}), d.then);  // where it did there is one of it
    CHECK_THROWS_WITH(merge_deltas(d.folder / "other", std::vector{d.one}, d.folder / "merged"),
                      Contains("is not what"));
  }
}

TEST_CASE("a wrong base is refused by its first tensor that differs", "[io][delta][hostile]") {
  const Desk d;
  std::vector<NamedTensor> other = start;
  other[1] = floats("b.weight", {4, 6});
  write_safetensors(d.folder / "other", other);
  CHECK_THROWS_WITH(read_with_deltas(d.folder / "other", std::vector{d.one}),
                    Contains("is not what") && Contains("'b.weight' is another") && Contains("of a Net") &&
                        Contains("of its 3 tensors 1 differ and 0 are missing, and there are 0 others"));
  write_safetensors(d.folder / "other", std::vector{start[0], start[1], floats("gamma", {1})});
  CHECK_THROWS_WITH(read_with_deltas(d.folder / "other", std::vector{d.one}),
                    Contains("'fc' is not there") && Contains("1 are missing, and there are 1 others"));
  merge_deltas(d.base, std::vector{d.one}, d.folder / "merged");
  CHECK_THROWS_WITH(read_with_deltas(d.folder / "merged", std::vector{d.one}),
                    Contains("is not what") && Contains("have the delta in them already"));
}

TEST_CASE("deltas go on in the order in which they were made", "[io][delta][hostile]") {
  const Desk d;
  CHECK_THROWS_WITH(read_with_deltas(d.base, std::vector{d.two, d.one}), Contains("was not made on top of"));
  CHECK_THROWS_WITH(read_with_deltas(d.base, std::vector{d.one, d.one}), Contains("was not made on top of"));
  CHECK_THROWS_WITH(read_with_deltas(d.base, std::vector{d.two}), Contains("is not what"));
}

TEST_CASE("what is no delta, or a whole file where a delta is, or the other way round", "[io][delta][hostile]") {
  const Desk d;
  CHECK_THROWS_WITH(read_with_deltas(d.base, std::vector{d.base}), Contains("is no delta"));
  CHECK_THROWS_WITH(read_with_deltas(d.one, std::vector{d.one}), Contains("is a delta: it holds only what differs"));
  CHECK_THROWS_AS(read_with_deltas(d.base, std::vector{d.folder / "none"}), Error);
}

TEST_CASE("a delta that is cut at any byte, or changed, is refused", "[io][delta][hostile]") {
  const Desk d;
  const std::string whole = bytes_of(d.one);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const fs::path cut = d.folder.write("cut.safetensors", whole.substr(0, n));
    CHECK_THROWS_AS(read_with_deltas(d.base, std::vector{cut}), Error);
  }
  CHECK_THROWS_WITH(read_with_deltas(d.base, std::vector{d.folder.write("c", whole.substr(0, whole.size() - 1))}),
                    Contains("truncated"));
  std::string changed = whole;
  changed.back() ^= 1;
  CHECK_THROWS_WITH(read_with_deltas(d.base, std::vector{d.folder.write("c", changed)}), Contains("is damaged"));
}

TEST_CASE("newer formats are refused, unknown fields kept", "[io][delta][hostile]") {
  const Desk d;
  TensorFile file = read_safetensors(d.one);
  const auto with = [&](const std::string& key, const std::string& text) {
    auto metadata = file.metadata;
    metadata[key] = text;
    write_safetensors(d.folder / "c", file.tensors, metadata);
    return std::vector{d.folder / "c"};
  };
  const std::string text = file.metadata.at(delta_key);
  const auto versioned = [&](const std::string& version) {
    std::string other = text;
    other.replace(other.find("\"version\":1"), 11, "\"version\":" + version);
    return other;
  };
  CHECK_THROWS_WITH(read_with_deltas(d.base, with(delta_key, versioned("2"))),
                    Contains("is of version 2, and this program reads version 1"));
  CHECK_THROWS_WITH(read_with_deltas(d.base, with(delta_key, versioned("\"1\""))), Contains("'version'"));
  CHECK_THROWS_WITH(read_with_deltas(d.base, with(weights_format_key, "2")),
                    Contains("in the format 2 of tuneit, and this program knows formats up to 1"));
  CHECK_THROWS_WITH(read_with_deltas(d.base, with(weights_format_key, "one")), Contains("which is none"));
  for (const char* const broken : {"", "[]", "{}", "{\"version\":1}"})
    CHECK_THROWS_AS(read_with_deltas(d.base, with(delta_key, broken)), Error);
  const DeltaCard card = parse_delta_card(versioned("1,\"later\":{\"x\":[1]}"), "");
  CHECK(card.other == R"({"later":{"x":[1]}})");
  CHECK(parse_delta_card(text_of(card), "") == card);
}

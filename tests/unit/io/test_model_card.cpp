// What a file of weights says of its model: written, read again, kept where it is not known, refused where it is wrong.
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "../data/picture_files.hpp"
#include "tuneit/io/weights/read_model_card.hpp"

using namespace tuneit;
using Catch::Contains;

namespace {

io::ModelCard full() {
  io::ModelCard card;
  card.library = "0.1.0";
  card.model = "ResNet18";
  card.head = "fc.weight";
  card.outputs = 3;
  card.channels = 3;
  card.learns = "classes";
  card.loss = "CrossEntropy";
  card.names = {"NORMAL", "caf\xe9", "two\nlines \"\\x\\ \xc3\xa9"};
  card.preprocessing = io::Preprocessing{160, 183, "bilinear", {0.5, 0.25, 0.125}, {1, 2, 3}, true, true, "mirror"};
  card.trained_on = io::TrainedOn{"0a", "0b", true, 0.1, ~0ULL, 5, 4};
  return card;
}

std::string refusal(const std::string& text) {
  try {
    static_cast<void>(io::parse_model_card(text, "'m.safetensors'"));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Weights);
    return error.what();
  }
  FAIL("accepted: " << text);
  return {};
}

std::vector<io::NamedTensor> one_tensor(const std::string& name = "w") {
  return {{name, io::DType::U8, {1}, {std::byte{1}}}};
}

}  // namespace

TEST_CASE("a card is read as it was written, whatever bytes its names have") {
  const io::ModelCard card = full();
  CHECK(io::parse_model_card(io::text_of(card), "") == card);
  CHECK(io::is_utf8(io::text_of(card)));
  CHECK_THAT(io::text_of(card), Contains(R"("names":["NORMAL","caf\\xe9","two\nlines)"));
  CHECK(io::parse_model_card(io::text_of({}), "") == io::ModelCard{});
  CHECK(io::parse_model_card(R"({"version": 1})", "") == io::ModelCard{});
  io::ModelCard one = card;  // one output tells two classes apart
  one.outputs = 1;
  one.names.pop_back();
  CHECK(io::parse_model_card(io::text_of(one), "") == one);
  one.model = "\xff";
  CHECK_THROWS_WITH(io::text_of(one), Contains("'\\xff' cannot be written") && Contains("no UTF-8"));
}

TEST_CASE("what a card says beside what is known is kept") {
  const std::string later =
      R"({"version":1,"learns":{"names":["a","b"],"colours":[1,2]},"recipe":{"text":"Finetune<...>"},"x":null})";
  const io::ModelCard card = io::parse_model_card(later, "");
  CHECK(card.names == std::vector<std::string>{"a", "b"});
  const auto again = nlohmann::json::parse(io::text_of(card));
  CHECK(again["recipe"]["text"] == "Finetune<...>");
  CHECK(again["learns"]["colours"] == std::vector<int>{1, 2});
  CHECK(again["learns"]["names"] == card.names);
  CHECK(again.contains("x"));
  CHECK(io::parse_model_card(io::text_of(card), "") == card);
}

TEST_CASE("a card of a newer version is refused with both versions", "[hostile]") {
  const std::string said = refusal(R"({"version":2,"learns":"otherwise"})");
  CHECK_THAT(said, Contains("'m.safetensors': the description of the model (metadata 'tuneit') is of version 2") &&
                       Contains("this program reads version 1") && Contains("Use a newer tuneit"));
}

TEST_CASE("a damaged card is refused with what is wrong", "[hostile]") {
  const std::map<std::string, std::string> wrong{
      {"", "does not begin with '{'"},
      {"[1]", "does not begin with '{'"},
      {R"({"version":1)", "is not valid JSON at its byte"},
      {R"({"version":1,"version":1})", "has the key 'version' twice"},
      {R"({"version":1,"learns":{"kind":"a","k\u0069nd":"b"}})", "has the key 'kind' twice"},
      {std::string("{\"version\":1}\0", 14), "has a NUL byte"},
      {"{\"version\":1,\"library\":\"\xff\"}", "is not valid JSON"},
      {R"({"version":1,"a":)" + std::string(40, '[') + std::string(40, ']') + "}", "more than 32 levels deep"},
      {R"({"version":1,"a":)" + std::string(5'000'000, '['), "more than 32 levels deep"},
      {R"({"version":1,"a":")" + std::string(9'000'000, 'x') + "\"}", "longer than 8 MiB"},
      {R"({"version":1,"a":1e999})", "cannot be read"},
      {R"({"names":["a"]})", "does not say which version"},
      {R"({"version":0})", "'version'"},
      {R"({"version":"1"})", "'version'"},
      {R"({"version":1.5})", "'version'"},
      {R"({"version":18446744073709551615})", "'version'"},
      {R"({"version":1,"learns":[]})", "no object as its 'learns'"},
      {R"({"version":1,"learns":{"names":"cat"}})", "no list as its 'names'"},
      {R"({"version":1,"learns":{"names":["cat",1]}})", "has a name that is no text"},
      {R"({"version":1,"learns":{"names":["cat","cat"]}})", "has the name 'cat' twice"},
      {R"({"version":1,"learns":{"names":[""]}})", "has an empty name"},
      {R"({"version":1,"architecture":{"outputs":3},"learns":{"names":["a","b"]}})", "has 2 names for 3 outputs"},
      {R"({"version":1,"architecture":{"outputs":0}})", "'outputs'"},
      {R"({"version":1,"preprocessing":{}})", "does not say how large pictures are"},
      {R"({"version":1,"preprocessing":{"side":224,"resize":100}})", "cuts out more"},
      {R"({"version":1,"preprocessing":{"side":224,"mean":[0,"0",0]}})", "no list of numbers as its 'mean'"},
      {R"({"version":1,"preprocessing":{"side":224,"std":[1,1,0]}})", "no list of numbers above 0 as its 'std'"},
      {R"({"version":1,"preprocessing":{"side":224,"std":[1]}})", "different lengths"},
      {R"({"version":1,"preprocessing":{"side":224,"exif_orientation":1}})", "no true or false"},
      {R"({"version":1,"trained_on":{"split":{"test_fraction":1,"seed":0}}})", "'test_fraction'"},
      {R"({"version":1,"trained_on":{"split":{"test_fraction":0.5,"seed":-1}}})", "'seed'"},
      {R"({"version":1,"trained_on":{"split":{"test_fraction":0.5,"seed":1,"folds":3,"fold":3}}})", "'folds'"},
  };
  for (const auto& [text, words] : wrong)
    CHECK_THAT(refusal(text), Contains(words) && Contains("Save the model again"));
}

TEST_CASE("a card is read from its file without the tensors, from an index what all parts say") {
  const test::TempFolder folder;
  const auto at = [&](const char* name) { return folder.path() / name; };
  io::write_safetensors(at("m.safetensors"), one_tensor(), {{"tuneit", io::text_of(full())}, {"other", "x"}});
  CHECK(io::read_model_card(at("m.safetensors")) == full());
  CHECK(io::model_card_of(io::read_safetensors(at("m.safetensors"))) == full());
  io::write_safetensors(at("plain.safetensors"), one_tensor());
  CHECK(io::read_model_card(at("plain.safetensors")) == std::nullopt);
  CHECK(io::read_model_card(folder.write("m.pth", "PK\x03\x04 and so on")) == std::nullopt);

  io::write_safetensors(at("p1.safetensors"), one_tensor("a"), {{"tuneit", io::text_of(full())}});
  io::write_safetensors(at("p2.safetensors"), one_tensor("b"), {{"tuneit", io::text_of(full())}});
  const auto index = folder.write("m.index.json", R"({"weight_map": {"a": "p1.safetensors", "b": "p2.safetensors"}})");
  CHECK(io::read_model_card(index) == full());
  io::write_safetensors(at("p2.safetensors"), one_tensor("b"));
  CHECK(io::read_model_card(index) == std::nullopt);
  std::filesystem::remove(at("p2.safetensors"));
  CHECK_THROWS_WITH(io::read_model_card(index), Contains("1 part is missing") && Contains("'p2.safetensors'"));

  io::write_safetensors(at("m.safetensors"), one_tensor(), {{"tuneit", "{}"}});
  CHECK_THROWS_WITH(io::read_model_card(at("m.safetensors")), Contains("m.safetensors': the description of the model"));
}

// Do names of classes belong to the model? What is tested, and what a training goes on with, is decided by names; and a
// model is shown pictures as in its training.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <tuneit/io/image/write_png.hpp>
#include <tuneit/models/tiny.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"
#include "app_run.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;
using test::Ran;
namespace fs = std::filesystem;

struct Small : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<4>, BatchSize<8>, Augment<>> {};
struct Labels : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<2>, BatchSize<8>, Augment<>,
                         BinaryCrossEntropy<>> {};

struct KeepsHead : Finetune<TinyNet, AdamW<Lr<1e-2>>, Epochs<1>, BatchSize<8>, Augment<>> {};

/// Folders of pictures, each class of a brightness of its own, and programs that run on them.
class Desk {
 public:
  void pictures(const std::string& at, const std::map<std::string, int>& classes, int count = 8) const {
    for (const auto& [name, level] : classes) {
      fs::create_directories(path(at) / name);
      for (int i = 0; i < count; ++i) {
        io::Image picture = io::blank_image(36, 36);
        data::Draws draws(1, static_cast<std::uint64_t>(level), static_cast<std::uint64_t>(i));
        for (std::uint8_t& byte : picture.rgb) byte = static_cast<std::uint8_t>(level + draws.uniform(-20, 20));
        io::write_png((path(at) / name / (std::to_string(level) + "_" + std::to_string(i) + ".png")).string(), picture);
      }
    }
  }
  template <class R = Small>
  Ran run(const std::string& data, std::vector<std::string> more) const {
    more.insert(more.begin(), {"--data", at(data)});
    return test::run_main<R>(folder.path(), more);
  }
  /// A training that goes well; its output.
  template <class R = Small>
  std::string train(const std::string& data, const std::string& out, std::vector<std::string> more) const {
    more.insert(more.end(), {"--out", at(out)});
    if (std::find(more.begin(), more.end(), "--image-size") == more.end())
      more.insert(more.end(), {"--image-size", "32"});
    const Ran ran = run<R>(data, more);
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
    return ran.out;
  }
  /// A test that goes well; its output.
  template <class R = Small>
  std::string evaluate(const std::string& data, const std::string& model, std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--evaluate", "--weights", at(model)});
    const Ran ran = run<R>(data, more);
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
    return ran.out;
  }
  /// What is said of a test or a training that is refused.
  template <class R = Small>
  std::string refusal(const std::string& data, std::vector<std::string> more, ErrorKind error_kind) const {
    more.insert(more.end(), {"--out", at("none")});
    const Ran ran = run<R>(data, more);
    INFO(ran.out << ran.err);
    CHECK(ran.status == static_cast<int>(error_kind));
    CHECK_FALSE(fs::exists(path("none")));
    return ran.err;
  }
  /// The model once more with other metadata.
  void save_as(const std::string& model, const std::string& other,
               const std::function<void(std::map<std::string, std::string>&)>& change) const {
    io::TensorFile file = io::read_safetensors(path(model));
    change(file.metadata);
    io::write_safetensors(path(other), file.tensors, file.metadata);
  }
  void save_with(const std::string& model, const std::string& other,
                 const std::function<void(io::ModelCard&)>& change) const {
    save_as(model, other, [&](auto& metadata) {
      io::ModelCard card = io::parse_model_card(metadata.at("tuneit"), "");
      change(card);
      metadata["tuneit"] = io::text_of(card);
    });
  }
  /// The tensors of the head.
  [[nodiscard]] std::vector<std::byte> head(const std::string& model) const {
    const io::TensorFile file = io::read_safetensors(path(model));
    return file.find(io::read_model_card(path(model))->head)->bytes;
  }
  [[nodiscard]] fs::path path(const std::string& name) const { return folder.path() / name; }
  [[nodiscard]] std::string at(const std::string& name) const { return path(name).string(); }

  test::TempFolder folder;
};

/// The line of a text that has these words.
std::string line_with(const std::string& text, const std::string& words) {
  const std::size_t found = text.find(words);
  if (found == std::string::npos) return {};
  const std::size_t begin = text.rfind('\n', found) + 1;
  return text.substr(begin, text.find('\n', found) - begin);
}

/// Where the plan says that the head starts from.
std::string planned_head(const std::string& text) {
  const std::string line = line_with(text, "  head  ");
  return line.substr(line.find_last_of(' ') + 1);
}

/// The outputs by the names of the files.
std::map<std::string, std::vector<std::string>> outputs_of(const fs::path& file) {
  auto columns = test::read_columns(file);
  std::map<std::string, std::vector<std::string>> out;
  for (std::size_t i = 0; i < columns["path"].size(); ++i)
    out[fs::path(columns["path"][i]).filename().string()] = {columns["logit_0"][i], columns["logit_1"][i]};
  return out;
}

const std::vector<std::string> still{"--lr", "1e-30", "--epochs", "1"};  // nothing moves

std::vector<std::string> with(std::vector<std::string> some, const std::vector<std::string>& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

}  // namespace

TEST_CASE("a weight file says what there is to know of its model", "[app][names]") {
  const Desk desk;
  desk.pictures("a", {{"NORMAL", 40}, {"caf\xe9", 180}});
  desk.train("a", "o", {"--scratch", "--image-size", "40", "--exif-orientation", "--test-views", "mirror"});
  for (const char* file : {"o/model.safetensors", "o/best.safetensors"}) {
    const io::ModelCard card = io::read_model_card(desk.path(file)).value();
    CHECK(card.names == std::vector<std::string>{"NORMAL", "caf\xe9"});
    CHECK(card.model == "TinyNet");
    CHECK(card.outputs == 2);
    CHECK(card.channels == 3);
    CHECK(card.learns == "classes");
    CHECK(card.loss == "CrossEntropy");
    CHECK(card.preprocessing ==
          io::Preprocessing{40, 46, "bilinear", {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}, true, false, "mirror"});
    CHECK(card.trained_on->split);
    CHECK(card.trained_on->test_fraction == 0.25);
  }
  const auto metadata = io::read_safetensors(desk.path("o/model.safetensors")).metadata;
  CHECK(metadata.contains("model"));
  CHECK(metadata.contains("tuneit.recipe"));
  // the weights and the result beside them name their recipe alike
  const auto result = nlohmann::json::parse(std::ifstream(desk.path("o/result.json")));
  CHECK(result.at("training") == metadata.at("tuneit.recipe"));
  CHECK(result.at("recipe") == metadata.at("tuneit.canonical_recipe"));
  CHECK(result.at("fingerprint") == metadata.at("tuneit.fingerprint"));
  CHECK(metadata.at("tuneit.fingerprint").find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(metadata.at("tuneit.fingerprint").size() == 16);
  for (std::size_t c = 0; c < 3; ++c) {  // what the card says is what the loader does
    CHECK(data::Normalize{}.mean[c] == static_cast<float>(io::Preprocessing{}.mean[c]));
    CHECK(data::Normalize{}.stddev[c] == static_cast<float>(io::Preprocessing{}.stddev[c]));
  }
}

TEST_CASE("a test matches the data's classes with the model's by name, never by number", "[app][names][hostile]") {
  const Desk desk;
  desk.pictures("a", {{"NORMAL", 40}, {"bacteria", 180}});
  desk.pictures("b", {{"bacteria", 180}, {"normal", 40}});  // sort the other way round
  desk.train("a", "o", {"--scratch"});
  const std::string model = "o/model.safetensors";
  const std::string same = desk.evaluate("a", model, {"--test-fraction", "1", "--logits", desk.at("a.csv")});
  const std::string other = desk.evaluate("b", model, {"--test-fraction", "1", "--logits", desk.at("b.csv")});
  CHECK(line_with(same, "accuracy ") == line_with(other, "accuracy "));
  CHECK(line_with(same, "test loss") == line_with(other, "test loss"));
  CHECK_THAT(other, Contains("'normal' is taken for the class 'NORMAL'") && Contains("\nNORMAL"));
  CHECK(outputs_of(desk.path("a.csv")) == outputs_of(desk.path("b.csv")));
  CHECK_THAT(same, !Contains("spelled otherwise"));

  // the same model with its outputs the other way round in name only: what was right is wrong
  desk.save_with(model, "swapped.safetensors", [](io::ModelCard& card) { std::swap(card.names[0], card.names[1]); });
  const std::string swapped = desk.evaluate("a", "swapped.safetensors", {"--test-fraction", "1"});
  const auto accuracy = [](const std::string& text) { return std::stod(line_with(text, "accuracy ").substr(9)); };
  CHECK(accuracy(swapped) == Approx(100 - accuracy(same)));
  CHECK(accuracy(same) > 50);
}

TEST_CASE("classes that the model does not know are refused, or written without being judged",
          "[app][names][hostile]") {
  const Desk desk;
  desk.pictures("a", {{"cat", 40}, {"dog", 180}});
  desk.train("a", "o", {"--scratch", "--epochs", "1"});
  const std::vector<std::string> test{"--evaluate", "--weights", desk.at("o/model.safetensors")};
  desk.pictures("others", {{"car", 40}, {"tree", 180}});
  desk.pictures("more", {{"cat", 40}, {"dog", 180}, {"tree", 90}});
  desk.pictures("two", {{"cat", 40}, {"Dog", 180}, {"DOG", 90}});
  CHECK_THAT(desk.refusal("others", test, ErrorKind::Usage),
             Contains("model  data") && Contains("-      'car'") && Contains("'dog'  -") && Contains("--logits"));
  CHECK_THAT(desk.refusal("more", test, ErrorKind::Usage), Contains("-      'tree'") && Contains("'cat'  'cat'"));
  CHECK_THAT(desk.refusal("two", test, ErrorKind::Usage), Contains("-      'DOG'") && Contains("-      'Dog'"));
  const std::string written = desk.evaluate("more", "o/model.safetensors", {"--logits", desk.at("l.csv")});
  CHECK_THAT(written, Contains("nothing is judged") && Contains("'cat', 'dog'") && !Contains("accuracy"));
  CHECK_THAT(test::read_text(desk.path("l.csv")), Catch::StartsWith("path,label,logit_0,logit_1\n"));
  const std::vector<std::string> labels = test::read_column(desk.path("l.csv"), "label");
  CHECK(std::count(labels.begin(), labels.end(), "tree") == 8);
}

TEST_CASE("a test of some of the model's classes, or of one alone, needs no others", "[app][names]") {
  const Desk desk;
  desk.pictures("a", {{"a", 20}, {"b", 110}, {"c", 220}});
  desk.train("a", "o", {"--scratch"});
  desk.pictures("two", {{"b", 110}, {"c", 220}}, 5);
  desk.pictures("one", {{"c", 220}}, 6);
  desk.pictures("alone/test", {{"a", 20}, {"c", 220}}, 3);
  const std::string two = desk.evaluate("two", "o/model.safetensors");
  CHECK_THAT(two, Contains("10 pictures to test on, 2 classes") &&
                      Contains("of the model's 3 classes the data has 2; not tested: 'a'"));
  CHECK_THAT(line_with(two, "\na    "), Contains(" 0 "));  // all of the model's classes are in the matrix
  const std::string one = desk.evaluate("one", "o/model.safetensors");
  CHECK_THAT(one, Contains("6 pictures to test on, 1 class\n") && Contains("not tested: 'a', 'b'"));
  const auto row = [](const std::string& text) { return line_with(text, "\nc  ").substr(0); };
  CHECK_THAT(one, Contains("of 6 pictures"));
  CHECK_THAT(row(one), !Contains("nan"));
  CHECK_THAT(desk.evaluate("alone", "o/model.safetensors"), Contains("6 pictures to test on, 2 classes"));
}

TEST_CASE("all pictures are tested, but those that the model was trained on", "[app][names]") {
  const Desk desk;
  desk.pictures("a", {{"cat", 40}, {"dog", 180}});
  desk.train("a", "o", {"--scratch", "--test-fraction", "0.5", "--split-seed", "7", "--logits", desk.at("l.csv")});
  const std::string again = desk.evaluate("a", "o/model.safetensors", {"--logits", desk.at("m.csv")});
  CHECK_THAT(again, Contains("8 pictures to test on") && Contains("was trained on 8 pictures of these"));
  CHECK(test::read_column(desk.path("l.csv"), "path") == test::read_column(desk.path("m.csv"), "path"));
  CHECK_THAT(desk.evaluate("a", "o/model.safetensors", {"--test-fraction", "1"}),
             Contains("16 pictures to test on") && Contains("its figures flatter"));
  CHECK_THAT(desk.evaluate("a", "o/model.safetensors", {"--test-fraction", "0.25"}), Contains("4 pictures to test on"));
  desk.pictures("b", {{"cat", 41}, {"dog", 181}});
  CHECK_THAT(desk.evaluate("b", "o/model.safetensors"), Contains("16 pictures to test on") && !Contains("note"));
  desk.pictures("parts/train", {{"cat", 42}, {"dog", 182}});
  desk.pictures("parts/test", {{"cat", 43}, {"dog", 183}}, 3);
  CHECK_THAT(desk.evaluate("parts", "o/model.safetensors"),
             Contains("6 pictures to test on") && Contains("the training part, 16 pictures, is not tested"));
  CHECK_THAT(desk.refusal("a", {"--scratch", "--test-fraction", "1"}, ErrorKind::Usage),
             Contains("1 is for --evaluate"));
  // other pictures under the same names, of the same size
  desk.pictures("c", {{"cat", 60}, {"dog", 200}});
  for (const auto& [from, to] : std::map<std::string, std::string>{{"cat/60_", "cat/40_"}, {"dog/200_", "dog/180_"}})
    for (int i = 0; i < 8; ++i)
      fs::rename(desk.path("c/" + from + std::to_string(i) + ".png"),
                 desk.path("c/" + to + std::to_string(i) + ".png"));
  CHECK_THAT(desk.evaluate("c", "o/model.safetensors"), Contains("16 pictures to test on"));
}

TEST_CASE("weights without names: numbers must agree, and the order that is assumed is said", "[app][names][hostile]") {
  const Desk desk;
  desk.pictures("a", {{"cat", 40}, {"dog", 180}});
  desk.pictures("more", {{"cat", 40}, {"dog", 180}, {"tree", 90}});
  desk.train("a", "o", {"--scratch"});
  desk.save_as("o/model.safetensors", "n.safetensors", [](auto& metadata) { metadata.clear(); });
  const std::string text = desk.evaluate("a", "n.safetensors", {"--image-size", "32"});
  CHECK_THAT(text, Contains("output 0 is taken for 'cat', 1 for 'dog'") && Contains("16 pictures to test on") &&
                       Contains("nothing says which of them the model was trained on"));
  CHECK_THAT(desk.refusal("more", {"--evaluate", "--weights", desk.at("n.safetensors")}, ErrorKind::Usage),
             Contains("has 2 outputs, and the data has 3 classes"));
  const std::string written =
      desk.evaluate("more", "n.safetensors", {"--image-size", "32", "--logits", desk.at("l.csv")});
  CHECK_THAT(written, Contains("the weights have 2 outputs, which they do not name, and the data has 3 classes") &&
                          Contains("nothing is judged") && !Contains("accuracy"));

  // tuneit 0.1 left the names in the result.json beside the weights
  desk.save_as("o/model.safetensors", "o/old.safetensors", [](auto& metadata) {
    for (const char* key : {"tuneit", "tuneit.canonical_recipe", "tuneit.fingerprint"}) metadata.erase(key);
  });
  auto result = nlohmann::json::parse(std::ifstream(desk.path("o/result.json")));
  result["recipe"] = result.at("training");
  for (const char* key : {"training", "fingerprint"}) result.erase(key);
  desk.folder.write("o/result.json", result.dump());
  desk.pictures("b", {{"DOG", 180}, {"cat", 40}});
  CHECK_THAT(desk.evaluate("b", "o/old.safetensors", {"--image-size", "32"}),
             Contains("result.json beside it") && Contains("'DOG' is taken for the class 'dog'"));
  desk.folder.write("o/result.json", "{\"recipe\": 1");
  CHECK_THAT(desk.evaluate("a", "o/old.safetensors", {"--image-size", "32"}), Contains("output 0 is taken for 'cat'"));
}

TEST_CASE("a head goes on where the classes are the same by name, and else starts anew, as the plan says",
          "[app][names][hostile]") {
  const Desk desk;
  desk.pictures("a", {{"cat", 40}, {"dog", 180}});
  desk.pictures("b", {{"car", 40}, {"tree", 180}});
  desk.pictures("c", {{"Cat", 180}, {"DOG", 40}});
  desk.pictures("d", {{"cat", 40}, {"tree", 180}});
  desk.train("a", "o", {"--scratch"});
  const std::string model = desk.at("o/model.safetensors");
  const std::vector<std::byte> head = desk.head("o/model.safetensors");

  const std::string same = desk.train("a", "same", with(still, {"--weights", model}));
  CHECK(planned_head(same) == "weights");
  CHECK_THAT(same, Contains("head included") && Contains("its head goes on") && Contains("'cat', 'dog'"));
  CHECK(desk.head("same/model.safetensors") == head);

  const std::string others = desk.train("b", "others", with(still, {"--weights", model}));
  CHECK(planned_head(others) == "random");
  CHECK_THAT(others, Contains("all but the head") && Contains("a model for other classes ('cat', 'dog')"));
  CHECK(desk.head("others/model.safetensors") != head);
  CHECK(io::read_model_card(desk.path("others/model.safetensors"))->names == std::vector<std::string>{"car", "tree"});
  CHECK_THAT(desk.train("d", "some", with(still, {"--weights", model})),
             Contains("1 of them the data's: the head starts anew") && Contains("all but the head"));

  const std::string spelled = desk.train("c", "spelled", with(still, {"--weights", model}));
  CHECK_THAT(spelled,
             Contains("'Cat' is taken for the class 'cat' (they differ in upper and lower case), 'DOG' is taken"));
  CHECK(desk.head("spelled/model.safetensors") == head);
  CHECK(test::read_json(desk.path("spelled/result.json"))["classes"] == std::vector<std::string>{"cat", "dog"});

  desk.save_as("o/model.safetensors", "n.safetensors", [](auto& metadata) { metadata.clear(); });
  const std::string nameless = desk.train("a", "nameless", with(still, {"--weights", desk.at("n.safetensors")}));
  CHECK(planned_head(nameless) == "random");
  CHECK_THAT(nameless, Contains("all but the head") && Contains("its head has 2 outputs as well"));
  CHECK(desk.head("nameless/model.safetensors") != head);
  const std::string kept = desk.train("a", "kept", with(still, {"--weights", desk.at("n.safetensors"), "--keep-head"}));
  CHECK(planned_head(kept) == "weights");
  CHECK_THAT(kept, Contains("head included") && Contains("output 0 is taken for 'cat'"));
  CHECK(desk.head("kept/model.safetensors") == head);

  CHECK_THAT(desk.refusal("b", {"--weights", model, "--keep-head"}, ErrorKind::Usage), Contains("-      'car'"));
  CHECK_THAT(desk.refusal("a", {"--scratch", "--keep-head"}, ErrorKind::Usage), Contains("Give one of them"));
  desk.pictures("three", {{"a", 40}, {"b", 180}, {"c", 90}});
  CHECK_THAT(desk.refusal("three", {"--weights", desk.at("n.safetensors"), "--keep-head"}, ErrorKind::Weights),
             Contains("for a head of 3 outputs"));
}

TEST_CASE("a head that a recipe keeps is of the classes of its weights", "[app][names]") {
  const Desk desk;
  std::map<std::string, int> ten, others;
  for (int i = 0; i < 10; ++i) {
    ten["class " + std::to_string(i)] = 10 + 20 * i;
    others[(i == 4 ? "Class " : i == 5 ? "kind " : "class ") + std::to_string(i)] = 10 + 20 * i;
  }
  desk.pictures("ten", ten, 2);
  desk.pictures("others", others, 2);
  others.erase("kind 5");
  others["class 5"] = 110;
  desk.pictures("spelled", others, 2);
  desk.train<KeepsHead>("ten", "o", {"--scratch"});
  const std::string model = desk.at("o/model.safetensors");
  CHECK_THAT(
      desk.refusal<KeepsHead>("others", {"--weights", model}, ErrorKind::Usage),
      Contains("the recipe keeps the head of the model") && Contains("-          'kind 5'") && Contains("ReplaceHead"));
  const std::string spelled = desk.train<KeepsHead>("spelled", "s", with(still, {"--weights", model}));
  CHECK_THAT(spelled, Contains("'Class 4' is taken for the class 'class 4'") && Contains("head included"));
  CHECK(planned_head(spelled) == "weights");
  CHECK(desk.head("s/model.safetensors") == desk.head("o/model.safetensors"));  // though 'Class 4' sorts first
  CHECK(io::read_model_card(desk.path("s/model.safetensors"))->names[0] == "class 0");
}

TEST_CASE("a model is shown pictures as in its training, or it is said", "[app][names]") {
  const Desk desk;
  desk.pictures("a", {{"cat", 40}, {"dog", 180}});
  const std::string trained = desk.train("a", "o", {"--scratch", "--image-size", "40", "--augment", "flips"});
  const std::string model = "o/model.safetensors";
  const std::string tested = desk.evaluate("a", model);
  CHECK(line_with(tested, "test loss ") == line_with(trained.substr(trained.find("After the last")), "test loss "));
  CHECK_THAT(tested, Contains("pictures of 40 x 40 pixels") && !Contains("the model was trained with"));
  const std::string other = desk.evaluate("a", model, {"--image-size", "32", "--augment", "none"});
  CHECK_THAT(other, Contains("trained with pictures of 40 x 40 pixels, and gets pictures of 32 x 32 pixels") &&
                        Contains("trained with whole pictures, and gets the middle of pictures, 86.5 %"));
  CHECK(line_with(tested, "test loss ") != line_with(other, "test loss "));
  desk.save_with(model, "grey.safetensors", [](io::ModelCard& card) { card.preprocessing->mean = {0, 0, 0}; });
  CHECK(line_with(desk.evaluate("a", "grey.safetensors"), "test loss ") != line_with(tested, "test loss "));
  CHECK_THAT(desk.train("a", "further", with(still, {"--weights", desk.at(model)})),
             Contains("trained with pictures of 40 x 40 pixels, and gets pictures of 32 x 32 pixels"));
  const std::vector<std::string> test{"--evaluate", "--weights", desk.at("other.safetensors")};
  desk.save_with(model, "other.safetensors", [](io::ModelCard& card) { card.preprocessing->interpolation = "cubic"; });
  CHECK_THAT(desk.refusal("a", test, ErrorKind::Weights), Contains("resized by 'cubic' interpolation"));
  desk.save_with(model, "other.safetensors", [](io::ModelCard& card) { card.preprocessing->test_views = "all"; });
  CHECK_THAT(desk.refusal("a", test, ErrorKind::Weights), Contains("in the views 'all'"));
}

TEST_CASE("weights of another model, of a newer tuneit or with a damaged description are refused",
          "[app][names][hostile]") {
  const Desk desk;
  desk.pictures("a", {{"cat", 40}, {"dog", 180}});
  desk.train("a", "o", {"--scratch", "--epochs", "1"});
  const std::string model = "o/model.safetensors", weights = desk.at("w.safetensors");
  const auto refusals = [&](const std::string& words) {
    CHECK_THAT(desk.refusal("a", {"--evaluate", "--weights", weights}, ErrorKind::Weights), Contains(words));
    CHECK_THAT(desk.refusal("a", {"--weights", weights}, ErrorKind::Weights), Contains(words));
  };
  desk.save_with(model, "w.safetensors", [](io::ModelCard& card) { card.model = "ResNet34"; });
  refusals("holds a ResNet34, and this program's model is a TinyNet");
  desk.save_as(model, "w.safetensors", [](auto& metadata) { metadata["tuneit"] = R"({"version": 7})"; });
  refusals("is of version 7, and this program reads version 1");
  desk.save_as(model, "w.safetensors", [](auto& metadata) { metadata["tuneit"] = R"({"version": 1,)"; });
  refusals("is not valid JSON");
  desk.save_with(model, "w.safetensors", [](io::ModelCard& card) { card.learns = "numbers"; });
  CHECK_THAT(desk.refusal("a", {"--evaluate", "--weights", weights}, ErrorKind::Usage),
             Contains("trained for numbers, and this data and recipe are for classes"));
  CHECK_THAT(desk.train("a", "f", with(still, {"--weights", weights})),
             Contains("for other numbers") && Contains("all but the head"));
  desk.save_as(model, "w.safetensors", [](auto& metadata) {
    metadata["tuneit"].pop_back();
    metadata["tuneit"] += R"(,"later":{"a":[1]}})";
  });
  CHECK_THAT(desk.evaluate("a", "w.safetensors"), Contains("4 pictures to test on"));
}

TEST_CASE("columns of targets are matched by name, too", "[app][names]") {
  const Desk desk;
  desk.pictures("p", {{"x", 40}, {"y", 180}}, 12);
  std::string rows = "path,dark,odd\n";
  for (const char* kind : {"x/40", "y/180"})
    for (int i = 0; i < 12; ++i)
      rows += "p/" + std::string(kind) + "_" + std::to_string(i) + ".png," + (*kind == 'x' ? "1," : "0,") +
              std::to_string(i % 2) + "\n";
  desk.folder.write("t.csv", rows);
  const std::vector<std::string> turned{"--target-columns", "odd,dark"};
  desk.train<Labels>("t.csv", "o", {"--scratch", "--target-columns", "dark,odd"});
  const std::string model = "o/model.safetensors";
  CHECK(io::read_model_card(desk.path(model))->learns == "labels");
  const std::string one = desk.evaluate<Labels>("t.csv", model, {"--target-columns", "dark,odd"});
  const std::string two = desk.evaluate<Labels>("t.csv", model, with(turned, {"--logits", desk.at("l.csv")}));
  CHECK(line_with(one, "test loss ") == line_with(two, "test loss "));
  CHECK(line_with(one, "\ndark") == line_with(two, "\ndark"));
  CHECK_THAT(test::read_text(desk.path("l.csv")), Catch::StartsWith("path,dark,odd,logit_dark,logit_odd\n"));
  CHECK(desk.train<Labels>("t.csv", "f", with(with(still, turned), {"--weights", desk.at(model)}))
            .find("'dark', 'odd'") != std::string::npos);
  CHECK(desk.head("f/model.safetensors") == desk.head(model));
}

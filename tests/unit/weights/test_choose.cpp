// Which mapping of a checkpoint holds the model's weights, and what is said where several could.
#include <catch2/catch.hpp>

#include "../io/tensor_bytes.hpp"
#include "tuneit/weights/match.hpp"
#include "tuneit/weights/read.hpp"

using namespace tuneit::weights;
using namespace tensor_bytes;
using tuneit::io::DType;
using tuneit::io::TensorFile;

namespace {

const std::vector<Expected> model = {
    {"a.weight", {2, 3}}, {"b.weight", {2, 3}}, {"fc.weight", {7, 7}, DType::F32, true}};

std::string tensors(const std::vector<std::string>& names) {
  std::string items;
  for (const std::string& name : names) items += pkl::item(name);
  return pkl::dict(items);
}
std::string network(const std::string& prefix = {}) { return tensors({prefix + "a.weight", prefix + "b.weight"}); }

struct Reader {
  Scratch scratch;
  TensorFile operator()(const std::string& items, const MatchOptions& options = {}) const {
    return read(scratch.write("a.pth", pth(pkl::dict(items)).bytes()), model, options);
  }
};

}  // namespace

TEST_CASE("the mapping that fits the model is found under any key", "[weights]") {
  const Reader file;
  const std::string args = pkl::text("args") + pkl::global("argparse", "Namespace") + ")\x81";
  CHECK(file(pkl::text("my net") + network() + pkl::text("criterion") + tensors({"weight"}) + args).key == "my net");
  CHECK(file(pkl::text("model") + tensors({"x"}) + pkl::text("backbone") + network()).key == "backbone");
  CHECK(file(pkl::text("callbacks") + tensors({"best"}) + pkl::text("run") + pkl::dict(pkl::text("net") + network()))
            .key == "run.net");
  CHECK(file(pkl::item("a.weight") + pkl::item("b.weight") + pkl::text("ema") + tensors({"x"})).key.empty());
  CHECK(file(pkl::text("model") + network("module.") + pkl::text("metric") + tensors({"x", "y", "z"})).key == "model");
  // Nothing fits: names decide, or nobody does.
  CHECK(file(pkl::text("model") + tensors({"x"}) + pkl::text("other") + tensors({"y"})).key == "model");
  check_refusal([&] { file(pkl::text("one") + tensors({"x"}) + pkl::text("two") + tensors({"y"})); },
                {"'one' (1 tensors), 'two' (1 tensors)", "--weights-key KEY (weights option weights_key)"});
}

TEST_CASE("the usual key is taken before its average, and that is said", "[weights]") {
  const Reader file;
  std::vector<std::string> notes;
  const std::string two = pkl::text("model") + network() + pkl::text("model_ema") + network();
  CHECK(file(two, {.notes = &notes}).key == "model");
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("those under 'model'") && Catch::Contains("--weights-key model_ema"));
  CHECK(file(two, {.weights_key = "model_ema", .notes = &notes}).key == "model_ema");
  CHECK(notes.size() == 1);
  // Not where another one fits better.
  check_refusal([&] { file(pkl::text("model") + tensors({"a.weight"}) + pkl::text("ema") + network()); },
                {"not clear", "--weights-key ema: 2 of the model's 3 tensors", "--weights-key model: 1 of"});
}

TEST_CASE("where several could be meant all are listed with their options, the best first", "[weights]") {
  const Reader file;
  const std::string student = tensors({"module.a.weight", "module.b.weight", "module.head.0"});
  const std::string both = pkl::text("teacher") + tensors({"a.weight"}) + pkl::text("student") + student;
  const std::string first =
      "--weights-key student --strip-prefix module. --ignore-unexpected 'module.head.*': 2 of the model's 3";
  std::string message;
  try {
    (void)file(both);
  } catch (const tuneit::Error& error) {
    message = error.what();
  }
  CHECK_THAT(message, Catch::Contains("a.pth'") && Catch::Contains(first) &&
                          Catch::Contains("--weights-key teacher: 1 of the model's 3") &&
                          Catch::Contains("weights option weights_key"));
  CHECK(message.find(first) < message.find("teacher"));
  const MatchOptions options{
      .strip_prefix = "module.", .ignore_unexpected = {"module.head.*"}, .weights_key = "student"};
  const TensorFile chosen = file(both, options);
  CHECK(match(chosen, model, options).fresh == std::vector<std::string>{"fc.weight"});
  CHECK(file(both, {.strip_prefix = "module."}).key == "student");  // nothing else has that prefix
}

TEST_CASE("weights under a key that is not usual are taken with a note, or not", "[weights]") {
  const Reader file;
  std::vector<std::string> notes;
  const MatchOptions noted{.notes = &notes};
  CHECK(file(pkl::text("my net") + network(), noted).key == "my net");
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("those under 'my net'"));
  CHECK(file(pkl::text("model") + network(), noted).key == "model");
  CHECK(file(pkl::item("a.weight") + pkl::item("b.weight"), noted).key.empty());
  CHECK(notes.size() == 1);
  // A whole module, of which nothing is made.
  const std::string object = pkl::text("model") + pkl::global("my", "Net") + ")\x81";
  check_refusal([&] { file(object + pkl::text("grads") + network(), noted); },
                {"under 'model'", "class 'my.Net'", "under 'grads'", "--weights-key grads"});
  CHECK(file(object + pkl::text("grads") + network(), {.weights_key = "grads"}).key == "grads");
  CHECK(file(object + pkl::text("state_dict") + network()).key == "state_dict");
  CHECK(file(object + pkl::item("a.weight") + pkl::item("b.weight")).key.empty());
  // Some of the model's tensors, or all of other shapes.
  const std::string part = pkl::text("weights") + tensors({"fc.weight"});
  const std::string whole = tensors({"a.weight", "b.weight", "fc.weight"});
  check_refusal([&] { file(part + pkl::text("init") + whole); },
                {"under 'weights'", "do not fit this model", "--weights-key init"});
  const std::string flat = pkl::text("a.weight") + pkl::tensor(pkl::storage("FloatStorage", "0", 6), 0, {6}, {1}) +
                           pkl::text("b.weight") + pkl::tensor(pkl::storage("FloatStorage", "0", 6), 0, {6}, {1});
  const std::string averages = pkl::text("optimizer") + pkl::dict(pkl::text("exp_avg") + network());
  check_refusal([&] { file(averages + pkl::text("model") + pkl::dict(flat)); },
                {"under 'model'", "'optimizer.exp_avg'", "--weights-key optimizer.exp_avg"});
  check_refusal(
      [&] {
        file(pkl::text("optimizer") + pkl::dict(pkl::text("params") + network()) + pkl::text("model") +
             pkl::dict(flat));
      },
      {"under 'model'", "--weights-key optimizer.params"});
  CHECK(notes.size() == 1);
}

TEST_CASE("of equal candidates the usual comes first, then what the file has first", "[weights]") {
  const Reader file;
  const auto order = [&](const std::string& items, const std::vector<std::string>& words) {
    std::string message;
    try {
      (void)match(file(items), model, {});
    } catch (const tuneit::Error& error) {
      message = error.what();
    }
    std::size_t at = 0;
    for (const std::string& word : words) {
      INFO(word << " in " << message);
      const std::size_t found = message.find(word, at);
      REQUIRE(found != std::string::npos);
      at = found + word.size();
    }
  };
  order(pkl::text("student") + network() + pkl::text("ema") + network(),
        {"--weights-key student", "--weights-key ema"});
  order(pkl::text("ema") + network() + pkl::text("net") + network() + pkl::text("model") + network(),
        {"--weights-key net", "--weights-key model", "--weights-key ema"});
  order(pkl::item("student.a.weight") + pkl::item("student.b.weight") + pkl::item("ema.a.weight") +
            pkl::item("ema.b.weight") + pkl::item("module.a.weight") + pkl::item("module.b.weight"),
        {"--strip-prefix module.", "--strip-prefix student.", "--strip-prefix ema."});
}

TEST_CASE("keys and names that cannot be shown are in no message", "[weights]") {
  const Reader file;
  const std::string odd = "\x1b[31m";
  const std::string items = pkl::text("one") + tensors({odd + ".a.weight", "x." + odd, "a.weight"}) + pkl::text("two") +
                            network() + pkl::text("three") + network() + pkl::text(odd) + network();
  try {
    (void)file(items);
    FAIL_CHECK("accepted");
  } catch (const tuneit::Error& error) {
    const std::string message = error.what();
    CHECK(message.find('\x1b') == std::string::npos);
    CHECK_THAT(message, Catch::Contains("--weights-key three: 2 of") && Catch::Contains("--weights-key two: 2 of"));
  }
  // A shell would see one word, whatever it is.
  CHECK(tuneit::weights::detail::shell_word("a b;$(c)") == "'a b;$(c)'");
  CHECK(tuneit::weights::detail::shell_word("it's") == "'it'\\''s'");
  CHECK(tuneit::weights::detail::shell_word("") == "''");
}

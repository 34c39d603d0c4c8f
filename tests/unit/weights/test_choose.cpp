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
  CHECK(detail::shell_word("a b;$(c)") == "'a b;$(c)'");
  CHECK(detail::shell_word("it's") == "'it'\\''s'");
  CHECK(detail::shell_word("") == "''");
}

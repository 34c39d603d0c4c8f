// Does each option that a refusal of weights names exist in the program, and do what the refusal says?
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <tuneit/models/tiny.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"
#include "../io/tensor_bytes.hpp"
#include "app_run.hpp"

namespace {

using namespace tuneit;
using namespace tensor_bytes;
using Catch::Contains;

struct Tiny : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<1>, BatchSize<8>> {};

/// A checkpoint of torch.save, put together: networks under keys and with prefixes, and what else.
struct Checkpoint {
  Zip zip = {{{"archive/data.pkl", ""}, {"archive/version", "3\n"}}};
  std::string items;
  int storages = 0;

  std::string tensor(const std::string& name, const std::vector<std::int64_t>& shape, float value) {
    std::vector<std::int64_t> strides(shape.size(), 1);
    std::int64_t count = 1;
    for (std::size_t d = shape.size(); d-- > 0; count *= shape[d]) strides[d] = count;
    const std::string key = std::to_string(storages++);
    zip.records.push_back({"archive/data/" + key, floats(std::vector<float>(static_cast<std::size_t>(count), value))});
    return pkl::text(name) + pkl::tensor(pkl::storage("FloatStorage", key, count), 0, shape, strides);
  }
  /// TinyNet's, with a head of so many classes.
  std::string network(const std::string& prefix, int classes, float value = 0.25F) {
    std::string out;
    for (std::size_t i = 0; i < table<TinyNet>.size; ++i) {
      const TensorRow& row = table<TinyNet>.rows[i];
      if (row.kind == Kind::BatchCount) continue;
      std::vector<std::int64_t> shape(row.dims, row.dims + row.rank);
      if (row.owner == Owner::Linear && row.block + 1U == TinyNet::block_count) shape[0] = classes;
      out += tensor(prefix + std::string(table<TinyNet>.name(i)), shape, value);
    }
    return out;
  }
  void write(const std::filesystem::path& file) {
    zip.records[0].data = pkl::file(pkl::dict(items + pkl::text("args") + pkl::global("argparse", "Namespace") +
                                              ")\x81}(" + pkl::text("lr") + "K\1ub"));
    std::ofstream(file, std::ios::binary) << zip.bytes();
  }
};

struct Program {
  test::TempFolder folder;
  Program() {
    for (const char* part : {"train", "test"})
      for (const char* kind : {"a", "b"})
        for (int i = 0; i < 2; ++i)
          folder.write(std::filesystem::path("data") / part / kind / (std::to_string(i) + ".png"),
                       test::encode_png(test::gradient(40 + i, 30, part[1] + *kind)));
  }
  test::Ran operator()(Checkpoint& checkpoint, std::vector<std::string> more = {}) {
    checkpoint.write(folder.path() / "w.pth");
    more.insert(more.begin(),
                {"--weights", (folder.path() / "w.pth").string(), "--data", (folder.path() / "data").string(),
                 "--image-size", "32", "--out", (folder.path() / ("run" + std::to_string(runs++))).string()});
    return test::run_main<Tiny>(folder.path(), more);
  }
  int runs = 0;
};

/// The words from `first` to `end`, as a shell would split them.
std::vector<std::string> words_between(const std::string& text, const std::string& first, const std::string& end) {
  const std::size_t begin = text.find(first);
  REQUIRE(begin != std::string::npos);
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : text.substr(begin, text.find(end, begin) - begin))
    if (c == '\'')
      quoted = !quoted;
    else if (c == ' ' && !quoted)
      words.emplace_back();
    else
      words.back() += c;
  return words;
}

}  // namespace

TEST_CASE("of a student and a teacher the options of the refusal pick one, to train and to test", "[app][weights]") {
  Program run;
  Checkpoint file;
  file.items = pkl::text("student") + pkl::dict(file.network("", 2)) + pkl::text("teacher") +
               pkl::dict(file.network("module.", 2, 0.5F) + file.tensor("module.head.0", {3}, 1));
  const test::Ran refused = run(file);
  CHECK(refused.status == 3);
  CHECK_THAT(refused.err,
             Contains("--weights-key student: ") && Contains("--weights-key teacher --strip-prefix module."));
  for (const char* key : {"student", "teacher"}) {
    const auto options = words_between(refused.err, std::string("--weights-key ") + key, ": ");
    const test::Ran ran = run(file, options);
    INFO(ran.out << ran.err);
    CHECK(ran.status == 0);
    auto testing = options;
    testing.emplace_back("--evaluate");
    CHECK(run(file, testing).status == 0);
  }
  CHECK(run(file, {"--evaluate"}).status == 3);
  CHECK_THAT(run(file, {"--weights-key", "args"}).err, Contains("'argparse.Namespace'"));
}

TEST_CASE("prefix and globs of the refusal make the file load", "[app][weights]") {
  Program run;
  Checkpoint file;
  file.items =
      pkl::text("state_dict") + pkl::dict(file.network("model.", 5) + file.tensor("criterion.pos_weight", {1}, 3) +
                                          file.tensor("metric.a", {1}, 3) + file.tensor("n_averaged", {}, 1));
  const test::Ran refused = run(file);
  CHECK(refused.status == 3);
  auto options = words_between(refused.err, "--strip-prefix model.", " (weights option");
  CHECK(options == std::vector<std::string>{"--strip-prefix", "model.", "--ignore-unexpected", "criterion.*,metric.*"});
  const test::Ran ran = run(file, options);
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK_THAT(ran.out, Contains("all but the head") && Contains("2 tensors that the model lacks are passed over"));
  options.back() = "criterion.*";
  CHECK(run(file, options).status == 3);
  options.insert(options.end(), {"--ignore-unexpected", "metric.*"});
  CHECK(run(file, options).status == 0);
}

TEST_CASE("every option that a refusal of weights names is the program's", "[app][weights]") {
  Program run;
  Checkpoint nan, half;
  nan.items = nan.network("", 5, std::nanf(""));
  const test::Ran refused = run(nan);
  CHECK(refused.status == 3);
  CHECK_THAT(refused.err, Contains("--allow-non-finite (weights option allow_non_finite)"));
  const test::Ran loaded = run(nan, {"--allow-non-finite"});
  CHECK_THAT(loaded.out, Contains("weights from"));
  const std::string help = run(half, {"--help"}).out;
  for (const char* option :
       {"--weights-key ", "--strip-prefix ", "--ignore-unexpected ", "--allow-cast", "--allow-non-finite"})
    CHECK_THAT(help, Contains(option));
}

// What is refused or noted before a training begins: times that do not fit, batches of one picture, slow choices; and
// in which words options tell their range.
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"
#include "app_run.hpp"
#include "tuneit/app/run/slow_choices.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;

/// Images of 32 x 32 pixels become one pixel before the second batch norm.
struct Deep final
    : Network<Input<3, 32>, Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 2, 1}>>, Named<"n", BatchNorm2d<4>>, ReLU>,
              Block<"body", Named<"b", Conv2d<4, 4, Window{16, 16}>>, Named<"m", BatchNorm2d<4>>, ReLU>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};

struct Timed : Finetune<Deep, ReplaceHead<Dynamic>, Adam<Lr<1e-2>>, Epochs<4>, BatchSize<4>, Warmup<Epochs<1>>,
                        StepLr<Epochs<2>, 0.1>, EarlyStop<Patience<2>>> {};
struct Half : Finetune<Deep, ReplaceHead<Dynamic>, Adam<Lr<1e-2>>, Epochs<1>, BatchSize<5>, Precision<FP16>> {};
struct Pulled : Finetune<Deep, ReplaceHead<Dynamic>, L2Sp<0.1>, Adam<Lr<1e-2>>, Epochs<1>> {};
struct Rows : Finetune<Deep, ReplaceHead<Dynamic>, ReuseRows<Row<2, 7>>, Adam<Lr<1e-2>>, Epochs<1>> {};
/// A policy of one's own that acts, and has a number.
template <auto Std>
struct Noise : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Add;
  static constexpr std::array numbers{Hyperparameter{.name = "noise", .value = Std, .about = "on gradients"}};
  template <class C>
  void on_gradients(const C& c) const {
    for (const at::Tensor& g : c.gradients) g.add_(c.numbers[0]);
  }
};
struct Stopper : PolicyTag {
  static constexpr Moments acts = OnEpoch;
  template <class C>
  Training on_epoch(const EpochResult& e, const C&) const {
    return e.epoch == 2 ? Training::Stop : Training::Continue;
  }
};
struct Own : Finetune<Deep, ReplaceHead<Dynamic>, Sgd<Lr<1e-2>>, Epochs<3>, BatchSize<5>, Noise<0>, Stopper> {};
struct Frozen : Finetune<Deep, ReplaceHead<Dynamic>, Freeze<Layers<0, 1>>, Adam<Lr<1e-2>>, Epochs<1>> {};

/// Two classes of 5 and 4 training pictures, and one each to test.
void make_data(const test::TempFolder& folder) {
  for (const char* part : {"train", "test"})
    for (const char* kind : {"a", "b"})
      for (int i = 0; i < (part[1] == 'e' ? 1 : *kind == 'a' ? 5 : 4); ++i)
        folder.write(std::filesystem::path("data") / part / kind / (std::to_string(i) + ".png"),
                     test::encode_png(test::gradient(40 + i, 40, part[1] + *kind)));
}

template <class R>
test::Ran run(const test::TempFolder& folder, std::vector<std::string> more, bool scratch = true) {
  more.insert(more.begin(), {"--data", (folder.path() / "data").string(), "--image-size", "32", "--workers", "0",
                             "--out", (folder.path() / "run").string()});
  if (scratch) more.emplace_back("--scratch");
  return test::run_main<R>(folder.path(), more);
}

}  // namespace

TEST_CASE("times that were changed on the command line are refused or noted as by the compiler", "[app][hostile]") {
  const test::TempFolder folder;
  make_data(folder);
  const test::Ran plain = run<Timed>(folder, {"--dry-run", "--batch-size", "5"});
  INFO(plain.out << plain.err);
  CHECK(plain.status == 0);
  CHECK_THAT(plain.out, !Contains("note:"));
  const test::Ran warm = run<Timed>(folder, {"--dry-run", "--warmup", "4"});
  CHECK(warm.status == 2);
  CHECK_THAT(warm.err, Contains("Warmup<Epochs<1>> is longer than the training") && Contains("warmup is 4 epochs"));
  const test::Ran late = run<Timed>(folder, {"--dry-run", "--step-every", "9"});
  CHECK(late.status == 0);
  CHECK_THAT(late.out, Contains("note: the training ends before StepLr<Epochs<2>, 0.1> does anything"));
  const test::Ran patient = run<Timed>(folder, {"--dry-run", "--patience", "4"});
  CHECK_THAT(patient.out, Contains("note: the patience is not shorter than the training"));
  const test::Ran shorter = run<Timed>(folder, {"--dry-run", "--epochs", "1"});
  CHECK(shorter.status == 2);
  const test::Ran frozen = run<Frozen>(folder, {"--dry-run"});
  CHECK(frozen.status == 2);
  CHECK_THAT(frozen.err, Contains("would stay random"));
}

TEST_CASE("what the compiler refuses of weights and heads is refused in the plan, too", "[app][hostile]") {
  const test::TempFolder folder;
  make_data(folder);
  const test::Ran pulled = run<Pulled>(folder, {"--dry-run"});
  INFO(pulled.out << pulled.err);
  CHECK(pulled.status == 2);
  CHECK_THAT(pulled.err, Contains("L2Sp<0.1> would pull the network back to them") && Contains("--l2sp 0"));
  CHECK(run<Pulled>(folder, {"--dry-run", "--l2sp", "0"}).status == 0);
  const test::Ran rows = run<Rows>(folder, {"--dry-run"});
  CHECK(rows.status == 2);
  CHECK_THAT(rows.err, Contains("Row<2, 7> of ReuseRows<Row<2, 7>> is for class 2 of the new head, which has 2"));
}

TEST_CASE("a last batch of one picture is left out and said; batches of one picture are refused", "[app][hostile]") {
  const test::TempFolder folder;
  make_data(folder);
  const test::Ran last = run<Timed>(folder, {"--epochs", "3"});  // 9 pictures, batches of 4
  INFO(last.out << last.err);
  CHECK(last.status == 0);
  CHECK_THAT(last.out, Contains("note: the last batch of each epoch has one picture and is left out") &&
                           Contains("3 batches of one picture, in 3 epochs, left out"));
  CHECK(test::read_json(folder.path() / "run/result.json")["left_out_batches"] == 3);
  const test::Ran none = run<Timed>(folder, {"--dry-run", "--batch-size", "3"});
  CHECK_THAT(none.out, !Contains("one picture"));
  const test::Ran larger = run<Timed>(folder, {"--dry-run", "--image-size", "64"});
  CHECK_THAT(larger.out, !Contains("one picture"));
  const test::Ran ones = run<Timed>(folder, {"--dry-run", "--batch-size", "1"});
  CHECK(ones.status == 2);
  CHECK_THAT(ones.err, Contains("batch of one picture gives batch norms one value per channel"));
}

TEST_CASE("a choice that is slow here is said in the plan", "[app]") {
  const test::TempFolder folder;
  make_data(folder);
  CHECK_THAT(run<Half>(folder, {"--dry-run"}).out,
             Contains("note: fp16 on a CPU takes about 15 times as long as fp32"));
  CHECK_THAT(run<Timed>(folder, {"--dry-run"}).out, !Contains("15 times"));

  // on any processor, and elsewhere
  const app::RecipeInfo kind = app::info_of<Timed>();
  const auto notes = [&](PrecisionKind numbers, bool cpu, bool bfloat16) {
    Settings s = kind.defaults;
    s.precision = numbers;
    std::string all;
    for (const std::string& note : app::slow_choices(s, kind, cpu, bfloat16)) all += note + "\n";
    return all;
  };
  for (const bool bfloat16 : {false, true}) {
    CHECK(notes(PrecisionKind::Single, true, bfloat16).empty());
    CHECK(notes(PrecisionKind::Auto, true, bfloat16).empty());
    CHECK_THAT(notes(PrecisionKind::Double, true, bfloat16), Contains("fp64 takes about 3 times as long"));
    CHECK(notes(PrecisionKind::Half, false, bfloat16).empty());
  }
  CHECK_THAT(notes(PrecisionKind::BFloat16, true, false), Contains("bf16 takes 3 to 13 times as long as fp32 on this"));
  CHECK(notes(PrecisionKind::BFloat16, true, true).empty());
  CHECK_THAT(notes(PrecisionKind::Half, true, true), Contains("bf16, which this processor computes in"));
  CHECK_THAT(notes(PrecisionKind::Half, true, false), !Contains("bf16"));
}

TEST_CASE("policies of one's own act in a program, too; their numbers are options", "[app]") {
  const test::TempFolder folder;
  make_data(folder);
  const test::Ran plan = run<Own>(folder, {"--dry-run"});
  CHECK_THAT(plan.out, Contains("Noise<0> acts on gradients") && Contains("Stopper acts after an epoch"));
  const auto weights = [&](std::vector<std::string> options) {
    options.emplace_back("--overwrite");
    const test::Ran ran = run<Own>(folder, std::move(options));
    INFO(ran.out << ran.err);
    CHECK(ran.status == 0);
    const auto result = test::read_json(folder.path() / "run/result.json");
    CHECK(result["history"].size() == 2);  // Stopper ended it
    return test::read_text(folder.path() / "run/model.safetensors");
  };
  const std::string quiet = weights({}), again = weights({"--noise", "0"}), loud = weights({"--noise", "0.5"});
  CHECK(quiet.substr(quiet.size() - 2000) == again.substr(again.size() - 2000));
  CHECK(quiet.substr(quiet.size() - 2000) != loud.substr(loud.size() - 2000));
  const test::Ran script = run<Own>(folder, {"--emit-python", "-"}, false);
  CHECK(script.status == 2);
  CHECK_THAT(script.err, Contains("nobody knows how to write the policy") && Contains("Noise<0>"));
}

TEST_CASE("options tell their range in words", "[app][hostile]") {
  const test::TempFolder folder;
  const auto said = [&](std::vector<std::string> options) {
    const test::Ran ran = run<Timed>(folder, std::move(options));
    CHECK(ran.status == 2);
    return ran.err;
  };
  CHECK_THAT(said({"--label-smoothing", "1.5"}),
             Contains("--label-smoothing: is 1.5; give a number from 0 up to, not including, 1"));
  CHECK_THAT(said({"--epochs", "0"}), Contains("--epochs: is 0; give a whole number from 1 to 1000000"));
  CHECK_THAT(said({"--batch-size", "2.5"}), Contains("--batch-size: is 2.5; give a whole number from 1 to 1000000"));
  CHECK_THAT(said({"--batch-size", "many"}), Contains("--batch-size: is many; give a whole number"));
  CHECK_THAT(said({"--test-fraction", "nan"}), Contains("--test-fraction: is nan; give a number from 0 to 1\n"));
  CHECK_THAT(said({"--feature-cache-gb", "-1"}),
             Contains("--feature-cache-gb: is -1; give a number that is 0 or more"));
  CHECK_THAT(said({"--device-cache-gb", "-1"}), Contains("--device-cache-gb: is -1; give a number that is 0 or more"));
  CHECK_THAT(said({"--seed", "-1"}), Contains("--seed: is -1; give a whole number from 0 to 18446744073709551615"));
  CHECK_THAT(said({"--device", "tpu"}), Contains("--device: is tpu; give auto, cpu or cuda"));
  CHECK_THAT(said({"--device", "1"}), Contains("--device: is 1; give auto, cpu or cuda"));
  CHECK_THAT(said({"--augment", "heavy"}),
             Contains("--augment: is heavy; give imagenet, flips") && Contains("trivial or rand"));
  CHECK_THAT(said({"--sampling", "twice"}), Contains("--sampling: is twice; give balanced, once or weighted"));
  CHECK_THAT(said({"--lr", "0"}), Contains("--lr: is 0; give more than 0"));
  CHECK_THAT(said({"--warmup", "x"}), Contains("--warmup: is x; give at least 1 epochs"));
}

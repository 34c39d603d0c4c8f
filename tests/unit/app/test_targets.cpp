// Does the program of a recipe train on tables: several labels a picture, numbers to predict, classes of a column,
// folds, weights? Images are made here; what the program reports is computed again from what it writes.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <tuneit/io/image/write_png.hpp>
#include <tuneit/models/tiny.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"
#include "app_run.hpp"

namespace {

using namespace tuneit;
using test::Ran;

template <class... Loss>
using Recipe = Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<8>, BatchSize<8>, Augment<>, Loss...>;
struct LabelsRecipe : Recipe<BinaryCrossEntropy<>> {};
struct NumbersRecipe : Recipe<MeanSquaredError<>> {};
struct ClassesRecipe : Recipe<> {};
struct SoftRecipe : Recipe<CrossEntropy<SoftTargets>> {};
struct OneOutput : Finetune<TinyNet, ReplaceHead<1>, AdamW<Lr<1e-2>>, Epochs<8>, BatchSize<8>, Augment<>, Focal<>> {};

/// 64 pictures of one colour with some noise: red or grey, bright or dark, in a table with labels of all kinds.
class Table {
 public:
  Table() {
    std::string rows = "path,red,bright,light,shift,kind,often,p,q\n";
    data::Draws draws(1, 0, 0);
    for (int i = 0; i < 64; ++i) {
      const bool red = draws.coin(0.5), bright = draws.coin(0.4);
      const double level = (bright ? 180 : 60) + draws.uniform(-20, 20);
      io::Image picture{20, 20, {}};
      double sum = 0;
      for (int p = 0; p < 400; ++p)
        for (int c = 0; c < 3; ++c) {
          const double value = std::clamp(level * (red && c > 0 ? 0.3 : 1) + draws.uniform(-8, 8), 0.0, 255.0);
          picture.rgb.push_back(static_cast<std::uint8_t>(value));
          sum += picture.rgb.back();
        }
      const std::string name = "p" + std::to_string(i) + ".png";
      io::write_png((folder.path() / name).string(), picture);
      const double light = sum / 1200 / 100;
      rows += name + (red ? ",1" : ",0") + (bright ? ",1," : ",0,") + std::to_string(light) + "," +
              std::to_string(2 - light) + (red ? ",red" : ",grey") + (red ? ",1000000" : ",1") +
              (red ? ",0.9,0.1\n" : ",0.2,0.8\n");
    }
    folder.write("t.csv", rows);
  }

  template <class R>
  [[nodiscard]] Ran run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--data", at("t.csv")});
    return test::run_main<R>(folder.path(), arguments);
  }
  /// The same, from random numbers; it must go well.
  template <class R>
  [[nodiscard]] std::string train(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--scratch", "--overwrite", "--out", at("run")});
    const Ran ran = run<R>(arguments);
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
    return ran.out + ran.err;
  }
  /// What the program says where it refuses.
  template <class R>
  [[nodiscard]] std::string refusal(std::vector<std::string> arguments, ErrorKind error_kind = ErrorKind::Usage) const {
    arguments.insert(arguments.begin(), {"--scratch", "--out", at("none")});
    const Ran ran = run<R>(arguments);
    INFO(ran.out << ran.err);
    CHECK(ran.status == static_cast<int>(error_kind));
    CHECK(ran.out.find("Plan") == std::string::npos);  // before anything else is done
    CHECK_FALSE(std::filesystem::exists(at("none")));
    return ran.err;
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (folder.path() / name).string(); }

  test::TempFolder folder;
};

double mean(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += v / static_cast<double>(x.size());
  return sum;
}

using Catch::Contains;

}  // namespace

TEST_CASE("several labels: trained, judged each by itself, evaluated again from the file", "[app][targets]") {
  const Table table;
  const std::string text = table.train<LabelsRecipe>({"--target-columns", "red,bright", "--logits", table.at("l.csv")});
  CHECK_THAT(text, Contains("split at random with 25 % for the test"));
  CHECK_THAT(text, Contains("48 pictures to train on, 16 to test on; to predict: 'red', 'bright'"));
  CHECK_THAT(text, Contains("Plan: LabelsRecipe, 2 outputs") || Contains("Plan: TinyNet, 2 outputs"));
  CHECK_THAT(text, Contains("label   count  accuracy"));
  CHECK_THAT(text, !Contains("nan") && !Contains(" classes"));
  CHECK_THAT(text, Contains("Epoch 8/8 100 %  loss 0.") && Contains("test accuracy "));

  const auto result = test::read_json(table.at("run/result.json"));
  CHECK(result["history"].size() == 8);
  CHECK(result["history"][7]["train_loss"] < 0.5 * result["history"][0]["train_loss"].get<double>());
  CHECK(result["test_accuracy"] > 0.9);
  CHECK(result["classes"] == std::vector<std::string>{"red", "bright"});

  // loss and accuracies once more, by their definitions, from the logits
  auto columns = test::read_columns(table.at("l.csv"));
  REQUIRE(columns.size() == 5);
  std::vector<double> losses, hits;
  REQUIRE(result["test_figures"].size() == 2);
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string name = k == 0 ? "red" : "bright";
    const std::vector<double> truth = test::numbers(columns[name]), logit = test::numbers(columns["logit_" + name]);
    REQUIRE(truth.size() == 16);
    std::vector<double> own;
    for (std::size_t i = 0; i < 16; ++i) {
      losses.push_back(std::log1p(std::exp(truth[i] == 1 ? -logit[i] : logit[i])));
      own.push_back((logit[i] > 0) == (truth[i] == 1) ? 1 : 0);
    }
    hits.insert(hits.end(), own.begin(), own.end());
    const auto& figures = result["test_figures"][k];
    CHECK(figures["name"] == name);
    CHECK(figures["count"] == std::count(truth.begin(), truth.end(), 1.0));
    CHECK(figures["accuracy"].get<double>() == Approx(mean(own)));
    CHECK(figures["average_precision"] > 0.9);
  }
  CHECK(result["test_loss"].get<double>() == Approx(mean(losses)).epsilon(1e-5));
  CHECK(result["test_accuracy"].get<double>() == Approx(mean(hits)));

  // the best epoch is that of the lowest loss; its file, tested, has its figures
  double best = 1e9, accuracy = 0;
  for (const auto& epoch : result["history"])
    if (epoch["test_loss"] < best) {
      best = epoch["test_loss"];
      accuracy = epoch["test_accuracy"];
    }
  CHECK(result["best_test_loss"] == best);
  CHECK(result["best_test_accuracy"] == accuracy);
  const Ran again = table.run<LabelsRecipe>(
      {"--target-columns", "red,bright", "--weights", table.at("run/best.safetensors"), "--evaluate"});
  CHECK(again.status == 0);
  CHECK_THAT(again.out, Contains("test loss " + short_number(best, 6)) && Contains("label   count"));

  auto log = test::read_columns(table.at("run/log.csv"));
  CHECK(test::numbers(log["test_accuracy"]).back() == Approx(result["test_accuracy"].get<double>()));
  CHECK(log["epoch"].size() == 8);
}

TEST_CASE("numbers: trained, judged by their errors, predicted from the file", "[app][targets]") {
  const Table table;
  const std::string text = table.train<NumbersRecipe>({"--target-columns", "light,shift"});
  CHECK_THAT(text, Contains("to predict: 'light', 'shift'") && Contains("2 outputs") && Contains("test RMSE "));
  CHECK_THAT(text, Contains("number  mean absolute error"));
  CHECK_THAT(text, !Contains("nan") && !Contains("accuracy") && !Contains(" classes"));
  const auto result = test::read_json(table.at("run/result.json"));
  CHECK(result["history"][7]["train_loss"] < 0.3 * result["history"][0]["train_loss"].get<double>());
  CHECK(result["test_accuracy"].is_null());
  CHECK(result["best_test_accuracy"].is_null());
  for (const std::string& field : test::read_column(table.at("run/log.csv"), "test_accuracy")) CHECK(field.empty());
  const auto errors = test::numbers(test::read_column(table.at("run/log.csv"), "mean_absolute_error"));
  REQUIRE(errors.size() == 8);
  CHECK(errors.back() == Approx(result["history"][7]["test_metrics"]["mean_absolute_error"].get<double>()));

  const Ran predicted =
      table.run<NumbersRecipe>({"--target-columns", "light,shift", "--weights", table.at("run/model.safetensors"),
                                "--evaluate", "--logits", table.at("p.csv")});
  INFO(predicted.out << predicted.err);
  REQUIRE(predicted.status == 0);
  CHECK_THAT(predicted.out, Contains("Predictions for 16 pictures"));
  auto columns = test::read_columns(table.at("p.csv"));
  std::vector<double> all;
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string name = k == 0 ? "light" : "shift";
    const std::vector<double> truth = test::numbers(columns[name]), given = test::numbers(columns["predicted_" + name]);
    REQUIRE(truth.size() == 16);
    std::vector<double> absolute, squared, spread;
    for (std::size_t i = 0; i < 16; ++i) {
      absolute.push_back(std::abs(given[i] - truth[i]));
      squared.push_back((given[i] - truth[i]) * (given[i] - truth[i]));
      spread.push_back((truth[i] - mean(truth)) * (truth[i] - mean(truth)));
    }
    all.insert(all.end(), squared.begin(), squared.end());
    const auto& figures = result["test_figures"][k];
    CHECK(figures["name"] == name);
    CHECK(figures["mean_absolute_error"].get<double>() == Approx(mean(absolute)).epsilon(1e-4));
    CHECK(figures["rmse"].get<double>() == Approx(std::sqrt(mean(squared))).epsilon(1e-4));
    CHECK(figures["r2"].get<double>() == Approx(1 - mean(squared) / mean(spread)).epsilon(1e-4));
  }
  CHECK(errors.back() == Approx((result["test_figures"][0]["mean_absolute_error"].get<double>() +
                                 result["test_figures"][1]["mean_absolute_error"].get<double>()) /
                                2));
  CHECK(result["test_loss"].get<double>() == Approx(mean(all)).epsilon(1e-4));
  CHECK_THAT(text, Contains("test RMSE " + short_number(std::sqrt(mean(all)))));
}

TEST_CASE("the lowest test loss of numbers is the best epoch", "[app][targets]") {
  const Table table;
  static_cast<void>(table.train<NumbersRecipe>({"--target-columns", "light", "--epochs", "4"}));
  const auto result = test::read_json(table.at("run/result.json"));
  double best = 1e9;
  for (const auto& epoch : result["history"]) best = std::min(best, epoch["test_loss"].get<double>());
  CHECK(result["best_test_loss"] == best);
  // without a test part there is no best epoch, and nothing is said of tests
  const std::string text =
      table.train<NumbersRecipe>({"--target-columns", "light", "--epochs", "1", "--test-fraction", "0"});
  CHECK_THAT(text, Contains("64 pictures to train on, 0 to test on") && !Contains("test loss") && !Contains("RMSE"));
  CHECK(test::read_json(table.at("run/result.json"))["test_figures"].is_null());
}

TEST_CASE("probabilities of classes are judged by the most probable one", "[app][targets]") {
  const Table table;
  const std::string text = table.train<SoftRecipe>({"--target-columns", "p,q"});
  CHECK_THAT(text, Contains("cross-entropy against probabilities") && Contains("class    count  precision"));
  const auto result = test::read_json(table.at("run/result.json"));
  CHECK(result["test_figures"][0]["recall"] > 0.9);
  CHECK(result["test_figures"][1]["recall"] > 0.9);
}

TEST_CASE("one output tells two classes apart", "[app][targets]") {
  const Table table;
  const std::string text =
      table.train<OneOutput>({"--label-column", "kind", "--logits", table.at("l.csv"), "--seed", "2"});
  CHECK_THAT(text, Contains("1 output,") && Contains("16 to test on, 2 classes"));
  auto columns = test::read_columns(table.at("l.csv"));
  REQUIRE(columns.size() == 3);
  const std::vector<double> logit = test::numbers(columns["logit_0"]);
  double hits = 0;
  for (std::size_t i = 0; i < logit.size(); ++i)
    hits += (columns["label"][i] == "red") == (logit[i] > 0) ? 1.0 : 0.0;  // grey is class 0
  const auto result = test::read_json(table.at("run/result.json"));
  CHECK(result["test_accuracy"].get<double>() == Approx(hits / static_cast<double>(logit.size())));
  CHECK(hits > 12);
  CHECK_THAT(table.refusal<OneOutput>({"--label-column", "bright", "--target-columns", "red"}), Contains("Give one"));
  CHECK_THAT(table.refusal<OneOutput>({"--target-columns", "red,bright"}),
             Contains("the recipe's head has 1 output, and the data has 2 target columns"));
}

TEST_CASE("folds: every picture is tested once", "[app][targets]") {
  const Table table;
  std::multiset<std::string> tested;
  for (const char* const fold : {"1", "2", "3"}) {
    const std::string text = table.train<ClassesRecipe>(
        {"--label-column", "kind", "--epochs", "1", "--folds", "3", "--fold", fold, "--logits", table.at("l.csv")});
    CHECK_THAT(text, Contains(std::string("fold ") + fold + " of 3 for the test, class by class"));
    for (const std::string& path : test::read_column(table.at("l.csv"), "path")) tested.insert(path);
  }
  CHECK(tested.size() == 64);
  CHECK(std::set<std::string>(tested.begin(), tested.end()).size() == 64);
  CHECK_THAT(table.train<NumbersRecipe>({"--target-columns", "light", "--folds", "4", "--epochs", "1"}),
             Contains("fold 1 of 4 for the test (seed 0)"));
}

TEST_CASE("weights decide what training sees", "[app][targets]") {
  const Table table;
  // red pictures weigh a million times as much: nothing else is ever drawn, and everything is red then
  const std::string text =
      table.train<ClassesRecipe>({"--label-column", "kind", "--sampling", "weighted", "--weight-column", "often"});
  const auto figures = test::read_json(table.at("run/result.json"))["test_figures"];
  REQUIRE(figures[1]["name"] == "red");
  CHECK(figures[1]["recall"] == 1.0);
  CHECK(figures[0]["recall"] == 0.0);
  static_cast<void>(table.train<ClassesRecipe>({"--label-column", "kind", "--sampling", "balanced"}));
  const auto balanced = test::read_json(table.at("run/result.json"))["test_figures"];
  CHECK(balanced[0]["recall"] > 0.8);
  CHECK(balanced[1]["recall"] > 0.8);
  CHECK_THAT(table.train<LabelsRecipe>(
                 {"--target-columns", "bright", "--sampling", "weighted", "--weight-column", "often", "--epochs", "1"}),
             Contains("1 output"));
}

TEST_CASE("columns that a recipe cannot learn are refused before anything is done", "[app][targets]") {
  const Table t;
  CHECK_THAT(t.refusal<ClassesRecipe>({"--target-columns", "red"}), Contains("this recipe learns classes"));
  CHECK_THAT(t.refusal<NumbersRecipe>({"--label-column", "kind"}),
             Contains("this recipe predicts numbers") && Contains("squared error") && Contains("--target-columns"));
  CHECK_THAT(t.refusal<LabelsRecipe>({"--target-columns", "red,light"}, ErrorKind::Data),
             Contains("in the column 'light' of the picture") && Contains("is not in 0 to 1") &&
                 Contains("binary cross-entropy") && Contains("MeanSquaredError"));
  CHECK_THAT(t.refusal<SoftRecipe>({"--target-columns", "p"}), Contains("one column of targets"));
  CHECK_THAT(t.refusal<NumbersRecipe>({"--target-columns", "light,light"}), Contains("'light' is named twice"));
  CHECK_THAT(t.refusal<NumbersRecipe>({"--target-columns", "kind"}, ErrorKind::Data), Contains("is no number"));
  CHECK_THAT(t.refusal<NumbersRecipe>({"--target-columns", "dark"}, ErrorKind::Data), Contains("no column 'dark'"));
  CHECK_THAT(t.refusal<LabelsRecipe>({"--target-columns", "red", "--label-column", "kind"}), Contains("Give one"));
  CHECK_THAT(t.refusal<LabelsRecipe>({"--target-columns", "red", "--sampling", "balanced"}),
             Contains("--sampling weighted with a --weight-column"));
  CHECK_THAT(t.refusal<ClassesRecipe>({"--label-column", "kind", "--sampling", "weighted"}),
             Contains("Name it with --weight-column"));
  CHECK_THAT(t.refusal<ClassesRecipe>({"--label-column", "kind", "--weight-column", "often"}),
             Contains("Add --sampling weighted"));
  CHECK_THAT(t.refusal<ClassesRecipe>({"--label-column", "kind", "--fold", "2"}), Contains("--fold requires --folds"));
  CHECK_THAT(t.refusal<ClassesRecipe>({"--label-column", "kind", "--folds", "3", "--fold", "4"}),
             Contains("Fold 4 of 3"));
  CHECK_THAT(t.refusal<LabelsRecipe>({"--target-columns", "red", "--emit-python"}), Contains("--target-columns"));

  static_cast<void>(t.train<LabelsRecipe>({"--target-columns", "red,bright", "--epochs", "1"}));
  const std::string model = t.at("run/model.safetensors");
  const Ran other = t.run<LabelsRecipe>({"--target-columns", "red", "--evaluate", "--weights", model});
  CHECK(other.status == static_cast<int>(ErrorKind::Usage));
  CHECK_THAT(other.err, Contains("has 2 outputs, and the data has 1 target column\n"));
  const Ran only =
      t.run<LabelsRecipe>({"--target-columns", "red", "--evaluate", "--weights", model, "--logits", t.at("l.csv")});
  CHECK(only.status == 0);
  CHECK_THAT(only.out, !Contains("test loss"));
  CHECK_THAT(test::read_text(t.at("l.csv")), Catch::StartsWith("path,red,logit_0,logit_1\n"));
}

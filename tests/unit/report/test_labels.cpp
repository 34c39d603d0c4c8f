// Are the figures of labels and of predicted numbers those of the textbook?
#include <cmath>
#include <string>
#include <vector>

#include <tuneit/report/labels.hpp>
#include <tuneit/report/regression.hpp>

#include <catch2/catch.hpp>

using namespace tuneit::report;

namespace {

void add(Labels& labels, const std::vector<std::vector<float>>& outputs,
         const std::vector<std::vector<float>>& targets) {
  for (std::size_t i = 0; i < outputs.size(); ++i) labels.add(outputs[i].data(), targets[i].data());
}

}  // namespace

TEST_CASE("figures of labels", "[report][labels]") {
  Labels labels({"a", "always", "never"});
  // a: outputs 3, 2, 1, -1, -2 of pictures that are yes, no, yes, yes, no
  add(labels, {{3, 1, -1}, {2, 1, -1}, {1, 1, -1}, {-1, -1, -2}, {-2, 1, -2}},
      {{1, 1, 0}, {0, 1, 0}, {1, 1, 0}, {1, 1, 0}, {0, 1, 0}});
  CHECK(labels.total() == 5);
  CHECK(labels.exact() == Approx(3.0 / 5));
  const LabelScore a = labels.score(0), always = labels.score(1), never = labels.score(2);
  CHECK(a.count == 3);
  CHECK(a.accuracy == Approx(3.0 / 5));
  CHECK(a.precision == Approx(2.0 / 3));
  CHECK(a.recall == Approx(2.0 / 3));
  CHECK(a.f1 == Approx(2.0 / 3));
  CHECK(a.average_precision == Approx((1.0 + 2.0 / 3 + 3.0 / 4) / 3));  // hits at places 1, 3 and 4
  CHECK(always.recall == Approx(4.0 / 5));
  CHECK(always.average_precision == Approx(1));
  CHECK(never.accuracy == Approx(1));
  CHECK(std::isnan(never.precision));
  CHECK(std::isnan(never.recall));
  CHECK(std::isnan(never.f1));
  CHECK(std::isnan(never.average_precision));
  CHECK(std::isnan(Labels({"a"}).exact()));
  CHECK(std::isnan(Labels({"a"}).score(0).accuracy));
}

TEST_CASE("the average precision of equal outputs does not depend on their order", "[report][labels]") {
  // Two of the three at the first place are hits, and none is left behind them: precision 2/3 at recall 1.
  for (const std::vector<float>& truth : {std::vector<float>{1, 0, 1, 0}, {0, 1, 1, 0}, {1, 1, 0, 0}}) {
    Labels labels({"a"});
    add(labels, {{0.5F}, {0.5F}, {0.5F}, {0.1F}}, {{truth[0]}, {truth[1]}, {truth[2]}, {truth[3]}});
    CHECK(labels.score(0).average_precision == Approx(2.0 / 3));
  }
}

TEST_CASE("the table of labels", "[report][labels]") {
  Labels labels({"a", "a name that is longer than anyone would think"});
  add(labels, {{3, -1}, {2, -1}}, {{1, 0}, {0, 0}});
  const std::string table = label_table(labels);
  INFO(table);
  CHECK(table.find("a name that is longer ..") != std::string::npos);
  CHECK(table.find("mean accuracy 75.00 %, mean F1 66.67 %, mean average precision 100.00 %; all labels right in "
                   "50.00 % of 2 pictures\n") != std::string::npos);
  CHECK(table.find("     0    100.00          -       -      -                  -\n") != std::string::npos);
}

TEST_CASE("errors of numbers", "[report][labels]") {
  Regression errors({"size", "constant"});
  const std::vector<std::vector<float>> outputs{{1, 5}, {2, 5}, {6, 7}}, targets{{2, 5}, {4, 5}, {6, 5}};
  for (std::size_t i = 0; i < 3; ++i) errors.add(outputs[i].data(), targets[i].data());
  const ErrorScore size = errors.score(0), constant = errors.score(1);
  CHECK(size.mean_absolute_error == Approx(1));
  CHECK(size.rmse == Approx(std::sqrt(5.0 / 3)));
  CHECK(size.r2 == Approx(1 - 5.0 / 8));
  CHECK(constant.rmse == Approx(std::sqrt(4.0 / 3)));
  CHECK(std::isnan(constant.r2));
  CHECK(std::isnan(Regression({"a"}).score(0).rmse));
  const std::string table = error_table(errors);
  INFO(table);
  CHECK(table.find("size") != std::string::npos);
  CHECK(table.find("0.375") != std::string::npos);
  CHECK(table.find(" -\nR2: share of the variance that is explained; of 3 pictures\n") != std::string::npos);
  // Far from zero the variance keeps its digits.
  Regression far({"year"});
  for (const float x : {2000.0F, 2001.0F, 2002.0F}) far.add(&x, &x);
  CHECK(far.score(0).r2 == Approx(1));
}

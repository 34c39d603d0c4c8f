// needs: named
// Recipes with a name, step by step against the libraries they come from: the rates, and what moves.
#include <algorithm>
#include <iostream>

#include "../../static/tiny.hpp"
#include "numbers.hpp"

using namespace tuneit;

namespace {

template <class Model>
std::size_t row_named(const std::string& name) {
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (table<Model>.name(i) == name) return i;
  FAIL("no tensor " << name);
  return 0;
}

/// The rate of a tensor in a step; 0 where it does not train.
template <class R>
double rate_of(std::size_t row, long long step, long long steps_per_epoch) {
  const Settings s = defaults<R>();
  const PlanRow& p = plans<R>[phase_at<R>(s, step, steps_per_epoch).phase].rows[row];
  return p.frozen ? 0 : p.lr_scale * lr_at<R>(s, step, steps_per_epoch);
}

}  // namespace

TEST_CASE("Lightning's BackboneFinetuning") {
  using R = LightningBackbone<Tiny, ReplaceHead<2>, 3, 10>;
  constexpr std::size_t conv = 0, norm = 1, mean = 3, head = 9;  // see tiny.hpp
  const auto rows = numbers(made("named") / "lightning.txt");
  REQUIRE(rows.size() == 40);
  double worst = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto step = static_cast<long long>(i);
    INFO("step " << i);
    worst = std::max(worst, relative_difference(rate_of<R>(head, step, 4), rows[i][0]));
    worst = std::max(worst, relative_difference(rate_of<R>(conv, step, 4), rows[i][1]));
    const auto& plan_now = plans<R>[phase_at<R>(defaults<R>(), step, 4).phase];
    CHECK(plan_now.rows[conv].frozen == (rows[i][2] == 0));
    CHECK(plan_now.rows[norm].frozen == (rows[i][3] == 0));
    CHECK(plan_now.rows[mean].batch_statistics == (rows[i][4] == 1));
    CHECK(plan_now.rows[head].frozen == (rows[i][5] == 0));
  }
  std::cout << "lightning: largest relative difference " << worst << "\n";
  CHECK(worst <= 1e-12);
}

// The files were written by fastai itself (reference_fastai.py). It computes the position in a cycle in single
// precision, which shows where the rate is near zero: hence relative to the highest rate of the group.
TEST_CASE("fastai's fine_tune") {
  using R = FastaiFineTune<ResNet18, FastaiHead<5>, Epochs<3>>;
  const auto here = std::filesystem::path(__FILE__).parent_path();
  const auto rows = numbers(here / "reference_fastai.txt");
  REQUIRE(rows.size() == 40);
  const std::size_t groups[] = {row_named<R::model>("bn1.weight"), row_named<R::model>("layer3.0.bn1.weight"),
                                table<R::model>.size - 1};
  double peak[2][3] = {}, worst = 0, worst_of_rate = 0, worst_momentum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t g = 0; g < 3; ++g) peak[i >= 10][g] = std::max(peak[i >= 10][g], rows[i][g]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto step = static_cast<long long>(i);
    for (std::size_t g = 0; g < 3; ++g) {
      const double ours = rate_of<R>(groups[g], step, 10);
      worst = std::max(worst, std::abs(ours - rows[i][g]) / peak[i >= 10][g]);
      worst_of_rate = std::max(worst_of_rate, relative_difference(ours, rows[i][g]));
    }
    const auto n = optimizer_at<R>(defaults<R>(), step, 10);
    worst_momentum = std::max(worst_momentum, relative_difference(n.template number<Betas>(), rows[i][3]));
    CHECK((n.template number<Betas, 1>() == 0.99 && n.template number<Eps>() == 1e-5 && n.decay == 0.01));
  }
  std::cout << "fastai: largest difference " << worst << " of the highest rate, " << worst_of_rate
            << " of the rate, momentum " << worst_momentum << "\n";
  CHECK(worst <= 1e-6);
  CHECK(worst_momentum <= 1e-6);

  int checked = 0;
  for (const auto& line : words(here / "reference_fastai_parameters.txt")) {
    const std::size_t i = row_named<R::model>(line[0]);
    INFO(line[0]);
    for (std::size_t phase = 0; phase < 2; ++phase) {
      const PlanRow& p = plans<R>[phase].rows[i];
      const bool moves = table<R::model>.rows[i].is_buffer() ? p.batch_statistics : !p.frozen;
      CHECK(moves == (line[2 + phase] == "1"));
    }
    if (!table<R::model>.rows[i].is_buffer()) CHECK(plans<R>[1].rows[i].decay_scale == std::stod(line[4]));
    ++checked;
  }
  CHECK(checked == 80);  // 60 parameters, 20 running means
}

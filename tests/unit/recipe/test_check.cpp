// The numbers of Settings are judged when training starts: the first that makes no sense is named, with its value.
#include <limits>
#include <string>

#include <tuneit/recipe.hpp>
#include <tuneit/recipe/check.hpp>

#include <catch2/catch.hpp>

using namespace tuneit;

namespace {

using Usual = Finetune<TinyNet>;

/// What is said of the default numbers after `change`; nothing if they pass.
template <class Change>
std::string said(Change change) {
  Settings s = defaults<Usual>();
  change(s);
  try {
    check_settings<Usual>(s);
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::Usage);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("numbers that make no sense are named", "[recipe][check]") {
  using Catch::Contains;
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  CHECK(said([](Settings&) {}).empty());
  CHECK_THAT(said([](Settings& s) { s.optimizer.lr = 0; }), Contains("the learning rate is 0"));
  CHECK_THAT(said([=](Settings& s) { s.optimizer.lr = nan; }), Contains("the learning rate is nan"));
  CHECK_THAT(said([=](Settings& s) { s.optimizer.lr = inf; }), Contains("the learning rate is inf"));
  CHECK_THAT(said([](Settings& s) { s.optimizer.weight_decay = -0.5; }), Contains("the weight decay is -0.5"));
  CHECK_THAT(said([](Settings& s) { s.optimizer.momentum = 1; }), Contains("the momentum is 1"));
  CHECK_THAT(said([](Settings& s) { s.optimizer.dampening = -1; }), Contains("the dampening is -1"));
  CHECK_THAT(said([](Settings& s) { s.optimizer.beta1 = 1.5; }), Contains("beta1 is 1.5"));
  CHECK_THAT(said([](Settings& s) { s.optimizer.beta2 = 1; }), Contains("beta2 is 1"));
  CHECK_THAT(said([](Settings& s) { s.optimizer.eps = 0; }), Contains("eps is 0"));
  CHECK_THAT(said([](Settings& s) { s.optimizer.smoothing = 2; }),
             Contains("the smoothing of the squares (alpha) is 2"));
  CHECK_THAT(said([](Settings& s) { s.loss.pos_weight = 0; }), Contains("the weight of the positive class is 0"));
  CHECK_THAT(said([](Settings& s) { s.loss.gamma = -2; }), Contains("gamma of the focal loss is -2"));
  CHECK_THAT(said([](Settings& s) { s.loss.alpha = 1.25; }), Contains("alpha of the focal loss is 1.25"));
  CHECK_THAT(said([](Settings& s) { s.label_smoothing = 1; }), Contains("the label smoothing is 1"));
  CHECK_THAT(said([](Settings& s) { s.batch_size = 0; }), Contains("the batch size is 0"));
  CHECK_THAT(said([](Settings& s) { s.classes = 0; }), Contains("at least 1"));
}

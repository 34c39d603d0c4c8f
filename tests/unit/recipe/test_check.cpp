// The numbers of Settings are judged when training starts: the first that makes no sense is named, with its value.
#include <limits>
#include <string>
#include <vector>

#include <tuneit/recipe.hpp>
#include <tuneit/recipe/queries/check.hpp>

#include <catch2/catch.hpp>

#include "unit/refusal.hpp"

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
    CHECK(e.kind() == ErrorKind::Usage);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("numbers that make no sense are named", "[recipe][check]") {
  using Catch::Contains;
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  CHECK(said([](Settings&) {}).empty());
  CHECK_THAT(said([](Settings& s) { s.optimizer.lr = 0; }), Contains("lr is 0"));
  CHECK_THAT(said([=](Settings& s) { s.optimizer.lr = nan; }), Contains("lr is nan"));
  CHECK_THAT(said([=](Settings& s) { s.optimizer.lr = inf; }), Contains("lr is inf"));
  CHECK_THAT(said([](Settings& s) { s.optimizer.weight_decay = -0.5; }), Contains("weight-decay is -0.5"));
  CHECK_THAT(said([](Settings& s) { s.optimizer.momentum = 1; }), Contains("momentum is 1"));
  CHECK_THAT(said([](Settings& s) { s.optimizer.dampening = -1; }), Contains("dampening is -1"));
  CHECK(said([](Settings& s) { s.optimizer.smoothing = 2; }).empty());  // SGD has none
  const auto of = []<class Opt>(Type<Opt>, double OptimizerSettings::*number, double value) -> std::string {
    using R = Finetune<TinyNet, ReplaceHead<2>, Opt>;
    Settings s = defaults<R>();
    s.optimizer.*number = value;
    try {
      check_settings<R>(s);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK_THAT(of(Type<AdamW<>>{}, &OptimizerSettings::beta1, 1.5), Contains("beta1 is 1.5"));
  CHECK_THAT(of(Type<AdamW<>>{}, &OptimizerSettings::beta2, 1), Contains("beta2 is 1"));
  CHECK_THAT(of(Type<AdamW<>>{}, &OptimizerSettings::eps, 0), Contains("eps is 0"));
  CHECK_THAT(of(Type<RmsProp<>>{}, &OptimizerSettings::smoothing, 2), Contains("smoothing is 2"));
  CHECK_THAT(of(Type<ChosenOptimizer>{}, &OptimizerSettings::momentum, 2), Contains("momentum is 2"));
  CHECK_THAT(said([](Settings& s) { s.label_smoothing = 1; }), Contains("the label smoothing is 1"));
  CHECK_THAT(said([](Settings& s) { s.batch_size = 0; }), Contains("the batch size is 0"));
  CHECK_THAT(said([](Settings& s) { s.classes = 0; }), Contains("at least 1"));
}

TEST_CASE("numbers of a loss are numbers of the recipe", "[recipe][check]") {
  using Catch::Contains;
  const auto said_of = [](auto recipe, const char* name, double value) {
    using R = typename decltype(recipe)::type;
    Settings s = defaults<R>();
    for (const NamedNumber& n : named_numbers<R>())
      if (n.name == name) s.values[n.at] = value;
    return test::refusal([&] { check_settings<R>(s); }).first;
  };
  using Sigmoid = Type<Finetune<TinyNet, BinaryCrossEntropy<PosWeight<2>>>>;
  using Focused = Type<Finetune<TinyNet, Focal<>, LrScale<Head, 10>>>;
  using Robust = Type<Finetune<TinyNet, Huber<Delta<0.5>>>>;
  CHECK(said_of(Sigmoid{}, "pos-weight", 3).empty());
  CHECK_THAT(said_of(Sigmoid{}, "pos-weight", 0), Contains("pos-weight is 0"));
  CHECK_THAT(said_of(Focused{}, "focal-gamma", -2), Contains("focal-gamma is -2"));
  CHECK_THAT(said_of(Focused{}, "focal-alpha", 1.25), Contains("focal-alpha is 1.25"));
  CHECK(said_of(Focused{}, "focal-alpha", -1).empty());
  CHECK_THAT(said_of(Robust{}, "huber-delta", 0), Contains("huber-delta is 0"));
  Settings s = defaults<Focused::type>();
  value_of<Focused::type, Focal<>, 1>(s) = 0.5;
  const Numbers<Focal<>> n = loss_numbers<Focused::type>(s);
  CHECK(n[0] == 2);
  CHECK(n[1] == 0.5);
  CHECK_THROWS_AS(n[2], Error);
  CHECK_THAT(explain<Focused::type>(s), Contains("focal loss with gamma 2, alpha 0.5"));
}

TEST_CASE("settings of another recipe are refused", "[recipe][check]") {
  using Scaled = Finetune<TinyNet, LrScale<Head, 10>>;
  Settings s = defaults<Finetune<TinyNet>>();
  CHECK_THROWS_WITH(check_settings<Scaled>(s), Catch::Contains("of another recipe"));
  CHECK_THROWS_WITH(set_number<Scaled>(s, "lr", 0.1), Catch::Contains("settings.optimizer.lr"));
  CHECK_THROWS_WITH(set_number<Scaled>(s, "lr-scal", 0.1), !Catch::Contains("settings.optimizer.lr"));
}

/// What is said of a head of so many classes.
template <class R>
static std::string with_classes(int classes) {
  Settings s = defaults<R>();
  s.classes = classes;
  return test::refusal([&] { check_settings<R>(s); }).first;
}

TEST_CASE("a head whose size is known only now is judged like one that the compiler knows", "[recipe][check]") {
  using Catch::Contains;
  using Rows = Finetune<TinyNet, ReplaceHead<Dynamic>, ReuseRows<Row<0, 7>, Row<4, 2>>>;
  CHECK(with_classes<Rows>(5).empty());
  CHECK_THAT(with_classes<Rows>(4),
             Contains("Row<4, 2> of ReuseRows<Row<0, 7>, Row<4, 2>> is for class 4 of the new head, which has 4"));
  using Weighted = Finetune<TinyNet, ReplaceHead<Dynamic>, CrossEntropy<ClassWeights<1, 3>>>;
  CHECK(with_classes<Weighted>(2).empty());
  CHECK_THAT(with_classes<Weighted>(3), Contains("weights of 2 classes, and the head has 3"));
}

namespace {

/// What is said of a recipe's times in epochs of ten steps: refusals by check_settings too, notes only here.
template <class R, class Change>
std::vector<MisfitTime> misfits(Change change) {
  Settings s = defaults<R>();
  change(s);
  if constexpr (!std::is_void_v<typename R::phased>) s.epochs = total_epochs<R>(s);
  std::vector<MisfitTime> all = misfit_times<R>(s, 10);
  bool refused = false, thrown = false;
  for (const MisfitTime& time : misfit_times<R>(s)) refused = refused || time.refused;
  try {
    check_settings<R>(s);
  } catch (const Error& e) {
    thrown = true;
    CHECK(e.kind() == ErrorKind::Usage);
  }
  CHECK(refused == thrown);
  return all;
}
template <class R, class Change>
void check_time(Change change, bool refused, const std::string& words) {
  CHECK(misfits<R>([](Settings&) {}).empty());
  const std::vector<MisfitTime> all = misfits<R>(change);
  REQUIRE(all.size() == 1);
  CHECK(all.front().refused == refused);
  CHECK_THAT(all.front().what, Catch::Contains(words));
  CHECK_FALSE(all.front().mend.empty());
}
template <class R>
auto number(const char* name, double value) {
  return [=](Settings& s) { set_number<R>(s, name, value); };
}
constexpr auto epochs(int n) {
  return [=](Settings& s) { s.epochs = n; };
}

}  // namespace

TEST_CASE("times that do not fit into the training are told at run time as by the compiler", "[recipe][check]") {
  using Steps7 = Finetune<TinyNet, Epochs<10>, StepLr<Epochs<7>, 0.1>>;
  check_time<Steps7>(epochs(7), false, "step-every is 7 epochs, and the training has 7 epochs");
  check_time<Steps7>(number<Steps7>("step-every", 10), false, "before StepLr<Epochs<7>, 0.1> does anything");
  using InSteps = Finetune<TinyNet, Epochs<10>, StepLr<Steps<50>, 0.1>>;
  check_time<InSteps>(epochs(5), false, "step-every is 50 steps");
  using Dates = Finetune<TinyNet, Epochs<10>, MultiStepLr<0.1, Epochs<3>, Epochs<6>>>;
  check_time<Dates>(epochs(6), false, "is not done when the training ends: step-at is 6 epochs");
  check_time<Dates>(epochs(3), false, "before MultiStepLr<0.1, Epochs<3>, Epochs<6>> does anything: step-at is 3");
  using Exponential = Finetune<TinyNet, Epochs<10>, ExponentialLr<0.9>>;
  check_time<Exponential>(epochs(1), false, "the training has 1 epoch");
  using Restarts = Finetune<TinyNet, Epochs<10>, CosineRestarts<Epochs<5>>>;
  check_time<Restarts>(epochs(4), true,
                       "is longer than the training (or the phase) in which it runs: restart-after is 5");
  using Line = Finetune<TinyNet, Epochs<10>, Jump<LinearLr<0.1, 1, Epochs<5>>>>;
  check_time<Line>(number<Line>("linear-length", 11), true, "linear-length is 11 epochs");
  using Low = Finetune<TinyNet, Epochs<10>, ConstantLr<0.1, Epochs<5>>>;
  check_time<Low>(epochs(4), true, "is longer than the training (or the phase) in which it runs: constant-length is 5");
  using Flat = Finetune<TinyNet, Epochs<10>, Plateau<0.1, Patience<2>>>;
  check_time<Flat>(epochs(4), false, "plateau-patience is 2 epochs");
  using Parts = Finetune<TinyNet, Epochs<10>, Then<During<Epochs<4>, Constant>, CosineLr>>;
  check_time<Parts>(epochs(4), true, "have 4 epochs together");
  using Inner = Finetune<TinyNet, Epochs<10>, Then<During<Epochs<4>, Constant>, Jump<StepLr<Epochs<3>, 0.1>>>>;
  check_time<Inner>(epochs(7), false, "its part of the schedule has 3 epochs");
  using Stops = Finetune<TinyNet, Epochs<10>, EarlyStop<Patience<3>>>;
  check_time<Stops>(epochs(3), false, "the patience is not shorter than the training");
  check_time<Stops>(number<Stops>("patience", 10), false, "patience is 10 epochs (EarlyStop<Patience<3>");
  using Warm = Finetune<TinyNet, Epochs<10>, Warmup<Epochs<2>>, CosineLr>;
  check_time<Warm>(epochs(2), true, "warmup is 2 epochs, and the training has 2 epochs");
  check_time<Warm>(number<Warm>("warmup", 12.5), true, "warmup is 12.5 epochs");
  using WarmSteps = Finetune<TinyNet, Epochs<10>, Warmup<Steps<30>>, CosineLr>;
  {
    Settings s = defaults<WarmSteps>();
    s.epochs = 3;
    CHECK(misfit_times<WarmSteps>(s).empty());  // how long is an epoch?
    CHECK(misfit_times<WarmSteps>(s, 11).empty());
    CHECK(misfit_times<WarmSteps>(s, 10).at(0).refused);
    s.warmup_steps = 29;
    CHECK(misfit_times<WarmSteps>(s, 10).empty());
    s.warmup_steps = 30;
    CHECK_THAT(misfit_times<WarmSteps>(s, 10).at(0).what, Catch::Contains("the warm-up is longer than the training"));
  }
  using Chosen = Finetune<TinyNet, Epochs<10>, ChosenSchedule>;
  const auto step = [](Settings& s) {
    s.schedule = ScheduleKind::Step;
    s.step_epochs = 10;
  };
  check_time<Chosen>(step, false, "every 10 epochs");
  using Two =
      Finetune<TinyNet, Phases<Phase<Epochs<2>, Freeze<Backbone>>, Phase<Epochs<6>, Warmup<Epochs<1>>, CosineLr>>>;
  check_time<Two>(number<Two>("phase-2-epochs", 1), true, "phase 2 has 1 epoch");
}

TEST_CASE("what the compiler refuses of losses, optimizers and sides is refused at run time", "[recipe][check]") {
  using Catch::Contains;
  CHECK_THAT(said([](Settings& s) { s.classes = 1; }), Contains("one output"));
  CHECK_THAT(said([](Settings& s) {
               s.optimizer.momentum = 0;
               s.optimizer.nesterov = true;
             }),
             Contains("Nesterov looks ahead along the momentum, which is 0"));
  using Soft = Finetune<TinyNet, CrossEntropy<SoftTargets>>;
  Settings s = defaults<Soft>();
  s.label_smoothing = 0.1;
  CHECK_THROWS_WITH(check_settings<Soft>(s), Contains("would soften them once more"));
  using Deep = Finetune<Vgg16, ReplaceHead<2>>;
  Settings deep = defaults<Deep>();
  deep.side = 16;
  CHECK_THROWS_WITH(check_settings<Deep>(deep), Contains("16 x 16 pixels"));
}

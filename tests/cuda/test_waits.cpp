// How often does the host wait for the device in a training step on CUDA? Counted on a fake device, from the second
// step on, for everything that ships and acts in a step. The bounds below can only fall.
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cuda/fake_cuda.hpp"
#include "tuneit/aten/operator_record.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/own_batches.hpp"

using namespace tuneit;

namespace {

struct Net final
    : Network<
          Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 6, Window{3, 1, 1}>>, Named<"n", BatchNorm2d<6>>, ReLU>,
          Block<"body", Residual<Seq<Named<"b", Conv2d<6, 6, Window{3, 1, 1}>>, Named<"m", BatchNorm2d<6>>>, Identity>,
                ReLU, MaxPool2d<Window{2, 2}>>,
          Block<"head", GlobalAvgPool, Named<"fc", Linear<6, 4>>>> {};

/// Policies of which a step in all waits so often.
template <int Waits, class... Ps>
struct Case {
  using recipe = Finetune<Net, Ps...>;
  static constexpr int waits = Waits;
  static constexpr int batches = static_cast<int>(batches_per_step<recipe>(defaults<recipe>()));  ///< of a step
  template <class P>
  static constexpr bool says = (std::is_same_v<P, Ps> || ...);
  static void names(std::set<std::string>& all) {
    (all.insert(type_name<Ps>().substr(0, type_name<Ps>().find('<'))), ...);
  }
  static std::string text() {
    std::string all;
    (all.append(all.empty() ? "" : ", ").append(type_name<Ps>()), ...);
    return all;
  }
};

using Cases = List<  //
    Case<0, CrossEntropy<>>, Case<0, Huber<>>, Case<0, SmoothL1<>>,
    Case<0, Accumulate<2>, CrossEntropy<ClassWeights<1, 2, 3, 4>>>, Case<0, CrossEntropy<LabelSmoothing<0.1>>>,   //
    Case<0, CrossEntropy<ClassWeights<1, 2, 3, 4>>>, Case<0, CrossEntropy<SoftTargets>>,                          //
    Case<0, BinaryCrossEntropy<PosWeight<2>>>, Case<0, Focal<>>, Case<0, MeanSquaredError<>>,                     //
    Case<0, Dice<SoftmaxChannels, ChannelWeights<1, 2, 3, 4>>>,                                                   //
    Case<0, Sgd<Momentum<0.9>>, CosineLr>, Case<0, Adam<>, LinearLr<0.1, 1>>, Case<0, AdamW<AmsGrad>, CosineLr>,  //
    Case<0, Adagrad<>, CosineLr>,                                                                                 //
    Case<0, RmsProp<Momentum<0.9>, Centered>, CosineLr>, Case<0, Lion<WeightDecay<0.1>>, CosineLr>,               //
    Case<0, Lamb<WeightDecay<0.1>>, CosineLr>, Case<0, Adafactor<WeightDecay<0.1>>, CosineLr>,                    //
    Case<0, RmsProp<>, Precision<FP16>, CosineLr>, Case<0, Lion<>, Precision<FP16>>,                              //
    Case<0, AdamW<>, Precision<FP16>, ClipNorm<1>, Ema<0.9, EmaWarmup<>>>, Case<0, Precision<BF16>>,              //
    Case<0, Precision<FP64>, ClipValue<1>, L2Sp<0.1>, Recompute<All>>,                                            //
    Case<0, Mixup<0.2>>, Case<0, CutMix<1>>, Case<0, MixupOrCutMix<0.2, 1>>,                                      //
    Case<0, GroupOf<Head, AdamW<Lr<1e-3>>, ClipNorm<1>, CosineLr>>,                                               //
    Case<0, Sam<0.05>>, Case<0, ReplaceHead<4, Dropout<0.1>>, RDrop<1>>, Case<0, Fgm<1, Head>>,
    Case<0, Mixout<0.5, All>>, Case<0, Distill<Net>>, Case<0, Accumulate<2>>,                             //
    Case<0, Metrics<TopK<2>, Accuracy>, Monitor<TopK<2>>>, Case<0, Metrics<MeanAbsoluteError>, Huber<>>,  //
    Case<0, Losses<Weighted<CrossEntropy<>, 1>, Weighted<CrossEntropy<>, 0.5>>>,                          //
    Case<0, Swa<Epochs<1>>, EarlyStop<Patience<2>>, Plateau<>>>;

/// What these do is done before the first step, or by the host alone.
const std::set<std::string> not_in_a_step{
    "BatchSize",     "Side",      "OnBadSample", "ChosenOptimizer", "OptimizerChoice", "ChosenSchedule",
    "Freeze",        "TrainOnly", "Unfreeze",    "FrozenStats",     "BatchStats",      "GradualUnfreeze",
    "LayerDecay",    "LrScale",   "DecayScale",  "NoDecay",         "NoDecayLike",     "Reinitialise",
    "FromScratch",   "Phases",    "Views",       "ReplaceHead",     "ReuseRows",       "DiscriminativeRates",
    "SyncBatchNorm", "MaxLength", "Buckets",     "TokenBudget"};
/// Losses of texts and of pairs of them, for which the networks here have no outputs: counted in test_texts.cpp. What
/// moves vectors of words is not counted yet.
const std::set<std::string> of_texts{"SpanLoss", "FreeLb", "CosineSimilarity", "InBatchNegatives", "TripletMargin"};

Tensors copies(const Tensors& all) {
  Tensors some;
  for (const at::Tensor& t : all) some.push_back(t.clone());
  return some;
}
template <class R>
at::Tensor targets() {
  if constexpr (target_kind<typename R::loss> == TargetKind::Values) return at::rand({8, 4}, make_generator(2));
  if constexpr (target_kind<typename R::loss> == TargetKind::Probabilities)
    return at::rand({8, 4}, make_generator(2)).softmax(1);
  return at::arange(8, at::kLong).remainder(4);
}
template <class R>
Trainer<R> trainer(DeviceKind device) {
  Settings s = defaults<R>();
  s.device = device;
  s.classes = 4;
  s.side = 8;
  Trainer<R> t(s);
  if constexpr (tuneit::detail::has_teacher<R>) t.teacher().copy(t.tensors());
  return t;
}

template <class C>
void count() {
  using R = typename C::recipe;
  INFO(C::text());
  auto gpu = trainer<R>(DeviceKind::Cuda), cpu = trainer<R>(DeviceKind::Cpu);
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) at::Tensor(gpu.tensors()[i]).copy_(cpu.tensors()[i]);
  const at::Tensor images = at::randn({8, 3, 8, 8}, make_generator(1)).contiguous(at::MemoryFormat::ChannelsLast),
                   labels = targets<R>(), x = images.to(gpu.device()), y = labels.to(gpu.device());
  gpu.step(x, y, 100);
  cpu.step(images, labels, 100);
  for (int i = 1; i < 5; ++i) {
    fake_cuda::reset();
    gpu.step(x, y, 100);
    INFO("step " << i + 1 << " waits for: " << fake_cuda::counts().waited());
    CHECK(fake_cuda::counts().waits + fake_cuda::counts().pageable == C::waits);  // fewer? then write that down
    cpu.step(images, labels, 100);
  }
  // What is launched is the same in each step, with the same numbers of the host.
  const auto record = [&](OperatorRecord& of) {
    for (int i = 0; i < C::batches; ++i) gpu.step(x, y, 100);
    of.stop();
  };
  std::array<std::optional<OperatorRecord>, 2> records;
  const Tensors weights = copies(gpu.tensors());
  for (auto& one : records) record(one.emplace());
  CHECK(records[0]->operators().size() > 20);
  if constexpr (!C::template says<CutMix<1>> && !C::template says<MixupOrCutMix<0.2, 1>>)  // the host knows the box
    CHECK(records[0]->difference(*records[1], false) == "");
  for (std::size_t i = 0; i < weights.size(); ++i) gpu.tensors()[i].copy_(weights[i]);
  // and computes the same
  constexpr bool wide = std::is_same_v<typename R::precision, FP64>;
  constexpr bool low = std::is_same_v<typename R::precision, BF16> || std::is_same_v<typename R::precision, FP16>;
  constexpr bool draws = C::template says<RDrop<1>> || C::template says<Mixout<0.5, All>>;  // others on a device
  if constexpr (!low && !draws)
    for (std::size_t i = 0; i < cpu.tensors().size(); ++i) {
      INFO(table<Net>.name(i));
      CHECK(gpu.tensors()[i].to(at::kCPU).allclose(cpu.tensors()[i], wide ? 1e-9 : 1e-3, wide ? 1e-10 : 1e-4));
    }
}

struct Several final
    : Network<Inputs<Image<3, 8>, VectorInput<"beside", 2>>,
              Block<"stem", Named<"a", Conv2d<3, 6, Window{3, 1, 1}>>, Named<"n", BatchNorm2d<6>>, ReLU, Save<"x">>,
              Block<"depth", Named<"d", Conv2d<6, 1, Window{1}>>, Output<"depth">>,
              Block<"head", From<"x">, GlobalAvgPool, Merge<Concat, "beside">, Named<"fc", Linear<8, 4>>,
                    Output<"class">>> {};

/// Waits of a step with all inputs and targets on the device; it computes what the CPU does.
template <class... Ps>
void count_several() {
  using R = Finetune<Several,
                     Losses<Weighted<CrossEntropy<LabelSmoothing<0.1>, On<"class">>, 1>,
                            Weighted<BinaryCrossEntropy<On<"depth">>, 0.5>>,
                     Ps...>;
  INFO(type_name<R>());
  Settings s = defaults<R>();
  s.device = DeviceKind::Cuda;
  Trainer<R> gpu(s);
  s.device = DeviceKind::Cpu;
  Trainer<R> cpu(s);
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) at::Tensor(gpu.tensors()[i]).copy_(cpu.tensors()[i]);
  data::Batch here{at::randn({8, 3, 8, 8}, make_generator(1)),
                   at::arange(8, at::kLong).remainder(4),
                   std::vector<std::size_t>(8),
                   {at::randn({8, 2}, make_generator(3))},
                   {at::rand({8, 1, 8, 8}, make_generator(2))}};
  data::Batch there{here.images.to(gpu.device()),
                    here.labels.to(gpu.device()),
                    here.index,
                    {here.other_inputs[0].to(gpu.device())},
                    {here.other_targets[0].to(gpu.device())}};
  for (int i = 0; i < 4; ++i) {
    fake_cuda::reset();
    gpu.step(there, 100);
    INFO("step " << i + 1 << " waits for: " << fake_cuda::counts().waited());
    if (i > 0) CHECK(fake_cuda::counts().waits + fake_cuda::counts().pageable == 0);
    cpu.step(here, 100);
  }
  if constexpr (!std::is_same_v<typename R::precision, FP16>)
    for (std::size_t i = 0; i < cpu.tensors().size(); ++i)
      CHECK(gpu.tensors()[i].to(at::kCPU).allclose(cpu.tensors()[i], 1e-3, 1e-4));
}

struct Reads : PolicyTag {  // what must not be in a step
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Read;
  using keeps = Nothing;
  double norm = 0;
  template <class C>
  void on_gradients(const C& c) {
    norm = c.gradients.norm();
  }
};

/// Names of the policies that headers of a folder define.
std::set<std::string> policies_in(const std::string& folder) {
  static const std::set<std::string> bases{"GroupNumbers", "Clips", "MixPolicy"};
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(TUNEIT_INCLUDE "/tuneit/recipe/" + folder)) {
    std::ifstream in(file.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (std::size_t at = text.find("\nstruct "); at != std::string::npos; at = text.find("\nstruct ", at + 1)) {
      const std::string head = text.substr(at + 8, text.find_first_of("{;", at) - at - 8);
      const std::string name = head.substr(0, head.find_first_of(" \n<"));
      const std::size_t base = head.find(" : ");
      if (base == std::string::npos || name.starts_with("Judge")) continue;
      const std::string of = head.substr(base + 3);  // losses and optimizers give their base their own name
      const bool policy = of.starts_with("PolicyTag") || of.starts_with("detail::GroupNumbers");
      if (of.find("<" + name) != std::string::npos ||
          ((folder == "policies" || folder == "behaviour") && policy && bases.count(name) == 0))
        names.insert(name);
    }
  }
  return names;
}

}  // namespace

TEST_CASE("how often the host waits for the device in a step", "[gpu]") {
  [&]<class... Cs>(List<Cs...>) { (count<Cs>(), ...); }(Cases{});
}

struct Skipping final
    : Network<Inputs<Image<3, 8>>, Block<"enc", Named<"a", Conv2d<3, 6, Window{3, 1, 1}>>, ReLU, Save<"x">>,
              Block<"mid", Named<"b", Conv2d<6, 6, Window{3, 1, 1}>>, ReLU, Merge<Concat, "x">>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<12, 4>>>> {};

TEST_CASE("features of a frozen beginning with wires are taken apart without a wait", "[gpu]") {
  using R = Finetune<Skipping, Freeze<Layers<0, 1>>>;
  Settings s = defaults<R>();
  s.device = DeviceKind::Cuda;
  Trainer<R> gpu(s);
  s.device = DeviceKind::Cpu;
  Trainer<R> cpu(s);
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) at::Tensor(gpu.tensors()[i]).copy_(cpu.tensors()[i]);
  const at::Tensor images = at::randn({8, 3, 8, 8}, make_generator(1)), labels = at::arange(8, at::kLong).remainder(4),
                   x = images.to(gpu.device()), y = labels.to(gpu.device());
  for (int i = 0; i < 4; ++i) {
    fake_cuda::reset();
    gpu.step(x, y, 100);
    gpu.step_features(gpu.features(x), y, 100);
    INFO("step " << i + 1 << " waits for: " << fake_cuda::counts().waited());
    if (i > 0) CHECK(fake_cuda::counts().waits + fake_cuda::counts().pageable == 0);
    cpu.step(images, labels, 100);
    cpu.step_features(cpu.features(images), labels, 100);
  }
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i)
    CHECK(gpu.tensors()[i].to(at::kCPU).allclose(cpu.tensors()[i], 1e-3, 1e-4));
  CHECK_THROWS_WITH(gpu.step_features(at::zeros({8, 7}).to(gpu.device()), y, 100),
                    Catch::Contains("not what a frozen beginning"));
}

TEST_CASE("a step with several inputs and outputs waits for nothing", "[gpu]") {
  count_several<>();
  count_several<Precision<FP16>, ClipNorm<1>>();
  count_several<Mixup<0.2>, Accumulate<2>, Metrics<On<"class", TopK<2>>, LabelAccuracy>, Ema<0.9>>();
}

TEST_CASE("a label that is no class is told of one of several outputs", "[gpu]") {
  using R =
      Finetune<Several, Losses<Weighted<MeanSquaredError<On<"depth">>, 1>, Weighted<CrossEntropy<On<"class">>, 1>>>;
  Settings s = defaults<R>();
  s.device = DeviceKind::Cuda;
  Trainer<R> t(s);
  data::Batch b{at::randn({2, 3, 8, 8}).to(t.device()),
                at::randn({2, 1, 8, 8}).to(t.device()),
                std::vector<std::size_t>(2),
                {at::randn({2, 2}).to(t.device())},
                {at::full({2}, 9, at::kLong).to(t.device())}};
  t.step(b, 100);
  CHECK_THROWS_WITH(t.finish_window(100), Catch::Contains("a label is not one of the classes in step 1"));
}

TEST_CASE("a wait that is put into a step is counted, and throws where none may be") {
  using R = Finetune<Net, Reads>;
  auto gpu = trainer<R>(DeviceKind::Cuda);
  auto plain = trainer<Finetune<Net>>(DeviceKind::Cuda);
  const at::Tensor x = at::randn({8, 3, 8, 8}, make_generator(1)).to(gpu.device()),
                   y = at::arange(8, at::kLong).remainder(4).to(gpu.device());
  const auto waits = [&](auto& t) {
    fake_cuda::reset();
    t.step(x, y, 100);
    return fake_cuda::counts().waits;
  };
  CHECK(waits(gpu) == waits(plain) + 1);
  const fake_cuda::Strict strict;
  CHECK_THROWS_WITH(x.sum().item<double>(), Catch::Contains("the host waits for the device in item"));
  CHECK_THROWS_WITH(x.to(at::kCPU), Catch::Contains("copy to the host"));
  CHECK_THROWS_WITH(x.gt(0).nonzero(), Catch::Contains("nonzero"));
  CHECK_THROWS_WITH(at::randn({3}).to(gpu.device()), Catch::Contains("pageable"));
}

TEST_CASE("everything that ships and acts in a step is counted") {
  std::set<std::string> counted;
  [&]<class... Cs>(List<Cs...>) { (Cs::names(counted), ...); }(Cases{});
  for (const char* folder : {"losses", "optimizers", "policies", "behaviour"}) {
    const std::set<std::string> ships = policies_in(folder);
    CHECK(ships.size() > 3);
    for (const std::string& name : ships) {
      INFO(name << " (recipe/" << folder << ") has no Case above");
      CHECK((counted.count(name) > 0 || not_in_a_step.count(name) > 0 || of_texts.count(name) > 0));
    }
  }
}

// What `fit` brings to the device: test_data.cpp.
TEST_CASE("waits around a step: what the data costs") {
  auto gpu = trainer<Finetune<Net>>(DeviceKind::Cuda);
  const at::Tensor x = at::randn({8, 3, 8, 8}, make_generator(1)), y = at::arange(8, at::kLong).remainder(4);
  gpu.step(x, y, 100);
  fake_cuda::reset();
  gpu.step(x, y, 100);
  INFO(fake_cuda::counts().waited());
  CHECK(fake_cuda::counts().pageable == 2);  // images and labels

  using Kept = Finetune<Net, Freeze<Layers<0, 1>>, Epochs<3>>;
  auto kept = trainer<Kept>(DeviceKind::Cuda);
  test::Own source(24, 8, 8);
  struct Watch {
    std::vector<std::int64_t> waits{};
    void on_step(const StepReport&) {
      waits.push_back(fake_cuda::counts().waits + fake_cuda::counts().pageable);
      fake_cuda::reset();
    }
  } watch;
  fit(kept, source, nullptr, watch);
  REQUIRE(watch.waits.size() == 9);
  CHECK(watch.waits[7] == 0);  // the last epoch is trained from kept features
}

// The text of scripts: what is said, how shortly, and what cannot be said. That scripts compute the right thing is
// tested by running them (parity/check_python.py).
#include <catch2/catch.hpp>
#include <tuneit/export/python/emit.hpp>

#include "static/tiny.hpp"

using namespace tuneit;

namespace own {

/// A layer with a tensor, and how PyTorch writes it; and one that nobody knows to write.
struct Scale : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    sink.tensor("weight", Kind::Weight, {4});
  }
  using out = SameShape;
};
void write_python(Scale, tuneit::python::ModuleText& t) {
  t.define("class Scale(nn.Module):\n    pass\n");
  t.apply(t.module("Scale(4)"));
}
struct Unknown : LayerTag {
  using tensors = None;
  using out = SameShape;
};

/// A schedule without a formula in Python.
struct Hyperbola : PolicyTag {
  using slot = slots::Schedule;
  static constexpr double factor(const ScheduleTime& m) { return 1 / (1 + static_cast<double>(m.step)); }
};

/// Policies that act: one whose author wrote it for Python, and one that nobody did.
struct Clip : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Limit;
  static constexpr std::array numbers{Hyperparameter{.name = "own-clip", .value = 0.5}};
};
template <class Model>
void write_extra(Type<Clip>, Type<Model>, const python::PlanText&, const double* n, python::ExtrasView& e) {
  e.clip = ClipKind::Value;
  e.clip_most = n[0];
}
struct Watch : PolicyTag {
  static constexpr Moments acts = AfterStep;
};

using Stem = Block<"stem", Named<"a", Conv2d<3, 4, Window{1}>>>;
using Last = Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>;
struct Scaled final : Network<Input<3, 8>, Stem, Block<"own", Named<"s", Scale>, Named<"t", Scale>>, Last> {};
struct Strange final : Network<Input<3, 8>, Stem, Block<"own", Named<"s", Unknown>>, Last> {};
struct Curved final
    : Network<Input<3, 8>, Stem, Block<"own", Sigmoid, Tanh, SiLU, GELU<>, GELU<Tanh>, GlobalAvgPool>,
              Block<"head", Named<"n", LayerNorm<4>>, Named<"m", LayerNorm<4, 1e-6>>, Named<"fc", Linear<4, 10>>>> {};
struct Nameless final : Network<Input<3, 8>, Stem, Block<"own", BatchNorm2d<4>>, Last> {};

/// Two layers of one name.
struct Alike final : Network<Input<3, 8>, Block<"a", Named<"c", Conv2d<3, 4, Window{3}>>>,
                             Block<"b", Named<"c", Conv2d<4, 4, Window{3}>>>,
                             Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 2>>>> {};

}  // namespace own

namespace {

int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}
bool has(const std::string& text, const std::string& part) { return count(text, part) > 0; }

// Do the patterns mean exactly the parameters that S selects, as fnmatch and the script's `belongs` have it?
template <class Model, class S>
std::size_t said_of() {
  std::vector<python::TensorView> tensors;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const TensorRow& row = table<Model>.rows[i];
    tensors.push_back({std::string(table<Model>.name(i)), row.rank, row.is_buffer(), mask<Model, S>.at[i], {}});
  }
  const python::Said said = python::say(
      tensors, [](const python::TensorView& t) { return !t.buffer; },
      [](const python::TensorView& t) { return t.fresh; });
  for (const python::TensorView& t : tensors) {
    if (t.buffer) continue;
    bool found = false;
    for (const std::string& p : said.patterns)
      found = found || text::glob(p.data(), p.size(), t.name.data(), t.name.size());
    found = found && (said.rank == 0 || (said.rank == 1) == (t.rank < 2));
    INFO(t.name);
    CHECK(found == t.fresh);
  }
  return said.patterns.size();
}

}  // namespace

TEST_CASE("numbers are the shortest that read back") {
  CHECK(python::number(10) == "10.0");
  CHECK(python::number(0.1) == "0.1");
  CHECK(python::number(1e-8) == "1e-08");
  for (const double x : {1.0 / 3, 1e300, -2.5, 123456.789, 1e5, 5e-324})
    CHECK(std::strtod(python::number(x).c_str(), nullptr) == x);
}

TEST_CASE("a plain recipe is said plainly, one of many parts in groups") {
  const std::string all = emit_python<Finetune<Tiny, AdamW<Lr<3e-4>>>>();
  CAPTURE(all);
  CHECK(has(all, "torch.optim.AdamW(model.parameters(), lr=LR"));
  CHECK(has(all, "LR = 0.0003\n"));
  for (const char* absent : {"GROUPS", "EVALUATING", "fnmatch", "FRESH", "PHASES", "def rate", "generator of its own"})
    CHECK_FALSE(has(all, absent));

  using Parts =
      Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>, CosineLr, Warmup<Epochs<1>>>;
  const std::string parts = emit_python<Parts>();
  CAPTURE(parts);
  CHECK(has(parts, R"({"names": ["layer3.*", "layer4.*"], "rate": 1.0, "decay": 1.0})"));
  CHECK(has(parts, R"({"names": ["fc.*"], "rate": 10.0, "decay": 1.0})"));
  CHECK(has(parts, R"(EVALUATING = ["bn1", "layer1", "layer2"])"));
  CHECK(has(parts, "model = torchvision.models.resnet18()\n    model.fc = nn.Linear(512, CLASSES)\n"));
  CHECK(has(parts, "return LR * step / warmup"));
  CHECK(has(parts, "             Freeze<Layers<0, 3>>,\n"));
}

TEST_CASE("patterns mean what the selector means, in few words") {
  CHECK(said_of<ResNet50, All>() == 1);
  CHECK(said_of<ResNet50, Layers<1, 3>>() == 2);
  CHECK(said_of<ResNet50, Norms>() <= 12);
  CHECK(said_of<ResNet50, Except<Norms>>() <= 8);
  CHECK(said_of<ResNet50, Union<Norms, Biases>>() == 1);
  CHECK(said_of<EfficientNetLite0, Match<"*_project_conv*">>() <= 2);
  CHECK(said_of<Vgg16Bn, Biases>() <= 2);
  CHECK(said_of<ResNet18, Layer<"layer4.1.conv2", "fc.bias">>() == 2);
}

TEST_CASE("networks of torchvision keep their names for what is replaced") {
  const std::string vgg = emit_python<Finetune<Vgg11, ReplaceHead<3, Hidden<16>>, Freeze<Layers<0, 6>>>>();
  CHECK(
      has(vgg, "torchvision.models.vgg11()\n    model.classifier[6] = nn.Sequential(\n        nn.Linear(4096, 16),\n"));
  CHECK(has(vgg, "EVALUATING = [\"classifier.2\"]"));  // the dropout within what is frozen; that of the head draws
  CHECK(has(vgg, "what is random here: dropout"));
  CHECK(has(emit_python<Finetune<MobileNetV2, ReplaceHead<3>>>(), "model.classifier[1] = nn.Linear(1280, CLASSES)"));
  // its pooling is no module that could be replaced
  const std::string pooled = emit_python<Finetune<MobileNetV2, ReplaceHead<3, ConcatPool>>>();
  CHECK(has(pooled, "class MobileNetV2(nn.Module)"));
  CHECK(has(pooled, "nn.Linear(2560, CLASSES)"));
}

TEST_CASE("smooth activations and layer norms are PyTorch's") {
  const std::string text = emit_python<Finetune<own::Curved>>();
  CAPTURE(text);
  CHECK(has(text, "nn.LayerNorm(4)"));
  CHECK(has(text, "nn.LayerNorm(4, eps=1e-06)"));
  CHECK(has(text, "= F.gelu(x)\n"));
  CHECK(has(text, "= F.gelu(x, approximate=\"tanh\")\n"));
  for (const char* f : {"torch.sigmoid(x)", "torch.tanh(x)", "F.silu(x)"}) CHECK(count(text, f) == 1);
}

TEST_CASE("what acts because of its slot is written") {
  using R = Finetune<Tiny, ReplaceHead<2>, Accumulate<4>, Precision<FP16>, Plateau<0.1, Patience<2>>>;
  const std::string text = emit_python<R>();
  CAPTURE(text);
  for (const char* part : {"torch.amp.GradScaler", "torch.float16", "ACCUMULATE"}) CHECK(has(text, part));
}
namespace {

template <class... O>
struct Signs : Optimizer<Signs<O...>, Defaults<Lr<1e-3>>, O...> {
  static constexpr std::array<const char*, 0> states{};
};

}  // namespace

TEST_CASE("what no script can say is refused by its name") {
  using Catch::Contains;
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, Signs<>>>()),
                    Contains("how to write the optimizer") && Contains("Signs<>"));
  using Two = Phases<Phase<Epochs<1>>, Phase<Epochs<1>, AdamW<Lr<1e-3>>>>;
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, Two>>()),
                    Contains("nobody knows how to write phases with AdamW<Lr<0.001>>"));
  using Sizes = Phases<Phase<Epochs<1>>, Phase<Epochs<1>, BatchSize<4>>>;
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, Sizes>>()),
                    Contains("nobody knows how to write phases with BatchSize<4>"));
  using Losing = Phases<Phase<Epochs<1>>, Phase<Epochs<1>, CrossEntropy<LabelSmoothing<0.1>>>>;
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, Losing>>()),
                    Contains("nobody knows how to write phases with CrossEntropy<LabelSmoothing<0.1>>"));
  using Grouped = Phases<Phase<Epochs<1>>, Phase<Epochs<1>, GroupOf<Head, Lr<1e-4>>>>;
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, Grouped>>()),
                    Contains("nobody knows how to write phases with GroupOf<Head, Lr<0.0001>>"));
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, Precision<FP16>, GroupOf<Head, Lr<1e-4>>>>()),
                    Contains("groups of tensors (GroupOf) in FP16"));
  CHECK(has(emit_python<Finetune<Tiny, Lamb<>>>(), "class Lamb(torch.optim.Optimizer)"));
  CHECK(has(emit_python<Finetune<Tiny, Adafactor<>>>(), "torch.optim.Adafactor(model.parameters()"));
}
TEST_CASE("numbers of the settings reach the script") {
  using R = Finetune<Tiny, ReplaceHead<Dynamic>, LrScale<Head, 10>, OptimizerChoice<Sgd<>, Lion<>>, ChosenSchedule,
                     Precision<ChosenPrecision>>;
  Settings s = defaults<R>();
  s.classes = 7;
  s.seed = 12345678901234567890u;
  choose_optimizer<R>(s, 1);
  s.schedule = ScheduleKind::Step;
  s.step_epochs = 3;
  s.precision = PrecisionKind::BFloat16;
  set_number<R>(s, "lr-scale", 20);
  s.label_smoothing = 0.25;
  const std::string text = emit_python<R>(s);
  CAPTURE(text);
  for (const char* line :
       {"CLASSES = 7\n", "SEED = 12345678901234567890\n", "class Lion(torch.optim.Optimizer)", "** (step // (3 * spe))",
        "torch.autocast(device.type, torch.bfloat16", "\"rate\": 20.0", "smoothing=0.25"})
    CHECK(has(text, line));
  s.classes = 0;
  CHECK_THROWS_AS(emit_python<R>(s), Error);
  using Focused = Finetune<Tiny, Focal<Gamma<2>>>;
  Settings focused = defaults<Focused>();
  value_of<Focused, Focal<Gamma<2>>>(focused) = 1.25;
  CHECK(has(emit_python<Focused>(focused), "gamma=1.25"));
  const std::string scratch = emit_python<Finetune<Tiny>>(defaults<Finetune<Tiny>>(), {.scratch = true});
  CHECK_FALSE(has(scratch, "--weights"));
}

TEST_CASE("a script computes in TF32 where its recipe does") {
  CHECK(count(emit_python<Finetune<Tiny, Precision<TF32>>>(), "allow_tf32 = True\n") == 1);
  CHECK(!has(emit_python<Finetune<Tiny, Precision<FP32>>>(), "allow_tf32"));
}

TEST_CASE("a script carries the fingerprint of its recipe, with the numbers that it was written with") {
  using R = Finetune<Tiny, ReplaceHead<3>, Lora<Layer<"a">, Rank<2>>, AdamW<Lr<1e-3>>>;
  const auto line = [](const std::string& text) {
    const auto at = text.find("fingerprint ");
    return text.substr(at, text.find('\n', at) - at);
  };
  CHECK(count(emit_python<R>(), "fingerprint ") == 1);
  CHECK(line(emit_python<R>()) == "fingerprint " + std::string(fingerprint<R>.hex()));
  Settings s = defaults<R>();
  s.optimizer.lr = 2e-3;
  CHECK(line(emit_python<R>(s)) == "fingerprint " + std::string(fingerprint<R>(s).hex()));
  CHECK(line(emit_python<R>(s)) != line(emit_python<R>()));
}

TEST_CASE("each group of a recipe has an optimizer of its own, called as its numbers are") {
  using R = Finetune<Tiny, ReplaceHead<3>, Sgd<Lr<0.1>>, ClipNorm<2>, GroupOf<Head, Lion<Lr<1e-3>>, ClipValue<1>>,
                     GroupOf<Layer<"b.0">, Lr<0.2>>, GroupOf<Layer<"b.1", "b.2">, Lr<0.3>, CosineLr>,
                     GroupOf<Intersect<Norms, Biases>, Lr<0.4>>>;
  Settings s = defaults<R>();
  set_number<R>(s, "head.lr", 5e-3);
  const std::string text = emit_python<R>(s);
  CAPTURE(text);
  for (const char* part :
       {"HEAD_LR = 0.005\n", "HEAD_CLIP_VALUE = 1.0", "B_0_LR = 0.2\n", "GROUP_LR = 0.3\n", "GROUP_2_LR = 0.4\n",
        "Lion(of(\"head\", HEAD_LR, HEAD_WEIGHT_DECAY), lr=HEAD_LR", "{\"of\": \"b_0\", \"names\": [\"b.0.*\"]",
        "def group_rate(step, spe):\n    \"\"\"The learning rate of \"group\" in a step",
        "clip_grad_value_(parameters_of(optimizers[1]), HEAD_CLIP_VALUE)",
        "clip_grad_norm_(parameters_of(optimizers[0], optimizers[2], optimizers[3], optimizers[4]), CLIP_NORM)"})
    CHECK(has(text, part));
  CHECK_FALSE(has(text, "def rate"));
  CHECK(count(text, "class Lion") == 1);
}

namespace {

/// A way to merge with a twin, and one without.
struct Gated : MergeTag {
  static constexpr Shape out(Shape x, Shape w) { return Add::out(x, w); }
};
std::string write_merge(Gated, const std::string& x, const std::string& w) { return x + " * torch.sigmoid(" + w + ")"; }
struct Strange : MergeTag {
  static constexpr Shape out(Shape x, Shape w) { return Add::out(x, w); }
};
template <class Fn>
struct Two final : Network<Inputs<Image<3, 8>, VectorInput<"age", 2>>,
                           Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 1, 1}>>, Save<"a">, Sigmoid, Merge<Fn, "a">>,
                           Block<"mask", Named<"m", Conv2d<4, 2, Window{1}>>, Output<"mask">>,
                           Block<"head", From<"a">, GlobalAvgPool, Merge<Concat, "age">, Named<"n", BatchNorm2d<6>>,
                                 Named<"fc", Linear<6, 4>>, Output<"class">>> {};
using OnBoth = Losses<Weighted<CrossEntropy<On<"class">, ClassWeights<1, 2, 3, 4>, LabelSmoothing<0.1>>, 1>,
                      Weighted<BinaryCrossEntropy<On<"mask">>, 0.5>, Weighted<Dice<On<"mask">>, 2>>;

}  // namespace

TEST_CASE("several inputs are a list, several targets a dictionary, and losses are summed") {
  using R = Finetune<Two<Gated>, OnBoth>;
  Settings s = defaults<R>();
  value_of<R, Weighted<BinaryCrossEntropy<On<"mask">>, 0.5>>(s) = 0.25;
  const std::string text = emit_python<R>(s);
  CAPTURE(text);
  for (const char* part :
       {"def forward(self, x, *others):", "wires = dict(zip([\"age\"], others))\n",
        "x = x * torch.sigmoid(wires[\"a\"])\n", "outputs[\"mask\"] = x\n", "return outputs\n",
        "self.n = nn.BatchNorm1d(6)", "self.fc = nn.Linear(6, CLASSES)",
        "[tensors[f\"images.{i}\"], tensors[f\"input.age.{i}\"]],\n",
        "{\"class\": tensors[f\"labels.{i}\"], \"mask\": tensors[f\"target.mask.{i}\"]},\n",
        "    return 1.0 * loss_1(outputs[\"class\"], labels[\"class\"], smoothing) + "
        "0.25 * loss_2(outputs[\"mask\"], labels[\"mask\"]) + 2.0 * loss_3(outputs[\"mask\"], labels[\"mask\"])\n",
        "correct += (outputs[\"class\"].argmax(1) == labels[\"class\"])", "CLASS_WEIGHTS_1 = [",
        "outputs = model(*images)\n", "--test-batches"})
    CHECK(has(text, part));
  CHECK_FALSE(has(text, "def open_data"));

  using Alone = Finetune<Two<Gated>, Unused<"mask">>;
  const std::string alone = emit_python<Alone>();
  CHECK(has(alone, "outputs = model(*images)[\"class\"]\n"));
  CHECK(has(alone, "loss_of(outputs, labels)"));
  CHECK_FALSE(has(alone, "--data"));  // it has none

  using Catch::Contains;
  CHECK_THROWS_WITH((emit_python<Finetune<Two<Strange>, OnBoth>>()),
                    Contains("no PyTorch twin of the way to merge") && Contains("Strange"));
  using Weighs = CrossEntropy<On<"class">, ClassWeights<1, 2, 3, 4>>;
  using Twice = Losses<Weighted<Weighs, 1>, Weighted<Weighs, 0.5>>;
  CHECK_THROWS_WITH((emit_python<Finetune<Two<Gated>, Twice, Unused<"mask">, Accumulate<2>>>()),
                    Contains("Accumulate where one of several losses weighs classes"));
  CHECK_THROWS_WITH((emit_python<Finetune<Two<Gated>, Unused<"mask">, Mixup<0.2>>>()),
                    Contains("mixed batches (Mixup, CutMix) of several inputs"));
}

TEST_CASE("a loss that is not linear in its targets is that of mixed targets, as in a training here") {
  const std::string focal = emit_python<Finetune<Tiny, ReplaceHead<3>, Focal<>, Mixup<0.2>>>();
  CAPTURE(focal);
  CHECK(has(focal, "    labels = labels.to(outputs.dtype)\n    return labels\n"));
  CHECK(has(focal, "loss = loss_of(outputs, share * own + (1 - share) * other)\n"));
  CHECK(has(emit_python<Finetune<Tiny, ReplaceHead<3>, Mixup<0.2>>>(),
            "loss = share * loss_of(outputs, labels) + (1 - share) * loss_of(outputs, labels.flip(0))\n"));
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, ReplaceHead<3>, Mixup<0.2>,
                                          Losses<Weighted<Focal<>, 1>, Weighted<BinaryCrossEntropy<>, 1>>>>()),
                    Catch::Contains("several losses, one of which takes mixed targets"));
}

TEST_CASE("layers that rules have changed are classes of the script") {
  using R = Finetune<Tiny, ReplaceHead<3>, Lora<Layer<"a", "b">, Rank<2>, Alpha<4>, LoraDropout<0.1>>>;
  const std::string text = emit_python<R>();
  CAPTURE(text);
  CHECK(count(text, "class LoraConv2d(nn.Conv2d):") == 1);
  CHECK(has(text, "self.a = LoraConv2d(3, 4, 3, padding=1, bias=False, rank=2, scale=2.0, dropout=0.1)"));
  CHECK(has(text, "what is random here: dropout"));
  CHECK(has(text, "EVALUATING = [\"n\"]"));  // the base is frozen, its statistics too; what A gets is dropped
  using Later = Finetune<Tiny, ReplaceHead<3>, Lora<Layer<"a", "b">, Rank<2>, LoraDropout<0.1>>,
                         Phases<Phase<Epochs<1>, TrainOnly<Head>>, Phase<Epochs<1>>>>;
  CHECK(has(emit_python<Later>(), "EVALUATING = [  # in each phase\n    [\"\"],\n    [\"n\"],\n]"));
  const std::string made = emit_python<Finetune<ResNet18, Dora<Modules<"conv1">>>>();
  CHECK(has(made, "class ResNet18(nn.Module)"));  // torchvision has none like it
  CHECK(has(made, "module.start_magnitude()"));
}

TEST_CASE("what is recomputed is kept in a script, which says so") {
  const std::string plain = emit_python<Finetune<Tiny>>(), again = emit_python<Finetune<Tiny, Recompute<All>>>();
  const std::string words = "# Recompute is left out: it saves memory and changes no result.\n";
  CHECK(count(again, words) == 1);
  CHECK(count(again, "Recompute<All>") == 1);  // in the docstring
  std::string rest = again;
  rest.erase(rest.find(words), words.size());
  const auto code = [](const std::string& text) { return text.substr(text.find("\nimport ")); };
  CHECK(code(rest) == code(plain));
}

TEST_CASE("what is one's own is written by one's own, or refused") {
  const std::string text = emit_python<Finetune<own::Scaled>>();
  CHECK(count(text, "class Scale(nn.Module)") == 1);
  CHECK(has(text, "self.t = Scale(4)"));
  CHECK_THROWS_WITH(emit_python<Finetune<own::Strange>>(), Catch::Contains("no PyTorch twin of the layer"));
  CHECK_THROWS_WITH(emit_python<Finetune<own::Nameless>>(), Catch::Contains("Named"));
  CHECK_THROWS_WITH(emit_python<Finetune<own::Alike>>(),
                    Catch::Contains("two tensors of the network are called 'c.weight'"));

  using R = Finetune<Tiny, own::Hyperbola, Epochs<2>>;
  CHECK_THROWS_WITH(emit_python<R>(), Catch::Contains("steps_per_epoch"));
  const std::string table = emit_python<R>(defaults<R>(), {.steps_per_epoch = 2});
  CHECK(has(table, "FACTORS = [1.0, 0.5, 0.3333333333333333, 0.25]"));
  CHECK(has(table, "assert spe == 2"));
}

TEST_CASE("a policy of one's own that acts is written by its own overload, or refused") {
  CHECK_THAT(
      (emit_python<Finetune<Tiny, own::Clip>>()),
      Catch::Contains("CLIP_VALUE = 0.5") && Catch::Contains("clip_grad_value_(model.parameters(), CLIP_VALUE)"));
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, own::Clip, own::Watch>>()),
                    Catch::Contains("nobody knows how to write the policy") && Catch::Contains("Watch"));
}

TEST_CASE("sentences stand by topic, whatever the order of the recipe") {
  const std::string text =
      explain<Finetune<Tiny, own::Watch, EarlyStop<Patience<2>>, Sam<>, Ema<0.9>, Mixup<0.3>, Accumulate<2>>>();
  std::size_t at = 0;
  for (const char* words :
       {"the gradients of 2 batches", "mixup of the pictures, alpha 0.3", "averaged weights, decay 0.9",
        "ends early after 2 epochs", "Watch acts after a step", "sharpness-aware"}) {
    const std::size_t found = text.find(words);
    CHECK(found != std::string::npos);
    CHECK(found >= at);
    at = found;
  }
}

namespace {

struct Unwritten : Loss<Unwritten> {
  using targets = Values<0>;
  static constexpr bool fits(Shape) { return true; }
};
struct Written : Loss<Written> {
  using targets = Values<0>;
  static constexpr std::array numbers{Hyperparameter{.name = "scale", .value = 2}};
  static constexpr bool fits(Shape) { return true; }
};
void write_loss(Type<Written>, const Numbers<Written>& n, python::LossView& l) {
  l.body += "return (outputs - labels).mul(" + python::number(n[0]) + ").cosh().log().mean()\n";
}
struct Robust : Huber<Delta<0.5>> {};

}  // namespace

TEST_CASE("losses: of one's own where it says how, under a name, and those that nobody can write") {
  using Catch::Matchers::Contains;
  CHECK(has(emit_python<Finetune<Tiny, ReplaceHead<2>, Written>>(), "(outputs - labels).mul(2.0).cosh()"));
  CHECK(has(emit_python<Finetune<Tiny, ReplaceHead<2>, Robust>>(), "F.huber_loss(outputs, labels, delta=0.5)"));
  CHECK(has(emit_python<Finetune<Tiny, ReplaceHead<2>, SmoothL1<Beta<0.25>, Sum>, Sgd<Lr<1e-5, Sum>>>>(),
            "F.smooth_l1_loss(outputs, labels, beta=0.25, reduction=\"sum\")"));
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, ReplaceHead<2>, Unwritten>>()),
                    Contains("nobody knows how to write the loss") && Contains("Unwritten"));
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, Losses<Weighted<CrossEntropy<Sum>, 1>>, Sgd<Lr<1e-3, Sum>>>>()),
                    Contains("sums over the batch (Sum) of several losses"));
  CHECK_THROWS_WITH((emit_python<Finetune<Tiny, Monitor<TopK<2>>>>()), Contains("a script watches the loss"));
  CHECK(has(emit_python<Finetune<Tiny, Metrics<TopK<2>>>>(), "def loss_of"));  // they change no training
}

// What people read: tables of networks and plans.
#include <catch2/catch.hpp>
#include <tuneit/recipe.hpp>

using namespace tuneit;

TEST_CASE("a network prints as a table of its blocks") {
  const std::string text = print<ResNet18>();
  CHECK(text.find("ResNet18: 11,689,512 parameters") == 0);
  CHECK(text.find("layer4  512 x 7 x 7     8,393,728") != std::string::npos);
  CHECK(print<ResNet18>(64).find("layer4  512 x 2 x 2") != std::string::npos);
}

namespace {

struct Doubler : LayerTag {  // a layer of one's own that does not say what it costs
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    sink.tensor("factor", Kind::Weight, {4});
  }
  using out = SameShape;
};
struct Small final : Network<Input<4, 2>, Block<"own", Named<"own", Doubler>>, Block<"pool", GlobalAvgPool, ReLU>,
                             Block<"head", Named<"fc", Linear<4, 3>>>> {};

std::string row_of(const std::string& table, const std::string& block) {
  const auto begin = table.find("\n  " + block);
  return begin == std::string::npos ? "" : table.substr(begin + 1, table.find('\n', begin + 1) - begin - 1);
}

}  // namespace

TEST_CASE("no block that multiplies shows 0 multiply-accumulates") {
  const std::string text = print<Small>();
  CAPTURE(text);
  CHECK(row_of(text, "own").ends_with(" 1.6e-05"));  // in millions
  CHECK(row_of(text, "pool").ends_with(" -"));
  CHECK(row_of(text, "head").ends_with(" 1.2e-05"));
  CHECK(row_of(print<ResNet18>(), "head").ends_with(" 0.512"));
  CHECK(row_of(print<ResNet18>(), "layer1").ends_with(" 462"));
  using Open = Finetune<ResNet18, ReplaceHead<Dynamic>>;
  CHECK(row_of(print<Open::model>(), "head").ends_with(" 0.000512 a class"));
  CHECK(explain<Finetune<Small>>().find("arithmetic of a step about " + std::to_string(32 * (2 * 16 + 3 * 12)) +
                                        " MAC\n") != std::string::npos);
  CHECK(explain<Finetune<ResNet18, BatchSize<1>>>().find("arithmetic of a step about 5.324 GMAC\n") !=
        std::string::npos);
}

TEST_CASE("what a module computes is not made up") {
  struct Impl {};
  struct Net final : ModuleNetwork<Impl, Input<3, 8>, OutputSize<2>, Block<"a", Named<"w", Parameter<"weight", 6>>>> {};
  CHECK(row_of(print<Net>(), "a").ends_with(" ?"));
  CHECK(explain<Finetune<Net>>().find("arithmetic of a step: not known") != std::string::npos);
  // of each phase with its own batches, where they differ; a figure of nothing has no unit
  using Two = Finetune<Small, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>, BatchSize<2>>>>;
  const std::string two = explain<Two>();
  INFO(two);
  CHECK(two.find("arithmetic of a step about " + std::to_string(32 * (16 + 2 * 12)) + " MAC in phase 1, " +
                 std::to_string(2 * (2 * 16 + 3 * 12)) + " MAC in phase 2\n") != std::string::npos);
  CHECK((two.find("of the largest phase about") != std::string::npos && two.find("0.0 MB") == std::string::npos));
  CHECK(explain<Finetune<Net>>().find("; what the module keeps comes to it\n") != std::string::npos);
}

TEST_CASE("a recipe explains itself, block by block") {
  using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>, AdamW<Lr<3e-4>>, CosineLr>;
  const std::string text = explain<R>();
  CAPTURE(text);
  CHECK(text.find("Plan: ResNet18, 2 classes, pictures of 224 x 224") == 0);
  CHECK(text.find("trains 10,494,466 of 11,177,538 parameters") != std::string::npos);
  CHECK(text.find("AdamW, rate 0.0003, betas 0.9 and 0.999, weight decay 0.01; schedule CosineLr") !=
        std::string::npos);
  CHECK(text.find("525,568  frozen") != std::string::npos);
  CHECK(text.find("0.003   0.01             -  random") != std::string::npos);  // the head: rate, decay, no batch norm
}

TEST_CASE("run-time numbers reach the explanation") {
  using R = Finetune<ResNet18, ReplaceHead<Dynamic>>;
  Settings s = defaults<R>();
  s.classes = 7;
  s.optimizer.lr = 0.5;
  s.label_smoothing = 0.1;
  const std::string text = explain<R>(s);
  CHECK(text.find("7 classes") != std::string::npos);
  CHECK(text.find("rate 0.5") != std::string::npos);
  CHECK(text.find("label smoothing 0.1") != std::string::npos);
}

TEST_CASE("a recipe explains everything that it has, with the numbers of now") {
  using R =
      Finetune<TinyNet, ReplaceHead<3>, AdamW<Lr<1e-3>, Betas<0.8, 0.99>>, LrScale<Head, 10>, Mixup<0.2>,
               Ema<0.99, EmaWarmup<>>, ClipNorm<2>, Accumulate<4>, L2Sp<0.5, 0.25, Layers<0, 2>>,
               EarlyStop<Patience<3>>, OnBadSample<Skip<20>>, ReuseRows<Row<1, 4>>, CrossEntropy<ClassWeights<1, 2, 3>>,
               Phases<Phase<Epochs<2>, Freeze<Backbone>>, Phase<Epochs<1>, Freeze<Backbone>, CosineLr>,
                      Phase<Epochs<4>, Freeze<Layer<"stem">>, Lr<1e-4>>>>;
  Settings s = defaults<R>();
  set_number<R>(s, "lr-scale", 5);
  set_number<R>(s, "phase-1-epochs", 3);
  set_number<R>(s, "clip-norm", 0.5);
  set_number<R>(s, "skip-at-most", 15);
  const std::string text = explain<R>(s);
  CAPTURE(text);
  for (const char* words :
       {"Phase 1 of 3, epochs 1 to 3: Freeze<Backbone>\n",
        "Phase 2 of 3, epoch 4: Freeze<Backbone>, CosineLr\n  all blocks as in",
        "Phase 3 of 3, epochs 5 to 8: Freeze<Layer<\"stem\">>, Lr<0.0001>\n", "0.005", "0.0005",
        "the other blocks as in", "betas 0.8 and 0.99", "schedule Constant", "8 epochs",
        "cross-entropy, classes weighted 1 2 3\n", "gradients of 4 batches", "norm of at most 0.5",
        "Layers<0, 2> is pulled back to where it started (0.5), new tensors towards 0 (0.25)",
        "mixup of the pictures, alpha 0.2", "averaged weights, decay 0.99 after EmaWarmup", "after 3 epochs without",
        "up to 15 pictures that cannot be read are left out", "ReuseRows<Row<1, 4>>"})
    CHECK(text.find(words) != std::string::npos);
  using Summed = Finetune<TinyNet, Sgd<Lr<0.1, Sum>, Momentum<0.9>, Nesterov>, Warmup<Steps<7>>, StepLr<Epochs<2>, 0.5>,
                          BinaryCrossEntropy<Sum, PosWeight<3>>>;
  Settings summed = defaults<Summed>();
  CHECK(explain<Summed>(summed).find("binary cross-entropy, positive examples times 3, summed over the batch") !=
        std::string::npos);
  CHECK(explain<Summed>(summed).find("schedule StepLr<Epochs<2>, 0.5> after Warmup<Steps<7>>") != std::string::npos);
  CHECK(explain<Summed>(summed).find("SGD, rate 0.1, momentum 0.9, Nesterov") != std::string::npos);
  summed.warmup_steps = 9;
  CHECK(explain<Summed>(summed).find("after 9 steps of warm-up") != std::string::npos);
}

namespace {

struct TwoOutputs final
    : Network<
          Inputs<Image<3, 16, 24>, VectorInput<"age", 1>, Tokens<"ids", 6>>,
          Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 1, 1}>>, Save<"a">>,
          Block<"mask", Named<"m", Conv2d<4, 2, Window{1}>>, Output<"mask">>,
          Block<"text", From<"ids">, Named<"e", Embedding<9, 5>>, Output<"text">>,
          Block<"head", From<"a">, GlobalAvgPool, Merge<Concat, "age">, Named<"fc", Linear<5, 4>>, Output<"class">>> {};
using OnBoth = Losses<Weighted<CrossEntropy<On<"class">, LabelSmoothing<0.1>>, 1>,
                      Weighted<BinaryCrossEntropy<On<"mask">>, 0.5>, Weighted<Dice<On<"mask">>, 2>>;

}  // namespace

TEST_CASE("inputs and outputs are told by name and shape, and the losses of each") {
  using R = Finetune<TwoOutputs, OnBoth, Unused<"text">>;
  Settings s = defaults<R>();
  value_of<R, Weighted<BinaryCrossEntropy<On<"mask">>, 0.5>>(s) = 0.25;
  s.side = 32;
  const std::string text = explain<R>(s);
  CAPTURE(text);
  const auto table = text.find('\n') + 1;
  CHECK(text.substr(table, text.find("     block ") - table) ==
        "          name    shape                  loss\n"
        "  input   images  3 x 32 x 48\n"
        "  input   age     1 number\n"
        "  input   ids     6 tokens\n"
        "  output  mask    2 x 32 x 48            target 1: 0.25 times binary cross-entropy + 2 times Dice loss of "
        "each mask\n"
        "  output  text    6 tokens of 5 numbers  unused: forward alone, what only it depends on is frozen\n"
        "  output  class   4 classes              target 0: cross-entropy with label smoothing 0.1\n");
  CHECK(text.find("; cross-entropy with label smoothing 0.1 + 0.25 times binary cross-entropy + 2 times Dice") !=
        text.npos);
  // several losses of an only output need no table
  using Sum = Losses<Weighted<CrossEntropy<>, 1>, Weighted<CrossEntropy<ClassWeights<1, 2, 3>>, 3>>;
  const std::string one = explain<Finetune<TinyNet, ReplaceHead<3>, Sum>>();
  CHECK(one.starts_with("Plan: TinyNet, 3 classes, pictures of "));
  CHECK(one.find("; cross-entropy + 3 times cross-entropy, classes weighted 1 2 3\n") != one.npos);
  // no pictures
  struct Plain final : Network<Input<6, 1>, Block<"head", Named<"fc", Linear<6, 2>>>> {};
  CHECK(explain<Finetune<Plain>>().find(
            "\n  input   images  6 numbers\n  output  out     2 classes  cross-entropy\n") != text.npos);
}

TEST_CASE("an explanation counts tied tensors once, and small memories in kilobytes") {
  struct Words final : Network<Inputs<Tokens<"ids", 4>>, Block<"embed", Named<"word", Embedding<30, 8>>>,
                               Block<"body", Flatten, Named<"fc", Linear<32, 8>>, Tanh>,
                               Block<"head", Named<"output", TiedLinear<8, 30, Tied<"word.weight">>>>> {};
  const std::string text = explain<Finetune<Words>>();
  CAPTURE(text);
  CHECK(trainable_parameters<Finetune<Words>> == 504);
  CHECK(text.find("  trains 504 of 504 parameters\n") != text.npos);
  CHECK(text.find("  2  head            0    tied      -      -           -  -\n") != text.npos);
  CHECK(text.find("weights 2.0 kB") != text.npos);
}

TEST_CASE("an explanation says when a policy of one's own acts, whichever the moment is") {
  CHECK(detail::moments_text(OnBlockGradients) == "on the gradients of a block");
  CHECK(detail::moments_text(OnStart | OnEpoch) == "at the start, after an epoch");
  for (unsigned m = 1; m <= OnBlockGradients; m <<= 1) CHECK_FALSE(detail::moments_text(Moments{m}).empty());
}

TEST_CASE("an explanation says what EarlyStop watches") {
  using ByLoss = Finetune<TinyNet, ReplaceHead<3>, Epochs<9>, EarlyStop<Patience<2>>>;
  CHECK(explain<ByLoss>().find("ends early after 2 epochs without a test loss that is lower\n") != std::string::npos);
  using ByMetric = Finetune<TinyNet, ReplaceHead<3>, Epochs<9>, EarlyStop<Patience<2>, 0.1>, Monitor<TopK<2>>>;
  CHECK(explain<ByMetric>().find("ends early after 2 epochs without a higher top2 by more than 0.1\n") !=
        std::string::npos);
}

TEST_CASE("an explanation ends with the fingerprint of the recipe, with the numbers of now") {
  using R = Finetune<TinyNet, ReplaceHead<3>, LrScale<Head, 10>>;
  CHECK(explain<R>().ends_with("\n  fingerprint " + std::string(fingerprint<R>.hex()) + "\n"));
  Settings s = defaults<R>();
  set_number<R>(s, "lr-scale", 5);
  CHECK(explain<R>(s).ends_with("\n  fingerprint " + std::string(fingerprint<R>(s).hex()) + "\n"));
  CHECK(explain<R>(s) != explain<R>());
}

TEST_CASE("type names are what a person would write") {
  CHECK(type_name<Freeze<Layers<0, 3>>>() == "Freeze<Layers<0, 3>>");
  CHECK(type_name<Layer<"layer4", "fc">>() == "Layer<\"layer4\", \"fc\">");
  CHECK(type_name<ResNet18>() == "ResNet18");
  CHECK(type_name<StepLr<Epochs<7>, 0.1>>() == "StepLr<Epochs<7>, 0.1>");
  CHECK(type_name<Sgd<Lr<1e-5>, Momentum<0.9>>>() == "Sgd<Lr<1e-05>, Momentum<0.9>>");
}

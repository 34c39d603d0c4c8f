// How much arithmetic: forward as torchvision counts, a training step by what trains. Small networks are reckoned by
// hand.
#include <tuneit/recipe.hpp>
using namespace tuneit;

// --- forward: torchvision's model pages (GFLOPS), in millions
constexpr long long mega(long long macs) { return (macs + 500'000) / 1'000'000; }
static_assert(mega(forward_macs<Finetune<ResNet18>>()) == 1814);
static_assert(mega(forward_macs<Finetune<ResNet34>>()) == 3664);
static_assert(mega(forward_macs<Finetune<ResNet50>>()) == 4089);
static_assert(mega(forward_macs<Finetune<ResNet101>>()) == 7801);
static_assert(mega(forward_macs<Finetune<ResNet152>>()) == 11514);
static_assert(mega(forward_macs<Finetune<MobileNetV2>>()) == 301);
static_assert(mega(forward_macs<Finetune<Vgg11>>()) == 7609 && mega(forward_macs<Finetune<Vgg11Bn>>()) == 7609);
static_assert(mega(forward_macs<Finetune<Vgg16>>()) == 15470 && mega(forward_macs<Finetune<Vgg19>>()) == 19632);

// --- a head counts its classes, those of run time too
using Ten = Finetune<TinyNet, ReplaceHead<10>>;
using Open = Finetune<TinyNet, ReplaceHead<Dynamic>>;
static_assert(forward_macs<Ten>() == 87'632 && forward_macs<Open>(16, 10) == 87'632);
static_assert(forward_macs<Open>(16, 3) == 87'632 - 7 * 8);
static_assert(training_macs<Open>(16, 10) == training_macs<Ten>());

// --- a step of TinyNet: 13,824 in the stem, 36,864 in each convolution of the body, 80 in the head
constexpr long long stem = 13'824, body = 36'864, head = 80;
static_assert(forward_macs<Ten>() == stem + 2 * body + head);
// nobody wants the gradient of a picture
static_assert(training_macs<Ten>() == 2 * stem + 3 * 2 * body + 3 * head);
// a frozen beginning costs its forward pass, and what follows it no gradient of its input
static_assert(training_macs<Finetune<TinyNet, ReplaceHead<10>, Freeze<Layers<0, 1>>>>() ==
              stem + (2 + 3) * body + 3 * head);
static_assert(training_macs<Finetune<TinyNet, ReplaceHead<10>, Freeze<Backbone>>>() == stem + 2 * body + 2 * head);
// frozen in the middle: the gradient passes through
static_assert(training_macs<Finetune<TinyNet, ReplaceHead<10>, Freeze<Layers<1, 2>>>>() ==
              2 * stem + 2 * 2 * body + 3 * head);
// biases alone (BitFit): no gradient of a weight; of the input, behind the first bias
using BitFit = Finetune<TinyNet, Freeze<Except<Biases>>>;
static_assert(training_macs<BitFit>() == stem + 2 * 2 * body + 2 * head);
static_assert(training_macs<BitFit>() < training_macs<Finetune<TinyNet>>());
static_assert(training_macs<Finetune<ResNet18, Freeze<Except<Biases>>>>() <
              training_macs<Finetune<ResNet18>>() * 7 / 10);
// the most expensive phase
using Phased = Finetune<TinyNet, ReplaceHead<10>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>>>>;
static_assert(training_macs<Phased>() == training_macs<Ten>());

// --- two branches: what trains in one asks nothing of the other, and both ask of what follows
struct Fork final
    : Network<Input<4, 2>,
              Block<"a", Residual<Named<"b", Conv2d<4, 4, Window{1}>>, Named<"s", Conv2d<4, 4, Window{1}>>>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 3>>>> {};
static_assert(forward_macs<Finetune<Fork>>() == 64 + 64 + 12);
static_assert(training_macs<Finetune<Fork>>() == 2 * 64 + 2 * 64 + 3 * 12);
static_assert(training_macs<Finetune<Fork, Freeze<Match<"s.*">>>>() == 2 * 64 + 64 + 3 * 12);
static_assert(training_macs<Finetune<Fork, Freeze<Match<"b.*">>>>() == 64 + 2 * 64 + 3 * 12);
static_assert(training_macs<Finetune<Fork, Freeze<Backbone>>>() == 64 + 64 + 2 * 12);

// --- layers of one's own
struct Scale : LayerTag {  // says what it has: each weight once for each pixel
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    sink.tensor("scale", Kind::Weight, {4});
    sink.tensor("shift", Kind::Bias, {4});
  }
  using out = SameShape;
};
struct Says : LayerTag {  // says what it costs: two weights of 6 and 2 elements
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    sink.tensor("large", Kind::Weight, {6});
    sink.tensor("small", Kind::Weight, {2});
  }
  using out = SameShape;
  static constexpr Cost cost(Shape in, Shape out) { return {.macs = 100LL * in.height() * out.width()}; }
};
struct Bare : LayerTag {  // says so, and has no tensors
  using tensors = None;
  using out = SameShape;
  static constexpr Cost cost(Shape in, Shape) { return {.macs = in.numel()}; }
};
template <class Own>
struct With final
    : Network<Input<4, 2>, Block<"own", Named<"own", Own>>, Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 3>>>> {};
static_assert(forward_macs<Finetune<With<Scale>>>() == 4 * 2 * 2 + 12);
static_assert(training_macs<Finetune<With<Scale>>>() == 2 * 16 + 3 * 12);
static_assert(forward_macs<Finetune<With<Says>>>() == 100 * 2 * 2 + 12);
static_assert(training_macs<Finetune<With<Says>>>() == 2 * 400 + 3 * 12);
static_assert(training_macs<Finetune<With<Says>, Freeze<Match<"own.large">>>>() == 400 + 400 / 4 + 3 * 12);
static_assert(forward_macs<Finetune<With<Bare>>>() == 16 + 12);
static_assert(forward_macs<Finetune<With<ReLU>>>() == 12);

// --- the former names keep their meaning for one version
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static_assert(flops<Ten>() == 87'632 && flops<Ten>(32) == 4 * (87'632 - 80) + 80);
static_assert(macs<Ten>() == 3 * 87'632 && macs<BitFit>() == 3 * 87'632);
static_assert(macs<Finetune<TinyNet, ReplaceHead<10>, Freeze<Backbone>>>() == 87'632 + 2 * 80);
#pragma GCC diagnostic pop

// --- a network that runs as a module says what it computes
struct AnyModule {};
struct Counted final
    : ModuleNetwork<AnyModule, Input<3, 8>, OutputSize<4>, Block<"a", Named<"w", Parameter<"weight", 6>>>,
                    Block<"b", Named<"v", Parameter<"weight", 2>>>> {
  static constexpr long long forward_macs(int side) { return 10LL * side * side; }
};
static_assert(forward_macs<Finetune<Counted>>() == 640 && training_macs<Finetune<Counted>>() == 3 * 640);
static_assert(training_macs<Finetune<Counted, Freeze<Match<"w.*">>>>() == 2 * 640 + 640 / 4);

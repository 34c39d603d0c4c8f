// Law: whoever accounts for memory sees the shapes that flow. For every block of every model, the account of a training
// step and that of the frozen prefix leave the shape (and whether all fits) that a trace of the layers leaves.
#include <tuneit/recipe.hpp>

#include "../tiny.hpp"
using namespace tuneit;

namespace {

// Shapes of one block under the three interpreters, for pictures of a side.
template <class Layers>
constexpr bool same_shapes(Shape in, const TensorRow* rows, const PlanRow* plan) {
  detail::Ignore ignore;
  const Shape traced = trace(Layers{}, in, ignore);
  detail::StepAccount step(rows, plan, 2, 4, 10);
  step.take(step.size(in));
  const Shape accounted = account(program<Layers>{}, detail::Flowing{in, true}, step).shape;
  detail::InferenceAccount prefix(2, 4);
  return accounted == traced && prefix.run(program<Layers>{}, in) == traced;
}

template <class Model, class... Blocks>
constexpr std::size_t wrong_block(List<Blocks...>, int side) {
  Shape in{Model::input::channels, side, side};
  const Plan<table<Model>.size> plan{};
  std::size_t block = 0, wrong = 0;  // 1 + the first block whose shapes differ
  const auto one = [&]<class Layers>(Layers layers) {
    const std::uint32_t begin = table<Model>.block_begin[block];
    ++block;
    if (wrong == 0 && !same_shapes<Layers>(in, table<Model>.rows + begin, plan.rows + begin)) wrong = block;
    detail::Ignore ignore;
    in = trace(layers, in, ignore);
  };
  (one(typename Blocks::layers{}), ...);
  return wrong;
}

// 0: all blocks agree, for the usual side, for a smaller one, and for one that is too small for some windows.
template <class Model>
constexpr std::size_t wrong_block() {
  for (const int side : {Model::input::side, 128, 1})
    if (const std::size_t wrong = wrong_block<Model>(typename Model::blocks{}, side); wrong != 0) return wrong;
  return 0;
}

}  // namespace

static_assert(wrong_block<TinyNet>() == 0);

// What does not fit is seen alike: a batch norm of other channels, alone, before a pool, about a depthwise convolution
// and behind a branch; two branches of two shapes.
namespace {

template <class... Layers>
struct Odd final : Network<Input<4, 8>, Block<"odd", Layers...>> {};
using Norm4 = BatchNorm2d<4>;
using Norm5 = BatchNorm2d<5>;
using Depthwise4 = Conv2d<4, 4, Window{3, 1, 1, 4}>;
template <int Out>
using Conv1 = Conv2d<4, Out, Window{1}>;

template <class... Layers>
constexpr bool misfits_alike = !shape<Odd<Layers...>>().fits && wrong_block<Odd<Layers...>>() == 0;
template <class... Layers>
constexpr bool fits_alike = shape<Odd<Layers...>>().fits&& wrong_block<Odd<Layers...>>() == 0;

}  // namespace
static_assert(misfits_alike<Norm5> && misfits_alike<Norm5, ReLU, MaxPool2d<Window{2, 2}>>);
static_assert(misfits_alike<Norm5, ReLU, Depthwise4> && misfits_alike<Depthwise4, Norm5, ReLU>);
static_assert(misfits_alike<Conv2d<5, 4, Window{3, 1, 1}>, ReLU>);
static_assert(misfits_alike<Residual<Seq<Conv1<4>, Norm5>, Identity>, ReLU>);
static_assert(misfits_alike<Residual<Conv1<5>, Identity>> && misfits_alike<Residual<Identity, Conv1<5>>>);
static_assert(fits_alike<Norm4, ReLU, Depthwise4, Norm4, ReLU6> && fits_alike<Residual<Conv1<5>, Conv1<5>>>);
static_assert(fits_alike<AdaptiveAvgPool2d<3>, Dropout<0.5>, Flatten, Linear<36, 7>, ReLU>);
static_assert(fits_alike<Conv1<6>, ReLU6, GlobalConcatPool, Linear<12, 7>> && fits_alike<ReLU, GlobalAvgPool>);

static_assert(fits_alike<Sigmoid, SiLU, GlobalAvgPool, LayerNorm<4>, GELU<>, Linear<4, 7>, Tanh, GELU<Tanh>>);
static_assert(misfits_alike<GlobalAvgPool, LayerNorm<5>> && misfits_alike<LayerNorm<4>>);

// layers of one's own
namespace {

struct Halving : LayerTag {
  using tensors = None;
  static constexpr Shape out(Shape in) { return {in.channels(), in.height() / 2, in.width() / 2, in.fits}; }
};

}  // namespace
static_assert(fits_alike<Conv1<6>, Halving, ReLU> && shape<Odd<Halving>>() == Shape{4, 4, 4});

// What a layer of one's own keeps is what it says; of one that does not say, its input and its result.
namespace {

template <int Kept>
struct Keeps : LayerTag {
  using tensors = None;
  using out = SameShape;
  static constexpr SavedSizes saved(Shape in, Shape, Facts f) {
    return {.input = (Kept & 1) != 0, .output = (Kept & 2) != 0, .elements = Kept & 4 ? f.count(in) : 0};
  }
};
struct Silent : LayerTag {
  using tensors = None;
  using out = SameShape;
};
// A convolution makes 4 x 8 x 8 numbers of each of 2 pictures: 2 KiB.
template <class Own>
struct Holds final : Network<Input<4, 8>, Block<"own", Named<"in", Conv1<4>>, Own>,
                             Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 3>>>> {};
template <class Own>
constexpr std::int64_t kept = memory<Finetune<Holds<Own>>>(2, 8).activations
                              - memory<Finetune<Holds<Identity>>>(2, 8).activations;

}  // namespace
static_assert(kept<Keeps<0>> == 0 && kept<Keeps<1>> == 2048 && kept<Keeps<3>> == 4096 && kept<Keeps<7>> == 6144);
static_assert(kept<Silent> == kept<Keeps<3>> && kept<ReLU> == 2048);
// in place with its result kept; its input, and a fresh result
static_assert(kept<Sigmoid> == 2048 && kept<SiLU> == 2048 && kept<GELU<Tanh>> == 2048);
static_assert(memory<Finetune<Holds<Silent>, Freeze<Layer<"in">>>>(2, 8).activations ==
              memory<Finetune<Holds<Identity>, Freeze<Layer<"in">>>>(2, 8).activations);

static_assert(wrong_block<ResNet18>() == 0);
static_assert(wrong_block<ResNet34>() == 0);
static_assert(wrong_block<ResNet50>() == 0);
static_assert(wrong_block<ResNet101>() == 0);
static_assert(wrong_block<ResNet152>() == 0);
static_assert(wrong_block<MobileNetV2>() == 0);
static_assert(wrong_block<Vgg11>() == 0);
static_assert(wrong_block<Vgg13>() == 0);
static_assert(wrong_block<Vgg16>() == 0);
static_assert(wrong_block<Vgg19>() == 0);
static_assert(wrong_block<Vgg11Bn>() == 0);
static_assert(wrong_block<Vgg13Bn>() == 0);
static_assert(wrong_block<Vgg16Bn>() == 0);
static_assert(wrong_block<Vgg19Bn>() == 0);
static_assert(wrong_block<EfficientNetLite0>() == 0);
static_assert(wrong_block<EfficientNetLite1>() == 0);
static_assert(wrong_block<EfficientNetLite2>() == 0);
static_assert(wrong_block<EfficientNetLite3>() == 0);
static_assert(wrong_block<EfficientNetLite4>() == 0);

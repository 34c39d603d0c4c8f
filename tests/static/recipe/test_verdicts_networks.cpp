// Refusals: networks.
#include "../verdicts.hpp"
using namespace tuneit;

using Stem = Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU>;

// LayersDoNotFit: the block, and what reaches the first layer there that cannot take it
struct WrongLinear final : Network<Input<3, 8>, Stem, Block<"head", GlobalAvgPool, Named<"fc", Linear<5, 10>>>> {};
static_assert(!shape<WrongLinear>().fits);
static_assert(is<LayersDoNotFit<WrongLinear, "head", Arrives<4, 1, 1>>, Finetune<WrongLinear>>);
static_assert(is<LayersDoNotFit<WrongLinear, "head", Arrives<4, 1, 1>>, Finetune<WrongLinear, Freeze<Layer<"x">>>>,
              "before any policy is judged");

struct WrongStem final : Network<Input<1, 8>, Stem, Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};
static_assert(is<LayersDoNotFit<WrongStem, "stem", Arrives<1, 8, 8>>, Finetune<WrongStem>>);

struct NoPooling final : Network<Input<3, 8>, Stem, Block<"head", Named<"fc", Linear<4, 10>>>> {};
static_assert(is<LayersDoNotFit<NoPooling, "head", Arrives<4, 8, 8>>, Finetune<NoPooling>>);

struct TooSmall final : Network<Input<3, 4>, Block<"stem", Named<"a", Conv2d<3, 4, Window{7}>>, ReLU>,
                                Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};
static_assert(is<LayersDoNotFit<TooSmall, "stem", Arrives<3, 4, 4>>, Finetune<TooSmall>>);

// two branches with two shapes: what reaches the block
struct WrongSum final
    : Network<Input<3, 8>, Stem, Block<"body", Residual<Named<"b", Conv2d<4, 8, Window{3, 2, 1}>>, Identity>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<8, 10>>>> {};
static_assert(is<LayersDoNotFit<WrongSum, "body", Arrives<4, 8, 8>>, Finetune<WrongSum>>);

// what fits is accepted
static_assert(is<Accepted, Finetune<ResNet152>> && is<Accepted, Finetune<EfficientNetLite4>>);

// LayerLacks: what a layer of one's own has not said, or has said in another way
template <class Layer>
struct Around final
    : Network<Input<3, 8>, Stem, Block<"own", Named<"a", Residual<Repeat<0, 2, Seq<Named<"b", Layer>>>, Identity>>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};
template <class Layer, class Question>
constexpr bool lacks = is<LayerLacks<Layer, Question>, Finetune<Around<Layer>, Freeze<tuneit::Layer<"x">>>>&&
    std::is_same_v<network_verdict<Around<Layer>>, LayerLacks<Layer, Question>>;
template <class Layer>
constexpr bool complete = is<Accepted, Finetune<Around<Layer>>>&& check<Around<Layer>>();

struct Silent {};
static_assert(lacks<Silent, ItsTensors>);

template <int C>
struct Swish {};  // only its tensors
template <int C, class Sink>
constexpr void walk_tensors(Swish<C>, Sink& sink) {
  sink.tensor("beta", Kind::Weight, Owner::Other, {C});
}
static_assert(lacks<Swish<4>, OutputShape>);

struct OnlyShape {
  using out = SameShape;
};
static_assert(lacks<OnlyShape, ItsTensors>);

struct SaidInside {
  using tensors = None;
  using out = SameShape;
};
static_assert(complete<SaidInside>);

struct SaidOutside {};
template <class Sink>
constexpr void walk_tensors(SaidOutside, Sink& sink) {
  sink.tensor("w", Kind::Weight, Owner::Other, {2, 3});
}
constexpr Shape output_shape(SaidOutside, Shape in) { return in; }
static_assert(complete<SaidOutside> &&
              parameter_count<Around<SaidOutside>>() == parameter_count<Around<Identity>>() + 12);

struct Misspelt {
  using tensor = None;
  using out = SameShape;
};
static_assert(lacks<Misspelt, ItsTensors>);
struct MisspeltShape {
  using tensors = None;
  using output = SameShape;
};
static_assert(lacks<MisspeltShape, OutputShape>);
struct OtherType {
  using tensors = int;
  using out = SameShape;
};
static_assert(lacks<OtherType, ItsTensors>);
struct OtherShape {
  using tensors = None;
  using out = None;
};
static_assert(lacks<OtherShape, OutputShape>);
struct NoShape {
  using tensors = None;
};
constexpr int output_shape(NoShape, Shape) { return 4; }
static_assert(lacks<NoShape, OutputShape>);
struct OtherArgument {
  using tensors = None;
};
constexpr Shape output_shape(OtherArgument, int channels) { return {channels, 1, 1}; }
static_assert(lacks<OtherArgument, OutputShape>);
struct TakesACopy {  // of the sink: what it says would be lost
  using out = SameShape;
};
template <class Sink>
constexpr void walk_tensors(TakesACopy, Sink sink) {
  sink.tensor("w", Kind::Weight, Owner::Other, {4});
}
static_assert(lacks<TakesACopy, ItsTensors>);
struct Derived : BatchNorm2d<4> {  // a layer is what it is, not what it derives from
  using out = SameShape;
};
static_assert(lacks<Derived, ItsTensors>);

struct CostOfOtherType : SaidInside {
  static constexpr long long cost(Shape in, Shape) { return in.numel(); }
};
static_assert(lacks<CostOfOtherType, ItsCost>);
struct CostOfOneShape : SaidInside {
  static constexpr Cost cost(Shape in) { return {.macs = in.numel()}; }
};
static_assert(lacks<CostOfOneShape, ItsCost>);
struct CostNearby : SaidInside {};
constexpr long long leaf_cost(CostNearby, Shape in, Shape) { return in.numel(); }
static_assert(lacks<CostNearby, ItsCost>);
struct RightlyCosted : SaidInside {
  static constexpr Cost cost(Shape in, Shape) { return {.macs = in.numel()}; }
};
static_assert(complete<RightlyCosted>);

// of a network that runs as a module, only the tensors are asked
struct AnyModule {};
struct AsModule final : ModuleNetwork<AnyModule, Input<3, 8>, Outputs<10>, Block<"a", Named<"w", Parameter<"w", 4>>>,
                                      Block<"own", Named<"s", Swish<4>>>> {};
static_assert(is<Accepted, Finetune<AsModule>> && parameter_count<AsModule>() == 8);
struct SilentModule final
    : ModuleNetwork<AnyModule, Input<3, 8>, Outputs<10>, Block<"a", Named<"w", Parameter<"w", 4>>>,
                    Block<"own", Named<"s", OnlyShape>>> {};
static_assert(is<LayerLacks<OnlyShape, ItsTensors>, Finetune<SilentModule>>);

// NothingInside
struct Hollow final : Network<Input<3, 8>> {};
static_assert(is<NothingInside<Hollow>, Finetune<Hollow>>);

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

struct Silent : LayerTag {};
static_assert(lacks<Silent, ItsTensors>);
struct NoLayer {};
static_assert(lacks<NoLayer, ItsTensors>);

template <int C>
struct Swish : LayerTag {  // only its tensors
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    sink.tensor("beta", Kind::Weight, {C});
  }
};
static_assert(lacks<Swish<4>, OutputShape>);

struct OnlyShape : LayerTag {
  using out = SameShape;
};
static_assert(lacks<OnlyShape, ItsTensors>);

struct SaidInside : LayerTag {
  using tensors = None;
  using out = SameShape;
};
static_assert(complete<SaidInside>);

struct SaidByFunctions : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    sink.tensor("w", Kind::Weight, {2, 3});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == 4); }
};
static_assert(complete<SaidByFunctions> &&
              parameter_count<Around<SaidByFunctions>>() == parameter_count<Around<Identity>>() + 12);

struct Misspelt : LayerTag {
  using tensor = None;
  using out = SameShape;
};
static_assert(lacks<Misspelt, ItsTensors>);
struct MisspeltShape : LayerTag {
  using tensors = None;
  using output = SameShape;
};
static_assert(lacks<MisspeltShape, OutputShape>);
struct OtherType : LayerTag {
  using tensors = int;
  using out = SameShape;
};
static_assert(lacks<OtherType, ItsTensors>);
struct OtherShape : LayerTag {
  using tensors = None;
  using out = None;
};
static_assert(lacks<OtherShape, OutputShape>);
struct NoShape : LayerTag {
  using tensors = None;
  static constexpr int out(Shape) { return 4; }
};
static_assert(lacks<NoShape, OutputShape>);
struct OtherArgument : LayerTag {
  using tensors = None;
  static constexpr Shape out(const char*) { return Shape(4); }
};
static_assert(lacks<OtherArgument, OutputShape>);
// What may be left out, and is said in another way.
struct Complete : LayerTag {
  using tensors = None;
  using out = SameShape;
};
struct DrawsNone : Complete {
  using draws = None;
};
struct DrawsNumber : Complete {
  static constexpr int draws = 0;
};
struct DrawsNearly : Complete {
  static constexpr DrawsFrom draw = DrawsFrom::Nothing;
};
struct DrawsPrivately : Complete {
 private:
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
};
struct DrawsFromNothing : Complete {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
};
static_assert(lacks<DrawsNone, ItsDraws> && lacks<DrawsNumber, ItsDraws> && lacks<DrawsNearly, ItsDraws> &&
              lacks<DrawsPrivately, ItsDraws> && complete<DrawsFromNothing>);
struct ReadsNumber : Complete {
  using reads = int;
};
struct ReadsNearly : Complete {
  using read = Wires<"w">;
};
static_assert(lacks<ReadsNumber, ItsReads> && lacks<ReadsNearly, ItsReads>);
struct TakesACopy : LayerTag {  // of the sink: what it says would be lost
  using out = SameShape;
  template <class Sink>
  static constexpr void tensors(Sink sink) {
    sink.tensor("w", Kind::Weight, {4});
  }
};
static_assert(lacks<TakesACopy, ItsTensors>);
class Private : public LayerTag {
  using tensors = None;
  using out = SameShape;
};
static_assert(lacks<Private, ItsTensors>);
struct NotStatic : LayerTag {
  using tensors = None;
  [[nodiscard]] constexpr Shape out(Shape in) const { return in; }
};
static_assert(lacks<NotStatic, OutputShape>);

struct CostOfOtherType : SaidInside {
  static constexpr long long cost(Shape in, Shape) { return in.numel(); }
};
static_assert(lacks<CostOfOtherType, ItsCost>);
struct CostOfOneShape : SaidInside {
  static constexpr Cost cost(Shape in) { return {.macs = in.numel()}; }
};
static_assert(lacks<CostOfOneShape, ItsCost>);
struct RightlyCosted : SaidInside {
  static constexpr Cost cost(Shape in, Shape) { return {.macs = in.numel()}; }
};
static_assert(complete<RightlyCosted>);
struct SavedOfOtherType : SaidInside {
  static constexpr bool saved(Shape, Shape, Facts f) { return f.need.x; }
};
static_assert(lacks<SavedOfOtherType, ItsSaved>);
struct SavedOfOneShape : SaidInside {
  static constexpr SavedSizes saved(Shape, Facts f) { return {.input = f.need.x}; }
};
static_assert(lacks<SavedOfOneShape, ItsSaved>);
struct RightlySaved : SaidInside {
  static constexpr SavedSizes saved(Shape, Shape, Facts f) { return {.input = f.need.x}; }
};
static_assert(complete<RightlySaved>);

// OldSpelling: what a layer once said by functions in its namespace nobody asks, whether there are members or not
template <class Layer>
constexpr bool old = is<OldSpelling<Layer>, Finetune<Around<Layer>>>&&
    std::is_same_v<network_verdict<Around<Layer>>, OldSpelling<Layer>>;
struct OldTensors {
  using out = SameShape;
};
template <class Sink>
constexpr void walk_tensors(OldTensors, Sink& sink) {
  sink.tensor("w", Kind::Weight, Owner::Other, {4});
}
static_assert(old<OldTensors>);
struct OldCopy {
  using out = SameShape;
};
template <class Sink>
constexpr void walk_tensors(OldCopy, Sink sink) {
  sink.tensor("w", Kind::Weight, Owner::Other, {4});
}
static_assert(old<OldCopy>);
struct OldShape : LayerTag {
  using tensors = None;
};
constexpr Shape output_shape(OldShape, Shape in) { return in; }
static_assert(old<OldShape>);
struct OldCost : SaidInside {};
constexpr Cost leaf_cost(OldCost, Shape in, Shape) { return {.macs = in.numel()}; }
static_assert(old<OldCost>);
template <int C>
struct OldBoth {};
template <int C, class Sink>
constexpr void walk_tensors(OldBoth<C>, Sink& sink) {
  sink.tensor("w", Kind::Weight, Owner::Other, {C});
}
template <int C>
constexpr Shape output_shape(OldBoth<C>, Shape in) {
  return in;
}
static_assert(old<OldBoth<4>>);

// of a network that runs as a module, only the tensors are asked
struct AnyModule {};
struct AsModule final : ModuleNetwork<AnyModule, Input<3, 8>, OutputSize<10>, Block<"a", Named<"w", Parameter<"w", 4>>>,
                                      Block<"own", Named<"s", Swish<4>>>> {};
static_assert(is<Accepted, Finetune<AsModule>> && parameter_count<AsModule>() == 8);
struct SilentModule final
    : ModuleNetwork<AnyModule, Input<3, 8>, OutputSize<10>, Block<"a", Named<"w", Parameter<"w", 4>>>,
                    Block<"own", Named<"s", OnlyShape>>> {};
static_assert(is<LayerLacks<OnlyShape, ItsTensors>, Finetune<SilentModule>>);
struct OldModule final
    : ModuleNetwork<AnyModule, Input<3, 8>, OutputSize<10>, Block<"a", Named<"w", Parameter<"w", 4>>>,
                    Block<"own", Named<"s", OldTensors>>> {};
static_assert(is<OldSpelling<OldTensors>, Finetune<OldModule>>);

// RecomputesModule
static_assert(is<RecomputesModule<AsModule, Recompute<All>>, Finetune<AsModule, Recompute<All>>>);

// NothingInside
struct Hollow final : Network<Input<3, 8>> {};
static_assert(is<NothingInside<Hollow>, Finetune<Hollow>>);

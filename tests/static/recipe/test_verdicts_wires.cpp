// Refusals: wires and outputs.
#include <utility>

#include "../verdicts.hpp"
using namespace tuneit;

namespace {

template <class... Layers>
using Around = Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU>,
                       Block<"mid", Layers...>, Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>>;
template <class Model, class Reason>
constexpr bool refused =
    std::is_same_v<network_verdict<Model>, Reason>&& is<Reason, Finetune<Model, Freeze<Layer<"x">>>>;
template <class Model>
constexpr bool fine = std::is_same_v<network_verdict<Model>, Accepted>&& is<Accepted, Finetune<Model>>;
using Pool = MaxPool2d<Window{2, 2}>;

// NoSuchWire: of a Merge, a From, a layer; before it is saved; the branch of a Residual that runs later
struct Misspelt final : Around<Save<"c3">, Tanh, Merge<Add, "c33">, Merge<Add, "c3">> {};
static_assert(refused<Misspelt, NoSuchWire<Misspelt, "c33", DidYouMean<"c3">>>);
struct TooEarly final : Around<Merge<Add, "w">, Tanh, Save<"w">> {};
static_assert(refused<TooEarly, NoSuchWire<TooEarly, "w", DidYouMean<"">>>);
struct FromNothing final : Around<Save<"a">, From<"b">, Merge<Add, "a">> {};
static_assert(refused<FromNothing, NoSuchWire<FromNothing, "b", DidYouMean<"a">>>);
struct Reader : LayerTag {
  using reads = Wires<"mask">;
  using tensors = None;
  using out = SameShape;
};
struct ReadsNothing final : Around<Reader> {};
static_assert(refused<ReadsNothing, NoSuchWire<ReadsNothing, "mask", DidYouMean<"">>>);
struct ReadsMask final : Around<Save<"mask">, Tanh, Reader> {};
static_assert(fine<ReadsMask>);

// WireNotRead: a wire, an input
struct NotRead final : Around<Save<"w">, Tanh> {};
static_assert(refused<NotRead, WireNotRead<NotRead, "w">>);
struct NotReadInTurn final : Around<Repeat<0, 3, Seq<Save<"w">, Tanh>>> {};
static_assert(refused<NotReadInTurn, WireNotRead<NotReadInTurn, "w">>);
struct UnreadInput final
    : Network<Inputs<Image<3, 8>, VectorInput<"age", 4>>, Block<"a", GlobalAvgPool, Linear<3, 4>>> {};
static_assert(refused<UnreadInput, WireNotRead<UnreadInput, "age">>);
struct ReadInput final : Network<Inputs<Image<3, 8>, VectorInput<"age", 4>>,
                                 Block<"a", GlobalAvgPool, Merge<Concat, "age">, Linear<7, 4>>> {};
static_assert(fine<ReadInput> && shape<ReadInput>() == Shape(4));

// WireTwice: wires, outputs, an input; not turns
struct Twice final : Around<Save<"w">, Tanh, Save<"w">, Tanh, Merge<Add, "w">> {};
static_assert(refused<Twice, WireTwice<Twice, "w">>);
struct OutputTwice final : Network<Input<3, 8>, Block<"a", Output<"o">, Tanh, Output<"o">>> {};
static_assert(refused<OutputTwice, WireTwice<OutputTwice, "o">>);
struct EachTurn final : Around<Repeat<0, 3, Seq<Save<"w">, Tanh, Merge<Add, "w">>>, Save<"w">, Tanh, Merge<Add, "w">> {
};
static_assert(fine<EachTurn>);

// WireLeavesItsTurn: a turn, a branch of a Residual, an Output there
struct Leaves final : Around<Repeat<0, 2, Seq<Save<"t">, Tanh, Merge<Add, "t">>>, Merge<Add, "t">> {};
static_assert(refused<Leaves, WireLeavesItsTurn<Leaves, "t">>);
struct NextTurn final : Around<Repeat<0, 2, Seq<Tanh, Save<"t">, Merge<Add, "t">>>, Repeat<0, 2, Merge<Add, "t">>> {};
static_assert(refused<NextTurn, WireLeavesItsTurn<NextTurn, "t">>);
struct LeavesBranch final : Around<Residual<Seq<Save<"t">, Tanh, Merge<Add, "t">>, Identity>, Merge<Add, "t">> {};
static_assert(refused<LeavesBranch, WireLeavesItsTurn<LeavesBranch, "t">>);
struct OutputInTurn final : Network<Input<3, 8>, Block<"a", Repeat<0, 2, Seq<Tanh, Output<"o">>>>> {};
static_assert(refused<OutputInTurn, WireLeavesItsTurn<OutputInTurn, "o">>);
struct IntoTurns final
    : Around<Save<"s">, Repeat<0, 2, Seq<Tanh, Merge<Multiply, "s">>>, Residual<Seq<Tanh, Merge<Add, "s">>, Identity>> {
};
static_assert(fine<IntoTurns>);

// FlowIsLost: before a From, at the end
struct Lost final : Around<Save<"w">, Tanh, From<"w">> {};
static_assert(refused<Lost, FlowIsLost<Lost, From<"w">>>);
struct LostAtEnd final : Network<Input<3, 8>, Block<"a", Output<"o">, Tanh>> {};
static_assert(refused<LostAtEnd, FlowIsLost<LostAtEnd, TheEnd>>);
struct NotLost final : Around<Save<"w">, Tanh, Save<"v">, Identity, From<"w">, Merge<Add, "v">> {};
static_assert(fine<NotLost>);

// ShapesDoNotMerge: sizes, channels; what fits Concat
struct OtherSize final : Around<Save<"w">, Pool, Merge<Add, "w">> {};
static_assert(refused<OtherSize, ShapesDoNotMerge<OtherSize, "mid", "w", Arrives<4, 4, 4>, Arrives<4, 8, 8>>>);
struct OtherChannels final : Around<Save<"w">, Named<"c", Conv2d<4, 6, Window{1}>>, Merge<Multiply, "w">> {};
static_assert(refused<OtherChannels, ShapesDoNotMerge<OtherChannels, "mid", "w", Arrives<6, 8, 8>, Arrives<4, 8, 8>>>);
struct Joined final
    : Around<Save<"w">, Named<"c", Conv2d<4, 6, Window{1}>>, Merge<Concat, "w">, Named<"d", Conv2d<10, 4, Window{1}>>> {
};
static_assert(fine<Joined> && block_costs<Joined>().out[1] == Shape(4, 8, 8));
struct JoinedOtherSize final : Around<Save<"w">, Pool, Merge<Concat, "w">> {};
static_assert(
    refused<JoinedOtherSize, ShapesDoNotMerge<JoinedOtherSize, "mid", "w", Arrives<4, 4, 4>, Arrives<4, 8, 8>>>);
struct Half : MergeTag {  // one's own: takes what is twice as large
  static constexpr Shape out(Shape x, Shape w) { return x.with_fit(w.fits && w.height() == 2 * x.height()); }
};
struct Own final : Around<Save<"w">, Pool, Merge<Half, "w">> {};
static_assert(fine<Own>);
struct OwnMisfit final : Around<Save<"w">, Tanh, Merge<Half, "w">> {};
static_assert(refused<OwnMisfit, ShapesDoNotMerge<OwnMisfit, "mid", "w", Arrives<4, 8, 8>, Arrives<4, 8, 8>>>);

// NoSuchOutput
struct Two final : Network<Input<3, 8>, Block<"a", Output<"near">, Tanh, Output<"far">>> {};
static_assert(std::is_same_v<network_verdict<Two>, Accepted>);
static_assert(std::is_same_v<output_verdict<Two, "fare">, NoSuchOutput<Two, "fare", DidYouMean<"far">>>);
static_assert(std::is_same_v<output_verdict<Two, "near">, Accepted> && has_output<Two, "far">());
static_assert(std::is_same_v<output_verdict<Tiny, "out">, Accepted>);
static_assert(std::is_same_v<output_verdict<Tiny, "mask">, NoSuchOutput<Tiny, "mask", DidYouMean<"out">>>);

// NoSuchInput
struct Aged final : Network<Inputs<Image<4, 8>, VectorInput<"age", 2>, MaskInput<"there", 2>>,
                            Block<"a", GlobalAvgPool, Merge<Concat, "age">, Save<"x">, From<"there">, Save<"y">,
                                  From<"x">, Merge<Add, "y">>> {};
static_assert(std::is_same_v<input_verdict<Aged, "agee">, NoSuchInput<Aged, "agee", DidYouMean<"age">>>);
static_assert(std::is_same_v<input_verdict<Aged, "image">, NoSuchInput<Aged, "image", DidYouMean<"images">>>);
static_assert(std::is_same_v<input_verdict<Aged, "age">, Accepted> && has_input<Aged, "images">());
static_assert(std::is_same_v<input_verdict<Tiny, "images">, Accepted>);

// TooManyWires: in a network, of a block
template <int... I>
Seq<Seq<Save<number_name<100 + I>>, Tanh>...> saves(std::integer_sequence<int, I...>);
template <int... I>
Seq<Merge<Add, number_name<100 + I>>...> merges(std::integer_sequence<int, I...>);
template <int N>
using Counted = std::make_integer_sequence<int, N>;
template <int N>
struct InOneBlock final : Around<decltype(saves(Counted<N>{})), decltype(merges(Counted<N>{}))> {};
static_assert(fine<InOneBlock<64>> && refused<InOneBlock<65>, TooManyWires<InOneBlock<65>, 65, 64>>);
template <int N>
struct InTwoBlocks final
    : Network<Input<3, 8>, Block<"a", decltype(saves(Counted<N>{}))>, Block<"b", decltype(merges(Counted<N>{}))>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<3, 10>>>> {};
static_assert(fine<InTwoBlocks<32>> && refused<InTwoBlocks<33>, TooManyWires<InTwoBlocks<33>, 33, 32>>);

}  // namespace

// What only unused outputs depend on does not train, however wires run.
#include "../verdicts.hpp"

using namespace tuneit;

namespace {

inline constexpr Window W1{1};
template <fixed_string Name, int In = 4, int Out = 4>
using Conv = Named<Name, Conv2d<In, Out, W1, true>>;

// Of the decoder "mask" depends on all, "class" on the encoder; "aux" is in the middle; turns and a branch save for
// themselves.
struct Many final
    : Network<Input<4, 8>, Block<"enc1", Conv<"a">, Save<"c1">>,
              Block<"enc2", Conv<"b">, Save<"c2">, GlobalAvgPool, Named<"fc", Linear<4, 3>>, Output<"class">>,
              Block<"mid", From<"c2">, Conv<"m">, Named<"n", BatchNorm2d<4>>, Output<"aux">, Conv<"p">, Save<"p">>,
              Block<"dec", From<"c1">, Conv<"d">, Save<"d">, From<"p">,
                    Named<"r", Repeat<0, 2, Seq<Save<"t">, Conv<"q">, Merge<Add, "t">>>>,
                    Residual<Seq<Conv<"x">, Merge<Add, "d">>, Conv<"s">>, Merge<Add, "d">, Output<"mask">>> {};

template <class... Ps>
using Of = Finetune<Many, Ps...>;
/// Do exactly these train, of the network's weights?
template <class R>
constexpr bool trained(std::string_view weights) {
  for (std::size_t i = 0; i < table<Many>.size; ++i) {
    const std::string_view name = table<Many>.name(i);
    if (table<Many>.rows[i].is_buffer()) continue;
    const std::string_view of = name.substr(0, name.rfind('.'));
    bool wanted = false;
    for (std::size_t at = 0; at + of.size() <= weights.size(); ++at)
      wanted = wanted || (weights.substr(at, of.size()) == of && (at == 0 || weights[at - 1] == ' ') &&
                          (at + of.size() == weights.size() || weights[at + of.size()] == ' '));
    if (plan<R>.rows[i].frozen == wanted) return false;
  }
  return true;
}
template <fixed_string Name>
using Pixels = BinaryCrossEntropy<On<Name>>;
using Class = CrossEntropy<On<"class">>;

}  // namespace

static_assert(trained<Of<Class, Unused<"aux", "mask">>>("a b fc"));
static_assert([] {  // running statistics move, as those of a module in training mode do
  for (std::size_t i = 0; i < table<Many>.size; ++i)
    if (table<Many>.rows[i].is_buffer() && plan<Of<Class, Unused<"aux", "mask">>>.rows[i].frozen) return false;
  return true;
}());
static_assert(trained<Of<Pixels<"aux">, Unused<"class", "mask">>>("a b m n"));
static_assert(trained<Of<Pixels<"mask">, Unused<"class", "aux">>>("a b m n p d r.0.q r.1.q x s"));
static_assert(trained<Of<Losses<Weighted<Class, 1>, Weighted<Pixels<"aux">, 1>>, Unused<"mask">>>("a b fc m n"));
static_assert(trained<Of<Losses<Weighted<Class, 1>, Weighted<Pixels<"mask">, 1>>, Unused<"aux">>>(
    "a b fc m n p d r.0.q r.1.q x s"));
// Whatever else a recipe says, and in all of its phases.
using Phased = Of<Class, Unused<"aux", "mask">, Freeze<Layer<"a">>,
                  Phases<Phase<Epochs<1>, TrainOnly<Layer<"fc">>>, Phase<Epochs<1>, Unfreeze<All>>>>;
static_assert(trained<InPhase<Phased, 0>>("fc") && trained<InPhase<Phased, 1>>("a b fc"));
// Policies that would do nothing there are refused like those of what is frozen.
static_assert(std::is_same_v<verdict<Of<Class, Unused<"aux", "mask">, TrainOnly<Layer<"m">>>>, NothingTrains<Many>>);
static_assert(!std::is_same_v<verdict<Of<Class, Unused<"aux", "mask">, LrScale<Layer<"m">, 10>>>, Accepted>);
static_assert(std::is_same_v<verdict<Of<Class, Unused<"aux", "mask">, LrScale<Layer<"b">, 10>>>, Accepted>);

// Their way back costs nothing: multiply-accumulates are those of the way forward, and nothing is kept.
using ClassOnly = Of<Class, Unused<"aux", "mask">>;
using AllOfThem = Of<Losses<Weighted<Class, 1>, Weighted<Pixels<"aux">, 0>, Weighted<Pixels<"mask">, 0>>>;
constexpr long long pixel_conv = 8 * 8 * 4 * 4, on_the_way = 2;  // a and b
// a: forward and its weights; b: and its input; fc as b, for 3 classes
static_assert(training_macs<ClassOnly>(8) ==
              forward_macs<ClassOnly>(8) + (2 * on_the_way - 1) * pixel_conv + 2 * 4 * 3);
static_assert(memory<ClassOnly>(8, 8).activations < memory<AllOfThem>(8, 8).activations / 2 &&
              memory<ClassOnly>(8, 8).total() < memory<AllOfThem>(8, 8).total());
static_assert(memory<Of<Class, Unused<"aux", "mask">, Recompute<All>>>(8, 8).total() > 0);

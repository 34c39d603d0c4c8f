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

// NothingInside
struct Hollow final : Network<Input<3, 8>> {};
static_assert(is<NothingInside<Hollow>, Finetune<Hollow>>);

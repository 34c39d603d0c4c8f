// The models: shapes that fit, parameter counts and arithmetic as published (torchvision's metadata; the EfficientNet
// port's sizes), and the three tables that the program prints.
#include <tuneit/recipe.hpp>
using namespace tuneit;

template <class M>
constexpr bool is_classifier = shape<M>().fits&& shape<M>().channels == 1000;

static_assert(is_classifier<ResNet18> && parameter_count<ResNet18>() == 11'689'512);
static_assert(is_classifier<ResNet34> && parameter_count<ResNet34>() == 21'797'672);
static_assert(is_classifier<ResNet50> && parameter_count<ResNet50>() == 25'557'032);
static_assert(is_classifier<ResNet101> && parameter_count<ResNet101>() == 44'549'160);
static_assert(is_classifier<ResNet152> && parameter_count<ResNet152>() == 60'192'808);
static_assert(is_classifier<EfficientNetLite0> && parameter_count<EfficientNetLite0>() == 4'652'008);
static_assert(is_classifier<EfficientNetLite1> && is_classifier<EfficientNetLite2>);
static_assert(is_classifier<EfficientNetLite3> && is_classifier<EfficientNetLite4>);

// GFLOPs of torchvision's model pages, to their three decimals
constexpr long long mega(long long macs) { return (macs + 500'000) / 1'000'000; }
static_assert(mega(cost<ResNet18>().macs) == 1814);
static_assert(mega(cost<ResNet34>().macs) == 3664);
static_assert(mega(cost<ResNet50>().macs) == 4089);
static_assert(mega(cost<ResNet101>().macs) == 7801);
static_assert(mega(cost<ResNet152>().macs) == 11514);

static_assert(ResNet18::block_count == 6 && EfficientNetLite0::block_count == 10);
static_assert(table<ResNet18>.size == 122 && table<ResNet152>.size == 932 && table<EfficientNetLite0>.size == 296);
static_assert(table<ResNet18>.name(0) == "conv1.weight" && table<ResNet18>.name(121) == "fc.bias");

// a picture of another size
static_assert(shape<ResNet18>(64).fits && block_costs<ResNet18>(64).out[4] == Shape{512, 2, 2});

// a network that does not fit together says so
struct Broken final : Network<Input<3, 8>, Block<"a", Named<"a", Conv2d<3, 4, Window{1}>>>,
                              Block<"head", GlobalAvgPool, Named<"fc", Linear<5, 2>>>> {};
static_assert(!shape<Broken>().fits);

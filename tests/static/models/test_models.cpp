// The models: shapes that fit, parameter counts and arithmetic as published (torchvision's metadata; the EfficientNet
// port's sizes), and the three tables that the program prints.
#include <tuneit/recipe.hpp>
using namespace tuneit;

template <class M>
constexpr bool is_classifier = shape<M>().fits&& shape<M>().channels() == 1000;

static_assert(is_classifier<ResNet18> && parameter_count<ResNet18>() == 11'689'512);
static_assert(is_classifier<ResNet34> && parameter_count<ResNet34>() == 21'797'672);
static_assert(is_classifier<ResNet50> && parameter_count<ResNet50>() == 25'557'032);
static_assert(is_classifier<ResNet101> && parameter_count<ResNet101>() == 44'549'160);
static_assert(is_classifier<ResNet152> && parameter_count<ResNet152>() == 60'192'808);
static_assert(is_classifier<EfficientNetLite0> && parameter_count<EfficientNetLite0>() == 4'652'008);
static_assert(is_classifier<EfficientNetLite1> && is_classifier<EfficientNetLite2>);
static_assert(is_classifier<EfficientNetLite3> && is_classifier<EfficientNetLite4>);

static_assert(is_classifier<MobileNetV2> && parameter_count<MobileNetV2>() == 3'504'872);
static_assert(is_classifier<Vgg11> && parameter_count<Vgg11>() == 132'863'336);
static_assert(is_classifier<Vgg13> && parameter_count<Vgg13>() == 133'047'848);
static_assert(is_classifier<Vgg16> && parameter_count<Vgg16>() == 138'357'544);
static_assert(is_classifier<Vgg19> && parameter_count<Vgg19>() == 143'667'240);
static_assert(is_classifier<Vgg11Bn> && parameter_count<Vgg11Bn>() == 132'868'840);
static_assert(is_classifier<Vgg13Bn> && parameter_count<Vgg13Bn>() == 133'053'736);
static_assert(is_classifier<Vgg16Bn> && parameter_count<Vgg16Bn>() == 138'365'992);
static_assert(is_classifier<Vgg19Bn> && parameter_count<Vgg19Bn>() == 143'678'248);

// GFLOPs to their three decimals: `_ops` in the metadata of torchvision 0.29.2's weights (parameters above:
// `num_params`; parity/test_zoo.cpp compares both with the metadata of the torchvision that is installed)
constexpr long long mega(long long macs) { return (macs + 500'000) / 1'000'000; }
static_assert(mega(cost<ResNet18>().macs) == 1814);
static_assert(mega(cost<ResNet34>().macs) == 3664);
static_assert(mega(cost<ResNet50>().macs) == 4089);
static_assert(mega(cost<ResNet101>().macs) == 7801);
static_assert(mega(cost<ResNet152>().macs) == 11514);
static_assert(mega(cost<MobileNetV2>().macs) == 301);
static_assert(mega(cost<Vgg11>().macs) == 7609 && mega(cost<Vgg11Bn>().macs) == 7609);
static_assert(mega(cost<Vgg13>().macs) == 11308 && mega(cost<Vgg13Bn>().macs) == 11308);
static_assert(mega(cost<Vgg16>().macs) == 15470 && mega(cost<Vgg16Bn>().macs) == 15470);
static_assert(mega(cost<Vgg19>().macs) == 19632 && mega(cost<Vgg19Bn>().macs) == 19632);

static_assert(ResNet18::block_count == 6 && EfficientNetLite0::block_count == 10);
static_assert(table<ResNet18>.size == 122 && table<ResNet152>.size == 932 && table<EfficientNetLite0>.size == 296);
static_assert(table<ResNet18>.name(0) == "conv1.weight" && table<ResNet18>.name(121) == "fc.bias");
static_assert(MobileNetV2::block_count == 10 && Vgg11::block_count == 7 && Vgg19Bn::block_count == 7);

// a picture of another size; one too small for the windows does not fit
static_assert(shape<ResNet18>(64).fits && block_costs<ResNet18>(64).out[4] == Shape{512, 2, 2});
static_assert(shape<Vgg16>(64).fits && block_costs<Vgg16>(64).out[4] == Shape{512, 2, 2});
static_assert(block_costs<Vgg16>(64).out[5] == Shape(4096));
static_assert(shape<Vgg16>(32).fits && !shape<Vgg16>(31).fits);

// the layers that a VGG has and others do not
static_assert(AdaptiveAvgPool2d<7>::out(Shape{5, 3, 20}) == Shape{5, 7, 7});
static_assert(AdaptiveAvgPool2d<2, 3>::out(Shape{5, 9, 9}) == Shape{5, 2, 3});
static_assert(Flatten::out(Shape{5, 7, 6}) == Shape(210));
static_assert(leaf_cost<AdaptiveAvgPool2d<7>>(Shape{5, 7, 7}, Shape{5, 7, 7}).activations == 0);
static_assert(leaf_cost<AdaptiveAvgPool2d<7>>(Shape{5, 9, 9}, Shape{5, 7, 7}).activations == 245);

// a new head is the last linear layer alone, in name, in size, and in where it starts from
template <class M>
constexpr int fresh_rows() {
  using R = Finetune<M, ReplaceHead<3>>;
  int fresh = 0;
  for (std::size_t i = 0; i < table<M>.size; ++i) {
    const TensorRow &before = table<M>.rows[i], &after = table<typename R::model>.rows[i];
    const bool last = i + 2 >= table<M>.size;
    if (before.dims[0] != (last ? 1000 : after.dims[0]) || (last && after.dims[0] != 3)) return -1;
    if ((plan<R>.rows[i].starts_from == Origin::Fresh) != last) return -1;
    fresh += plan<R>.rows[i].starts_from == Origin::Fresh;
  }
  return fresh;
}
static_assert(fresh_rows<Vgg11>() == 2 && fresh_rows<Vgg16Bn>() == 2 && fresh_rows<MobileNetV2>() == 2);
static_assert(table<Vgg11>.name(table<Vgg11>.size - 2) == "classifier.6.weight");

// numbers as names
static_assert(std::is_same_v<Named<number_name<0>>, Named<"0">> &&
              std::is_same_v<Named<number_name<152>>, Named<"152">>);

// the network to test policies on is what its header says
static_assert(TinyNet::block_count == 3 && table<TinyNet>.size == 20 && parameter_count<TinyNet>() == 1'506);
static_assert(shape<TinyNet>().fits && cost<TinyNet>().macs == 87'632);
static_assert(table<TinyNet>.name(5) == "bn1.num_batches_tracked" && table<TinyNet>.name(6) == "body.0.conv.weight");
static_assert(table<TinyNet>.name(17) == "body.1.bn.num_batches_tracked" && table<TinyNet>.name(18) == "fc.weight");
static_assert(table<TinyNet>.block_begin[1] == 6 && table<TinyNet>.block_begin[2] == 18);

// a network that does not fit together says so
struct Broken final : Network<Input<3, 8>, Block<"a", Named<"a", Conv2d<3, 4, Window{1}>>>,
                              Block<"head", GlobalAvgPool, Named<"fc", Linear<5, 2>>>> {};
static_assert(!shape<Broken>().fits);

// Networks with wires, several inputs and outputs against PyTorch, in double precision: outputs and gradients, and ten
// steps of SGD. make_wires.py has the same networks.
#include <ATen/ops/zeros.h>

#include "parity.hpp"
#include "tuneit/engine/run/phase_programs.hpp"
#include "tuneit/engine/run/wired_train.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

inline constexpr Window W3{3, 1, 1}, W1{1}, Half{2, 2};

template <int In, int Out>
struct Level {
  using layers = Seq<Named<"conv1", Conv2d<In, Out, W3>>, Named<"bn1", BatchNorm2d<Out>>, ReLU,
                     Named<"conv2", Conv2d<Out, Out, W3>>, Named<"bn2", BatchNorm2d<Out>>, ReLU>;
};
using Turn = Seq<Save<"turn">, Conv2d<16, 16, W3>, Tanh, Merge<Add, "turn">>;

struct Unet final
    : Network<
          Inputs<Image<3, 192, 256>>, Block<"enc1", Named<"enc1", Level<3, 4>>, Save<"c1">>,
          Block<"enc2", MaxPool2d<Half>, Named<"enc2", Level<4, 8>>, Save<"c2">>,
          Block<"enc3", MaxPool2d<Half>, Named<"enc3", Level<8, 12>>, Save<"c3">>,
          Block<"enc4", MaxPool2d<Half>, Named<"enc4", Level<12, 16>>>, Block<"mid", Named<"mid", Repeat<0, 3, Turn>>>,
          Block<"dec3", Named<"up3", ConvTranspose2d<16, 12, Half>>, Merge<Concat, "c3">, Named<"dec3", Level<24, 12>>>,
          Block<"dec2", Upsample<2, Bilinear>, Named<"up2", Conv2d<12, 8, W1>>, Merge<Concat, "c2">,
                Named<"dec2", Level<16, 8>>>,
          Block<"dec1", Upsample<2>, Named<"up1", Conv2d<8, 4, W1>>, Merge<Concat, "c1">, Named<"dec1", Level<8, 4>>,
                Save<"gated">, Sigmoid, Merge<Multiply, "gated">>,
          Block<"mask", Named<"mask", Conv2d<4, 2, W1, true>>, Output<"mask">>> {};

struct Pyramid final
    : Network<Inputs<Image<3, 32>>, Block<"c1", Named<"c1", Level<3, 6>>, Save<"c1">>,
              Block<"c2", MaxPool2d<Half>, Named<"c2", Level<6, 8>>, Save<"c2">>,
              Block<"c3", MaxPool2d<Half>, Named<"c3", Level<8, 10>>>,
              Block<"p3", Named<"l3", Conv2d<10, 6, W1, true>>, Named<"gn", GroupNorm<3, 6>>, Save<"p3">,
                    Named<"far", Conv2d<6, 2, W1, true>>, Output<"far">>,
              Block<"p2", From<"c2">, Named<"l2", Conv2d<8, 6, W1, true>>, Save<"l2">, From<"p3">, Upsample<2>,
                    Merge<Add, "l2">, Save<"p2">, Named<"mid", Conv2d<6, 2, W1, true>>, Output<"mid">>,
              Block<"p1", From<"c1">, Named<"l1", Conv2d<6, 6, W1, true>>, Save<"l1">, From<"p2">, Upsample<2>,
                    Merge<Add, "l1">, Named<"near", Conv2d<6, 2, W1, true>>, Output<"near">>> {};

template <int In, int Out, int Stride>
struct Shortcut {
  using layers = Named<"downsample", Named<"0", Conv2d<In, Out, Window{1, Stride}>>, Named<"1", BatchNorm2d<Out>>>;
};
template <int C>
struct Shortcut<C, C, 1> {
  using layers = Identity;
};
template <int In, int Out, int Stride>
struct Basic {
  using layers = Seq<Residual<Seq<Named<"conv1", Conv2d<In, Out, Window{3, Stride, 1}>>, Named<"bn1", BatchNorm2d<Out>>,
                                  ReLU, Named<"conv2", Conv2d<Out, Out, W3>>, Named<"bn2", BatchNorm2d<Out>>>,
                              Shortcut<In, Out, Stride>>,
                     ReLU>;
};
struct TwoHeads final
    : Network<Inputs<Image<3, 16>>, Block<"stem", Named<"conv1", Conv2d<3, 8, W3>>, Named<"bn1", BatchNorm2d<8>>, ReLU>,
              Block<"layer1", Named<"layer1", Repeat<0, 2, Basic<8, 8, 1>>>>,
              Block<"layer2", Named<"layer2", Repeat<0, 1, Basic<8, 12, 2>>, Repeat<1, 1, Basic<12, 12, 1>>>>,
              Block<"class", GlobalAvgPool, Save<"pooled">, Named<"fc", Linear<12, 5>>, Output<"class">>,
              Block<"age", From<"pooled">, Named<"age", Linear<12, 1>>, Output<"age">>> {};

struct TwoInputs final : Network<Inputs<Image<3, 12>, VectorInput<"beside", 4>>,
                                 Block<"stem", Named<"conv1", Conv2d<3, 6, W3, true>>, Tanh>,
                                 Block<"head", GlobalAvgPool, Merge<Concat, "beside">, Named<"h", Linear<10, 8>>,
                                       GELU<>, Named<"fc", Linear<8, 3>>>> {};

template <class Model>
std::vector<std::string> output_names() {
  std::vector<std::string> names;
  for (int i = 0; i < tuneit::detail::wire_log<Model>.count; ++i) {
    const auto& e = tuneit::detail::wire_log<Model>.events[i];
    if (e.use == tuneit::detail::WireUse::Output) names.emplace_back(e.text.data(), e.text.size());
  }
  if (names.empty()) names.emplace_back("out");
  return names;
}

/// Ten steps as make_wires.py takes them. What a frozen beginning gives is computed once, packed, and kept.
template <class R>
void ten_steps(const std::string& name) {
  using Model = typename R::model;
  const io::TensorFile file = io::read_tensors((made("wires") / (name + ".safetensors")).string());
  Tensors tensors = make_tensors<Model>(1, make_generator(0));
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (table<Model>.rows[i].kind != Kind::BatchCount) {
      const at::Tensor begin = tensor(file, "begin." + std::string(table<Model>.name(i)));
      REQUIRE(tensors[i].sizes() == begin.sizes());
      tensors[i] = begin.clone();
    }
  at::Tensor x = tensor(file, "x");
  x = x.contiguous(at::MemoryFormat::ChannelsLast);
  Tensors others;
  if (file.find("y") != nullptr) others.push_back(tensor(file, "y"));
  const std::vector<std::string> names = output_names<Model>();
  const tuneit::detail::BelowAutograd below;
  tuneit::detail::PhasePrograms<R> programs;
  PendingStatistics statistics;
  at::Tensor kept = x;
  if constexpr (frozen_prefix<R>() > 0) kept = programs.prefix(x, 0, tensors, at::kDouble);
  for (int step = 0; step < 10; ++step) {
    INFO("step " << step);
    Tensors gradients(tensors.size());
    TrainPass<R> pass;
    at::Tensor flow = kept;
    const Tensors beside = frozen_prefix<R>() > 0 ? programs.template unpack<0>(flow) : others;
    statistics.begin();
    pass.forward(flow, tensors, make_generator(0), &statistics, beside);
    const Outputs outputs = pass.outputs();
    REQUIRE(outputs.size() == names.size());
    Tensors by_outputs;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const at::Tensor expected = tensor(file, "out." + std::to_string(step) + "." + names[i]);
      CHECK(relative(outputs[i], expected) < 1e-10);
      by_outputs.push_back(outputs[i].mul(static_cast<double>(i + 1) / static_cast<double>(outputs[i].numel())));
    }
    pass.backward(Outputs(by_outputs), gradients);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (table<Model>.rows[i].is_buffer() || plan<R>.rows[i].frozen) continue;
      REQUIRE(gradients[i].defined());
      if (step == 0) {
        const std::string row(table<Model>.name(i));
        INFO(row);
        const at::Tensor expected = tensor(file, "gradient." + row);
        CHECK(gradients[i].sub(expected).abs().max().template item<double>() < 1e-10);
      }
      tensors[i].sub_(gradients[i], 0.05);
    }
    statistics.commit({});
  }
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (table<Model>.rows[i].kind != Kind::BatchCount) {
      const std::string row(table<Model>.name(i));
      INFO(row);
      CHECK(relative(tensors[i], tensor(file, "end." + row)) < 1e-10);
    }
}

}  // namespace

TEST_CASE("a U-Net of four levels behind a frozen encoder whose features and wires are kept") {
  ten_steps<Finetune<Unet, MeanSquaredError<>, Precision<FP64>, Freeze<Layers<0, 4>>>>("unet");
}
TEST_CASE("a pyramid with three outputs") {
  using All = Losses<Weighted<MeanSquaredError<On<"far">>, 1>, Weighted<MeanSquaredError<On<"mid">>, 1>,
                     Weighted<MeanSquaredError<On<"near">>, 1>>;
  ten_steps<Finetune<Pyramid, All, Precision<FP64>>>("pyramid");
}
TEST_CASE("a ResNet with two heads") {
  using Both = Losses<Weighted<CrossEntropy<On<"class">>, 1>, Weighted<MeanSquaredError<On<"age">>, 1>>;
  ten_steps<Finetune<TwoHeads, Both, Precision<FP64>>>("two_heads");
}
TEST_CASE("a network with two inputs") { ten_steps<Finetune<TwoInputs, Precision<FP64>>>("two_inputs"); }

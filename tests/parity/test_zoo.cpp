// needs: zoo
// MobileNetV2 and the VGGs (and the tables of the ResNets) against torchvision: names, sizes, arithmetic; logits by
// every way there is; ten training steps from tuneit's own fresh weights.
#include <ATen/core/grad_mode.h>

#include <cstdio>
#include <iostream>
#include <sstream>

#include "parity.hpp"
#include "ten_steps.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/files.hpp"

using namespace tuneit;

namespace {

/// Names and sizes of all tensors, parameters and GFLOPs (three decimals) are torchvision's.
template <class Model>
void compare_table(const std::string& name) {
  INFO(name);
  std::ifstream file(made("zoo") / (name + ".table"));
  std::string line, ops;
  std::int64_t parameters = 0;
  REQUIRE(file >> parameters >> ops);
  std::getline(file, line);
  CHECK(parameter_count<Model>() == parameters);
  char ours[32];
  std::snprintf(ours, sizeof ours, "%.3f", static_cast<double>(cost<Model>().macs) / 1e9);
  CHECK(ours == ops);
  std::size_t i = 0;
  for (; std::getline(file, line); ++i) {
    REQUIRE(i < table<Model>.size);
    std::string expected(table<Model>.name(i));
    for (int d = 0; d < table<Model>.rows[i].rank; ++d) expected += " " + std::to_string(table<Model>.rows[i].dims[d]);
    CHECK(expected == line);
  }
  CHECK(i == table<Model>.size);
}

/// Statistics move in training mode: they are copied, the weights are not.
template <class Model>
Tensors with_own_statistics(const Tensors& tensors) {
  Tensors copies = tensors;
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (table<Model>.rows[i].owner == Owner::Norm) copies[i] = copies[i].clone();
  return copies;
}

template <class Model>
void compare_logits(const std::string& name) {
  using R = Finetune<Model>;
  INFO(name);
  Settings settings = defaults<R>();
  settings.classes = 1000;
  const Trainer<R> trainer(settings);
  CHECK(copy_weights<Model>(trainer.tensors(), made("zoo") / (name + ".pth"), false).empty());
  const io::TensorFile expected = io::read_tensors(made("zoo") / (name + ".safetensors"));
  const at::Tensor x = tensor(expected, "x").contiguous(at::MemoryFormat::ChannelsLast);
  const at::NoGradGuard no_grad;

  const double plain = relative(infer<Model>(tensor(expected, "x"), trainer.tensors()), tensor(expected, "eval"));
  const double fused = relative(trainer.logits(x), tensor(expected, "eval"));
  Tensors copies = with_own_statistics<Model>(trainer.tensors());
  const double training = relative(forward<R>(x, copies, make_generator(5)), tensor(expected, "train"));
  copies = with_own_statistics<Model>(trainer.tensors());
  TrainPass<R> pass;
  at::Tensor logits;
  {
    const tuneit::detail::BelowAutograd below;
    logits = pass.forward(x, copies, make_generator(5));
  }
  const double pass_training = relative(logits, tensor(expected, "train"));
  std::cout << name << ": evaluation " << plain << ", by the inference program " << fused << "; training " << training
            << ", by the training pass " << pass_training << "\n";
  CHECK(plain <= 1e-5);
  CHECK(fused <= 1e-4);  // Winograd's algorithm rounds more than a direct sum
  CHECK(training <= 1e-4);
  CHECK(pass_training <= 1e-4);
  if (expected.find("large") != nullptr) {  // where the grid of the average pool is that of the pixels
    const at::Tensor large = tensor(expected, "large").contiguous(at::MemoryFormat::ChannelsLast);
    CHECK(relative(infer<Model>(large, trainer.tensors()), tensor(expected, "eval_large")) <= 1e-5);
    CHECK(relative(trainer.logits(large), tensor(expected, "eval_large")) <= 1e-4);
  }
}

/// Is the tensor in the files? (That of 100 million weights is not: it stays as drawn.)
template <class Model>
bool in_files(std::size_t i) {
  return table<Model>.name(i) != "classifier.0.weight";
}

/// A trainer as it starts, with the convolutions and linear layers that it drew itself: they equal those of
/// torch.nn.init.
template <class R>
Trainer<R> start(const io::TensorFile& file) {
  using Model = typename R::model;
  Trainer<R> trainer(defaults<R>());
  double worst = 0;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    if (!in_files<Model>(i)) continue;
    const TensorRow& row = table<Model>.rows[i];
    const std::string name(table<Model>.name(i));
    at::Tensor ours = trainer.tensors()[i];
    const bool drawn = row.kind == Kind::Weight && row.owner != Owner::Norm;
    if (drawn) worst = std::max(worst, relative(ours, tensor(file, name)));
    ours.copy_(tensor(file, name));
  }
  CHECK(worst <= 1e-6);  // the factor is rounded once more there
  return trainer;
}

template <class R, class See>
Trainer<R> ten_steps(const io::TensorFile& file, const See& see) {
  Trainer<R> trainer = start<R>(file);
  ten_steps_of(trainer, file, see);
  return trainer;
}

template <class Base, class... Parts>
void as_in_torchvision(const std::string& name) {
  using R = Finetune<Base, ReplaceHead<2>, Parts..., Precision<FP64>>;
  using Model = typename R::model;
  const io::TensorFile file = io::read_tensors(made("zoo") / (name + "-start.safetensors"));
  const io::TensorFile expected = io::read_tensors(made("zoo") / (name + "-steps-fp64.safetensors"));
  const at::Tensor losses = tensor(expected, "losses");
  const Trainer<R> trainer =
      ten_steps<R>(file, [&](int i, double loss) { CHECK(loss == Approx(losses[i].item<double>()).epsilon(1e-8)); });
  double worst = 0, worst_way = 0;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    if (!in_files<Model>(i)) continue;
    const std::string key(table<Model>.name(i));
    INFO(name << ": " << key);
    const at::Tensor& ours = trainer.tensors()[i];
    const at::Tensor before = tensor(file, key).to(ours.scalar_type());
    if (plan<R>.rows[i].frozen) {
      CHECK(ours.equal(before));
    } else if (table<Model>.rows[i].kind == Kind::BatchCount) {
      CHECK(ours.item<std::int64_t>() == 10);
    } else {
      const at::Tensor theirs = tensor(expected, key);
      const double far = relative(ours, theirs), way = relative(ours.sub(before), theirs.sub(before));
      worst = std::max(worst, far);
      worst_way = std::max(worst_way, way);
      CHECK(far <= 1e-8);
      CHECK(way <= 1e-6);  // in proportion to how far it went, whatever the rate
      CHECK_FALSE(ours.equal(before));
    }
  }
  std::cout << name << ": largest relative difference after ten steps in fp64: " << worst << " of the tensors, "
            << worst_way << " of how far they went\n";
}

/// The same in single precision, in which ten steps spread rounding errors that nobody controls: tuneit may not stray
/// much farther from the end in double precision than PyTorch's own single precision does.
template <class Base, class... Parts>
void stays_near(const std::string& name) {
  using R = Finetune<Base, ReplaceHead<2>, Parts...>;
  const auto directory = made("zoo");
  const io::TensorFile file = io::read_tensors(directory / (name + "-start.safetensors"));
  const io::TensorFile expected = io::read_tensors(directory / (name + "-steps-fp64.safetensors"));
  const io::TensorFile theirs = io::read_tensors(directory / (name + "-steps-fp32.safetensors"));
  const Trainer<R> trainer = ten_steps<R>(file, [](int, double) {});
  const double our_distance = mean_distance<R>([&](std::size_t i) { return trainer.tensors()[i]; }, expected);
  const double their_distance = mean_distance<R>(
      [&](std::size_t i) { return tensor(theirs, std::string(table<typename R::model>.name(i))); }, expected);
  std::cout << name << ": rounding carries fp32 by " << our_distance << " (PyTorch's by " << their_distance << ")\n";
  CHECK(our_distance <= 10 * their_distance);  // what Winograd's algorithm rounds more than a direct sum does

  // for check_zoo.py: the model in a file, and its logits
  save_weights<typename R::model>(trainer.tensors(), directory / (name + "-written.safetensors"), {{"format", "pt"}});
  const at::Tensor x = tensor(file, "x0").contiguous(at::MemoryFormat::ChannelsLast);
  const io::NamedTensor logits = weights::from_tensor("logits", trainer.logits(x));
  io::write_safetensors(directory / (name + "-logits.safetensors"), std::vector<io::NamedTensor>{logits});
}

template <double Rate>
using TrainingSgd = Sgd<Lr<Rate>, Momentum<0.9>, WeightDecay<1e-3>>;

}  // namespace

TEST_CASE("all models have the tensors, the parameters and the arithmetic of torchvision's") {
  compare_table<ResNet18>("resnet18");
  compare_table<ResNet34>("resnet34");
  compare_table<ResNet50>("resnet50");
  compare_table<ResNet101>("resnet101");
  compare_table<ResNet152>("resnet152");
  compare_table<MobileNetV2>("mobilenet_v2");
  compare_table<Vgg11>("vgg11");
  compare_table<Vgg13>("vgg13");
  compare_table<Vgg16>("vgg16");
  compare_table<Vgg19>("vgg19");
  compare_table<Vgg11Bn>("vgg11_bn");
  compare_table<Vgg13Bn>("vgg13_bn");
  compare_table<Vgg16Bn>("vgg16_bn");
  compare_table<Vgg19Bn>("vgg19_bn");
}

TEST_CASE("MobileNetV2 has torchvision's logits") { compare_logits<MobileNetV2>("mobilenet_v2"); }
TEST_CASE("VGG-11 has torchvision's logits, also on pictures of other sizes") { compare_logits<Vgg11>("vgg11"); }
TEST_CASE("VGG-11 with batch norm has torchvision's logits") { compare_logits<Vgg11Bn>("vgg11_bn"); }

TEST_CASE("ten steps of all of MobileNetV2, from its fresh weights") {
  as_in_torchvision<MobileNetV2, TrainingSgd<1e-5>>("mobilenet_v2");
  stays_near<MobileNetV2, TrainingSgd<1e-5>>("mobilenet_v2");
}
TEST_CASE("ten steps of VGG-11, all but its largest layer") {
  as_in_torchvision<Vgg11, TrainingSgd<1e-3>, Freeze<Layer<"classifier.0">>>("vgg11");
  stays_near<Vgg11, TrainingSgd<1e-3>, Freeze<Layer<"classifier.0">>>("vgg11");
}
TEST_CASE("ten steps of VGG-11 with batch norm, two stages frozen") {
  as_in_torchvision<Vgg11Bn, TrainingSgd<1e-4>, Freeze<Layers<0, 2>>, Freeze<Layer<"classifier.0">>>("vgg11_bn");
}

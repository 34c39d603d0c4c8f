// needs: networks
// Logits against torchvision and the EfficientNet port, in evaluation and in training mode; and models written here.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>

#include <iostream>

#include "parity.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/files.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

template <class Model>
Tensors load(const std::filesystem::path& file, int classes, const std::string& prefix = "") {
  Tensors tensors = make_tensors<Model>(classes, make_generator(0));
  copy_weights<Model>(tensors, file, false, {.strip_prefix = prefix});
  return tensors;
}

template <class Base>
void compare(const std::string& name, const std::filesystem::path& weights, int classes,
             const std::string& prefix = "") {
  using R = Finetune<Base, ReplaceHead<Dynamic>>;
  using Model = typename R::model;
  INFO(name);
  const io::TensorFile expected = io::read_tensors(made("networks") / (name + ".safetensors"));
  const at::Tensor x = tensor(expected, "x");
  const Tensors tensors = load<Model>(weights, classes, prefix);
  const at::NoGradGuard no_grad;
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const double eval = relative(infer<Model>(x.contiguous(format), tensors), tensor(expected, "eval"));
    std::cout << name << (format == at::MemoryFormat::Contiguous ? " NCHW" : " channels-last") << " evaluation "
              << eval;
    CHECK(eval <= 1e-4);
    const Tensors copies = load<Model>(weights, classes, prefix);  // training mode moves the statistics
    const double train =
        relative(forward<R>(x.contiguous(format), copies, make_generator(5)), tensor(expected, "train"));
    std::cout << " training " << train << "\n";
    CHECK(train <= 1e-4);
    double statistics = 0;
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      if (table<Model>.rows[i].kind == Kind::RunningMean || table<Model>.rows[i].kind == Kind::RunningVar)
        statistics = std::max(
            statistics, relative(copies[i], tensor(expected, "after." + prefix + std::string(table<Model>.name(i)))));
    CHECK(statistics <= 1e-4);
  }
}

template <class Base>
void compare_made(const std::string& name) {
  compare<Base>(name, made("networks") / (name + ".pth"), 1000);
}

}  // namespace

TEST_CASE("ResNets have torchvision's logits") {
  compare_made<ResNet18>("resnet18");
  compare_made<ResNet34>("resnet34");
  compare_made<ResNet50>("resnet50");
  compare_made<ResNet101>("resnet101");
  compare_made<ResNet152>("resnet152");
}

TEST_CASE("EfficientNet-Lite0 with its ImageNet weights has the port's logits, with the same draws in training") {
  compare<EfficientNetLite0>("efficientnet-lite0", first_line(made("networks") / "efficientnet-lite0.path"), 1000);
}

TEST_CASE("the larger EfficientNet-Lites have the port's logits") {
  compare_made<EfficientNetLite1>("efficientnet-lite1");
  compare_made<EfficientNetLite4>("efficientnet-lite4");
}

TEST_CASE("a third party's fine-tuned ResNet-18 runs here, its prefix stripped when asked") {
  const std::string file = first_line(made("networks") / "third-party.path");
  compare<ResNet18>("third-party", file, 10, "backbone.");
  CHECK_THROWS_WITH((load<Adapted<ResNet18, ReplaceHead<Dynamic>>>(file, 10)),
                    Catch::Contains("--strip-prefix backbone."));
}

TEST_CASE("a fine-tuned model is written for Python") {
  // check_networks.py loads it with load_state_dict(strict=True) and compares the logits
  using R = Finetune<ResNet18, ReplaceHead<3>, Freeze<Layers<0, 3>>, LrScale<Head, 10>>;
  const auto directory = made("networks");
  Trainer<R> trainer(defaults<R>());
  const auto fresh = copy_weights<R::model>(trainer.tensors(), directory / "resnet18.pth", true);
  CHECK(fresh == std::vector<std::string>{"fc.weight", "fc.bias"});
  const at::Tensor x =
      tensor(io::read_tensors(directory / "resnet18.safetensors"), "x").contiguous(at::MemoryFormat::ChannelsLast);
  trainer.step(x, at::arange(4, at::kLong).remainder(3), 10);
  save_weights<R::model>(trainer.tensors(), directory / "written.safetensors", {{"format", "pt"}});
  const io::NamedTensor logits = weights::from_tensor("logits", trainer.logits(x));
  io::write_safetensors(directory / "written_logits.safetensors", std::vector<io::NamedTensor>{logits});

  // and the file comes back, bit for bit
  Trainer<R> again(defaults<R>());
  CHECK(copy_weights<R::model>(again.tensors(), directory / "written.safetensors", false).empty());
  for (std::size_t i = 0; i < again.tensors().size(); ++i) CHECK(again.tensors()[i].equal(trainer.tensors()[i]));
}

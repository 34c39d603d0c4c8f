// needs: published
// MobileNetV2 from torchvision's own file: it loads whole, has torchvision's logits, and trains and tests as there.
#include <ATen/core/grad_mode.h>

#include <iostream>

#include "parity.hpp"
#include "ten_steps.hpp"
#include "tuneit/engine/load_weights.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

TEST_CASE("torchvision's file of MobileNetV2 gives torchvision's logits") {
  using R = Finetune<MobileNetV2>;
  const Trainer<R> trainer(defaults<R>());
  CHECK(load_weights(trainer, first_line(made("published") / "file")).empty());
  const io::TensorFile expected = io::read_tensors(made("published") / "mobilenet_v2.safetensors");
  const at::NoGradGuard no_grad;
  for (const auto& [pictures, logits] : {std::pair{"x", "logits"}, {"large", "logits_large"}}) {
    const at::Tensor x = tensor(expected, pictures), theirs = tensor(expected, logits);
    const double plain = relative(infer<MobileNetV2>(x, trainer.tensors()), theirs);
    const at::Tensor ours = trainer.logits(x.contiguous(at::MemoryFormat::ChannelsLast));
    std::cout << pictures << ": evaluation " << plain << ", by the inference program " << relative(ours, theirs)
              << "\n";
    CHECK(plain <= 1e-4);
    CHECK(relative(ours, theirs) <= 1e-4);
    CHECK(ours.argmax(1).equal(theirs.argmax(1)));
  }
}

TEST_CASE("fine-tuned from torchvision's file, MobileNetV2 trains and tests as in torchvision") {
  using R = Finetune<MobileNetV2, ReplaceHead<2>, Sgd<Lr<1e-3>, Momentum<0.9>, WeightDecay<1e-3>>, Precision<FP64>>;
  using Model = R::model;
  const io::TensorFile expected = io::read_tensors(made("published") / "steps.safetensors");
  Trainer<R> trainer(defaults<R>());
  CHECK(load_weights(trainer, first_line(made("published") / "file")) ==
        std::vector<std::string>{"classifier.1.weight", "classifier.1.bias"});
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> before;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    at::Tensor ours = trainer.tensors()[i];
    if (const std::string key(table<Model>.name(i)); key.starts_with("classifier.")) {
      CHECK(relative(ours, tensor(expected, "start." + key)) <= 1e-6);  // drawn by both
      ours.copy_(tensor(expected, "start." + key));
    }
    before.push_back(ours.detach().clone());
  }
  const at::Tensor losses = tensor(expected, "losses");
  {
    const at::AutoGradMode grad(true);
    ten_steps_of(trainer, expected,
                 [&](int i, double loss) { CHECK(loss == Approx(losses[i].item<double>()).epsilon(1e-8)); });
  }
  double worst = 0;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const std::string key(table<Model>.name(i));
    INFO(key);
    const double far = relative(trainer.tensors()[i], tensor(expected, key));
    worst = std::max(worst, far);
    CHECK(far <= 1e-8);
    CHECK_FALSE(trainer.tensors()[i].equal(before[i]));
  }
  const at::Tensor x = tensor(expected, "test").contiguous(at::MemoryFormat::ChannelsLast);
  const double test = relative(trainer.logits(x), tensor(expected, "logits"));
  std::cout << "largest relative difference after ten steps in fp64: " << worst << ", of the test's logits " << test
            << "\n";
  CHECK(test <= 1e-7);
}

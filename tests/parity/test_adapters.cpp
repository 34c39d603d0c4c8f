// needs: adapters
// LoRA, DoRA and IA3 on ResNet-18 are PEFT's: ten steps, logits, and those of merged weights.
#include <iostream>

#include "parity.hpp"
#include "ten_steps.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/models/resnet.hpp"

using namespace tuneit;

namespace {

using Convs = Intersect<Modules<"conv1", "conv2">, Layers<1, 5>>;

template <class Rule, class P>
void as_peft(const std::string& name, double most) {
  using R = Finetune<ResNet18, ReplaceHead<5>, Rule, Sgd<Lr<0.01>, Momentum<0.9>>, P>;
  using Model = typename R::model;
  INFO(name);
  const io::TensorFile base = io::read_tensors(made("adapters") / "base.safetensors"),
                       batches = io::read_tensors(made("adapters") / "batches.safetensors"),
                       file = io::read_tensors(made("adapters") / (name + ".safetensors"));
  Trainer<R> trainer(defaults<R>());
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const std::string row(table<Model>.name(i));
    at::Tensor to = trainer.tensors()[i];
    to.copy_(file.find("start." + row) != nullptr ? tensor(file, "start." + row) : tensor(base, row));
  }
  const at::Tensor losses = tensor(file, "losses");
  ten_steps_of(trainer, batches,
               [&](int i, double loss) { CHECK(loss == Approx(losses[i].item<double>()).epsilon(most)); });
  double worst = 0;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const std::string row(table<Model>.name(i));
    const bool moves = file.find("end." + row) != nullptr;
    REQUIRE(moves == !plan<R>.rows[i].frozen);
    if (moves) worst = std::max(worst, relative(trainer.tensors()[i], tensor(file, "end." + row)));
  }
  const at::Tensor x = tensor(batches, "x0").contiguous(at::MemoryFormat::ChannelsLast);
  const double merged = relative(trainer.logits(x), tensor(file, "merged")),
               beside = relative(trainer.logits(x), tensor(file, "logits"));
  std::cout << name << ": weights at most " << worst << " apart, logits " << merged << " and " << beside << "\n";
  CHECK(worst < most);
  CHECK(merged < most);
  CHECK(beside < most);
}
}  // namespace

TEST_CASE("LoRA is PEFT's") {
  as_peft<Lora<Convs, Rank<8>, Alpha<16>>, Precision<FP32>>("lora.float", 1e-5);
  as_peft<Lora<Convs, Rank<8>, Alpha<16>>, Precision<FP64>>("lora.double", 1e-10);
  as_peft<Lora<Convs, Rank<4>, Alpha<8>, RsLora>, Precision<FP64>>("rslora.double", 1e-10);
}
TEST_CASE("DoRA is PEFT's") { as_peft<Dora<Convs, Rank<8>, Alpha<16>>, Precision<FP64>>("dora.double", 1e-10); }
TEST_CASE("IA3 is PEFT's") {
  as_peft<Ia3<Convs>, Precision<FP64>>("ia3.double", 1e-10);
  as_peft<Ia3<Convs, OnInput>, Precision<FP64>>("ia3_input.double", 1e-10);
}

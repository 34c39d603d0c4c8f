// needs: adapters
// LoRA, DoRA and IA3 on ResNet-18 are PEFT's: ten steps, logits, and those of merged weights; PEFT's files are read,
// and files for PEFT are written, which check_adapters.py gives it.
#include <iostream>

#include "parity.hpp"
#include "ten_steps.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/weights/peft.hpp"

using namespace tuneit;

namespace {

/// Our file of the adapter, and what the network says with it.
template <class R>
void write_for_peft(const std::string& name, const Tensors& tensors, const at::Tensor& logits) {
  const std::filesystem::path folder = made("adapters") / ("ours." + name);
  save_peft<R>(tensors, folder);
  io::write_safetensors(folder / "logits.safetensors", std::vector{weights::from_tensor("logits", logits)});
}

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

  // PEFT's file of the same, on top of the network that it began with
  Trainer<R> again(defaults<R>());
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (const std::string row(table<Model>.name(i)); base.find(row) != nullptr) {
      at::Tensor to = again.tensors()[i];
      to.copy_(tensor(base, row));
    }
  CHECK(load_peft<R>(again.tensors(), made("adapters") / (name + ".peft")).empty());
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (const std::string row = "end." + std::string(table<Model>.name(i)); file.find(row) != nullptr)
      CHECK(again.tensors()[i].equal(tensor(file, row)));
  const double read = relative(again.logits(x), tensor(file, "logits"));
  std::cout << name << ": logits of PEFT's file " << read << " apart\n";
  CHECK(read < (most < 1e-9 ? 1e-12 : most));
  write_for_peft<R>(name, trainer.tensors(), trainer.logits(x));
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
TEST_CASE("adapters of several ranks, and layers that train beside them, are written for PEFT") {
  using R = Finetune<ResNet18, ReplaceHead<5>, Lora<Layer<"layer3.0.conv1">, Rank<8>, Alpha<16>>,
                     Lora<Layer<"layer4">, Rank<4>, Alpha<2>>, Unfreeze<Layer<"layer3.1.bn2">>, Precision<FP64>>;
  using Model = typename R::model;
  const io::TensorFile base = io::read_tensors(made("adapters") / "base.safetensors"),
                       batches = io::read_tensors(made("adapters") / "batches.safetensors");
  Trainer<R> trainer(defaults<R>());
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const std::string row(table<Model>.name(i));
    at::Tensor to = trainer.tensors()[i];
    if (base.find(row) != nullptr) to.copy_(tensor(base, row));
    if (row.ends_with("lora_B.weight") || row == "layer3.1.bn2.bias" || row == "fc.weight") to.uniform_(-0.1, 0.1);
  }
  const at::Tensor x = tensor(batches, "x0").contiguous(at::MemoryFormat::ChannelsLast);
  write_for_peft<R>("mixed.double", trainer.tensors(), trainer.logits(x));
}

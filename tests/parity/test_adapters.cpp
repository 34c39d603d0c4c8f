// needs: adapters
// LoRA, DoRA and IA3 on ResNet-18 are PEFT's: ten steps, logits, and those of merged weights; PEFT's files are read,
// and files for PEFT are written, which check_adapters.py gives it.
#include <iostream>

#include "parity.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/models/bert.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/recipe/rewrites/rules.hpp"
#include "tuneit/weights/peft.hpp"

using namespace tuneit;

namespace {

constexpr transformer::Sizes small{.eps = 1e-12,
                                   .dropout = 0,
                                   .attention_dropout = 0,
                                   .vocabulary = 31,
                                   .hidden = 32,
                                   .layers = 2,
                                   .heads = 4,
                                   .inner = 64,
                                   .positions = 16};
struct SmallBert final : bert::Model<small> {};

io::TensorFile file_of(const std::string& name) { return io::read_tensors(made("adapters") / (name + ".safetensors")); }

/// The i-th batch of Python's.
data::Batch batch_of(const io::TensorFile& batches, int i) {
  const std::string number = std::to_string(i);
  data::Batch batch;
  batch.images = tensor(batches, "x" + number);
  if (batch.images.dim() == 4) batch.images = batch.images.contiguous(at::MemoryFormat::ChannelsLast);
  if (batches.find("mask" + number) != nullptr)
    batch.other_inputs = {tensor(batches, "mask" + number), tensor(batches, "types" + number)};
  batch.labels = tensor(batches, "y" + number);
  batch.index.resize(static_cast<std::size_t>(batch.labels.size(0)));
  return batch;
}
/// The trainer's tensors that `find` has become these.
template <class R, class Find>
void begin(Trainer<R>& trainer, const Find& find) {
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i)
    if (const at::Tensor from = find(std::string(table<typename R::model>.name(i))); from.defined()) {
      at::Tensor to = trainer.tensors()[i];
      to.copy_(from);
    }
}

/// Our file of the adapter, and what the network says with it.
template <class R>
void write_for_peft(const std::string& name, const Tensors& tensors, const at::Tensor& logits) {
  const std::filesystem::path folder = made("adapters") / ("ours." + name);
  save_peft<R>(tensors, folder);
  io::write_safetensors(folder / "logits.safetensors", std::vector{weights::from_tensor("logits", logits)});
}

using Convs = Intersect<Modules<"conv1", "conv2">, Layers<1, 5>>;

/// R against PEFT's files of this name, on the network and batches of the files `kind`base and `kind`batches. The first
/// step is `most` apart, and ten are `later`: in single precision a ReLU may let through on one make of processor what
/// it stops on another (1.5e-3 of the weights by oneDNN's loops for AVX-512, 2e-6 by those for SSE4.1).
template <class R>
void as_peft_says(const std::string& name, const std::string& kind, double most, double later) {
  using Model = typename R::model;
  INFO(name);
  const io::TensorFile base = file_of(kind + "base"), batches = file_of(kind + "batches"), file = file_of(name);
  const auto from_base = [&](const std::string& row) {
    return base.find(row) != nullptr ? tensor(base, row) : at::Tensor();
  };
  Trainer<R> trainer(defaults<R>());
  begin(trainer, [&](const std::string& row) {
    return file.find("start." + row) != nullptr ? tensor(file, "start." + row) : from_base(row);
  });
  const at::Tensor losses = tensor(file, "losses");
  for (int i = 0; i < 10; ++i)
    CHECK(trainer.step(batch_of(batches, i), 10).loss ==
          Approx(losses[i].item<double>()).epsilon(i == 0 ? most : later));
  double worst = 0;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const std::string row(table<Model>.name(i));
    const bool moves = file.find("end." + row) != nullptr;
    INFO(row);
    REQUIRE(moves == !plan<R>.rows[i].frozen);
    if (moves) worst = std::max(worst, relative(trainer.tensors()[i], tensor(file, "end." + row)));
  }
  const data::Batch first = batch_of(batches, 0);
  const at::Tensor logits = trainer.outputs(first).only();
  const double merged = relative(logits, tensor(file, "merged")), beside = relative(logits, tensor(file, "logits"));
  std::cout << name << ": weights at most " << worst << " apart, logits " << merged << " and " << beside << "\n";
  CHECK(worst < later);
  CHECK(merged < later);
  CHECK(beside < later);

  // PEFT's file of the same, on top of the network that it began with
  Trainer<R> again(defaults<R>());
  begin(again, from_base);
  CHECK(load_peft<R>(again.tensors(), made("adapters") / (name + ".peft")).empty());
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (const std::string row = "end." + std::string(table<Model>.name(i)); file.find(row) != nullptr)
      CHECK(again.tensors()[i].equal(tensor(file, row)));
  const double read = relative(again.outputs(first).only(), tensor(file, "logits"));
  std::cout << name << ": logits of PEFT's file " << read << " apart\n";
  CHECK(read < (most < 1e-9 ? 1e-12 : most));
  write_for_peft<R>(name, trainer.tensors(), logits);
}
template <class Rule, class P>
void as_peft(const std::string& name, double most, double later) {
  as_peft_says<Finetune<ResNet18, ReplaceHead<5>, Rule, Sgd<Lr<0.01>, Momentum<0.9>>, P>>(name, "", most, later);
}
template <class... Rules>
void on_bert(const std::string& name) {
  using R = Finetune<SmallBert, Classify<3>, Rules..., Sgd<Lr<0.01>, Momentum<0.9>>, Precision<FP64>>;
  as_peft_says<R>(name, "bert_", 1e-10, 1e-10);
}
}  // namespace

TEST_CASE("LoRA is PEFT's") {
  as_peft<Lora<Convs, Rank<8>, Alpha<16>>, Precision<FP32>>("lora.float", 1e-5, 1e-2);
  as_peft<Lora<Convs, Rank<8>, Alpha<16>>, Precision<FP64>>("lora.double", 1e-10, 1e-10);
  as_peft<Lora<Convs, Rank<4>, Alpha<8>, RsLora>, Precision<FP64>>("rslora.double", 1e-10, 1e-10);
}
TEST_CASE("DoRA is PEFT's") { as_peft<Dora<Convs, Rank<8>, Alpha<16>>, Precision<FP64>>("dora.double", 1e-10, 1e-10); }
TEST_CASE("IA3 is PEFT's") {
  as_peft<Ia3<Convs>, Precision<FP64>>("ia3.double", 1e-10, 1e-10);
  as_peft<Ia3<Convs, OnInput>, Precision<FP64>>("ia3_input.double", 1e-10, 1e-10);
}
TEST_CASE("on BERT they are PEFT's: several ranks and alphas, and a padding row that does not move") {
  on_bert<Lora<Modules<"query", "word_embeddings">, Rank<4>, Alpha<8>, RsLora>,
          Lora<Modules<"value">, Rank<2>, Alpha<6>, RsLora>>("bert_lora.double");
  on_bert<Dora<Modules<"query", "value">, Rank<4>, Alpha<8>>>("bert_dora.double");
  on_bert<Ia3<Modules<"key", "value">>, Ia3<Modules<"output.dense">, OnInput>>("bert_ia3.double");
}
TEST_CASE("adapters of several ranks, and layers that train beside them, are written for PEFT") {
  using R = Finetune<ResNet18, ReplaceHead<5>, Lora<Layer<"layer3.0.conv1">, Rank<8>, Alpha<16>>,
                     Lora<Layer<"layer4">, Rank<4>, Alpha<2>>, Unfreeze<Layer<"layer3.1.bn2">>, Precision<FP64>>;
  using Model = typename R::model;
  const io::TensorFile base = file_of("base"), batches = file_of("batches");
  Trainer<R> trainer(defaults<R>());
  begin(trainer, [&](const std::string& row) { return base.find(row) != nullptr ? tensor(base, row) : at::Tensor(); });
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const std::string row(table<Model>.name(i));
    at::Tensor to = trainer.tensors()[i];
    if (row.ends_with("lora_B.weight") || row == "layer3.1.bn2.bias" || row == "fc.weight") to.uniform_(-0.1, 0.1);
  }
  write_for_peft<R>("mixed.double", trainer.tensors(), trainer.outputs(batch_of(batches, 0)).only());
}

// A delta: what a training has changed, beside the weights that it started from, equal to the bit when it is put on top
// of them again.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <tuneit/tuneit.hpp>

#include <cstdio>

using namespace tuneit;

using Plain = Finetune<ResNet18>;
using Probe = Finetune<ResNet18, ReplaceHead<4>, Freeze<Backbone>, AdamW<Lr<1e-3>>>;
using WithLora = Finetune<ResNet18, ReplaceHead<4>, Lora<Layer<"layer4">, Rank<4>>, AdamW<Lr<1e-3>>>;

template <class R>
void train(Trainer<R>& trainer) {
  const at::Tensor x = at::randn({8, 3, 64, 64}), labels = at::randint(0, 4, {8}, at::kLong);
  for (int step = 0; step < 5; ++step) trainer.step(x, labels, 5);
}

int main() try {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "tuneit-23-delta";
  std::filesystem::create_directories(folder);
  const auto base = folder / "resnet18.safetensors", probe = folder / "probe.safetensors",
             lora = folder / "lora.safetensors", whole = folder / "whole.safetensors";
  save_weights<ResNet18>(Trainer<Plain>(defaults<Plain>()).tensors(), base);  // in the place of published weights

  Trainer<Probe> first(defaults<Probe>());
  load_weights(first, base, {.fresh_head = true});
  train(first);
  for (const std::string& name : save_delta(first, delta_base<ResNet18>(base), probe))
    std::printf("in the delta: %s\n", name.c_str());

  Trainer<WithLora> second(defaults<WithLora>());  // goes on where the first ended
  load_with_deltas(second, base, {probe});
  train(second);
  save_delta(second, delta_base<ResNet18>(base, {probe}), lora);

  Trainer<WithLora> again(defaults<WithLora>());
  apply_delta<WithLora::model>(again.tensors(), base, {probe, lora});
  const at::Tensor x = at::randn({1, 3, 64, 64});
  std::printf("equal to the bit: %s\n", again.logits(x).equal(second.logits(x)) ? "yes" : "no");
  io::merge_deltas(base, Deltas{probe, lora}, whole);  // one file, as any other
  for (const auto& file : {base, probe, lora, whole})
    std::printf("%9ju bytes   %s\n", std::filesystem::file_size(file), file.filename().c_str());
  std::filesystem::remove_all(folder);
} catch (const Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return e.exit_status();
}

// Deltas of trainings: what moved and nothing else, and with it the same logits to the bit.
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "../data/picture_files.hpp"
#include "row_of.hpp"
#include "tuneit/engine/delta.hpp"
#include "tuneit/engine/load_weights.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

using Small = TinyNet;
at::Tensor pictures(int seed, int side = 16) {
  return at::randn({4, 3, side, side}, make_generator(static_cast<std::uint64_t>(seed)))
      .contiguous(at::MemoryFormat::ChannelsLast);
}
template <class R>
void steps(Trainer<R>& trainer, int count, int side = 16) {
  for (int i = 0; i < count; ++i)
    trainer.step(pictures(i, side), at::arange(i, i + 4, at::kLong).remainder(2), trainer.steps_in(8));
}
/// Weights of a network as a file has them.
template <class Model>
fs::path published(const fs::path& path, std::uint64_t seed) {
  save_weights<Model>(make_tensors<Model>(10, make_generator(seed)), path);
  return path;
}

/// Trains, writes the delta, applies it to a fresh trainer: equal to the bit. Returns what the delta holds.
template <class R>
std::vector<std::string> there_and_back(const fs::path& base, const fs::path& delta, int side = 16) {
  using Model = typename R::model;
  INFO(type_name<R>());
  Trainer<R> trainer(defaults<R>());
  load_weights(trainer, base, {.fresh_head = true});
  std::vector<at::Tensor> before;
  for (const at::Tensor& t : trainer.tensors()) before.push_back(t.clone());
  steps(trainer, 3, side);
  const std::vector<std::string> names = save_delta(trainer, delta_base<Model>(base), delta);

  Settings other = defaults<R>();
  other.seed = 77;
  Trainer<R> again(other);
  apply_delta<Model>(again.tensors(), base, {delta});
  for (std::size_t i = 0; i < before.size(); ++i) {
    INFO(std::string(table<Model>.name(i)));
    CHECK(again.tensors()[i].equal(trainer.tensors()[i]));
    // what has no place in the base, or moved, and nothing else
    const bool moved = !trainer.tensors()[i].equal(before[i]), added = table<Model>.rows[i].base < 0;
    const bool in_head = table<Model>.rows[i].block + 1u == Model::block_count;
    const std::set<std::string> there(names.begin(), names.end());
    if (!in_head) CHECK(there.contains(std::string(table<Model>.name(i))) == (moved || added));
  }
  CHECK(again.logits(pictures(50, side)).equal(trainer.logits(pictures(50, side))));
  Trainer<R> loaded(other);  // as a recipe says: nothing is left to start fresh
  CHECK(load_with_deltas(loaded, base, Deltas{delta}).empty());
  CHECK(loaded.logits(pictures(50, side)).equal(trainer.logits(pictures(50, side))));
  return names;
}

}  // namespace

TEST_CASE("a delta of any recipe holds what moved and was added, and gives it back to the bit", "[delta]") {
  const tuneit::test::TempFolder folder;
  const fs::path base = published<Small>(folder.path() / "base.safetensors", 5),
                 delta = folder.path() / "d.safetensors";
  using Names = std::vector<std::string>;
  CHECK(there_and_back<Finetune<Small, ReplaceHead<2>, Freeze<Backbone>>>(base, delta) ==
        Names{"fc.weight", "fc.bias"});
  CHECK(there_and_back<Finetune<Small, ReplaceHead<2>, Freeze<Backbone>, BatchStats<Layer<"bn1">>>>(base, delta) ==
        Names{"bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked", "fc.weight", "fc.bias"});
  CHECK(there_and_back<Finetune<Small, ReplaceHead<2>, Lora<Layer<"body.1">, Rank<2>>>>(base, delta) ==
        Names{"body.1.conv.lora_A.weight", "body.1.conv.lora_B.weight", "fc.weight", "fc.bias"});
  CHECK(there_and_back<Finetune<Small, ReplaceHead<2>, Freeze<All>, Unfreeze<Biases>, Unfreeze<Head>>>(base, delta) ==
        Names{"bn1.bias", "body.0.bn.bias", "body.1.bn.bias", "fc.weight", "fc.bias"});
  CHECK(there_and_back<Finetune<Small, ReplaceHead<2>>>(base, delta).size() == 20);
  CHECK(there_and_back<Finetune<Small, ReplaceHead<2>, Ia3<Layer<"body.0">>>>(base, delta).size() == 3);
  CHECK(there_and_back<Finetune<Small, ReplaceHead<2>, Dora<Layer<"body.0">, Rank<2>>>>(base, delta).size() == 5);
}

TEST_CASE("a delta of a probe of ResNet-50 is under 100 KB beside 98 MB", "[delta]") {
  const tuneit::test::TempFolder folder;
  const fs::path base = folder.path() / "resnet50.safetensors", delta = folder.path() / "probe.safetensors";
  published<ResNet50>(base, 5);
  using Probe = Finetune<ResNet50, ReplaceHead<8>, Freeze<Backbone>>;
  CHECK(there_and_back<Probe>(base, delta, 64) == std::vector<std::string>{"fc.weight", "fc.bias"});
  CHECK(fs::file_size(base) > 97'000'000);
  CHECK(fs::file_size(delta) < 100'000);
  const auto metadata = io::read_metadata(delta).metadata;
  CHECK(metadata.at("tuneit.canonical_recipe") == canonical_text<Probe>());
  CHECK(metadata.at("tuneit.fingerprint") == fingerprint<Probe>.hex());
  CHECK(metadata.at("tuneit.format") == "1");
}

TEST_CASE("a delta goes on top of a delta, and both merge into weights", "[delta]") {
  const tuneit::test::TempFolder folder;
  const auto at = [&](const char* name) { return folder.path() / name; };
  const fs::path base = published<Small>(at("base"), 5);
  using Probe = Finetune<Small, ReplaceHead<2>, Freeze<Backbone>>;
  using R = Finetune<Small, ReplaceHead<2>, Lora<Layer<"body.1">, Rank<2>>>;
  Trainer<Probe> probe(defaults<Probe>());
  load_weights(probe, base, {.fresh_head = true});
  steps(probe, 2);
  save_delta(probe, delta_base<Small>(base), at("probe"));

  Trainer<R> trainer(defaults<R>());  // goes on with the probe's head
  CHECK(load_with_deltas(trainer, base, Deltas{at("probe")}).size() == 2);
  CHECK(trainer.tensors().back().equal(probe.tensors().back()));
  steps(trainer, 2);
  save_delta(trainer, delta_base<R::model>(base, {at("probe")}), at("lora"));

  Trainer<R> again(defaults<R>());
  apply_delta<R::model>(again.tensors(), base, {at("probe"), at("lora")});
  CHECK(again.logits(pictures(9)).equal(trainer.logits(pictures(9))));
  io::merge_deltas(base, Deltas{at("probe"), at("lora")}, at("merged"));
  Trainer<R> whole(defaults<R>());
  CHECK(load_weights(whole, at("merged")).empty());
  for (std::size_t i = 0; i < whole.tensors().size(); ++i) CHECK(whole.tensors()[i].equal(trainer.tensors()[i]));

  CHECK_THROWS_WITH(apply_delta<R::model>(again.tensors(), base, {at("lora"), at("probe")}),
                    Contains("was not made on top of"));
  CHECK_THROWS_WITH(apply_delta<R::model>(again.tensors(), base, {at("probe")}),
                    Contains("is a delta of another network") && Contains("lora_A"));
}

TEST_CASE("what does not fit is refused before anything is copied", "[delta][hostile]") {
  const tuneit::test::TempFolder folder;
  const auto at = [&](const char* name) { return folder.path() / name; };
  const fs::path base = published<Small>(at("base"), 5), other = published<Small>(at("other"), 6);
  const fs::path large = published<ResNet18>(at("resnet18"), 5);
  using Probe = Finetune<Small, ReplaceHead<2>, Freeze<Backbone>>;
  using Large = Finetune<ResNet18, ReplaceHead<2>, Freeze<Backbone>>;
  there_and_back<Probe>(base, at("probe"));
  const Tensors head = make_tensors<Large::model>(2, make_generator(3));
  save_delta<Large>(head, delta_base<ResNet18>(large), at("large"));

  Trainer<Probe> trainer(defaults<Probe>());
  const auto refused = [&](const fs::path& base_file, const Deltas& deltas, const auto& words) {
    std::vector<at::Tensor> before;
    for (const at::Tensor& t : trainer.tensors()) before.push_back(t.clone());
    CHECK_THROWS_WITH(apply_delta<Probe::model>(trainer.tensors(), base_file, deltas), words);
    CHECK_THROWS_WITH(load_with_deltas(trainer, base_file, deltas), words);
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(trainer.tensors()[i].equal(before[i]));
  };
  refused(other, {at("probe")}, Contains("is not what") && Contains("'body.0.conv.weight' is another"));
  refused(large, {at("probe")}, Contains("is not what"));
  refused(base, {at("large")}, Contains("is a delta of another network, a ResNet18"));
  refused(large, {at("large")}, Contains("is a delta of another network, a ResNet18"));
  refused(base, {base}, Contains("is no delta"));
  CHECK_THROWS_WITH(load_weights(trainer, at("probe")), Contains("is a delta: it holds only what differs"));
  CHECK_THROWS_WITH(copy_weights<Probe::model>(trainer.tensors(), at("probe"), true), Contains("is a delta"));
}

TEST_CASE("weights of a newer format are refused, those without one are read", "[delta][hostile]") {
  const tuneit::test::TempFolder folder;
  using R = Finetune<Small>;
  Trainer<R> trainer(defaults<R>());
  const fs::path file = folder.path() / "w";
  save_weights<Small>(trainer.tensors(), file);
  CHECK(io::read_metadata(file).metadata.at("tuneit.format") == "1");
  io::TensorFile now = io::read_safetensors(file);
  now.metadata["tuneit.format"] = "2";
  io::write_safetensors(file, now.tensors, now.metadata);
  CHECK_THROWS_WITH(load_weights(trainer, file), Contains("in the format 2 of tuneit"));
  CHECK_THROWS_WITH(io::read_metadata(file), Contains("in the format 2 of tuneit"));
  now.metadata.erase("tuneit.format");
  io::write_safetensors(file, now.tensors, now.metadata);
  CHECK(load_weights(trainer, file).empty());
}

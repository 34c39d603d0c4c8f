// Adapters in PEFT's files: there and back to the bit, and refused where they are not the recipe's. PEFT itself reads
// and writes them in tests/parity.
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "../data/picture_files.hpp"
#include "tuneit/models/bert.hpp"
#include "tuneit/models/tiny.hpp"
#include "tuneit/models/vit.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/recipe/rewrites/rules.hpp"
#include "tuneit/weights/initialise.hpp"
#include "tuneit/weights/peft.hpp"

using namespace tuneit;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

using Plain = Finetune<TinyNet, ReplaceHead<2>>;
using OnBody = Append<Plain, Lora<Layer<"body">, Rank<2>, Alpha<6>>>;

template <class R>
Tensors made(std::uint64_t seed) {
  Tensors tensors = make_tensors<typename R::model>(2, make_generator(seed));
  for (at::Tensor& t : tensors)
    if (t.is_floating_point()) t.add_(at::randn(t.sizes(), make_generator(seed)), 0.1);
  return tensors;
}
std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}
std::vector<at::Tensor> copies(const Tensors& tensors) {
  std::vector<at::Tensor> out;
  for (const at::Tensor& t : tensors) out.push_back(t.clone());
  return out;
}

/// Saves, and loads into other tensors; returns what is then equal, by name.
template <class R>
std::vector<std::string> there_and_back(const fs::path& folder) {
  const Tensors from = made<R>(1), to = made<R>(2);
  save_peft<R>(from, folder);
  CHECK(load_peft<R>(to, folder).empty());
  std::vector<std::string> equal;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (from[i].is_floating_point() && from[i].equal(to[i])) equal.emplace_back(table<typename R::model>.name(i));
  return equal;
}

}  // namespace

TEST_CASE("adapters and what trains beside them go into PEFT's files and come back", "[peft]") {
  const tuneit::test::TempFolder folder;
  using Names = std::vector<std::string>;
  CHECK(there_and_back<OnBody>(folder.path() / "a") == Names{"body.0.conv.lora_A.weight", "body.0.conv.lora_B.weight",
                                                             "body.1.conv.lora_A.weight", "body.1.conv.lora_B.weight",
                                                             "fc.weight", "fc.bias"});
  CHECK(there_and_back<Append<Plain, Ia3<Layer<"body.1">, OnInput>>>(folder.path() / "b") ==
        Names{"body.1.conv.ia3_l", "fc.weight", "fc.bias"});
  CHECK(there_and_back<Append<Plain, Dora<Layer<"conv1">, Rank<2>, RsLora>, Unfreeze<Layer<"body.0.bn">>>>(
            folder.path() / "c") == Names{"conv1.lora_A.weight", "conv1.lora_B.weight", "conv1.lora_magnitude_vector",
                                          "body.0.bn.weight", "body.0.bn.bias", "body.0.bn.running_mean",
                                          "body.0.bn.running_var", "fc.weight", "fc.bias"});
  const io::TensorFile file = io::read_safetensors(folder.path() / "a/adapter_model.safetensors");
  CHECK(file.tensors.size() == 6);
  CHECK(file.find("base_model.model.body.0.conv.lora_A.weight") != nullptr);
  const io::peft::Config c = io::peft::read_config(folder.path() / "a/adapter_config.json");
  CHECK(c.targets.list == Names{"body.0.conv", "body.1.conv"});
  CHECK(c.saved == Names{"fc"});
  CHECK(c.alpha == 6);
}

TEST_CASE("what PEFT has no file for is refused when it is written", "[peft]") {
  const tuneit::test::TempFolder folder;
  const auto refused = [&]<class R>(Type<R>, const std::string& words) {
    INFO(type_name<R>());
    CHECK_THROWS_WITH(save_peft<R>(made<R>(1), folder.path() / "x"), Contains(words));
    CHECK_FALSE(fs::exists(folder.path() / "x"));
  };
  refused(Type<Plain>{}, "no rule of it is Lora, Dora or Ia3");
  refused(Type<Append<Plain, Adapter<Layer<"body">, 2>, Lora<Layer<"conv1">, Rank<2>>>>{}, "a rule has added");
  refused(Type<Append<Plain, Lora<Layer<"body.0">, Rank<2>>, Ia3<Layer<"body.1">>>>{}, "more than one kind");
  refused(Type<Append<OnBody, Unfreeze<Layer<"body.1.conv">>>>{}, "'body.1.conv' an adapter trains");
}

namespace {

constexpr transformer::Sizes small{.vocabulary = 11, .hidden = 8, .layers = 2, .heads = 2, .inner = 16, .positions = 6};
struct SmallBert final : bert::Model<small> {};
struct SmallVit final
    : vit::HuggingFaceModel<vit::Sizes{.side = 8, .patch = 4, .hidden = 8, .layers = 1, .heads = 2, .inner = 16}> {};
using OnBert = Finetune<SmallBert, Classify<3>, Lora<Modules<"query", "word_embeddings">, Rank<2>>,
                        Lora<Modules<"1.attention.self.value">, Rank<4>>>;

}  // namespace

TEST_CASE("names of networks of texts are those of transformers' classes, of a task or of the body alone", "[peft]") {
  const tuneit::test::TempFolder folder;
  const fs::path at = folder.path() / "bert", tensors = at / "adapter_model.safetensors";
  CHECK(there_and_back<OnBert>(at).size() == 10);
  io::TensorFile file = io::read_safetensors(tensors);
  REQUIRE(file.tensors.size() == 10);
  CHECK(file.find("base_model.model.bert.embeddings.word_embeddings.lora_embedding_A") != nullptr);
  CHECK(file.find("base_model.model.bert.encoder.layer.1.attention.self.value.lora_B.weight") != nullptr);
  CHECK(file.find("base_model.model.classifier.weight") != nullptr);
  const io::peft::Config c = io::peft::read_config(at / "adapter_config.json");
  CHECK(c.targets.list.size() == 4);
  CHECK(c.ranks ==
        std::vector<std::pair<std::string, int>>{{"^bert\\.encoder\\.layer\\.1\\.attention\\.self\\.value", 4}});
  CHECK(c.saved == std::vector<std::string>{"classifier"});

  // of BertModel: no prefix, no head
  std::erase_if(file.tensors, [](const io::NamedTensor& t) { return t.name.find("classifier") != std::string::npos; });
  for (io::NamedTensor& t : file.tensors) t.name.erase(t.name.find("bert."), 5);
  io::write_safetensors(tensors, file.tensors);
  std::string config = text_of(at / "adapter_config.json");
  for (std::size_t i = config.find("bert\\\\."); i != std::string::npos; i = config.find("bert\\\\."))
    config.erase(i, std::string("bert\\\\.").size());
  io::atomic_write(at / "adapter_config.json", config);
  const Tensors to = made<OnBert>(3);
  CHECK(load_peft<OnBert>(to, at) == std::vector<std::string>{"classifier.weight", "classifier.bias"});

  using OnVit = Finetune<SmallVit, Lora<Modules<"query">, Rank<2>>>;
  CHECK_THROWS_WITH(save_peft<OnVit>(made<OnVit>(1), folder.path() / "vit"), Contains("have other names"));
}

TEST_CASE("an adapter that is not the recipe's is refused before anything is copied", "[peft][hostile]") {
  const tuneit::test::TempFolder folder;
  const fs::path at = folder.path() / "a", config = at / "adapter_config.json",
                 tensors = at / "adapter_model.safetensors";
  const Tensors to = made<OnBody>(2);
  const auto write = [&] { save_peft<OnBody>(made<OnBody>(1), at); };
  const auto refused = [&]<class R>(Type<R>, const std::string& words) {
    const Tensors here = made<R>(2);
    const std::vector<at::Tensor> before = copies(here);
    CHECK_THROWS_WITH(load_peft<R>(here, at), Contains(words));
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(here[i].equal(before[i]));
  };
  write();
  refused(Type<Append<Plain, Lora<Layer<"body">, Rank<2>, Alpha<2>>>>{}, "by 3.0");
  refused(Type<Append<Plain, Lora<Layer<"body">, Rank<4>, Alpha<12>>>>{}, "another shape");
  refused(Type<Append<Plain, Dora<Layer<"body">, Rank<2>, Alpha<6>>>>{}, "is of LoRA (Lora), and the recipe has DoRA");
  refused(Type<Append<Plain, Lora<Layer<"body.1">, Rank<2>, Alpha<6>>>>{}, "body.0.conv.lora_A.weight");
  refused(Type<Append<OnBody, Lora<Layer<"conv1">, Rank<2>, Alpha<6>>>>{}, "conv1.lora_A.weight");

  const auto change = [&](const std::function<void(io::TensorFile&)>& how) {
    write();
    io::TensorFile file = io::read_safetensors(tensors);
    how(file);
    io::write_safetensors(tensors, file.tensors);
  };
  change([](io::TensorFile& f) { f.tensors.front().name = "body.0.conv.lora_A.weight"; });
  refused(Type<OnBody>{}, "is no adapter of PEFT");
  change([](io::TensorFile& f) { f.tensors.front().name = "base_model.model.fc.dora_scale"; });
  refused(Type<OnBody>{}, "another method");
  change([](io::TensorFile& f) { f.tensors.push_back({"base_model.model.later", io::DType::U8, {0}, {}}); });
  refused(Type<OnBody>{}, "'later'");

  // what earlier versions and other programs write, and a head that was not saved
  change([](io::TensorFile& f) {
    std::erase_if(f.tensors, [](const io::NamedTensor& t) { return t.name.find(".fc.") != std::string::npos; });
    for (io::NamedTensor& t : f.tensors)
      t.name = "base_model.model." + t.name.insert(t.name.rfind(".weight"), ".default");
  });
  CHECK(load_peft<OnBody>(to, at) == std::vector<std::string>{"fc.weight", "fc.bias"});
}

// needs:
// Networks that a script takes from torchvision and transformers: the tensors that these make are ours, by name and
// shape (check_python.py makes them without values).
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tuneit/export/python/emit.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/recipe/rewrites/tasks.hpp"

using namespace tuneit;

namespace {

constexpr transformer::Sizes one_layer{
    .vocabulary = 31, .hidden = 32, .layers = 1, .heads = 4, .inner = 64, .positions = 16};
struct Bert final : bert::Model<one_layer> {};
struct Roberta final : roberta::Model<one_layer> {};
struct DistilBert final : distilbert::Model<one_layer> {};
struct Gpt2 final : gpt2::Model<one_layer> {};
struct Vit final : vit::HuggingFaceModel<vit::Sizes{.side = 32, .hidden = 32, .layers = 1, .heads = 4, .inner = 64}> {};

std::ofstream& list_in(const std::filesystem::path& directory) {
  static std::ofstream list(directory / "test_scripts.list");
  return list;
}

template <class R>
void write(const std::string& name, const std::string& made_by) {
  using Model = typename R::model;
  const std::filesystem::path directory = std::filesystem::path(std::getenv("TUNEIT_PARITY_DIR")) / "python";
  std::filesystem::create_directories(directory);
  const std::string script = emit_python<R>();
  CHECK(script.find(made_by) != std::string::npos);
  std::ofstream(directory / (name + ".py")) << script;
  std::ofstream rows(directory / (name + ".names"));
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const TensorRow& row = table<Model>.rows[i];
    if (row.is_tied()) continue;
    rows << table<Model>.name(i);
    for (int d = 0; d < row.rank; ++d) rows << " " << row.dims[d];
    rows << "\n";
  }
  list_in(directory) << "names " << name << std::endl;
}

}  // namespace

TEST_CASE("scripts take networks of transformers and torchvision, whose tensors are ours") {
  write<Finetune<Bert, Classify<3>, Lora<Modules<"query", "value", "word_embeddings">>>>(
      "names_bert", "transformers.BertForSequence");
  write<Finetune<Bert, MaskedLm>>("names_bert_masked", "transformers.BertForMaskedLM(");
  write<Finetune<Roberta, Classify<3>>>("names_roberta", "transformers.RobertaForSequenceClassification(");
  write<Finetune<Roberta, TagTokens<5>>>("names_roberta_tags", "transformers.RobertaForTokenClassification(");
  write<Finetune<DistilBert, AnswerSpans>>("names_distilbert", "transformers.DistilBertForQuestionAnswering(");
  write<Finetune<Gpt2>>("names_gpt2", "transformers.GPT2LMHeadModel(");
  write<Finetune<Vit, ReplaceHead<3>>>("names_vit", "transformers.ViTForImageClassification(");
  write<Finetune<VitB16, ReplaceHead<3>>>("names_torchvision_vit", "torchvision.models.vit_b_16()");
  CHECK(emit_python<Finetune<Bert, Classify<3, MeanPooling>>>().find("transformers.") == std::string::npos);
}

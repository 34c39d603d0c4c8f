// MiniLM: one recipe for all tasks of texts, and one whose layers low-rank adaptation trains.
#include "minilm.hpp"
#include "text_trainer_of.hpp"

using namespace tuneit;

namespace {

constexpr bert::Sizes minilm{.hidden = 384, .layers = 6, .heads = 12, .inner = 1536};
struct MiniLm final : app::BertForAny<minilm> {};

using FullRecipe = Finetune<MiniLm, TagTokens<Dynamic>, app::TaskLoss, app::HoldFirst, LayerDecay<0.9>,
                            LrScale<Head, 10>, NoDecay<Union<Norms, Biases>>, AdamW<Lr<5e-5>, WeightDecay<0.01>>,
                            ClipNorm<1>, app::TaskSchedule, BatchSize<16>, Epochs<3>, Precision<ChosenPrecision>>;
#ifndef NO_LORA
using LoraRecipe = Finetune<MiniLm, TagTokens<Dynamic>, app::TaskLoss,
                            Lora<Modules<"query", "value">, Rank<8>, Alpha<16>, LoraDropout<0.1>>,
                            Unfreeze<Layer<"pooler">>, LrScale<Head, 10>, AdamW<Lr<5e-4>, WeightDecay<0.01>>,
                            ClipNorm<1>, app::TaskSchedule, BatchSize<16>, Epochs<3>, Precision<ChosenPrecision>>;
#endif

/// Of the task's parts: without a pooler where it has none.
template <class R>
std::int64_t parameters(app::TextTask task, int classes, int frozen, bool trainable) {
  std::int64_t n = 0;
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {
    const TensorRow& row = table<typename R::model>.rows[i];
    if (app::detail::name_in_file(std::string(table<typename R::model>.name(i)), task).empty()) continue;
    if (!trainable || (ever_trains<R>(i) && row.block >= frozen)) n += row.numel(classes);
  }
  return n;
}

template <class R>
app::TextRecipe recipe() {
  app::TextRecipe r;
  r.model = "minilm-l6";
  r.recipe = type_name<R>();
  r.defaults = defaults<R>();
  r.blocks = 1 + minilm.layers;
  r.positions = minilm.positions;
  r.vocabulary = static_cast<std::size_t>(minilm.vocabulary);
  r.config = {{"model_type", "\"bert\""},
              {"hidden_act", "\"gelu\""},
              {"hidden_size", std::to_string(minilm.hidden)},
              {"num_hidden_layers", std::to_string(minilm.layers)},
              {"num_attention_heads", std::to_string(minilm.heads)},
              {"intermediate_size", std::to_string(minilm.inner)},
              {"max_position_embeddings", std::to_string(minilm.positions)},
              {"type_vocab_size", std::to_string(minilm.types)},
              {"vocab_size", std::to_string(minilm.vocabulary)},
              {"pad_token_id", std::to_string(minilm.padding)},
              {"layer_norm_eps", "1e-12"},
              {"initializer_range", "0.02"},
              {"hidden_dropout_prob", "0.1"},
              {"attention_probs_dropout_prob", "0.1"}};
  r.parameters = &parameters<R>;
  return r;
}

}  // namespace

app::TextRecipe minilm_recipe(bool lora) {
#ifndef NO_LORA
  if (lora) {
    app::TextRecipe r = recipe<LoraRecipe>();
    r.start = [](const app::TextTraining& how) -> std::unique_ptr<app::TextTrainer> {
      return std::make_unique<app::TextTrainerOf<LoraRecipe, 2.0>>(how);
    };
    return r;
  }
#endif
  app::TextRecipe r = recipe<FullRecipe>();
  r.start = [](const app::TextTraining& how) -> std::unique_ptr<app::TextTrainer> {
    return std::make_unique<app::TextTrainerOf<FullRecipe>>(how);
  };
  return r;
}

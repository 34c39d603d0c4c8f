// Networks of texts and of pictures as tokens: shapes, sizes, names, and recipes of them that are refused.
#include "tuneit/models/bert.hpp"
#include "tuneit/models/distilbert.hpp"
#include "tuneit/models/gpt2.hpp"
#include "tuneit/models/roberta.hpp"
#include "tuneit/models/vit.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

static_assert(check<MiniLmL6>() && check<BertBase>() && check<DistilBertBase>() && check<RobertaBase>() &&
              check<Gpt2Small>() && check<VitB16>() && check<VitBasePatch16>());
static_assert(parameter_count<MiniLmL6>() == 22'713'986 && parameter_count<BertBase>() == 109'483'778);
static_assert(parameter_count<DistilBertBase>() == 66'955'010 && parameter_count<RobertaBase>() == 124'647'170);
static_assert(parameter_count<Gpt2Small>() == 124'439'808);
static_assert(parameter_count<VitB16>() == 86'567'656 && parameter_count<VitBasePatch16>() == 86'567'656);
static_assert(table<MiniLmL6>.name(5) == "encoder.layer.0.attention.self.query.weight");

// heads
template <class Model, class Task>
constexpr bool fits = check<ForTask<Model, Task>>();
static_assert(fits<BertBase, tasks::Tags<9>> && fits<BertBase, tasks::Spans> && fits<BertBase, tasks::MaskedTokens> &&
              fits<MiniLmL6, tasks::Classes<3, MeanPooling>>);
static_assert(fits<RobertaBase, tasks::MaskedTokens> && fits<DistilBertBase, tasks::MaskedTokens>);
static_assert(has_ties<ForTask<BertBase, tasks::MaskedTokens>> && has_ties<Gpt2Small>);
static_assert(shape<ForTask<BertBase, tasks::Spans>>(384).channels() == 2);
template <class R, class Reason>
constexpr bool is = std::is_same_v<verdict<R>, Reason>;
static_assert(is<Finetune<BertBase, CausalLm>, HeadDoesNotFit<CausalLm, BertBase>>);
static_assert(is<Finetune<Gpt2Small, AnswerSpans>, HeadDoesNotFit<AnswerSpans, Gpt2Small>>);
static_assert(is<Finetune<ResNet18, MaskedLm>, HeadDoesNotFit<MaskedLm, ResNet18>>);

// recipes
using Lower = Finetune<MiniLmL6, Classify<2>, AdamW<Lr<5e-5>>, Freeze<Layers<0, 4>>, LayerDecay<0.95>>;
static_assert(is<Lower, Accepted> && frozen_prefix<Lower>() == 4 && plan<Lower>.rows[0].frozen);
using Low = Lora<Modules<"query", "value">, Rank<8>, Alpha<16>, LoraDropout<0.1>>;
static_assert(is<Finetune<MiniLmL6, Classify<2>, Low, AdamW<Lr<5e-4>>>, Accepted>);
static_assert(trainable_parameters<Finetune<MiniLmL6, Classify<2>, Low>> == 74'498);
static_assert(trainable_parameters<Finetune<BertBase, Classify<2>, Low>> == 296'450);
static_assert(trainable_parameters<Finetune<BertBase, Classify<2>, Dora<Modules<"query", "value">>>> == 314'882);

// few parameters and regularisers: the pooler stays with what the file has, B has a rate of its own (LoRA+), top layers
// start anew
using Plus = Finetune<MiniLmL6, Classify<2>, Low, AdamW<Lr<5e-4>>, LrScale<Match<"*.lora_B.*">, 16>>;
template <class R>
constexpr PlanRow row_of(std::string_view name) {
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i)
    if (table<typename R::model>.name(i) == name) return plan<R>.rows[i];
  throw "no such row";
}
static_assert(row_of<Plus>("encoder.layer.3.attention.self.query.lora_B.weight").lr_scale == 16 &&
              row_of<Plus>("encoder.layer.3.attention.self.query.lora_A.weight").lr_scale == 1);
static_assert(row_of<Plus>("pooler.dense.weight").frozen && !row_of<Plus>("classifier.weight").frozen);
using Anew = Finetune<MiniLmL6, Classify<2>, Reinitialise<Layers<6, 8>>, RDrop<1.0>, Fgm<1.0>, AdamW<Lr<2e-5>>>;
static_assert(is<Anew, Accepted>);
static_assert(row_of<Anew>("encoder.layer.5.output.dense.weight").starts_from == Origin::Fresh &&
              row_of<Anew>("pooler.dense.bias").starts_from == Origin::Fresh &&
              row_of<Anew>("encoder.layer.4.output.dense.weight").starts_from == Origin::Pretrained);
static_assert(is<Finetune<MiniLmL6, Classify<2>, Mixout<0.7>>, Accepted>);
static_assert(is<Finetune<RobertaBase, Classify<2>, FreeLb<>>, Accepted>);
static_assert(!verdict<Finetune<Gpt2Small, Fgm<>>>::accepted);
static_assert(is<Finetune<Gpt2Small, Fgm<1.0, Modules<"wte">>>, Accepted>);
static_assert(is<Finetune<MiniLmL6, Classify<2>, Fgm<>, Low>, ActsOnNothing<MiniLmL6, Fgm<>>>);

// probabilities are kept where only what lies on a wire needs a gradient
constexpr transformer::Sizes sizes_of(int heads) {
  return {.vocabulary = 50, .hidden = 128, .layers = 1, .heads = heads, .inner = 256, .positions = 64};
}
template <int Heads>
struct OneLayer final : bert::Model<sizes_of(Heads)> {};
template <int Heads, class Adapters>
constexpr std::int64_t kept = memory<Finetune<OneLayer<Heads>, Classify<2>, Adapters>>(32, 64).activations;
template <class Adapters>
constexpr bool keeps_probabilities = kept<8, Adapters> - kept<4, Adapters> == 32LL * 4 * 64 * 64 * 4;
static_assert(keeps_probabilities<Lora<Modules<"value">>> && keeps_probabilities<Lora<Modules<"query">>> &&
              !keeps_probabilities<Lora<Modules<"intermediate.dense">>>);

}  // namespace

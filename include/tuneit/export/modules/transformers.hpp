#pragma once
// Which networks are Hugging Face transformers', and how are they made there? A script then has transformers' class
// (and PEFT's LoRA within it) in the place of a module of its own.
#include <string>
#include <type_traits>

#include "tuneit/export/modules/network.hpp"
#include "tuneit/models/bert.hpp"
#include "tuneit/models/distilbert.hpp"
#include "tuneit/models/gpt2.hpp"
#include "tuneit/models/roberta.hpp"
#include "tuneit/models/vit.hpp"
#include "tuneit/recipe/rewrites/lora.hpp"
#include "tuneit/recipe/rewrites/rewritten.hpp"

namespace tuneit::python {

/// A family of networks there: its classes begin with `stem`; `config` are the arguments of its configuration;
/// `embeddings` is the module with the dropout of the embeddings; `theirs` and `ours`, parts of names that differ
/// between its modules and its files.
struct TransformersFamily {
  std::string stem{}, config{}, prefix{}, embeddings = "embeddings";
  Names theirs{}, ours{};
  bool pictures = false;
};

namespace detail {

inline std::string bert_config(const transformer::Sizes& s) {
  return "vocab_size=" + whole(s.vocabulary) + ", hidden_size=" + whole(s.hidden) +
         ", num_hidden_layers=" + whole(s.layers) + ", num_attention_heads=" + whole(s.heads) +
         ", intermediate_size=" + whole(s.inner) + ", max_position_embeddings=" + whole(s.positions) +
         ", type_vocab_size=" + whole(s.types) + ", hidden_dropout_prob=" + number(s.dropout) +
         ", attention_probs_dropout_prob=" + number(s.attention_dropout) + ", layer_norm_eps=" + number(s.eps) +
         ", pad_token_id=" + whole(s.padding);
}
template <transformer::Sizes S>
TransformersFamily family_of(const bert::Model<S>*) {
  return {"Bert", bert_config(S), "bert."};
}
template <transformer::Sizes S>
TransformersFamily family_of(const roberta::Model<S>*) {
  return {"Roberta", bert_config(S), "roberta."};
}
template <transformer::Sizes S>
requires(S.eps == 1e-12)  // it is no number of the configuration
    TransformersFamily family_of(const distilbert::Model<S>*) {
  return {"DistilBert",
          "vocab_size=" + whole(S.vocabulary) + ", dim=" + whole(S.hidden) + ", n_layers=" + whole(S.layers) +
              ", n_heads=" + whole(S.heads) + ", hidden_dim=" + whole(S.inner) +
              ", max_position_embeddings=" + whole(S.positions) + ", dropout=" + number(S.dropout) +
              ", attention_dropout=" + number(S.attention_dropout) +
              ", seq_classif_dropout=" + number(distilbert::head_dropout<S>) + ", qa_dropout=" + number(S.dropout) +
              ", pad_token_id=" + whole(S.padding),
          "distilbert."};
}
template <transformer::Sizes S>
TransformersFamily family_of(const gpt2::Model<S>*) {
  return {"GPT2",
          "vocab_size=" + whole(S.vocabulary) + ", n_embd=" + whole(S.hidden) + ", n_layer=" + whole(S.layers) +
              ", n_head=" + whole(S.heads) + ", n_inner=" + whole(S.inner) + ", n_positions=" + whole(S.positions) +
              ", resid_pdrop=" + number(S.dropout) + ", embd_pdrop=" + number(S.dropout) +
              ", attn_pdrop=" + number(S.attention_dropout) + ", classifier_dropout=" + number(S.dropout) +
              ", layer_norm_epsilon=" + number(S.eps),
          "transformer.", "drop"};
}
template <vit::Sizes S>
TransformersFamily family_of(const vit::HuggingFaceModel<S>*) {
  return {
      "ViT",
      "hidden_size=" + whole(S.hidden) + ", num_hidden_layers=" + whole(S.layers) + ", num_attention_heads=" +
          whole(S.heads) + ", intermediate_size=" + whole(S.inner) + ", image_size=" + whole(S.side) +
          ", patch_size=" + whole(S.patch) + ", hidden_dropout_prob=" + number(S.dropout) +
          ", attention_probs_dropout_prob=" + number(S.attention_dropout) + ", layer_norm_eps=" + number(S.eps),
      "vit.",
      "embeddings",
      {"layers.", "attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj", "mlp.fc1", "mlp.fc2"},
      {"encoder.layer.", "attention.attention.query", "attention.attention.key", "attention.attention.value",
       "attention.output.dense", "intermediate.dense", "output.dense"},
      true};
}

/// What its class for a task is called behind the stem, and what it takes beside; empty: there is none.
struct TaskClass {
  const char *suffix = "", *options = "", *outputs = ".logits";
};
template <class Task>
inline constexpr TaskClass task_class{};
template <int K>
inline constexpr TaskClass task_class<tasks::Classes<K>>{"ForSequenceClassification", ", num_labels=CLASSES"};
template <int K>
inline constexpr TaskClass task_class<tasks::Tags<K>>{"ForTokenClassification", ", num_labels=CLASSES"};
template <>
inline constexpr TaskClass task_class<tasks::Spans>{"ForQuestionAnswering", "", ""};
template <>
inline constexpr TaskClass task_class<tasks::MaskedTokens>{"ForMaskedLM"};
template <>
inline constexpr TaskClass task_class<tasks::NextToken>{"LMHeadModel"};

/// Do two networks have the same tensors, but for sizes?
template <class A, class B>
constexpr bool same_names() {
  if (table<A>.size != table<B>.size) return false;
  for (std::size_t i = 0; i < table<A>.size; ++i)
    if (table<A>.name(i) != table<B>.name(i) || table<A>.rows[i].rank != table<B>.rows[i].rank) return false;
  return true;
}
// The class of a network before rules changed it; root: that of the recipe.
template <class Root, class Model>
constexpr TaskClass class_of(Type<Model>) {
  if constexpr (!same_names<Root, Model>())
    return {};
  else if constexpr (has_head_for<Root, tasks::NextToken>)
    return task_class<tasks::NextToken>;
  else if constexpr (has_head_for<Root, tasks::Classes<2>>)
    return task_class<tasks::Classes<2>>;
  else
    return {"ForImageClassification", ", num_labels=CLASSES"};
}
template <class Root, class Task>
constexpr TaskClass class_of(Type<ForTask<Root, Task>>) {
  return task_class<Task>;
}

/// The rules of a recipe that change its network: none, or one that is PEFT's LoRA, so far as it is written here.
struct RulesFound {
  int others = 0, loras = 0;
};
template <class P>
constexpr RulesFound rule_of(Type<P>) {
  return {rewrites<P> ? 1 : 0, 0};
}
template <class S, class... Options>
constexpr RulesFound rule_of(Type<Lora<S, Options...>>) {
  return {0, 1};
}
template <class... Ps>
constexpr RulesFound rules_of(List<Ps...>) {
  RulesFound sum;
  [[maybe_unused]] const auto one = [&](RulesFound f) { sum.others += f.others, sum.loras += f.loras; };
  (one(rule_of(Type<Ps>{})), ...);
  return sum;
}
template <class P>
std::string lora_config(Type<P>) {
  return "";
}
template <class S, class... Options>
std::string lora_config(Type<Lora<S, Options...>>) {
  constexpr auto words = tuneit::detail::low_rank_words<Options...>;
  return "r=" + whole(words.rank) + ", lora_alpha=" + number(words.alpha > 0 ? words.alpha : words.rank) +
         ", lora_dropout=" + number(words.dropout) + (words.rank_stabilised ? ", use_rslora=True" : "") +
         (words.gaussian ? ", init_lora_weights=\"gaussian\"" : "");
}
template <class... Ps>
std::string lora_config_of(List<Ps...>) {
  std::string text;
  ((text += lora_config(Type<Ps>{})), ...);
  return text;
}

inline std::string quoted_items(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + in_quotes(name);
  return text;
}

template <class Model>
using before_rules = typename tuneit::detail::BeforeRewrites<Model>::type;

}  // namespace detail

/// The class of transformers that is the network of a recipe.
template <class R>
inline constexpr detail::TaskClass transformers_class = [] {
  constexpr detail::RulesFound rules = detail::rules_of(typename R::policies{});
  if constexpr (requires(const typename R::root* root) { detail::family_of(root); })
    if constexpr (rules.others == 0 && rules.loras <= 1)
      return detail::class_of<typename R::root>(Type<detail::before_rules<typename R::model>>{});
  return detail::TaskClass{};
}();
/// Is the network of a recipe made by transformers?
template <class R>
inline constexpr bool in_transformers = *transformers_class<R>.suffix != '\0';

/// The modules that hold a network's dropouts, by the names that files give modules.
template <class R>
void name_random_modules(ModuleText& text) {
  using Model = typename R::model;
  Names blocks;
  [&]<class... Bs>(List<Bs...>) {
    (blocks.emplace_back(Bs::name.data(), Bs::name.size()), ...);
  }(typename Model::blocks{});
  const TransformersFamily family = detail::family_of(static_cast<const typename R::root*>(nullptr));
  std::vector<RandomModule> kept;
  for (RandomModule& m : text.random) {
    std::size_t block = 0;
    while (block + 1 < Model::block_count && table<Model>.block_begin[block + 1] <= m.scopes.front().first) ++block;
    const bool head = block + 1 == Model::block_count || blocks[block] == "pooler";
    m.name = block == 0 ? family.embeddings
             : !head    ? blocks[block]
             : family.stem == "Roberta" && blocks.back() == "head" &&
                     table<Model>.name(table<Model>.size - 1).find("out_proj") != std::string_view::npos
                 ? "classifier"
                 : "dropout";
    if (std::none_of(kept.begin(), kept.end(), [&](const RandomModule& k) { return k.name == m.name; }))
      kept.push_back(std::move(m));
  }
  text.random = std::move(kept);
}

/// The class of a script that gives tensors and modules the names of files; behind it `model = Network(...)`.
template <class R>
void write_transformers(std::string& definitions, std::string& make) {
  using Model = typename R::model;
  using In = typename Model::input;
  const TransformersFamily family = detail::family_of(static_cast<const typename R::root*>(nullptr));
  constexpr detail::TaskClass task = transformers_class<R>;
  constexpr bool lora = detail::rules_of(typename R::policies{}).loras > 0;
  std::string pairs = lora ? "(\".base_layer\", \"\"), (\".default\", \"\"), " : "";
  for (std::size_t i = 0; i < family.theirs.size(); ++i)
    pairs += "(" + in_quotes(family.theirs[i]) + ", " + in_quotes(family.ours[i]) + "), ";
  std::string call = "self.network(" + std::string(family.pictures ? "pixel_values" : "input_ids") + "=x";
  int at = 0;
  [&]<class... Others>(List<Others...>) {
    ((call += ", " + std::string(Others::name.data(), Others::name.size()) + "=others[" + whole(at++) + "]" +
              (Others::at(1).dtype == ElementType::Truth ? ".long()" : "")),
     ...);
  }(typename In::others{});
  call += ")";
  definitions += R"(class Network(nn.Module):
    """A network of transformers. Tensors and modules have the names of its files, without the prefix of the body."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    @staticmethod
    def short(name):
        name = name.removeprefix(")" +
                 family.prefix + "\")\n";
  if (!pairs.empty()) {
    pairs.resize(pairs.size() - 2);
    definitions += "        for theirs, ours in [\n" + indented(wrapped(pairs + ",", 90, 0), 12) +
                   "        ]:\n            name = name.replace(theirs, ours)\n";
  }
  definitions += R"(        return name

    def named_parameters(self, *args, **options):
        for name, p in self.network.named_parameters():  # tied ones once
            yield self.short(name), p

    def state_dict(self, *args, **options):
        return {name: p.detach() for name, p in self.named_parameters()}

    def load_state_dict(self, tensors, strict=True):
        own = dict(self.named_parameters())
        if strict and own.keys() != tensors.keys():
            raise KeyError(f"missing or not known: {own.keys() ^ tensors.keys()}")
        with torch.no_grad():
            for name, value in tensors.items():
                own[name].copy_(value)

    def get_submodule(self, target):
        return next(m for name, m in self.network.named_modules() if self.short(name) == target)

    def forward(self, x, *others):
)" + (*task.outputs != '\0'
          ? "        return " + call + task.outputs + "\n\n\n"
          : "        y = " + call + "\n        return torch.stack([y.start_logits, y.end_logits], -1)\n\n\n");
  make = "config = transformers." + family.stem + "Config(\n" +
         indented(wrapped(family.config + task.options + ",\n", 100, 0)) +
         ")\nconfig._attn_implementation = \"sdpa\"\nmodel = transformers." + family.stem + task.suffix + "(config)\n";
  if constexpr (lora) {
    Names modules;
    constexpr std::string_view a = ".lora_A.weight", of_table = ".lora_embedding_A";
    for (std::size_t i = 0; i < table<Model>.size; ++i) {
      const std::string_view name = table<Model>.name(i);
      for (const std::string_view end : {a, of_table})
        if (name.ends_with(end)) modules.emplace_back(name.substr(0, name.size() - end.size()));
    }
    make += "targets = [\n" + indented(wrapped(detail::quoted_items(modules) + ",\n", 100, 0)) +
            "]\ntargets = [name for name, _ in model.named_modules() if Network.short(name) in targets]\n"
            "adapters = peft.LoraConfig(" +
            detail::lora_config_of(typename R::policies{}) +
            ", target_modules=targets)\nmodel = peft.inject_adapter_in_model(adapters, model)\n"
            "model.requires_grad_(True)  # what trains is said by GROUPS\n";
  }
  make += "model = Network(model)\n";
}

}  // namespace tuneit::python

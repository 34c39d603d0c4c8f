#pragma once
// DistilBERT (arXiv 1910.01108), with the names of transformers' DistilBertModel. Blocks: 0 embeddings, from 1 on the
// layers, pooler (the first token, `pre_classifier`), head. Inputs: "input_ids", "attention_mask".
#include "tuneit/models/tasks.hpp"
#include "tuneit/models/transformer.hpp"

namespace tuneit {
namespace distilbert {

using transformer::MaybeDropout;
using transformer::Sizes;

struct Names {
  static constexpr fixed_string query = "attention.q_lin";
  static constexpr fixed_string key = "attention.k_lin";
  static constexpr fixed_string value = "attention.v_lin";
  static constexpr fixed_string projected = "attention.out_lin";
  static constexpr fixed_string attention_norm = "sa_layer_norm";
  static constexpr fixed_string up = "ffn.lin1";
  static constexpr fixed_string down = "ffn.lin2";
  static constexpr fixed_string output_norm = "output_layer_norm";
};

template <Sizes S>
struct Embeddings {
  using layers = Named<"embeddings", Named<"word_embeddings", Embedding<S.vocabulary, S.hidden, S.padding>>,
                       Named<"position_embeddings", AddPositions<S.positions, S.hidden>>,
                       Named<"LayerNorm", LayerNorm<S.hidden, S.eps>>, MaybeDropout<S.dropout>>;
};

template <Sizes S>
using Inputs = tuneit::Inputs<Tokens<"input_ids", S.positions>, MaskInput<"attention_mask", S.positions>>;
template <Sizes S>
using Layers = Blocks<"transformer.layer", S.layers, transformer::PostNormLayer<S, Names, GELU<>, false>>;
template <Sizes S>
using Pooler = Block<"pooler", FirstToken, Named<"pre_classifier", Linear<S.hidden, S.hidden>>, ReLU>;
template <Sizes S, int K, auto P, class... Before>
using Classifier = Block<"head", Before..., MaybeDropout<P>, Named<"classifier", Linear<S.hidden, K>>>;
/// transformers' seq_classif_dropout; none in a network without any.
template <Sizes S>
inline constexpr double head_dropout = S.dropout > 0 ? 0.2 : 0.0;

template <Sizes S, class Task>
struct Heads : tasks::NoHead {};
template <Sizes S, int K>
struct Heads<S, tasks::Classes<K>> {
  using type = List<Pooler<S>, Classifier<S, K, head_dropout<S>>>;
  static constexpr int fresh = 2;
};
template <Sizes S, int K>
struct Heads<S, tasks::Classes<K, MeanPooling>> {
  using type = List<Classifier<S, K, head_dropout<S>, MeanOfTokens<"attention_mask">>>;
  static constexpr int fresh = 1;
};
template <Sizes S, int K>
struct Heads<S, tasks::Tags<K>> {
  using type = List<Classifier<S, K, S.dropout>>;
  static constexpr int fresh = 1;
};
template <Sizes S>
struct Heads<S, tasks::Spans> {
  using type = List<Block<"head", MaybeDropout<S.dropout>, Named<"qa_outputs", Linear<S.hidden, 2>>>>;
  static constexpr int fresh = 1;
};
template <Sizes S>
struct Heads<S, tasks::MaskedTokens> {
  using type = List<Block<
      "head", Named<"vocab_transform", Linear<S.hidden, S.hidden>>, GELU<>,
      Named<"vocab_layer_norm", LayerNorm<S.hidden, S.eps>>,
      Named<"vocab_projector", TiedLinear<S.hidden, S.vocabulary, Tied<"embeddings.word_embeddings.weight">, true>>>>;
  static constexpr int fresh = 1;
};

template <Sizes S>
struct Model
    : transformer::Family<S, Inputs<S>, List<Block<"embeddings", Embeddings<S>>, Layers<S>>, Heads, tasks::Classes<2>> {
  static constexpr transformer::FileNames file_names{"distilbert.", "transformer.", "pre_classifier."};
};

}  // namespace distilbert

/// distilbert-base-uncased: 66 million parameters.
struct DistilBertBase final : distilbert::Model<distilbert::Sizes{.layers = 6}> {};

}  // namespace tuneit

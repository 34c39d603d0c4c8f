#pragma once
// BERT (arXiv 1810.04805), with the names of transformers' BertModel (`encoder.layer.0.attention.self.query.weight`).
// Blocks: 0 embeddings, from 1 on the layers, pooler, head. Inputs: "input_ids", "attention_mask", "token_type_ids".
#include "tuneit/models/tasks.hpp"
#include "tuneit/models/transformer.hpp"

namespace tuneit {
namespace bert {

using transformer::MaybeDropout;
using transformer::Sizes;

struct Names {
  static constexpr fixed_string query = "attention.self.query";
  static constexpr fixed_string key = "attention.self.key";
  static constexpr fixed_string value = "attention.self.value";
  static constexpr fixed_string projected = "attention.output.dense";
  static constexpr fixed_string attention_norm = "attention.output.LayerNorm";
  static constexpr fixed_string up = "intermediate.dense";
  static constexpr fixed_string down = "output.dense";
  static constexpr fixed_string output_norm = "output.LayerNorm";
};

template <Sizes S>
struct Embeddings {
  using layers = Named<"embeddings", Named<"word_embeddings", Embedding<S.vocabulary, S.hidden, S.padding>>,
                       Named<"position_embeddings", AddPositions<S.positions, S.hidden>>, Save<"words">,
                       From<"token_type_ids">, Named<"token_type_embeddings", Embedding<S.types, S.hidden>>,
                       Merge<Add, "words">, Named<"LayerNorm", LayerNorm<S.hidden, S.eps>>, MaybeDropout<S.dropout>>;
};

template <Sizes S>
using Inputs = tuneit::Inputs<Tokens<"input_ids", S.positions>, MaskInput<"attention_mask", S.positions>,
                              Tokens<"token_type_ids", S.positions>>;
template <Sizes S>
using Layers = Blocks<"encoder.layer", S.layers, transformer::PostNormLayer<S, Names>>;
/// The first token, through a linear layer and tanh.
template <Sizes S>
using Pooler = Block<"pooler", FirstToken, Named<"pooler", Named<"dense", Linear<S.hidden, S.hidden>>>, Tanh>;
template <Sizes S, int K, class... Before>
using Classifier = Block<"head", Before..., MaybeDropout<S.dropout>, Named<"classifier", Linear<S.hidden, K>>>;
/// Two numbers for each token: does an answer begin there, does it end there?
template <Sizes S>
using SpanHead = Block<"head", Named<"qa_outputs", Linear<S.hidden, 2>>>;

template <Sizes S, class Task>
struct Heads : tasks::NoHead {};
template <Sizes S, int K>
struct Heads<S, tasks::Classes<K>> {
  using type = List<Pooler<S>, Classifier<S, K>>;
  static constexpr int fresh = 1;
};
template <Sizes S, int K>
struct Heads<S, tasks::Classes<K, MeanPooling>> {
  using type = List<Classifier<S, K, MeanOfTokens<"attention_mask">>>;
  static constexpr int fresh = 1;
};
template <Sizes S, int K>
struct Heads<S, tasks::Tags<K>> {
  using type = List<Classifier<S, K>>;
  static constexpr int fresh = 1;
};
template <Sizes S>
struct Heads<S, tasks::Spans> {
  using type = List<SpanHead<S>>;
  static constexpr int fresh = 1;
};
template <Sizes S>
struct Heads<S, tasks::MaskedTokens> {
  using type = List<Block<"head", Named<"cls.predictions", Named<"transform.dense", Linear<S.hidden, S.hidden>>, GELU<>,
                                        Named<"transform.LayerNorm", LayerNorm<S.hidden, S.eps>>,
                                        TiedDecoder<S.hidden, S.vocabulary, Tied<"embeddings.word_embeddings.weight">,
                                                    "decoder.weight", "bias">>>>;
  static constexpr int fresh = 1;
};

/// With a head for two classes, as long as nothing else is said.
template <Sizes S>
struct Model
    : transformer::Family<S, Inputs<S>, List<Block<"embeddings", Embeddings<S>>, Layers<S>>, Heads, tasks::Classes<2>> {
  static constexpr transformer::FileNames file_names{"bert.", "encoder.", "pooler.", true};
};

}  // namespace bert

/// all-MiniLM-L6-v2's network (arXiv 2002.10957): 22.7 million parameters.
struct MiniLmL6 final : bert::Model<bert::Sizes{.hidden = 384, .layers = 6, .heads = 12, .inner = 1536}> {};
/// bert-base-uncased: 109 million parameters.
struct BertBase final : bert::Model<bert::Sizes{}> {};

}  // namespace tuneit

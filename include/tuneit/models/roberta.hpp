#pragma once
// RoBERTa (arXiv 1907.11692) and XLM-R, with the names of transformers' RobertaModel. Blocks: 0 embeddings, from 1 on
// the layers, pooler (the first token, `classifier.dense`, tanh), head. Inputs: "input_ids", "attention_mask".
#include "tuneit/models/bert.hpp"

namespace tuneit {
namespace roberta {

using bert::MaybeDropout;
using bert::Sizes;

/// Positions count from the padding index + 1 on; there is one token type, the first.
template <Sizes S>
struct Embeddings {
  using layers =
      Named<"embeddings", Save<"ids">, Named<"word_embeddings", Embedding<S.vocabulary, S.hidden, S.padding>>,
            Save<"words">, From<"ids">, PositionsFromPadding<S.padding>,
            Named<"position_embeddings", Embedding<S.positions, S.hidden, S.padding>>, Merge<Add, "words">,
            Named<"token_type_embeddings", AddFirstRow<S.types, S.hidden>>,
            Named<"LayerNorm", LayerNorm<S.hidden, S.eps>>, MaybeDropout<S.dropout>>;
};

/// So many tokens at most: positions up to the padding index are not theirs.
template <Sizes S>
inline constexpr int tokens = S.positions - S.padding - 1;
template <Sizes S>
using Inputs = tuneit::Inputs<Tokens<"input_ids", tokens<S>>, MaskInput<"attention_mask", tokens<S>>>;
template <Sizes S>
using Pooler = Block<"pooler", FirstToken, MaybeDropout<S.dropout>,
                     Named<"classifier", Named<"dense", Linear<S.hidden, S.hidden>>>, Tanh>;
template <Sizes S, int K>
using Classifier = Block<"head", MaybeDropout<S.dropout>, Named<"classifier", Named<"out_proj", Linear<S.hidden, K>>>>;

template <Sizes S, class Task>
struct Heads : bert::Heads<S, Task> {};
template <Sizes S, int K>
struct Heads<S, tasks::Classes<K>> {
  using type = List<Pooler<S>, Classifier<S, K>>;
  static constexpr int fresh = 2;
};
template <Sizes S>
struct Heads<S, tasks::MaskedTokens> {
  using type = List<Block<"head", Named<"lm_head", Named<"dense", Linear<S.hidden, S.hidden>>, GELU<>,
                                        Named<"layer_norm", LayerNorm<S.hidden, S.eps>>,
                                        TiedDecoder<S.hidden, S.vocabulary, Tied<"embeddings.word_embeddings.weight">,
                                                    "decoder.weight", "bias">>>>;
  static constexpr int fresh = 1;
};

template <Sizes S>
struct Model : transformer::Family<S, Inputs<S>, List<Block<"embeddings", Embeddings<S>>, bert::Layers<S>>, Heads,
                                   tasks::Classes<2>> {
  static constexpr transformer::FileNames file_names{"roberta.", "encoder.", "classifier."};
};

}  // namespace roberta

/// roberta-base: 125 million parameters.
struct RobertaBase final
    : roberta::Model<roberta::Sizes{.eps = 1e-5, .vocabulary = 50265, .positions = 514, .types = 1, .padding = 1}> {};

}  // namespace tuneit

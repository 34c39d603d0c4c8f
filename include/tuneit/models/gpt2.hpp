#pragma once
// GPT-2 (Radford et al. 2019), with the names of transformers' GPT2Model (`h.0.attn.c_attn.weight`, which is [in,
// out]). Blocks: 0 embeddings, from 1 on the layers, norm, head (tied to the embeddings). Inputs: "input_ids",
// "attention_mask".
#include "tuneit/models/tasks.hpp"
#include "tuneit/models/transformer.hpp"

namespace tuneit {
namespace gpt2 {

using transformer::MaybeDropout;
using transformer::Sizes;

template <Sizes S>
struct Layer {
  static constexpr int h = S.hidden;
  using attention = Seq<Named<"ln_1", LayerNorm<h, S.eps>>, Named<"attn.c_attn", TransposedLinear<h, 3 * h>>,
                        PackedAttention<h, transformer::attention_of<S, true>, "attention_mask">,
                        Named<"attn.c_proj", TransposedLinear<h, h>>, MaybeDropout<S.dropout>>;
  using mlp = Seq<Named<"ln_2", LayerNorm<h, S.eps>>, Named<"mlp.c_fc", TransposedLinear<h, S.inner>>, GELU<Tanh>,
                  Named<"mlp.c_proj", TransposedLinear<S.inner, h>>, MaybeDropout<S.dropout>>;
  using layers = Seq<Residual<attention, Identity>, Residual<mlp, Identity>>;
};

template <Sizes S>
using Inputs = tuneit::Inputs<Tokens<"input_ids", S.positions>, MaskInput<"attention_mask", S.positions>>;
template <Sizes S>
using Embeddings = Block<"embeddings", Named<"wte", Embedding<S.vocabulary, S.hidden>>,
                         Named<"wpe", AddPositions<S.positions, S.hidden>>, MaybeDropout<S.dropout>>;
template <Sizes S>
using Layers = Blocks<"h", S.layers, Layer<S>>;
template <Sizes S>
using Norm = Block<"norm", Named<"ln_f", LayerNorm<S.hidden, S.eps>>>;
template <Sizes S>
using Decoder = Block<"head", Named<"lm_head", TiedLinear<S.hidden, S.vocabulary, Tied<"wte.weight">>>>;

template <Sizes S, class Task>
struct Heads : tasks::NoHead {};
template <Sizes S>
struct Heads<S, tasks::NextToken> {
  using type = List<Norm<S>, Decoder<S>>;
  static constexpr int fresh = 0;
};
template <Sizes S, int K>
struct Heads<S, tasks::Tags<K>> {
  using type = List<Norm<S>, Block<"head", MaybeDropout<S.dropout>, Named<"classifier", Linear<S.hidden, K>>>>;
  static constexpr int fresh = 1;
};

template <Sizes S>
struct Model : transformer::Family<S, Inputs<S>, List<Embeddings<S>, Layers<S>>, Heads, tasks::NextToken> {
  static constexpr transformer::FileNames file_names{"transformer.", "h.", ""};
  static constexpr Initial initial{.linear_deviation = 0.02,
                                   .table_deviation = 0.02,
                                   .residual_end = "c_proj.weight",
                                   .residual_deviation = 0.02 / transformer::root(2.0 * S.layers)};
};

}  // namespace gpt2

/// gpt2: 124 million parameters.
struct Gpt2Small final : gpt2::Model<gpt2::Sizes{.eps = 1e-5, .vocabulary = 50257, .positions = 1024}> {};

}  // namespace tuneit

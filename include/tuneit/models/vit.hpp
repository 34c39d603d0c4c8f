#pragma once
// Vision transformers (arXiv 2010.11929) with the names of torchvision (`encoder.layers.encoder_layer_0.ln_1.weight`)
// and with those of transformers (`encoder.layer.0.layernorm_before.weight`). Blocks: 0 embeddings, from 1 on the
// layers, norm (of the class token), head. Pictures of one size; a file's positions of another one are resampled when
// it is read (weights/position_grid.hpp).
#include <cstddef>
#include <utility>

#include "tuneit/models/tasks.hpp"
#include "tuneit/models/transformer.hpp"

namespace tuneit {
namespace vit {

using transformer::MaybeDropout;

/// Numbers of a network; doubles first.
struct Sizes {
  double eps = 1e-6, dropout = 0, attention_dropout = 0;
  int side = 224, patch = 16, hidden = 768, layers = 12, heads = 12, inner = 3072, classes = 1000;
  [[nodiscard]] constexpr int tokens() const { return (side / patch) * (side / patch) + 1; }
  [[nodiscard]] constexpr transformer::Sizes encoder() const {
    return {.eps = eps, .dropout = dropout, .attention_dropout = attention_dropout, .hidden = hidden, .heads = heads};
  }
  bool operator==(const Sizes&) const = default;
};
/// Which tensor has the positions, and how a grid of them is resampled.
struct PositionGrid {
  const char* tensor;
  bool align_corners;
};
template <Sizes S>
using Patches = Conv2d<3, S.hidden, Window{S.patch, S.patch}, true>;
template <Sizes S>
using Norm = LayerNorm<S.hidden, S.eps>;

/// torchvision's: q, k and v are one projection.
template <Sizes S>
struct Layer {
  static constexpr int h = S.hidden;
  using attention =
      Seq<Named<"ln_1", Norm<S>>,
          Named<"self_attention", LinearNamed<h, 3 * h, "in_proj_weight", "in_proj_bias">,
                PackedAttention<h, transformer::attention_of<S.encoder()>>, Named<"out_proj", Linear<h, h>>>,
          MaybeDropout<S.dropout>>;
  using mlp = Seq<Named<"ln_2", Norm<S>>, Named<"mlp.0", Linear<h, S.inner>>, GELU<>, MaybeDropout<S.dropout>,
                  Named<"mlp.3", Linear<S.inner, h>>, MaybeDropout<S.dropout>>;
  using layers = Seq<Residual<attention, Identity>, Residual<mlp, Identity>>;
};
template <int I>
consteval auto layer_name() {
  constexpr auto number = number_name<I>;
  constexpr fixed_string prefix = "encoder.layers.encoder_layer_";
  char text[prefix.size() + number.size() + 1]{};
  for (std::size_t i = 0; i < prefix.size(); ++i) text[i] = prefix.chars[i];
  for (std::size_t i = 0; i < number.size(); ++i) text[prefix.size() + i] = number.chars[i];
  return fixed_string<prefix.size() + number.size() + 1>(text);
}
template <Sizes S>
using Embeddings = Block<"embeddings", Named<"conv_proj", Patches<S>>, PixelTokens, ClassToken<S.hidden, "class_token">,
                         Named<"encoder", AddTokens<S.tokens(), S.hidden, "pos_embedding">>, MaybeDropout<S.dropout>>;
template <Sizes S, int... I>
Network<Input<3, S.side>, Embeddings<S>, Block<layer_name<I>(), Named<layer_name<I>(), Layer<S>>>...,
        Block<"norm", FirstToken, Named<"encoder.ln", Norm<S>>>,
        Block<"head", Named<"heads.head", Linear<S.hidden, S.classes>>>>
    network(std::integer_sequence<int, I...>);

template <Sizes S>
struct Model : decltype(network<S>(std::make_integer_sequence<int, S.layers>{})) {
  static constexpr Sizes sizes = S;
  static constexpr Initial initial{.linear_deviation = 0.02, .table_deviation = 0.02};
  static constexpr PositionGrid positions{"encoder.pos_embedding", true};
};

/// transformers' names within a layer.
struct Names {
  static constexpr fixed_string query = "attention.attention.query";
  static constexpr fixed_string key = "attention.attention.key";
  static constexpr fixed_string value = "attention.attention.value";
  static constexpr fixed_string projected = "attention.output.dense";
};
template <Sizes S>
struct HuggingFaceLayer {
  using attention =
      Seq<Named<"layernorm_before", Norm<S>>, transformer::SelfAttention<S.encoder(), Names>, MaybeDropout<S.dropout>>;
  using mlp = Seq<Named<"layernorm_after", Norm<S>>, Named<"intermediate.dense", Linear<S.hidden, S.inner>>, GELU<>,
                  Named<"output.dense", Linear<S.inner, S.hidden>>, MaybeDropout<S.dropout>>;
  using layers = Seq<Residual<attention, Identity>, Residual<mlp, Identity>>;
};
template <Sizes S>
struct HuggingFaceModel
    : Network<
          Input<3, S.side>,
          Block<"embeddings", Named<"embeddings", Named<"patch_embeddings.projection", Patches<S>>, PixelTokens,
                                    ClassToken<S.hidden, "cls_token">,
                                    AddTokens<S.tokens(), S.hidden, "position_embeddings">, MaybeDropout<S.dropout>>>,
          Blocks<"encoder.layer", S.layers, HuggingFaceLayer<S>>,
          Block<"norm", FirstToken, Named<"layernorm", Norm<S>>>,
          Block<"head", Named<"classifier", Linear<S.hidden, S.classes>>>>,
      transformer::Start {
  static constexpr Sizes sizes = S;
  static constexpr transformer::FileNames file_names{"vit.", "encoder.", "", false, true};
  static constexpr PositionGrid positions{"embeddings.position_embeddings", false};
};

}  // namespace vit

/// ViT-B/16 as torchvision has it: 86.6 million parameters.
struct VitB16 final : vit::Model<vit::Sizes{}> {};
/// The same as transformers has it (google/vit-base-patch16-224): its layer norms have another eps.
struct VitBasePatch16 final : vit::HuggingFaceModel<vit::Sizes{.eps = 1e-12}> {};

}  // namespace tuneit

#pragma once
// What BERT and its kin are made of: their layers are one description, with sizes and with the names that each family's
// files give its modules.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/meta/list.hpp"
#include "tuneit/net/compose.hpp"
#include "tuneit/net/initial.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit::transformer {

/// Numbers of a network; doubles first (clang 19 reads a double of a template's argument wrong behind an int).
struct Sizes {
  double eps = 1e-12;              ///< of layer norms
  double dropout = 0.1;            ///< of what is added to the flow
  double attention_dropout = 0.1;  ///< of the probabilities of attention
  int vocabulary = 30522, hidden = 768, layers = 12, heads = 12, inner = 3072, positions = 512, types = 2;
  int padding = 0;  ///< index of the token that pads
  bool operator==(const Sizes&) const = default;
};

/// Nothing where the probability is 0.
template <auto P>
struct MaybeDropout {
  using layers = CountedDropout<P>;
};
template <auto P>
requires(P <= 0) struct MaybeDropout<P> {
  using layers = Seq<>;
};

template <Sizes S, bool Causal = false>
inline constexpr AttentionOptions attention_of{S.attention_dropout, S.heads, Causal};

/// q, k and v as three linear layers, and attention under the mask "attention_mask" (or none).
template <Sizes S, class Names, fixed_string... Mask>
struct SelfAttention {
  using projection = Linear<S.hidden, S.hidden>;
  using layers =
      Seq<Save<"hidden">, Named<Names::query, projection>, Save<"query">, From<"hidden">, Named<Names::key, projection>,
          Save<"key">, From<"hidden">, Named<Names::value, projection>,
          Attention<S.hidden, attention_of<S>, "query", "key", Mask...>, Named<Names::projected, projection>>;
};

/// Norms behind the additions (arXiv 1706.03762): BERT, DistilBERT, RoBERTa. DropAttention: is there a dropout behind
/// the attention's last product?
template <Sizes S, class Names, class Activation = GELU<>, bool DropAttention = true>
struct PostNormLayer {
  using drop = MaybeDropout<S.dropout>;
  using layers = Seq<
      Residual<Seq<SelfAttention<S, Names, "attention_mask">, MaybeDropout<DropAttention ? S.dropout : 0.0>>, Identity>,
      Named<Names::attention_norm, LayerNorm<S.hidden, S.eps>>,
      Residual<Seq<Named<Names::up, Linear<S.hidden, S.inner>>, Activation,
                   Named<Names::down, Linear<S.inner, S.hidden>>, drop>,
               Identity>,
      Named<Names::output_norm, LayerNorm<S.hidden, S.eps>>>;
};

/// What files call it: `prefix` stands before all names of the body in files of a task and not in those of the body
/// alone; `layers` is how names of layers begin; modules that begin with `pooler` may be missing, and are of the body
/// where `body_pools`. `other_in_memory`: transformers' modules have other names than its files.
struct FileNames {
  const char *prefix, *layers, *pooler;
  bool body_pools = false, other_in_memory = false;
};

/// The square root, by Newton's rule.
constexpr double root(double x) {
  double y = x;
  for (int i = 0; i < 60; ++i) y = (y + x / y) / 2;
  return y;
}

/// How all of them start, but for GPT-2: N(0, 0.02^2), biases 0.
struct Start {
  static constexpr Initial initial{.linear_deviation = 0.02, .table_deviation = 0.02};
};

template <class Inputs, class Body, class Head>
struct Joined;
template <class Inputs, class... Body, class... Head>
struct Joined<Inputs, List<Body...>, List<Head...>> {
  using type = Network<Inputs, Body..., Head...>;
};

/// The network of a family: `Body` are its blocks but for the head, `Heads<S, Task>` is the head for a task. It has
/// that for `Task` as long as nothing else is said. A family adds its `file_names`.
template <Sizes S, class Inputs, class Body, template <Sizes, class> class Heads, class Task>
struct Family : Joined<Inputs, Body, typename Heads<S, Task>::type>::type, Start {
  static constexpr Sizes sizes = S;
  using body = Body;
  template <class Other>
  using head_for = Heads<S, Other>;
};

}  // namespace tuneit::transformer

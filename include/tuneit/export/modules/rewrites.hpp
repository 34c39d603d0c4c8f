#pragma once
// Layers that rules have changed (LoRA, DoRA, IA3, adapters) as modules of plain PyTorch, with PEFT's names.
#include <string>

#include "tuneit/export/modules/layers.hpp"
#include "tuneit/net/rewrite/bottleneck.hpp"
#include "tuneit/net/rewrite/dora.hpp"

namespace tuneit::python {

namespace detail {

/// What a changed layer is called behind "Lora", and how its parts are made: A and B of a product of low rank.
struct ChangedLayer {
  const char *base, *about, *low_rank;
};
template <class Base>
inline constexpr ChangedLayer changed_layer{};
template <int In, int Out, Window W, bool Bias>
inline constexpr ChangedLayer changed_layer<Conv2d<In, Out, W, Bias>>{
    "Conv2d", "convolution",
    R"(        window = self.kernel_size, self.stride, self.padding, self.dilation
        self.lora_A = nn.Conv2d(self.in_channels, rank, *window, bias=False)
        self.lora_B = nn.Conv2d(rank, self.out_channels, 1, bias=False)
)"};
template <int In, int Out, bool Bias>
inline constexpr ChangedLayer changed_layer<Linear<In, Out, Bias>>{
    "Linear", "linear layer",
    R"(        self.lora_A = nn.Linear(self.in_features, rank, bias=False)
        self.lora_B = nn.Linear(rank, self.out_features, bias=False)
)"};

/// How A and B start.
inline const std::string start_of_low_rank =
    "        if gaussian:\n            nn.init.normal_(self.lora_A.weight, std=1 / rank)\n"
    "        nn.init.zeros_(self.lora_B.weight)\n";

inline std::string lora_class(const ChangedLayer& l) {
  return std::string("class Lora") + l.base + "(nn." + l.base + "):\n    \"\"\"A " + l.about +
         R"( and beside it scale B A x, a product of low rank (LoRA, arXiv 2106.09685)."""

    def __init__(self, *sizes, rank, scale, dropout=0.0, gaussian=False, **options):
        super().__init__(*sizes, **options)
        self.scale, self.lora_dropout = scale, nn.Dropout(dropout)
)" + l.low_rank +
         start_of_low_rank + R"(
    def forward(self, x):
        return super().forward(x) + self.scale * self.lora_B(self.lora_A(self.lora_dropout(x)))
)";
}
inline const std::string lora_embedding = R"(class LoraEmbedding(nn.Embedding):
    """Vectors for indices and beside them scale B A, a product of low rank (LoRA, arXiv 2106.09685)."""

    def __init__(self, *sizes, rank, scale):
        super().__init__(*sizes)
        self.scale = scale
        self.lora_embedding_A = nn.Parameter(torch.zeros(rank, self.num_embeddings))
        self.lora_embedding_B = nn.Parameter(torch.randn(self.embedding_dim, rank))

    def forward(self, x):
        return super().forward(x) + self.scale * F.embedding(x, self.lora_embedding_A.T) @ self.lora_embedding_B.T
)";
/// Calls a layer's function with another weight, and bias.
inline std::string with_weight(const ChangedLayer& l, const std::string& weight, const std::string& bias) {
  return l.base == std::string("Linear") ? "F.linear(x, " + weight + ", " + bias + ")"
                                         : "self._conv_forward(x, " + weight + ", " + bias + ")";
}
inline std::string dora_class(const ChangedLayer& l) {
  const bool rows = l.base == std::string("Linear");
  return std::string("class Dora") + l.base + "(nn." + l.base + "):\n    \"\"\"A " + l.about +
         R"( whose weight is m (W + scale B A) / |W + scale B A|, row by row (DoRA, arXiv 2402.09353)."""

    def __init__(self, *sizes, rank, scale, gaussian=False, **options):
        super().__init__(*sizes, **options)
        self.scale = scale
)" + l.low_rank +
         start_of_low_rank + "        self.lora_magnitude_vector = nn.Parameter(torch.ones(" +
         (rows ? "self.out_features" : "1, self.out_channels, 1, 1") + R"())
        self.start_magnitude()

    @torch.no_grad()
    def start_magnitude(self):
        self.lora_magnitude_vector.copy_(self.weight.flatten(1).norm(dim=1).view_as(self.lora_magnitude_vector))

    def forward(self, x):
        product = self.lora_B.weight.flatten(1) @ self.lora_A.weight.flatten(1)
        weight = self.weight + self.scale * product.view_as(self.weight)
        norms = weight.detach().flatten(1).norm(dim=1)  # a constant on the way back
        factors = (self.lora_magnitude_vector.flatten() / norms).view(-1)" +
         (rows ? ", 1" : ", 1, 1, 1") + ")\n        return " + with_weight(l, "weight * factors", "self.bias") + "\n";
}
inline std::string ia3_class(const ChangedLayer& l) {
  const bool rows = l.base == std::string("Linear");
  return std::string("class Ia3") + l.base + "(nn." + l.base + "):\n    \"\"\"A " + l.about +
         R"( and a number for each channel that comes out of it, or goes in (IA3, arXiv 2205.05638)."""

    def __init__(self, *sizes, on_input=False, **options):
        super().__init__(*sizes, **options)
        self.on_input = on_input
        self.ia3_l = nn.Parameter(torch.ones()" +
         (rows ? "(1, self.in_features) if on_input else (self.out_features, 1)"
               : "1, self.in_channels if on_input else self.out_channels, 1, 1") +
         R"())

    def forward(self, x):
        scale = self.ia3_l)" +
         (rows ? ".flatten()" : "") + R"(
        return super().forward(x * scale) if self.on_input else super().forward(x) * scale
)";
}
inline const std::string bottleneck_class = R"(class Bottleneck(nn.Module):
    """x + up(relu(down(x))) in each pixel or token (arXiv 1902.00751)."""

    def __init__(self, channels, size):
        super().__init__()
        self.down, self.up = nn.Linear(channels, size), nn.Linear(size, channels)
        for tensor in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(tensor)

    def forward(self, x):
        if x.ndim == 4:
            return x + self.up(F.relu(self.down(x.movedim(1, -1)))).movedim(-1, 1)
        return x + self.up(F.relu(self.down(x)))
)";

/// "nn.Conv2d(3, 8, 3)" as "LoraConv2d(3, 8, 3, rank=8, scale=2.0)".
inline std::string changed(const std::string& name, const std::string& expression, const std::string& options) {
  return name + expression.substr(3, expression.size() - 4) + options + ")";
}
inline std::string low_rank_options(const LowRankOptions& o) {
  return ", rank=" + whole(o.rank) + ", scale=" + number(o.scale) +
         (o.dropout > 0 ? ", dropout=" + number(o.dropout) : "") + (o.gaussian ? ", gaussian=True" : "");
}

}  // namespace detail

template <class Base, LowRankOptions O>
void write_python(op::Effective<Base, BesideLowRank<O>>, ModuleText& t) {
  t.define(detail::lora_class(detail::changed_layer<Base>));
  const std::string name =
      write_module(Base{}, detail::changed("Lora", expression(Base{}), detail::low_rank_options(O)), t);
  if (O.dropout > 0) t.draws(name + ".lora_dropout", true);
}
template <int N, int D, int Padding, LowRankOptions O>
void write_python(op::Effective<Embedding<N, D, Padding>, BesideLowRank<O>>, ModuleText& t) {
  t.define(detail::lora_embedding);
  const LowRankOptions own{O.scale, 0, O.rank, false};
  t.apply(t.module(detail::changed("Lora", expression(Embedding<N, D, Padding>{}), detail::low_rank_options(own))));
  t.form = Form::Tokens;
}
template <class Base, LowRankOptions O>
void write_python(op::Effective<Base, MagnitudeAndDirection<O>>, ModuleText& t) {
  t.define(detail::dora_class(detail::changed_layer<Base>));
  t.magnitudes = true;
  write_module(Base{}, detail::changed("Dora", expression(Base{}), detail::low_rank_options(O)), t);
}
template <class Base, bool OnInput>
void write_python(op::Effective<Base, ChannelScales<OnInput>>, ModuleText& t) {
  t.define(detail::ia3_class(detail::changed_layer<Base>));
  write_module(Base{}, detail::changed("Ia3", expression(Base{}), OnInput ? ", on_input=True" : ""), t);
}
template <int C, int Size>
void write_python(Bottleneck<C, Size>, ModuleText& t) {
  t.define(detail::bottleneck_class);
  t.apply(t.module("Bottleneck(" + whole(C) + ", " + whole(Size) + ")"));
}

}  // namespace tuneit::python

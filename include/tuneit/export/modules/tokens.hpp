#pragma once
// Layers of tokens as PyTorch writes them: attention, positions, pooling.
#include <string>

#include "tuneit/export/modules/module_text.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit::python {

namespace detail {

inline const std::string attend_class = R"(class Attend(nn.Module):
    """softmax(q k^T / sqrt(D) + mask) v in each head; what comes in is [N, S, H]."""

    def __init__(self, heads, dropout=0.0, causal=False):
        super().__init__()
        self.heads, self.dropout, self.causal = heads, dropout, causal

    def forward(self, q, k, v, mask=None):
        q, k, v = (x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in (q, k, v))
        seen = None if mask is None else mask[:, None, None, :]
        if self.causal and seen is not None:
            seen = seen & torch.ones(q.shape[2], q.shape[2], dtype=torch.bool, device=q.device).tril()
        x = F.scaled_dot_product_attention(
            q, k, v, attn_mask=seen, dropout_p=self.dropout if self.training else 0.0,
            is_causal=self.causal and seen is None)
        return x.transpose(1, 2).flatten(2)
)";
inline const std::string positions_class = R"(class Positions(nn.Embedding):
    """A row for each place, added."""

    def forward(self, x):
        return x + self.weight[: x.shape[1]]
)";
inline const std::string first_row_class = R"(class FirstRow(nn.Embedding):
    """The first row, added to all tokens."""

    def forward(self, x):
        return x + self.weight[0]
)";
inline const std::string conv1d_class = R"(class Conv1D(nn.Module):
    """A linear layer whose weight is [in, out]."""

    def __init__(self, i, o):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(i, o).normal_(0, 0.02)), nn.Parameter(torch.zeros(o))

    def forward(self, x):
        return x @ self.weight + self.bias
)";

inline void write_attention(const AttentionOptions& o, const std::string& qkv, const std::string& mask, ModuleText& t) {
  t.define(attend_class);
  const std::string name =
      t.module("Attend(" + whole(o.heads) + (o.dropout > 0 ? ", dropout=" + number(o.dropout) : "") +
                   (o.causal ? ", causal=True" : "") + ")",
               false);
  if (o.dropout > 0) t.draws(name, true);
  t.apply(name, qkv + (mask.empty() ? "" : ", wires[" + in_quotes(mask) + "]"));
}

}  // namespace detail

template <int H, AttentionOptions O, fixed_string Query, fixed_string Key, fixed_string... Mask>
void write_python(Attention<H, O, Query, Key, Mask...>, ModuleText& t) {
  std::string mask;
  ((mask = Mask.data()), ...);
  detail::write_attention(O, "wires[" + in_quotes(Query.data()) + "], wires[" + in_quotes(Key.data()) + "], " + t.x,
                          mask, t);
}
template <int H, AttentionOptions O, fixed_string... Mask>
void write_python(PackedAttention<H, O, Mask...>, ModuleText& t) {
  std::string mask;
  ((mask = Mask.data()), ...);
  detail::write_attention(O, "*" + t.x + ".chunk(3, -1)", mask, t);
}
template <int In, int Out>
void write_python(TransposedLinear<In, Out>, ModuleText& t) {
  t.define(detail::conv1d_class);
  t.apply(t.module("Conv1D(" + whole(In) + ", " + whole(Out) + ")"));
}
template <int Most, int D>
void write_python(AddPositions<Most, D>, ModuleText& t) {
  t.define(detail::positions_class);
  t.apply(t.module("Positions(" + whole(Most) + ", " + whole(D) + ")"));
}
template <int Rows, int D>
void write_python(AddFirstRow<Rows, D>, ModuleText& t) {
  t.define(detail::first_row_class);
  t.apply(t.module("FirstRow(" + whole(Rows) + ", " + whole(D) + ")"));
}
inline void write_python(FirstToken, ModuleText& t) {
  t.line(t.x + " = " + t.x + "[:, 0]");
  t.form = Form::Vector;
}
template <fixed_string Mask>
void write_python(MeanOfTokens<Mask>, ModuleText& t) {
  const std::string mask = "wires[" + in_quotes(Mask.data()) + "]";
  t.line(t.x + " = (" + t.x + " * " + mask + "[..., None]).sum(1) / " + mask + ".sum(1, keepdim=True).clamp(min=1)");
  t.form = Form::Vector;
}
template <int Padding>
void write_python(NotPadding<Padding>, ModuleText& t) {
  t.line(t.x + " = " + t.x + " != " + whole(Padding));
}
template <int Padding>
void write_python(PositionsFromPadding<Padding>, ModuleText& t) {
  const std::string there = "(" + t.x + " != " + whole(Padding) + ")";
  t.line(t.x + " = " + there + ".cumsum(1) * " + there + " + " + whole(Padding));
}
inline void write_python(GELU<Quick>, ModuleText& t) {
  t.line(t.x + " = " + t.x + " * torch.sigmoid(1.702 * " + t.x + ")");
}

}  // namespace tuneit::python

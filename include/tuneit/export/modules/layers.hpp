#pragma once
// The layers of a network as PyTorch writes them: a module, or an expression of what flows.
#include <string>

#include "tuneit/export/modules/module_text.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit::python {

// --- modules as expressions
inline std::string sides(Sides s) {
  return s.equal() ? whole(s.height) : "(" + whole(s.height) + ", " + whole(s.width) + ")";
}
template <int In, int Out, Window W, bool Bias>
std::string expression(Conv2d<In, Out, W, Bias>) {
  return "nn.Conv2d(" + whole(In) + ", " + whole(Out) + ", " + sides(W.kernel) +
         (W.stride == 1 ? "" : ", stride=" + sides(W.stride)) +
         (W.padding == 0 || W.padding == Same ? "" : ", padding=" + sides(W.padding)) +
         (W.dilation == 1 ? "" : ", dilation=" + sides(W.dilation)) +
         (W.groups == 1 ? "" : ", groups=" + whole(W.groups)) + (Bias ? "" : ", bias=False") + ")";
}
template <int C, NormOptions O>
std::string expression(BatchNorm2d<C, O>, bool flat) {
  return std::string("nn.BatchNorm") + (flat ? "1" : "2") + "d(" + whole(C) +
         (O.eps == 1e-5 ? "" : ", eps=" + number(O.eps)) +
         (O.momentum == 0.1 ? "" : ", momentum=" + number(O.momentum)) + ")";
}
template <int In, int Out, bool Bias>
std::string expression(Linear<In, Out, Bias>, bool last) {
  return "nn.Linear(" + whole(In) + ", " + (last || Out == Dynamic ? "CLASSES" : whole(Out)) +
         (Bias ? "" : ", bias=False") + ")";
}
template <int In, int Out, bool Bias>
std::string expression(Linear<In, Out, Bias> l) {
  return expression(l, false);
}
template <int N, int D, int Padding>
std::string expression(Embedding<N, D, Padding>) {
  return "nn.Embedding(" + whole(N) + ", " + whole(D) + (Padding < 0 ? "" : ", padding_idx=" + whole(Padding)) + ")";
}
inline std::string expression(ReLU) { return "nn.ReLU()"; }
template <auto P>
std::string expression(Dropout<P>) {
  return "nn.Dropout(" + number(static_cast<double>(P)) + ")";
}
template <auto P>
std::string expression(CountedDropout<P>) {
  return expression(Dropout<P>{});
}

// --- leaves
/// Applies the module that `expression` makes, a layer with the window or the numbers of this one; its name.
template <int In, int Out, Window W, bool Bias>
std::string write_module(Conv2d<In, Out, W, Bias>, const std::string& expression, ModuleText& t) {
  const std::string name = t.module(expression);
  if (W.padding == Same && !(W.kernel == 1)) {
    if (!W.covers().equal() || !W.stride.equal())
      throw Error(ErrorKind::Usage, "the script pads windows of SAME alike on both sides",
                  "Give the padding in pixels.");
    t.pads = true;
    t.line(t.x + " = pad_same(" + t.x + ", " + sides(W.covers()) + ", " + sides(W.stride) + ")");
  }
  t.apply(name);
  return name;
}
template <int In, int Out, bool Bias>
std::string write_module(Linear<In, Out, Bias>, const std::string& expression, ModuleText& t) {
  const std::string name = t.module(expression);
  t.apply(name);
  return name;
}

template <int In, int Out, Window W, bool Bias>
void write_python(Conv2d<In, Out, W, Bias> c, ModuleText& t) {
  write_module(c, expression(c), t);
}
template <int C, NormOptions O>
void write_python(BatchNorm2d<C, O> b, ModuleText& t) {
  t.apply(t.module(expression(b, t.form != Form::Image)));
}
template <int C, auto Eps>
void write_python(LayerNorm<C, Eps>, ModuleText& t) {
  t.apply(
      t.module("nn.LayerNorm(" + whole(C) + (Eps == 1e-5 ? "" : ", eps=" + number(static_cast<double>(Eps))) + ")"));
}
template <int In, int Out, bool Bias>
void write_python(Linear<In, Out, Bias> l, ModuleText& t) {
  write_module(l, expression(l), t);
}
inline void write_python(ReLU, ModuleText& t) { t.line(t.x + " = F.relu(" + t.x + ")"); }
inline void write_python(ReLU6, ModuleText& t) { t.line(t.x + " = F.relu6(" + t.x + ")"); }
inline void write_python(Sigmoid, ModuleText& t) { t.line(t.x + " = torch.sigmoid(" + t.x + ")"); }
inline void write_python(Tanh, ModuleText& t) { t.line(t.x + " = torch.tanh(" + t.x + ")"); }
inline void write_python(SiLU, ModuleText& t) { t.line(t.x + " = F.silu(" + t.x + ")"); }
template <int Groups, int C, auto Eps>
void write_python(GroupNorm<Groups, C, Eps>, ModuleText& t) {
  t.apply(t.module("nn.GroupNorm(" + whole(Groups) + ", " + whole(C) +
                   (Eps == 1e-5 ? "" : ", eps=" + number(static_cast<double>(Eps))) + ")"));
}
template <int In, int Out, class Weight, bool Bias>
void write_python(TiedLinear<In, Out, Weight, Bias>, ModuleText& t) {
  if (t.foreign) return;
  throw Error(ErrorKind::Usage, "a script has no tied tensors",
              "Write the network in PyTorch itself: output.weight = word.weight.");
}
template <int N, int D, int Padding>
void write_python(Embedding<N, D, Padding> e, ModuleText& t) {
  t.apply(t.module(expression(e)));
  t.form = Form::Tokens;
}
template <int Factor, class Mode>
void write_python(Upsample<Factor, Mode>, ModuleText& t) {
  t.line(t.x + " = F.interpolate(" + t.x + ", scale_factor=" + whole(Factor) + ", mode=\"" +
         (std::is_same_v<Mode, Bilinear> ? "bilinear" : "nearest") + "\")");
}
template <int In, int Out, Window W, bool Bias, int OutputPadding>
void write_python(ConvTranspose2d<In, Out, W, Bias, OutputPadding>, ModuleText& t) {
  t.apply(t.module("nn.ConvTranspose2d(" + whole(In) + ", " + whole(Out) + ", " + sides(W.kernel) +
                   ", stride=" + sides(W.stride) + ", padding=" + sides(W.padding) +
                   ", output_padding=" + whole(OutputPadding) + ", groups=" + whole(W.groups) +
                   (Bias ? "" : ", bias=False") + ", dilation=" + sides(W.dilation) + ")"));
}
inline void write_python(GELU<>, ModuleText& t) { t.line(t.x + " = F.gelu(" + t.x + ")"); }
inline void write_python(GELU<Tanh>, ModuleText& t) { t.line(t.x + " = F.gelu(" + t.x + ", approximate=\"tanh\")"); }
inline void write_python(Identity, ModuleText&) {}
inline void write_python(GlobalAvgPool, ModuleText& t) {
  t.line(t.x + " = " + t.x + ".mean((2, 3))");
  t.form = Form::Vector;
}
inline void write_python(GlobalConcatPool, ModuleText& t) {
  t.line(t.x + " = torch.cat([" + t.x + ".amax((2, 3)), " + t.x + ".mean((2, 3))], 1)");
  t.form = Form::Vector;
}
template <int H, int W>
void write_python(AdaptiveAvgPool2d<H, W>, ModuleText& t) {
  t.line(t.x + " = F.adaptive_avg_pool2d(" + t.x + ", (" + whole(H) + ", " + whole(W) + "))");
}
inline void write_python(Flatten, ModuleText& t) {
  t.line(t.x + " = " + t.x + ".flatten(1)");
  t.form = Form::Vector;
}
template <Window W>
void write_python(MaxPool2d<W>, ModuleText& t) {
  t.line(t.x + " = F.max_pool2d(" + t.x + ", " + sides(W.kernel) + ", " + sides(W.stride) + ", " + sides(W.padding) +
         (W.dilation == 1 ? "" : ", " + sides(W.dilation)) + ")");
}
template <auto P>
void write_python(Dropout<P> d, ModuleText& t) {
  t.dropout(expression(d), P > 0);
}
template <auto P>
void write_python(CountedDropout<P>, ModuleText& t) {
  write_python(Dropout<P>{}, t);
}
template <auto P, int Blocks>
void write_python(StochasticDepth<P, Blocks>, ModuleText& t) {
  const double p = static_cast<double>(P) * t.turn / Blocks;
  if (p > 0) t.dropout("torchvision.ops.StochasticDepth(" + number(p) + ", \"row\")", true);
}

}  // namespace tuneit::python

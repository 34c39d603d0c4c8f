#pragma once
// A network as a PyTorch module: one more interpreter of its description. Tensors get the names of the state dict.
#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/export/python/text.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/net/wire_plan.hpp"

namespace tuneit::python {

/// A module that is random in training. It is on where something moves in each of its scopes: rows [first, second) of
/// its block and of the turns of Repeat around it.
struct RandomModule {
  std::string name;
  std::vector<std::pair<std::size_t, std::size_t>> scopes;
  bool drops = true;  ///< false: with probability 0
};

/// A module that is being written: the lines of __init__ and forward. Layers of one's own use `module`, `apply`, `line`
/// and `define`.
class ModuleText {
 public:
  std::string init, forward;
  Names definitions;                 ///< classes that the module needs, written before it
  std::vector<RandomModule> random;  ///< dropouts
  std::string x = "x";               ///< the variable that flows
  bool flat = false;                 ///< it is [N, C], no longer [N, C, H, W]
  int turn = 0;                      ///< of the Repeat around
  bool dotted = false, pads = false;

  /// A module at the place of the layer that is written, made by `expression`; its name in the network. A layer with
  /// tensors must be Named, so that they have names in the state dict.
  std::string module(const std::string& expression, bool has_tensors = true) {
    Place& here = places_.back();
    std::string name = here.path;
    if (here.taken || name.empty() || (!has_tensors && !here.alone)) {
      if (has_tensors)
        throw Error(ErrorKind::Usage, "a layer without a name has no place in a state dict of PyTorch: " + expression,
                    "Put it into Named<\"...\", ...>.");
      name = "unnamed" + std::to_string(unnamed_++);
    } else {
      here.taken = true;
    }
    if (contains(name, ".")) {
      dotted = true;
      init += "put(self, " + in_quotes(name) + ", " + expression + ")\n";
    } else {
      init += (is_identifier(name) ? "self." + name + " = " + expression
                                   : "self.add_module(" + in_quotes(name) + ", " + expression + ")") +
              "\n";
    }
    return name;
  }
  /// x = module(x)
  void apply(const std::string& name) { line(x + " = " + call(name) + "(" + x + ")"); }
  void line(const std::string& text) { forward += text + "\n"; }
  /// A class that the module needs; said twice, it is written once.
  void define(const std::string& text) {
    if (std::find(definitions.begin(), definitions.end(), text) == definitions.end()) definitions.push_back(text);
  }
  /// A module that is on only where something around it moves.
  void dropout(const std::string& expression, bool drops) {
    random.push_back({module(expression, false), scopes_, drops});
    apply(random.back().name);
  }

  // --- for the interpreters of what is made of layers
  template <class F>
  void named(const std::string& name, bool alone, const F& inside) {
    const std::string& outer = places_.back().path;
    places_.push_back({outer.empty() ? name : outer + "." + name, alone, false});
    inside();
    places_.pop_back();
  }
  template <class F>
  void scope(std::size_t rows, const F& inside) {
    scopes_.emplace_back(row_, row_ + rows);
    inside();
    scopes_.pop_back();
  }
  /// What a layer of so many tensors does.
  template <class F>
  void layer(std::size_t rows, const F& inside) {
    const std::size_t begin = row_;
    inside();
    row_ = begin + rows;
  }
  std::string fresh(const char* name) { return name + std::to_string(variables_++); }

 private:
  struct Place {
    std::string path;
    bool alone, taken;  ///< one layer stands there; its module has the name
  };
  static bool is_identifier(const std::string& name) { return std::isdigit(static_cast<unsigned char>(name[0])) == 0; }
  static std::string call(const std::string& name) {
    return is_identifier(name) && !contains(name, ".") ? "self." + name : "m(" + in_quotes(name) + ")";
  }
  std::vector<Place> places_{{"", false, false}};
  std::vector<std::pair<std::size_t, std::size_t>> scopes_;
  std::size_t row_ = 0;
  int unnamed_ = 0, variables_ = 0;
};

/// A layer of one's own takes part by an overload of `write_python` in its namespace; without one the network has no
/// twin.
template <class Layer>
void write_python(Layer, ModuleText&) {
  throw Error(ErrorKind::Usage, "there is no PyTorch twin of the layer " + type_name<Layer>(),
              "Give it an overload of write_python(Layer, tuneit::python::ModuleText&).");
}

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
inline std::string expression(ReLU) { return "nn.ReLU()"; }
template <auto P>
std::string expression(Dropout<P>) {
  return "nn.Dropout(" + number(static_cast<double>(P)) + ")";
}

// --- leaves
template <int In, int Out, Window W, bool Bias>
void write_python(Conv2d<In, Out, W, Bias> c, ModuleText& t) {
  const std::string name = t.module(expression(c));
  if (W.padding == Same && !(W.kernel == 1)) {
    if (!W.covers().equal() || !W.stride.equal())
      throw Error(ErrorKind::Usage, "the script pads windows of SAME alike on both sides",
                  "Give the padding in pixels.");
    t.pads = true;
    t.line(t.x + " = pad_same(" + t.x + ", " + sides(W.covers()) + ", " + sides(W.stride) + ")");
  }
  t.apply(name);
}
template <int C, NormOptions O>
void write_python(BatchNorm2d<C, O> b, ModuleText& t) {
  t.apply(t.module(expression(b, t.flat)));
}
template <int C, auto Eps>
void write_python(LayerNorm<C, Eps>, ModuleText& t) {
  t.apply(
      t.module("nn.LayerNorm(" + whole(C) + (Eps == 1e-5 ? "" : ", eps=" + number(static_cast<double>(Eps))) + ")"));
}
template <int In, int Out, bool Bias>
void write_python(Linear<In, Out, Bias> l, ModuleText& t) {
  t.apply(t.module(expression(l, false)));
  t.flat = true;
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
void write_python(TiedLinear<In, Out, Weight, Bias>, ModuleText&) {
  throw Error(ErrorKind::Usage, "a script has no tied tensors",
              "Write the network in PyTorch itself: output.weight = word.weight.");
}
template <int N, int D>
void write_python(Embedding<N, D>, ModuleText& t) {
  t.apply(t.module("nn.Embedding(" + whole(N) + ", " + whole(D) + ")"));
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
template <fixed_string Wire>
void write_python(Save<Wire>, ModuleText& t) {
  t.line("wires[" + in_quotes(Wire.data()) + "] = " + t.x);
}
template <fixed_string Wire>
void write_python(From<Wire>, ModuleText& t) {
  t.line(t.x + " = wires[" + in_quotes(Wire.data()) + "]");
}
template <class Fn, fixed_string Wire>
void write_python(Merge<Fn, Wire>, ModuleText& t) {
  const std::string w = "wires[" + in_quotes(Wire.data()) + "]";
  if constexpr (std::is_same_v<Fn, Add>)
    t.line(t.x + " = " + t.x + " + " + w);
  else if constexpr (std::is_same_v<Fn, Multiply>)
    t.line(t.x + " = " + t.x + " * " + w);
  else if constexpr (std::is_same_v<Fn, Concat>)
    t.line(t.x + " = torch.cat([" + t.x + ", " + w + "], 1)");
  else
    throw Error(ErrorKind::Usage, "there is no PyTorch twin of the way to merge " + type_name<Fn>(),
                "Add, Multiply and Concat have one.");
}
template <fixed_string Name>
void write_python(Output<Name>, ModuleText& t) {
  t.line("outputs[" + in_quotes(Name.data()) + "] = " + t.x);
}
inline void write_python(GELU<>, ModuleText& t) { t.line(t.x + " = F.gelu(" + t.x + ")"); }
inline void write_python(GELU<Tanh>, ModuleText& t) { t.line(t.x + " = F.gelu(" + t.x + ", approximate=\"tanh\")"); }
inline void write_python(Identity, ModuleText&) {}
inline void write_python(GlobalAvgPool, ModuleText& t) {
  t.line(t.x + " = " + t.x + ".mean((2, 3))");
  t.flat = true;
}
inline void write_python(GlobalConcatPool, ModuleText& t) {
  t.line(t.x + " = torch.cat([" + t.x + ".amax((2, 3)), " + t.x + ".mean((2, 3))], 1)");
  t.flat = true;
}
template <int H, int W>
void write_python(AdaptiveAvgPool2d<H, W>, ModuleText& t) {
  t.line(t.x + " = F.adaptive_avg_pool2d(" + t.x + ", (" + whole(H) + ", " + whole(W) + "))");
}
inline void write_python(Flatten, ModuleText& t) {
  t.line(t.x + " = " + t.x + ".flatten(1)");
  t.flat = true;
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
template <auto P, int Blocks>
void write_python(StochasticDepth<P, Blocks>, ModuleText& t) {
  const double p = static_cast<double>(P) * t.turn / Blocks;
  if (p > 0) t.dropout("torchvision.ops.StochasticDepth(" + number(p) + ", \"row\")", true);
}

// --- what is made of layers
template <class Layer>
void write_layer(ModuleText& t) {
  t.layer(tensor_count<Layer>, [&] { write_python(Layer{}, t); });
}
template <Composite Layer>
void write_python(Layer, ModuleText& t) {
  write_layer<typename Layer::layers>(t);
}
template <class... Layers>
void write_python(Seq<Layers...>, ModuleText& t) {
  (write_layer<Layers>(t), ...);
}
template <fixed_string Name, class... Layers>
void write_python(Named<Name, Layers...>, ModuleText& t) {
  t.named(Name.data(), sizeof...(Layers) == 1, [&] { (write_layer<Layers>(t), ...); });
}
template <int First, int Count, class Layer>
void write_python(Repeat<First, Count, Layer>, ModuleText& t) {
  const int outside = t.turn;
  for (t.turn = First; t.turn < First + Count; ++t.turn)
    t.named(std::to_string(t.turn), false, [&] { t.scope(tensor_count<Layer>, [&] { write_layer<Layer>(t); }); });
  t.turn = outside;
}
template <class Body, class Shortcut>
void write_python(Residual<Body, Shortcut>, ModuleText& t) {
  const std::string around = t.fresh("shortcut"), through = t.x;
  t.line(around + " = " + through);
  write_layer<Body>(t);
  t.x = around;
  write_layer<Shortcut>(t);
  t.x = through;
  t.line(through + " = " + through + " + " + around);
}

/// The text of a whole network.
template <class Model>
ModuleText write_network() {
  ModuleText text;
  text.flat = Model::input::side == 1;
  if constexpr (tuneit::detail::has_wires<Model>) {
    if (Model::input::others::size > 0 || 1 < tuneit::detail::output_count<Model>)
      throw Error(ErrorKind::Usage, "a script trains networks with one input and one output",
                  "Write what has several in PyTorch itself.");
    text.line("wires, outputs = {}, {}");
  }
  const auto one = [&]<class B>(Type<B>) {
    text.line("# " + std::string(B::name.data(), B::name.size()));
    text.scope(tensor_count<typename B::layers>, [&] { write_layer<typename B::layers>(text); });
  };
  [&]<class... Blocks>(List<Blocks...>) { (one(Type<Blocks>{}), ...); }(typename Model::blocks{});
  return text;
}

}  // namespace tuneit::python

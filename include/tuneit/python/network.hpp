#pragma once
// A network as a PyTorch module: one more interpreter of its description. Tensors get the names of the state dict.
#include <string>
#include <vector>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit::python {

/// The lines of a module that is being written. `path` is where in the state dict we are ("layer1.0."), `x` the
/// variable that flows.
struct ModuleText {
  std::vector<std::string> parts, forward;  ///< lines of __init__ and of forward
  std::vector<std::string> dropouts;        ///< modules that are random in training, with the number of their block
  std::vector<std::size_t> dropout_blocks;
  std::string path, x = "x";
  std::size_t block = 0;
  int unnamed = 0, sums = 0, turn = 0;

  /// A module at the current path (without its dot), or under a name of its own where the description has none.
  std::string module(const std::string& expression) {
    const std::string name = path.empty() || named_.empty() || named_.back() != path
                                 ? path + "unnamed" + std::to_string(unnamed++)
                                 : path.substr(0, path.size() - 1);
    if (!named_.empty() && named_.back() == path) named_.back() = "";  // taken
    parts.push_back("put(self, \"" + name + "\", " + expression + ")");
    return name;
  }
  void apply(const std::string& module_name) { line(x + " = m(\"" + module_name + "\")(" + x + ")"); }
  void line(const std::string& text) { forward.push_back(text); }

  std::string enter(const std::string& name) {
    std::string before = path;
    path += name + ".";
    named_.push_back(path);
    return before;
  }
  void leave(std::string before) {
    path = std::move(before);
    named_.pop_back();
  }

 private:
  std::vector<std::string> named_;
};

inline std::string flag(bool b) { return b ? "True" : "False"; }

/// A layer of one's own takes part by an overload of `write_python` in its namespace; without one the network has no
/// twin.
template <class Layer>
void write_python(Layer, ModuleText&) {
  throw Error(Fault::Usage, "there is no PyTorch twin of the layer " + type_name<Layer>(),
              "Give it an overload of write_python(Layer, tuneit::python::ModuleText&).");
}

template <int In, int Out, Window W, bool Bias>
void write_python(Conv2d<In, Out, W, Bias>, ModuleText& t) {
  const std::string rest = std::to_string(In) + ", " + std::to_string(Out) + ", " + std::to_string(W.kernel) +
                           ", stride=" + std::to_string(W.stride) +
                           ", padding=" + std::to_string(W.padding == Same ? 0 : W.padding) +
                           ", groups=" + std::to_string(W.groups) + ", bias=" + flag(Bias);
  const std::string name = t.module("nn.Conv2d(" + rest + ")");
  if (W.padding == Same)
    t.line(t.x + " = pad_same(" + t.x + ", " + std::to_string(W.kernel) + ", " + std::to_string(W.stride) + ")");
  t.apply(name);
}
template <int C, NormOptions O>
void write_python(BatchNorm2d<C, O>, ModuleText& t) {
  // of [N, C] it is torch's BatchNorm1d: the same formula
  t.apply(t.module("BatchNorm(" + std::to_string(C) + ", eps=" + short_number(O.eps) +
                   ", momentum=" + short_number(O.momentum) + ")"));
}
template <int In, int Out, bool Bias>
void write_python(Linear<In, Out, Bias>, ModuleText& t) {
  t.apply(t.module("nn.Linear(" + std::to_string(In) + ", " + (Out == Dynamic ? "CLASSES" : std::to_string(Out)) +
                   ", bias=" + flag(Bias) + ")"));
}
inline void write_python(ReLU, ModuleText& t) { t.line(t.x + " = F.relu(" + t.x + ")"); }
inline void write_python(ReLU6, ModuleText& t) { t.line(t.x + " = F.relu6(" + t.x + ")"); }
inline void write_python(Identity, ModuleText&) {}
inline void write_python(GlobalAvgPool, ModuleText& t) { t.line(t.x + " = " + t.x + ".mean((2, 3))"); }
inline void write_python(GlobalConcatPool, ModuleText& t) {
  t.line(t.x + " = torch.cat([" + t.x + ".amax((2, 3)), " + t.x + ".mean((2, 3))], 1)");
}
template <Window W>
void write_python(MaxPool2d<W>, ModuleText& t) {
  t.line(t.x + " = F.max_pool2d(" + t.x + ", " + std::to_string(W.kernel) + ", " + std::to_string(W.stride) + ", " +
         std::to_string(W.padding) + ")");
}
template <auto P>
void write_python(Dropout<P>, ModuleText& t) {
  t.dropouts.push_back(t.module("nn.Dropout(" + short_number(static_cast<double>(P)) + ")"));
  t.dropout_blocks.push_back(t.block);
  t.apply(t.dropouts.back());
}
template <auto P, int Blocks>
void write_python(StochasticDepth<P, Blocks>, ModuleText& t) {
  const double p = static_cast<double>(P) * t.turn / Blocks;
  if (p <= 0) return;
  t.dropouts.push_back(t.module("torchvision.ops.StochasticDepth(" + short_number(p, 9) + ", \"row\")"));
  t.dropout_blocks.push_back(t.block);
  t.apply(t.dropouts.back());
}

template <Composite Layer>
void write_python(Layer, ModuleText& t) {
  write_python(typename Layer::layers{}, t);
}
template <class... Layers>
void write_python(Seq<Layers...>, ModuleText& t) {
  (write_python(Layers{}, t), ...);
}
template <fixed_string Name, class... Layers>
void write_python(Named<Name, Layers...>, ModuleText& t) {
  std::string before = t.enter(Name.data());
  (write_python(Layers{}, t), ...);
  t.leave(std::move(before));
}
template <int First, int Count, class Layer>
void write_python(Repeat<First, Count, Layer>, ModuleText& t) {
  const int outside = t.turn;
  for (t.turn = First; t.turn < First + Count; ++t.turn) {
    std::string before = t.enter(std::to_string(t.turn));
    write_python(Layer{}, t);
    t.leave(std::move(before));
  }
  t.turn = outside;
}
template <class Body, class Shortcut>
void write_python(Residual<Body, Shortcut>, ModuleText& t) {
  const std::string around = "shortcut" + std::to_string(t.sums++), through = t.x;
  t.line(around + " = " + through);
  write_python(Body{}, t);
  t.x = around;
  write_python(Shortcut{}, t);
  t.x = through;
  t.line(through + " = " + through + " + " + around);
}

/// The text of a whole network.
template <class Model>
ModuleText write_network() {
  ModuleText text;
  const auto one = [&]<class B>(Type<B>) {
    text.line("# " + std::string(B::name.data(), B::name.size()));
    write_python(typename B::layers{}, text);
    ++text.block;
  };
  [&]<class... Blocks>(List<Blocks...>) { (one(Type<Blocks>{}), ...); }(typename Model::blocks{});
  return text;
}

}  // namespace tuneit::python

#pragma once
// The model of a script: a network of torchvision, or of transformers, with its head replaced as the recipe replaces
// it, or a module of its own; and how new linear layers start.
#include <algorithm>
#include <string>

#include "tuneit/export/modules/torchvision.hpp"
#include "tuneit/export/python/script_view.hpp"

namespace tuneit::python {

/// How the weight (and bias) of a new linear layer start, as lines on `layer`; empty: as torch.nn.Linear has them.
template <class I>
std::string initialiser_text(I) {
  throw Error(ErrorKind::Usage, "nobody knows how to write the initialiser " + type_name<I>());
}
inline std::string initialiser_text(DefaultInit) { return ""; }
inline std::string initialiser_text(XavierUniform) { return "nn.init.xavier_uniform_(layer.weight)\n"; }
inline std::string initialiser_text(XavierNormal) { return "nn.init.xavier_normal_(layer.weight)\n"; }
inline std::string initialiser_text(KaimingUniform) { return "nn.init.kaiming_uniform_(layer.weight)\n"; }
inline std::string initialiser_text(KaimingNormal) { return "nn.init.kaiming_normal_(layer.weight)\n"; }
inline std::string initialiser_text(Orthogonal) { return "nn.init.orthogonal_(layer.weight)\n"; }
inline std::string zero_bias() { return "if layer.bias is not None:\n    nn.init.zeros_(layer.bias)\n"; }
inline std::string initialiser_text(Zeros) { return "nn.init.zeros_(layer.weight)\n" + zero_bias(); }
template <auto Std>
std::string initialiser_text(TruncatedNormal<Std>) {
  const double std = static_cast<double>(Std);
  return "nn.init.trunc_normal_(layer.weight, std=" + number(std) + ", a=" + number(-2 * std) +
         ", b=" + number(2 * std) + ")\n" + zero_bias();
}

namespace detail {

// The modules of a new head as an expression: one, or several numbered in a Sequential.
template <class M>
std::string head_module(Type<M>, bool last) {
  if constexpr (requires { expression(M{}, last); })
    return expression(M{}, last);  // a linear layer
  else
    return expression(M{});
}
template <int C, NormOptions O>
std::string head_module(Type<BatchNorm2d<C, O>>, bool) {
  return expression(BatchNorm2d<C, O>{}, true);
}
template <class M>
std::string head_text(Type<M> one) {
  return head_module(one, true);
}
template <fixed_string... Names, class... Ms>
std::string head_text(Type<Seq<Named<Names, Ms>...>>) {
  std::string text = "nn.Sequential(\n";
  std::size_t left = sizeof...(Ms);
  ((text += "    " + head_module(Type<Ms>{}, --left == 0) + ",\n"), ...);
  return text + ")";
}

template <class Linear>
struct LinearTraits;
template <int In, int Out, bool Bias>
struct LinearTraits<Linear<In, Out, Bias>> {
  template <class Head>
  using built = typename Head::template build<In, Bias>;
};

/// The module of a model's last linear layer: "fc", "classifier.6".
template <class Model>
std::string last_linear_name() {
  std::string name;
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (table<Model>.rows[i].owner == Owner::Linear && table<Model>.rows[i].kind == Kind::Weight)
      name = std::string(table<Model>.name(i));
  return name.substr(0, name.rfind('.'));
}

/// "classifier.6" -> "model.classifier[6]"
inline std::string attribute(const std::string& path) {
  std::string text = "model";
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    text += std::isdigit(static_cast<unsigned char>(part[0])) != 0 ? "[" + part + "]" : "." + part;
    begin = end + 1;
  }
  return text;
}

template <class R>
std::string start_of_head() {
  using Model = typename R::model;
  const std::string lines = initialiser_text(typename R::head::initialiser{});
  Names layers;
  for (std::size_t i = table<Model>.block_begin[Model::block_count - 1]; i < table<Model>.size; ++i)
    if (table<Model>.rows[i].owner == Owner::Linear && table<Model>.rows[i].kind == Kind::Weight) {
      const std::string name(table<Model>.name(i));
      layers.push_back(name.substr(0, name.rfind('.')));
    }
  if (R::new_classes == 0 || lines.empty() || layers.empty()) return "";
  return "for name in " + quoted_list(layers, 20) + ":\n    layer = model.get_submodule(name)\n" + indented(lines);
}

}  // namespace detail

/// definitions and make_model of the script.
template <class R>
void write_model(ScriptView& v, const ModuleText& network) {
  using Model = typename R::model;
  using Base = typename R::root;
  v.new_layer = detail::last_linear_name<Model>();
  if constexpr (in_torchvision<R> || R::rows::count > 0) v.old_layer = detail::last_linear_name<Base>();
  if constexpr (R::rows::count > 0)
    for (std::size_t i = 0; i < R::rows::count; ++i) v.rows.emplace_back(R::rows::to[i], R::rows::from[i]);
  std::string make;
  if constexpr (in_transformers<R>) {
    write_transformers<R>(v.definitions, make);
    v.prefix = detail::family_of(static_cast<const Base*>(nullptr)).prefix;
  } else if constexpr (!in_torchvision<R>) {
    std::string name;
    for (const char c : v.model) name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ? c : '_';
    if (const auto colon = v.model.rfind("::"); colon != std::string::npos && !contains(v.model, "<"))
      name = v.model.substr(colon + 2);
    for (const std::string& d : network.definitions) v.definitions += d + "\n\n";
    std::string forward = network.forward;
    if (contains(forward, "m(\"")) forward = "m = self.get_submodule\n" + forward;
    std::string init = network.init;  // the last linear layer is as large as there are classes
    if (const auto at = init.rfind("nn.Linear("); at != std::string::npos) {
      const auto comma = init.find(", ", at) + 2, end = init.find_first_of(",)", comma);
      if (init.substr(comma, end - comma) == whole(v.classes)) init.replace(comma, end - comma, "CLASSES");
    }
    v.definitions += "class " + name + "(nn.Module):\n    def __init__(self):\n        super().__init__()\n" +
                     indented(init, 8) + "\n    def forward(self, x" +
                     (network.other_inputs.empty() ? "" : ", *others") + "):\n" + indented(forward, 8) + "\n\n";
    v.dotted = network.dotted;
    v.pads = network.pads;
    v.magnitudes = network.magnitudes;
    make = "model = " + name + "()\n";
  } else {
    make = std::string("model = torchvision.models.") + Torchvision<Base>::name + "()\n";
    if constexpr (R::new_classes != 0) {
      using Head = typename R::head;
      if constexpr (concatenates<R>) {
        v.definitions += R"(class ConcatPool(nn.Module):
    """Maximum and mean over each channel, one after the other."""

    def forward(self, x):
        return torch.cat([x.amax((2, 3)), x.mean((2, 3))], 1)


)";
        make += std::string("model.") + Torchvision<Base>::pool + " = ConcatPool()\n";
      }
      using Built = typename detail::LinearTraits<tuneit::detail::last_linear_t<Base>>::template built<Head>;
      make += detail::attribute(v.old_layer) + " = " + detail::head_text(Type<Built>{}) + "\n";
    }
  }
  v.make_model = "def make_model():\n" + indented(make + detail::start_of_head<R>() + "return model\n");
}

}  // namespace tuneit::python

#pragma once
// A PyTorch module that is being written: one more interpreter of a network's description. Tensors get the names of the
// state dict.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/export/text.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/type_name.hpp"

namespace tuneit::python {

/// A module that is random in training. It is on where something moves in each of its scopes: rows [first, second) of
/// its block and of the turns of Repeat around it.
struct RandomModule {
  std::string name;
  std::vector<std::pair<std::size_t, std::size_t>> scopes;
  bool drops = true;  ///< false: with probability 0
};

/// What flows: [N, C, H, W], [N, C] or [N, T, C].
enum class Form : std::uint8_t { Image, Vector, Tokens };

/// A module that is being written: the lines of __init__ and forward. Layers of one's own use `module`, `apply`, `line`
/// and `define`.
class ModuleText {
 public:
  std::string init, forward;
  Names definitions;                 ///< classes that the module needs, written before it
  std::vector<RandomModule> random;  ///< dropouts
  std::string x = "x";               ///< the variable that flows
  Form form = Form::Image;           ///< of what flows
  Names other_inputs;                ///< which lie on wires of their names
  bool several_outputs = false;      ///< they are given out by name
  int turn = 0;                      ///< of the Repeat around
  bool dotted = false, pads = false;
  bool foreign = false;     ///< another library has the network: only where it is random is asked
  bool magnitudes = false;  ///< some layers have lengths of rows, which start from the weights

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
  /// x = module(arguments)
  void apply(const std::string& name, const std::string& arguments) {
    line(x + " = " + call(name) + "(" + arguments + ")");
  }
  void line(const std::string& text) { forward += text + "\n"; }
  /// A class that the module needs; said twice, it is written once.
  void define(const std::string& text) {
    if (std::find(definitions.begin(), definitions.end(), text) == definitions.end()) definitions.push_back(text);
  }
  /// A module that is on only where something around it moves.
  void dropout(const std::string& expression, bool drops) {
    draws(module(expression, false), drops);
    apply(random.back().name);
  }
  /// The same of a module within one that is written.
  void draws(const std::string& name, bool drops) { random.push_back({name, scopes_, drops}); }

  /// What flows has been put on a wire; it goes on from one.
  void save(const std::string& wire) { forms_.emplace_back(wire, form); }
  void go_on_from(const std::string& wire) {
    for (const auto& [name, saved] : forms_)  // the last of this name counts
      if (name == wire) form = saved;
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
  std::vector<std::pair<std::string, Form>> forms_;  ///< of what lies on wires
  std::vector<std::pair<std::size_t, std::size_t>> scopes_;
  std::size_t row_ = 0;
  int unnamed_ = 0, variables_ = 0;
};

/// A layer of one's own takes part by an overload of `write_python` in its namespace; without one the network has no
/// twin.
template <class Layer>
void write_python(Layer, ModuleText& t) {
  if (t.foreign) return;
  throw Error(ErrorKind::Usage, "there is no PyTorch twin of the layer " + type_name<Layer>(),
              "Give it an overload of write_python(Layer, tuneit::python::ModuleText&).");
}

}  // namespace tuneit::python

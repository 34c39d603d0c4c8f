#pragma once
// What makes a graph of a network, as PyTorch writes it: dictionaries of what lies on wires, and of what is given out.
#include <string>

#include "tuneit/export/modules/module_text.hpp"
#include "tuneit/net/layers/wires.hpp"

namespace tuneit::python {

/// What comes out of a way to merge, an expression of what flows and what lies on the wire. One of one's own has an
/// overload beside it: `std::string write_merge(Gated, const std::string& x, const std::string& wire)`.
template <class Fn>
std::string write_merge(Fn, const std::string&, const std::string&) {
  throw Error(ErrorKind::Usage, "there is no PyTorch twin of the way to merge " + type_name<Fn>(),
              "Write `std::string write_merge(Fn, const std::string& x, const std::string& wire)` beside it.");
}
inline std::string write_merge(Add, const std::string& x, const std::string& w) { return x + " + " + w; }
inline std::string write_merge(Multiply, const std::string& x, const std::string& w) { return x + " * " + w; }

template <fixed_string Wire>
void write_python(Save<Wire>, ModuleText& t) {
  t.line("wires[" + in_quotes(Wire.data()) + "] = " + t.x);
  t.save(Wire.data());
}
template <fixed_string Wire>
void write_python(From<Wire>, ModuleText& t) {
  t.line(t.x + " = wires[" + in_quotes(Wire.data()) + "]");
  t.go_on_from(Wire.data());
}
template <class Fn, fixed_string Wire>
void write_python(Merge<Fn, Wire>, ModuleText& t) {
  const std::string w = "wires[" + in_quotes(Wire.data()) + "]";
  if constexpr (std::is_same_v<Fn, Concat>)
    t.line(t.x + " = torch.cat([" + t.x + ", " + w + (t.form == Form::Tokens ? "], -1)" : "], 1)"));
  else
    t.line(t.x + " = " + write_merge(Fn{}, t.x, w));
}
template <fixed_string Name>
void write_python(Output<Name>, ModuleText& t) {
  if (t.several_outputs) t.line("outputs[" + in_quotes(Name.data()) + "] = " + t.x);
}

}  // namespace tuneit::python

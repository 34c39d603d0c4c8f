#pragma once
// What makes a graph of a network, as PyTorch writes it: dictionaries of what lies on wires, and of what is given out.
#include <string>

#include "tuneit/export/modules/module_text.hpp"
#include "tuneit/net/layers/wires.hpp"

namespace tuneit::python {

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

}  // namespace tuneit::python

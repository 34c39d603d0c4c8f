// A configuration of PEFT: numbers in their ranges, and the same configuration again from its own text.
#include "target.hpp"
#include "tuneit/io/peft/config.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Weights, [&] {
    const io::peft::Config c = io::peft::parse_config(fuzz::text_of(data, size), "'adapter_config.json'");
    fuzz::promise(c.rank >= 1 && c.alpha > 0 && c.dropout >= 0 && c.dropout < 1, "numbers are in their ranges");
    if (!c.ia3) fuzz::promise(io::peft::parse_config(io::peft::text_of(c), "again") == c, "the same again");
    fuzz::promise(c.scale("layer1.0.conv1", "'adapter_config.json'") > 0, "a scale is above 0");
  });
  return 0;
}

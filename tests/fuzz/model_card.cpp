// A model's card: names once each, and the same card again from its own text.
#include <unordered_set>

#include "target.hpp"
#include "tuneit/io/weights/read_model_card.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Weights, [&] {
    const io::ModelCard card = io::parse_model_card(fuzz::text_of(data, size), "'m.safetensors'");
    std::unordered_set<std::string_view> names;
    for (const std::string& name : card.names)
      fuzz::promise(!name.empty() && names.insert(name).second, "names are not empty, and occur once");
    if (card.preprocessing)
      fuzz::promise(
          card.preprocessing->side > 0 && card.preprocessing->mean.size() == card.preprocessing->stddev.size(),
          "pictures have a size, and each channel a mean and a deviation");
    const std::string text = io::text_of(card);
    fuzz::promise(io::is_utf8(text), "the text is UTF-8");
    fuzz::promise(io::parse_model_card(text, "again") == card, "the same card again");
  });
  return 0;
}

// A delta's card: hashes of the right length, and the same card again from its own text.
#include "tuneit/io/delta/delta_card.hpp"
#include "target.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Weights, [&] {
    const io::DeltaCard card = io::parse_delta_card(fuzz::text_of(data, size), "'d.safetensors'");
    fuzz::promise(card.base.size() == 64 && card.result.size() == 64, "hashes are whole");
    for (const std::string& name : card.removed)
      fuzz::promise(card.tensors.contains(name), "what is removed was there");
    fuzz::promise(io::parse_delta_card(io::text_of(card), "again") == card, "the same card again");
  });
  return 0;
}

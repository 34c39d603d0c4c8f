// A charsmap: every rule that is found lies within it, and normalised texts are UTF-8 with a span for each byte.
#include "target.hpp"
#include "tuneit/text/normal/precompiled.hpp"
#include "tuneit/text/normal/sentencepiece_normalizer.hpp"

using namespace tuneit;
using namespace tuneit::text;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  fuzz::accept_or_refuse(ErrorKind::Data, [&] {
    const PrecompiledNormalizer precompiled(bytes, "m.model");
    SentencePieceNormalizer own;
    own.rules = std::make_shared<const Charsmap>(bytes, "m.model");
    for (const std::string_view text :
         {std::string_view("abc a\u0301 \u00bd  \uac00\u11a8"), std::string_view("\0a\xc2\x80", 4), bytes}) {
      if (!io::is_utf8(text)) continue;
      for (const bool first : {true, false}) {
        NormalText made(text);
        if (first)
          precompiled(made);
        else
          own(made);
        fuzz::promise(io::is_utf8(made.text()), "what was UTF-8 stays so");
        fuzz::promise(made.spans().size() == made.text().size(), "every byte has a span");
        for (const ByteSpan& span : made.spans())
          fuzz::promise(span.begin <= span.end && span.end <= text.size(), "spans lie within the text");
      }
    }
  });
  return 0;
}

// A .model file of SentencePiece: refused, or a tokeniser whose tokens lie in texts, in order.
#include "tuneit/text/tokenizer/sentencepiece.hpp"
#include "target.hpp"
#include "tuneit/text/tokenizer/tokenizer.hpp"

using namespace tuneit;
using namespace tuneit::text;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Data, [&] {
    const Tokenizer tokenizer(sentencepiece_pipeline(fuzz::text_of(data, size), "m.model"));
    for (const std::string_view text :
         {"ab  ba <user>", " \u2581a\u00bd\U0001f600", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}) {
      const Encoding e = tokenizer.encode(text);
      std::uint32_t begin = 0;
      for (std::size_t i = 0; i < e.size(); ++i) {
        fuzz::promise(tokenizer.token_of(e.ids[i]).has_value(), "ids are of the file");
        fuzz::promise(e.byte_offsets[i].begin >= begin && e.byte_offsets[i].begin <= e.byte_offsets[i].end &&
                          e.byte_offsets[i].end <= text.size(),
                      "offsets lie in the text, in order");
        begin = e.byte_offsets[i].begin;
      }
      fuzz::promise(io::is_utf8(tokenizer.decode(e.ids)), "what is decoded is UTF-8");
    }
  });
  return 0;
}

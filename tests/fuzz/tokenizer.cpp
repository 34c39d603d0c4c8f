// A tokenizer.json and a text: what the file describes takes any text, and offsets lie within it. The text is what
// follows the first byte FF, which no UTF-8 has.
#include "tuneit/text/tokenizer.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "target.hpp"

using namespace tuneit;

namespace {

void promise_offsets(const text::Tokenizer& tokenizer, std::string_view given) {
  for (const bool literal : {false, true}) {
    const text::Encoding e = tokenizer.encode(given, {true, literal, {}, {}});
    fuzz::promise(e.size() == e.byte_offsets.size() && e.size() == e.attention_mask.size() &&
                      e.size() == e.word_ids.size() && e.size() == e.type_ids.size(),
                  "all are equally long");
    for (std::size_t i = 0; i < e.size(); ++i) {
      const text::ByteSpan at = e.byte_offsets[i];
      fuzz::promise(at.begin <= at.end && at.end <= given.size(), "offsets lie within the text");
      fuzz::promise(e.ids[i] >= 0 && static_cast<std::size_t>(e.ids[i]) < tokenizer.vocabulary_size(), "ids are known");
    }
    (void)tokenizer.decode(e.ids);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all = fuzz::text_of(data, size);
  const std::size_t file_size = std::min(all.find('\xff'), all.size());
  const std::string_view given = all.substr(std::min(file_size + 1, all.size()));
  fuzz::accept_or_refuse(ErrorKind::Data, [&] {
    const text::Tokenizer tokenizer(text::parse_tokenizer_json(all.substr(0, file_size), "'tokenizer.json'").pipeline);
    for (const std::string_view some : {given, std::string_view("Caf\xc3\xa9 [SEP]  a\xcc\x81\x62 \xe6\x9d\xb1")})
      fuzz::accept_or_refuse(ErrorKind::Data, [&] { promise_offsets(tokenizer, some); });
  });
  static const text::Tokenizer bert(text::bert_pipeline(
      text::WordPiece(text::parse_vocab_txt("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nb\n##b\ne\ncafe\n", "'v'")),
      {}, "'v'"));
  fuzz::accept_or_refuse(ErrorKind::Data, [&] { promise_offsets(bert, all); });
  const std::string valid = io::replace_invalid(all);
  fuzz::promise(io::utf8_prefix(valid) == valid.size(), "what was replaced is UTF-8");
  promise_offsets(bert, valid);
  return 0;
}

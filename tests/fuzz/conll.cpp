// Words and tags in columns: what becomes IOB2 keeps to it.
#include "check_texts.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::check_texts(text, io::TextFormat::Conll, {});
  fuzz::check_texts(text, io::TextFormat::Conll, {.labels = false, .word_column = 2, .comments = true});
  for (const auto scheme : {io::TagScheme::Iob1, io::TagScheme::Iob2, io::TagScheme::Iobes, io::TagScheme::Bilou})
    fuzz::accept_or_refuse(ErrorKind::Data, [&] {
      io::Texts texts;
      io::parse_texts(text, "t.txt", io::TextFormat::Conll, {.scheme = scheme}, texts);
      for (const io::TextExample& e : texts.examples) {
        const std::vector<std::string>& tags = std::get<io::Tags>(e.label).tags;
        fuzz::promise(!io::first_outside(tags, io::strict_spans(tags, io::TagScheme::Iob2)), "tags keep to IOB2");
      }
    });
  return 0;
}

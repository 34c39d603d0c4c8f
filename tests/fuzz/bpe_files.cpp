// merges.txt and vocab.json: what is read is what it says; both as one model cut texts into tokens that lie side by
// side.
#include <string>
#include <vector>

#include "target.hpp"
#include "tuneit/text/files/merges.hpp"
#include "tuneit/text/files/vocab_json.hpp"
#include "tuneit/text/pieces/bpe.hpp"

using namespace tuneit;
using namespace tuneit::text;

namespace {

void check_merges(std::string_view bytes) {
  fuzz::accept_or_refuse(ErrorKind::Data, [&] {
    const Bpe::Merges merges = parse_merges(bytes, "m.txt");
    std::string again;
    for (const auto& [left, right] : merges) {
      fuzz::promise(!left.empty() && !right.empty(), "no part is empty");
      again.append(left).append(" ").append(right).append("\n");
    }
    if (again.find("#version") == std::string::npos && again.find('\r') == std::string::npos)
      fuzz::promise(parse_merges(again, "again.txt") == merges, "the same merges again");
  });
}
void check_vocabulary(std::string_view bytes) {
  fuzz::accept_or_refuse(ErrorKind::Data, [&] {
    const Vocabulary vocabulary = parse_vocab_json(bytes, "v.json");
    for (std::size_t i = 0; i < vocabulary.size(); ++i) {
      const auto token = vocabulary.token_of(static_cast<std::int32_t>(i));
      fuzz::promise(token && vocabulary.id_of(*token) == static_cast<std::int32_t>(i), "ids have no gap");
    }
  });
}
// The first line is the vocabulary, the others are merges.
void check_model(std::string_view bytes) {
  const std::size_t line = bytes.find('\n');
  if (line == std::string_view::npos) return;
  fuzz::accept_or_refuse(ErrorKind::Data, [&] {
    BpeOptions options;
    options.unk_token = "<unk>";
    options.fuse_unk = options.byte_fallback = true;
    const Bpe model(parse_vocab_json(bytes.substr(0, line), "v"), parse_merges(bytes.substr(line + 1), "m"), options,
                    "model");
    Bpe::Scratch scratch;
    for (const std::string_view word :
         {"a", "abab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "\u0120ab\u00e9\U0001f600"}) {
      std::vector<Piece> pieces;
      model.tokenize(word, scratch, pieces);
      std::uint32_t end = 0;
      for (const Piece& p : pieces) {
        fuzz::promise(p.begin == end && p.end >= p.begin && p.end <= word.size(), "pieces lie side by side");
        fuzz::promise(model.token_of(p.id).has_value(), "ids are of the vocabulary");
        end = p.end;
      }
    }
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  check_merges(bytes);
  check_vocabulary(bytes);
  check_model(bytes);
  return 0;
}

// What do our tokenisers make of texts? For check_tokenisers.py: a line of JSON in, a line of numbers out.
//   tokenise FILE    each line {"a": text, "b": text or absent, "words": [text, ...] instead of both, "truncate":
//                    [max_length, strategy, direction, stride] if so, "plain": true without special tokens, "literal":
//                    true where special tokens of a text are text}; or {"ids": [...], "skip": without special tokens},
//                    of which the text comes out, as JSON
// Out comes, for the encoding and each of its overflow, ids, types, words, sequences, specials and offsets in code
// points; or
// "!" and the message of what was refused.
#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/text/tokenizer.hpp"

namespace {

using namespace tuneit::text;

void print(std::ostream& out, const Encoding& e, const std::vector<std::string>& texts, bool words) {
  std::vector<OffsetTable> tables(texts.begin(), texts.end());
  for (std::size_t i = 0; i < e.size(); ++i) {
    CodePointSpan at;
    if (e.sequence_ids[i] >= 0)
      at = tables[static_cast<std::size_t>(words ? e.word_ids[i] : e.sequence_ids[i])].code_points_of_bytes(
          e.byte_offsets[i]);
    out << e.ids[i] << ',' << e.type_ids[i] << ',' << e.word_ids[i] << ',' << e.sequence_ids[i] << ','
        << int{e.special_tokens_mask[i]} << ',' << at.begin << ',' << at.end << ' ';
  }
  for (const Encoding& more : e.overflowing) {
    out << "| ";
    print(out, more, texts, words);
  }
}

EncodeOptions options_of(const nlohmann::json& line) {
  EncodeOptions how;
  how.add_special_tokens = !line.value("plain", false);
  how.specials_are_text = line.value("literal", false);
  if (line.contains("truncate")) {
    const auto& t = line["truncate"];
    const std::string strategy = t[1];
    how.truncation = Truncation{};
    how.truncation->max_length = t[0];
    how.truncation->strategy = strategy == "longest_first" ? TruncationStrategy::LongestFirst
                               : strategy == "only_first"  ? TruncationStrategy::OnlyFirst
                                                           : TruncationStrategy::OnlySecond;
    how.truncation->direction = t[2] == "right" ? Direction::Right : Direction::Left;
    how.truncation->stride = t[3];
    how.truncation->overflow = !line.contains("b") || strategy != "longest_first";
  }
  return how;
}

}  // namespace

int main(int, char** arguments) {
  std::ios::sync_with_stdio(false);
  const LoadedTokenizer loaded = load_tokenizer(arguments[1], TokenizerSource::TokenizerJson);
  const Tokenizer& tokenizer = loaded.tokenizer;
  for (std::string text; std::getline(std::cin, text);) {
    const auto line = nlohmann::json::parse(text);
    const EncodeOptions how = options_of(line);
    try {
      if (line.contains("ids")) {
        const auto ids = line["ids"].get<std::vector<std::int32_t>>();
        std::cout << nlohmann::json(tokenizer.decode(ids, line.value("skip", true)));
      } else if (line.contains("words")) {
        const auto words = line["words"].get<std::vector<std::string>>();
        print(std::cout, tokenizer.encode_words(words, how), words, true);
      } else if (line.contains("b")) {
        const std::string a = line["a"], b = line["b"];
        print(std::cout, tokenizer.encode_pair(a, b, how), {a, b}, false);
      } else {
        const std::string a = line["a"];
        print(std::cout, tokenizer.encode(a, how), {a}, false);
      }
      std::cout << '\n';
    } catch (const tuneit::Error& error) {
      std::cout << "! " << std::string_view(error.what()).substr(0, std::string_view(error.what()).find('\n')) << '\n';
    }
  }
}

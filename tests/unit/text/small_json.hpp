#pragma once
// The tokenizer.json of a BERT of a few words.
#include <string>
#include <string_view>
#include <vector>

namespace tuneit::text::tests {

inline std::vector<std::string> small_tokens() {
  return {"[PAD]",  "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cafe",   "naive", "istanbul", "ab",  "x",   "##x", "##y",
          "東",     "京",    "tower", "1",     ",",      "000",    ".",     "50",       "foo", "bar", "un",  "##aff",
          "##able", "the",   "!",     "σας",   "e",      "##mbed", "a",     "b",        "c",   "d",   "Foo", "CAFE"};
}
inline std::string small_json(std::string_view normalizer =
                                  R"({"type":"BertNormalizer","clean_text":true,)"
                                  R"("handle_chinese_chars":true,"strip_accents":null,"lowercase":true})",
                              std::string_view more_tokens = "", std::string_view further = "") {
  std::string vocab, added;
  const std::vector<std::string> tokens = small_tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    vocab += (i == 0 ? "\"" : ",\"") + tokens[i] + "\":" + std::to_string(i);
    if (i < 5)
      added += std::string(i == 0 ? "" : ",") + R"({"id":)" + std::to_string(i) + R"(,"content":")" + tokens[i] +
               R"(","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true})";
  }
  return std::string(R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[)") + added +
         std::string(more_tokens) + R"(],"normalizer":)" + std::string(normalizer) +
         R"(,"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing","single":[)"
         R"({"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},)"
         R"({"SpecialToken":{"id":"[SEP]","type_id":0}}],"pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},)"
         R"({"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},)"
         R"({"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],"special_tokens":{)"
         R"("[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}},)"
         R"("decoder":{"type":"WordPiece","prefix":"##","cleanup":true},"model":{"type":"WordPiece","unk_token":"[UNK]",)"
         R"("continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{)" +
         vocab + "}}" + std::string(further) + "}";
}
}  // namespace tuneit::text::tests

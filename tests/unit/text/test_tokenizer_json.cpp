// Is a tokenizer.json read as it is written, and refused by name where it cannot be?
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "small_bert.hpp"

using namespace tuneit;
using namespace tuneit::text;
using namespace tuneit::text::tests;

namespace {

std::string refusal(const std::string& json) {
  try {
    (void)parse_tokenizer_json(json, "'t.json'");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Data);
    return error.what();
  }
  return "accepted";
}
std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}
using Catch::Contains;

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / "tuneit-test-tokenizer";
  Folder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const char* name, const std::string& text) const { std::ofstream(path / name, std::ios::binary) << text; }
};

}  // namespace

TEST_CASE("added tokens", "[text][json]") {
  const std::string more =
      R"(,{"id":36,"content":"<New>","single_word":false,"lstrip":true,"rstrip":true,"normalized":true,"special":false},)"
      R"({"id":37,"content":"lone","single_word":true,"lstrip":false,"rstrip":false,"normalized":false,"special":true})";
  const Tokenizer t(
      parse_tokenizer_json(small_json(R"({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,)"
                                      R"("strip_accents":null,"lowercase":true})",
                                      more),
                           "'t.json'")
          .pipeline);
  CHECK(t.vocabulary_size() == 38);
  CHECK(shown(t, "foo  <NEW> bar") == "foo(0,3) <New>(3,11) bar(11,14)");
  CHECK(shown(t, "a lone b") == "a(0,1) lone(2,6) b(7,8)");
  CHECK(shown(t, "alone") == "[UNK](0,5)");
  CHECK(shown(t, "[SEP][SEP]") == "[SEP](0,5) [SEP](5,10)");
  CHECK(t.id_of("<New>") == 36);
  const Encoding e = t.encode("foo <new>\xc3\x81");
  CHECK(e.word_ids == std::vector<std::int32_t>{-1, 0, 1, 2, -1});
}

TEST_CASE("every other part of a file", "[text][json]") {
  CHECK(
      shown(Tokenizer(
                parse_tokenizer_json(
                    small_json(R"({"type":"Sequence","normalizers":[{"type":"NFD"},)"
                               R"({"type":"Sequence","normalizers":[{"type":"StripAccents"}]},{"type":"Lowercase"}]})"),
                    "'t'")
                    .pipeline),
            "CAF\xc3\x89") == "cafe(0,4)");
  const std::string old = with(small_json(), R"("type":"WordPiece","unk_token")", R"("unk_token")");
  CHECK(shown(Tokenizer(parse_tokenizer_json(old, "'t'").pipeline), "foo") == "foo(0,3)");
  const TokenizerJson baked = parse_tokenizer_json(
      with(
          with(small_json(), R"("truncation":null)",
               R"("truncation":{"max_length":128,"strategy":"LongestFirst","stride":2})"),
          R"("padding":null)",
          R"("padding":{"strategy":{"Fixed":128},"direction":"Left","pad_to_multiple_of":8,"pad_id":0,"pad_type_id":0,"pad_token":"[PAD]"})"),
      "'t'");
  REQUIRE((baked.truncation && baked.padding));
  CHECK((baked.truncation->max_length == 128 && baked.truncation->stride == 2));
  CHECK(
      (baked.padding->length == 128 && baked.padding->multiple_of == 8 && baked.padding->direction == Direction::Left));
}

TEST_CASE("what is not known is refused by name", "[text][json]") {
  CHECK(refusal(small_json()) == "accepted");
  CHECK_THAT(refusal(with(small_json(), R"("1.0")", R"("2.0")")), Contains("version '2.0'"));
  CHECK_THAT(refusal(small_json(R"({"type":"Novel"})")), Contains("normaliser of the type 'Novel'"));
  CHECK_THAT(refusal(small_json(R"({"type":"Lowercase","deeply":1})")), Contains("does not know: 'deeply'"));
  CHECK_THAT(refusal(with(small_json(), "BertPreTokenizer", "UnicodeScripts")), Contains("'UnicodeScripts'"));
  CHECK_THAT(refusal(with(small_json(), R"({"type":"BertPreTokenizer"})",
                          R"({"type":"Split","pattern":{"Regex":"(a+)+$"},"behavior":"Isolated","invert":false})")),
             Contains("(a+)+$"));
  CHECK_THAT(refusal(with(small_json(), R"("type":"WordPiece","unk_token")", R"("type":"WordLevel","unk_token")")),
             Contains("'WordLevel'"));
  CHECK_THAT(refusal(with(small_json(), R"("type":"WordPiece","prefix")", R"("type":"Novel","prefix")")),
             Contains("'Novel'"));
  CHECK_THAT(refusal(with(small_json(), "TemplateProcessing", "Other")), Contains("'Other'"));
  CHECK_THAT(refusal(small_json("null", "", R"(,"surprise":1)")), Contains("'surprise'"));
}

TEST_CASE("hostile files", "[text][json][hostile]") {
  const std::string good = small_json();
  for (std::size_t n = 0; n < good.size(); n += 7) CHECK_THAT(refusal(good.substr(0, n)), Contains("'t.json'"));
  CHECK_THAT(refusal(std::string(100'000, '[')), Contains("more than 32 levels"));
  CHECK_THAT(refusal("[]"), Contains("no object"));
  CHECK_THAT(refusal(with(good, R"("ab":8)", R"("ab":8,"ab":9)")), Contains("the key 'ab' twice"));
  CHECK_THAT(refusal(with(good, R"("ab":8)", R"("ab":99)")), Contains("'ab' has the id 99, but there are 36 tokens"));
  CHECK_THAT(refusal(with(good, R"("ab":8)", R"("ab":9)")), Contains("has the id 9, and so has"));
  CHECK_THAT(refusal(with(good, R"("ab":8)", R"("ab":-1)")), Contains("'ab' has the id -1, which is negative"));
  for (const char* id : {"8.5", "\"8\"", "1e3", "99999999999999999999", "18446744073709551615", "null", "[8]"})
    CHECK_THAT(refusal(with(good, R"("ab":8)", std::string(R"("ab":)") + id)), Contains("'ab'"));
  CHECK_THAT(refusal(with(good, R"("ab":8)", R"("\ud800":8)")), Contains("not valid JSON at its byte"));
  CHECK_THAT(refusal(with(good, R"("ab":8)", "\"\xff\":8")), Contains("not valid JSON at its byte"));
  CHECK_THAT(refusal(with(good, R"("ab":8)", R"("ab":NaN)")), Contains("not valid JSON at its byte"));
  CHECK_THAT(refusal(with(good, R"("ab":8)", R"("ab":8,)")), Contains("not valid JSON at its byte"));
  CHECK_THAT(refusal(good + std::string(1, '\0')), Contains("NUL"));
  CHECK_THAT(refusal(with(good, R"("[UNK]":1)", R"("<unk>":1)")), Contains("'[UNK]'"));
  CHECK_THAT(refusal(with(good, R"("id":4,"content")", R"("id":7,"content")")), Contains("'[MASK]' has the id 7"));
  CHECK_THAT(refusal(small_json("null", R"(,{"id":50,"content":"new"})")), Contains("its place is 36"));
  CHECK_THAT(refusal(small_json("null", R"(,{"id":36,"content":""})")), Contains("is empty"));
  CHECK_THAT(refusal(small_json(R"({"type":"Lowercase"})", R"(,{"id":36,"content":"N"},{"id":37,"content":"n"})")),
             Contains("looks like another one"));
  CHECK_THAT(refusal(with(good, R"("ids":[2])", R"("ids":[2,3])")), Contains("as many ids as tokens"));
  CHECK_THAT(refusal(with(good, R"("ids":[2])", R"("ids":[99])")), Contains("id 99"));
  CHECK_THAT(refusal(with(good, R"({"SpecialToken":{"id":"[CLS]","type_id":0}},)",
                          R"({"SpecialToken":{"id":"[X]","type_id":0}},)")),
             Contains("'[X]'"));
  CHECK_THAT(refusal(with(good, R"({"Sequence":{"id":"A","type_id":0}},)", "")), Contains("each text once"));
  std::string deep = R"({"type":"Lowercase"})";
  for (int i = 0; i < 12; ++i) deep = R"({"type":"Sequence","normalizers":[)" + deep + "]}";
  CHECK(refusal(small_json(deep)) == "accepted");
  for (int i = 0; i < 12; ++i) deep = R"({"type":"Sequence","normalizers":[)" + deep + "]}";
  CHECK_THAT(refusal(small_json(deep)), Contains("more than 32 levels"));
}

TEST_CASE("steps of a file make no more of a text than is bounded", "[text][json][hostile]") {
  std::string twice = R"({"type":"Replace","pattern":{"String":"a"},"content":"aa"})", all = twice;
  for (int i = 1; i < 60; ++i) all += "," + twice;
  const Tokenizer t(
      parse_tokenizer_json(small_json(R"({"type":"Sequence","normalizers":[)" + all + "]}"), "'t.json'").pipeline);
  CHECK_THROWS_WITH(t.encode("x a"), Contains("normalisers and pre-tokenisers make") && Contains("of a text of 3"));
  CHECK(t.encode("x").size() == 3);
  const std::string much(1025, 'b');
  CHECK_THAT(refusal(small_json(R"({"type":"Prepend","prepend":")" + much + "\"}")),
             Contains("more than 1,024 bytes as its 'prepend'"));
  CHECK_THAT(refusal(small_json(R"({"type":"Replace","pattern":{"String":"a"},"content":")" + much + "\"}")),
             Contains("more than 1,024 bytes as its 'content'"));
  Pipeline pipeline = parse_tokenizer_json(small_json("null"), "'t.json'").pipeline;
  pipeline.decoders = read_decoders(Json::parse(R"({"type":"Sequence","decoders":[)" + all + "]}"), "'t.json'");
  const Tokenizer longer(std::move(pipeline));
  const std::vector<std::int32_t> a = longer.encode("a", {.add_special_tokens = false}).ids;
  CHECK_THROWS_WITH(longer.decode(a), Contains("decoders make") && Contains("bytes of a text of 1"));
}

TEST_CASE("a million spaces that are added tokens take no square of time", "[text][json][hostile]") {
  const auto tokens = [](const char* flags, const std::string& text) {
    const std::string more = std::string(R"(,{"id":36,"content":" ",)") + flags + R"("special":true})" +
                             R"(,{"id":37,"content":"-","rstrip":true,"special":true})";
    EncodeOptions how;
    how.add_special_tokens = false;
    return Tokenizer(parse_tokenizer_json(small_json("null", more), "'t.json'").pipeline).encode(text, how);
  };
  const std::string spaces(1'000'000, ' ');
  const Encoding both = tokens(R"("lstrip":true,"rstrip":true,)", spaces);
  REQUIRE(both.size() == 1);
  CHECK(both.byte_offsets[0] == ByteSpan{0, 1'000'000});
  const Encoding right = tokens(R"("rstrip":true,)", spaces);
  REQUIRE(right.size() == spaces.size());
  CHECK(right.byte_offsets[999] == ByteSpan{999, 1'000'000});
  CHECK(tokens(R"("lstrip":true,)", spaces).size() == spaces.size());
  // the spaces are the other token's
  const Encoding before = tokens(R"("lstrip":true,)", "-   a a");
  CHECK(before.ids == std::vector<std::int32_t>{37, 30, 36, 30});
  CHECK(before.byte_offsets[0] == ByteSpan{0, 4});
}

TEST_CASE("a path that the system does not take is refused as others are", "[text][load][hostile]") {
  CHECK_THROWS_AS(load_tokenizer(std::string(5000, 'x')), Error);
  CHECK_THROWS_AS(load_tokenizer(std::string(5000, 'x') + "/tokenizer.json"), Error);
}

TEST_CASE("folders: vocab.txt, tokenizer.json, and what lies beside", "[text][load]") {
  const Folder folder;
  CHECK_THROWS_WITH(load_tokenizer(folder.path), Contains("has no tokenizer.json, no vocab.txt, and no vocab.json"));
  std::string lines;
  for (const std::string& token : small_tokens()) lines += token + " \r\n";
  folder.write("vocab.txt", lines);
  CHECK(shown(load_tokenizer(folder.path).tokenizer, "CAFE foo") == "cafe(0,4) foo(5,8)");
  folder.write(
      "tokenizer_config.json",
      R"({"do_lower_case":false,"model_max_length":512,"tokenizer_class":"BertTokenizer","unk_token":{"content":"[UNK]"}})");
  const LoadedTokenizer cased = load_tokenizer(folder.path);
  CHECK(shown(cased.tokenizer, "CAFE foo") == "CAFE(0,4) foo(5,8)");
  CHECK(cased.model_max_length == 512);
  CHECK(cased.tokenizer.encode("foo").ids == std::vector<std::int32_t>{2, 20, 3});

  folder.write("tokenizer.json", small_json());
  CHECK_THROWS_WITH(load_tokenizer(folder.path),
                    Contains("contradicts") && Contains("lower case is true in tokenizer.json"));
  CHECK(shown(load_tokenizer(folder.path, TokenizerSource::TokenizerJson).tokenizer, "CAFE") == "cafe(0,4)");
  CHECK(shown(load_tokenizer(folder.path, TokenizerSource::TokenizerConfig).tokenizer, "CAFE") == "CAFE(0,4)");
  folder.write("tokenizer_config.json", R"({"do_lower_case":true,"model_max_length":1000000000000000019884624838656})");
  CHECK(shown(load_tokenizer(folder.path).tokenizer, "CAFE") == "cafe(0,4)");
  CHECK_FALSE(load_tokenizer(folder.path / "tokenizer.json").model_max_length.has_value());
  folder.write("vocab.txt", "[PAD]\n\xff\n");
  CHECK_THROWS_WITH(load_tokenizer(folder.path / "vocab.txt"), Contains("is not UTF-8: byte 6"));
  folder.write("vocab.txt", "a\nb\na\n[UNK]");  // the later line is the token's
  const WordPiece later(parse_vocab_txt("a\nb\na\n[UNK]", "'v'"));
  CHECK((later.id_of("a") == 2 && later.size() == 4));
}

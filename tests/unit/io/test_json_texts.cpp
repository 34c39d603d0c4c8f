// Are JSON lines and SQuAD's files read, and is what is none of them refused with its place?
#include <string>
#include <vector>

#include <tuneit/io/text/json_lines.hpp>
#include <tuneit/io/text/squad.hpp>

#include <catch2/catch.hpp>

#include "texts.hpp"

using namespace texts;
using namespace std::string_literals;

namespace {

std::string lines(std::string_view bytes, const io::TextOptions& options = {}) {
  return refusal(bytes, io::parse_json_lines, options);
}
std::string squad(const std::string& qas, const std::string& context = "The sea is bl\\u00fce.") {
  return R"({"version":"v2.0","data":[{"title":"T","paragraphs":[{"qas":[)" + qas + R"(],"context":")" + context +
         "\"}]}]}";
}
std::string refused(const std::string& qas) { return refusal(squad(qas), io::parse_squad); }
const io::Answers& answers(const io::TextExample& e) { return std::get<io::Answers>(e.label); }

}  // namespace

TEST_CASE("an object a line, by the names of columns", "[io][text]") {
  const auto t = read(
      "{\"text\": \"a\\u0000b\", \"label\": 1, \"more\": {\"x\": [1, 2]}}\n\r\n"
      "{\"label\": true, \"split\": \"test\", \"text\": \"\\ud83d\\ude00\"}",
      io::parse_json_lines);
  REQUIRE(t.examples.size() == 2);
  CHECK(t.examples[0].text == "a\0b"s);
  CHECK(label(t.examples[0]) == "1");
  CHECK(t.examples[1].text == "\xf0\x9f\x98\x80");
  CHECK(label(t.examples[1]) == "true");
  CHECK(t.place(t.examples[1]) == "f:3");
  const auto pair = read(R"({"premise":"a","hypothesis":"b","label":"x"})", io::parse_json_lines);
  CHECK(pair.examples[0].second_text() == "b");
  io::TextOptions o;
  o.targets = {"score"};
  CHECK(
      std::get<std::vector<double>>(read(R"({"text":"a","score":-2.5})", io::parse_json_lines, o).examples[0].label) ==
      std::vector<double>{-2.5});
}

TEST_CASE("words and tags in lists", "[io][text]") {
  const auto t = read(R"({"tokens":["New","York"],"ner_tags":["B-LOC","I-LOC"],"id":"3"})", io::parse_json_lines);
  CHECK(t.examples[0].words == std::vector<std::string>{"New", "York"});
  CHECK(t.examples[0].text == "New York");
  CHECK(std::get<io::Tags>(t.examples[0].label).tags == std::vector<std::string>{"B-LOC", "I-LOC"});
  CHECK(lines(R"({"tokens":["a","b"],"tags":["O"]})") == "f:1: there are 2 words and 1 tags.");
  CHECK(lines(R"({"tokens":["a",null],"tags":["O","O"]})") == "f:1: a word is empty, or no text.");
  CHECK(lines(R"({"tokens":["a"]})") == "f:1: there are words and no key 'tags'.");
}

TEST_CASE("JSON that is none, or says two things, is refused with line and byte", "[io][text]") {
  const std::string good = "{\"text\":\"a\",\"label\":\"b\"}\n";
  CHECK(lines(good + R"({"text":"\ud800","label":"b"})").find("f:2: byte 16 of the line: this is not valid JSON: ") ==
        0);
  CHECK(lines(good + R"({"text":"\udc00\ud800","label":"b"})").find("f:2: byte 15 of the line: this is not valid") ==
        0);
  CHECK(lines(good + R"({"text":"a","text":"b"})") ==
        "f:2: byte 18 of the line: the key 'text' stands twice in one object.");
  CHECK(lines(R"({"text":"a","m":{"k":1,"k":2},"label":1})") ==
        "f:1: byte 26 of the line: the key 'k' stands twice in one object.");
  CHECK(lines(R"({"text":"a","label":NaN})").find("f:1: byte 21 of the line: this is not valid JSON") == 0);
  CHECK(lines(R"({"text":"a","label":-Infinity})").find("f:1: byte 22 of the line: this is not valid JSON") == 0);
  CHECK(lines(R"({"text":"a","label":"b",})").find("f:1: byte 25 of the line: this is not valid JSON") == 0);
  CHECK(lines(R"({"text":"a","label":9007199254740993})") ==
        "f:1: byte 37 of the line: the whole number '9007199254740993' is larger than 2^53.");
  CHECK(lines(R"({"text":"a","label":-9007199254740993})").find("is larger than 2^53.") != std::string::npos);
  CHECK(lines(R"({"text":"a","label":123456789012345678901234567890})")
            .find("'123456789012345678901234567890' is larger") != std::string::npos);
  CHECK(lines(R"({"text":"a","label":1e999})").find("this is not valid JSON: 'number overflow parsing '1e999''") !=
        std::string::npos);
  CHECK(lines(R"({"text":"a"}{"text":"b"})").find("f:1: byte 13 of the line: this is not valid JSON") == 0);
  CHECK(lines("{\"text\":\"a\0\"}"s) == "f:1: byte 11 of the line: a NUL byte.");
  CHECK(lines("[1]") == "f:1: the line is not a JSON object.");
  CHECK(lines(good + "{\"text\":\"a\"}") == "f:2: the object has no 'label'.");
  CHECK(lines(good + "{\"text\":null,\"label\":\"b\"}") == "f:2: the object has no 'text'.");
  CHECK(lines(good + "{\"text\":[\"a\"],\"label\":\"b\"}") == "f:2: 'text' is a list, not text.");
  CHECK(lines("{\"a\":\"b\"}") == "f:1: no column is called text.");
  CHECK(lines("{\"text\":\"\xff\"}") == "f:1: byte 10 of the line is not UTF-8: a byte that UTF-8 never has.");
}

TEST_CASE("nesting and sizes have limits", "[io][text]") {
  const std::string deep = "{\"text\":\"a\",\"label\":\"b\",\"x\":";
  CHECK(lines(deep + std::string(63, '[') + std::string(63, ']') + "}").empty());
  CHECK(lines(deep + std::string(64, '[') + std::string(64, ']') + "}") ==
        "f:1: byte 92 of the line: it is nested more than 64 levels deep.");
  CHECK(lines(deep + std::string(1'000'000, '[')).find("64 levels deep") != std::string::npos);
  std::string keys = "{";
  for (int i = 0; i <= 10'000; ++i) keys += "\"" + std::to_string(i) + "\":0,";
  CHECK(lines(keys).find("an object of more than 10,000 keys.") != std::string::npos);
  io::TextOptions o;
  o.most_text_bytes = 5;
  CHECK(lines(R"({"text":"123456","label":"b"})", o) == "f:1: byte 16 of the line: a text of more than 5 bytes.");
  CHECK(lines(R"({"text":"12345","label":"b"})", o).empty());
}

TEST_CASE("questions, passages and answers in bytes", "[io][text]") {
  const std::string qa =
      R"({"question":"What?","id":"1","answers":[{"text":"bl\u00fce","answer_start":11},{"text":"sea","answer_start":4}]},)"
      R"({"question":"Who?","id":"2","is_impossible":true,"answers":[],"plausible_answers":[{"text":"x","answer_start":0}]})";
  const auto t = read(squad(qa), io::parse_squad);
  REQUIRE(t.examples.size() == 2);
  CHECK(t.examples[0].text == "What?");
  CHECK(t.examples[0].second_text() ==
        "The sea is bl\xc3\xbc"
        "e.");
  CHECK(t.examples[0].second == t.examples[1].second);
  CHECK(t.examples[0].group == "T");
  CHECK(answers(t.examples[0]).accepted == std::vector<io::TextAnswer>{{"bl\xc3\xbc"
                                                                        "e",
                                                                        11},
                                                                       {"sea", 4}});
  CHECK(answers(t.examples[1]).accepted.empty());
  CHECK(t.moved_answers + t.lost_answers == 0);
}

TEST_CASE("an answer that is off is looked for, up to five characters", "[io][text]") {
  const auto at = [](int start, const std::string& text = "x") {
    return read(squad(R"({"question":"?","id":"1","answers":[{"text":")" + text + R"(","answer_start":)" +
                          std::to_string(start) + "}]}",
                      "\\u00e4\\u00e4\\u00e4\\u00e4\\u00e4x\\u00e4\\u00e4\\u00e4\\u00e4\\u00e4xx"),
                io::parse_squad);
  };
  CHECK(answers(at(5).examples[0]).accepted[0].begin == 10U);
  CHECK(at(5).moved_answers == 0);
  CHECK(answers(at(0).examples[0]).accepted[0].begin == 10U);
  CHECK(at(0).moved_answers == 1);
  CHECK(answers(at(8).examples[0]).accepted[0].begin == 10U);   // 3 before and 3 behind: the one before
  CHECK(answers(at(9).examples[0]).accepted[0].begin == 21U);   // 2 behind is nearer than 4 before
  CHECK(answers(at(17).examples[0]).accepted[0].begin == 22U);  // beyond the end
  CHECK(at(17).moved_answers == 1);
  CHECK(!answers(at(18).examples[0]).accepted[0].begin);
  CHECK(at(18).lost_answers == 1);
  CHECK(!answers(at(5, "y").examples[0]).accepted[0].begin);
}

TEST_CASE("a question a line, as data sets are published", "[io][text]") {
  const auto t =
      read(R"({"id":"1","title":"T","context":"a b","question":"?","answers":{"text":["b"],"answer_start":[2]}})"
           "\n"
           R"({"id":2,"context":"a b","question":"?","answers":{"text":[],"answer_start":[]},"split":"dev"})"
           "\n"
           R"({"id":"3","context":"a b","question":"?"})",
           io::parse_json_lines);
  REQUIRE(t.examples.size() == 3);
  CHECK(answers(t.examples[0]).accepted == std::vector<io::TextAnswer>{{"b", 2}});
  CHECK(t.examples[0].group == "T");
  CHECK(answers(t.examples[1]).accepted.empty());
  CHECK(t.examples[1].id == "2");
  CHECK(t.examples[1].part == "dev");
  CHECK(std::holds_alternative<std::monostate>(t.examples[2].label));
  CHECK(t.examples[0].second == t.examples[2].second);
  CHECK(lines(R"({"context":"a","question":"?","answers":{"text":["a"],"answer_start":[]}})") ==
        "f:1: the question '?' has answers without 'text' or without 'answer_start'.");
  CHECK(lines("{\"context\":\"a\",\"question\":\"?\"}\n{\"question\":\"?\"}") == "f:2: the question has no 'context'.");
}

TEST_CASE("what a file of questions lacks is named with its line", "[io][text]") {
  CHECK(refused(R"({"id":"1"})") == "f:1: a question has no 'question'.");
  CHECK(refused(R"({"question":"?","id":"1","is_impossible":true,"answers":[{"text":"sea","answer_start":4}]})") ==
        "f:1: the question '1' is said to be impossible, and has answers.");
  CHECK(refused(R"({"question":"?","id":"1","is_impossible":false,"answers":[]})") ==
        "f:1: the question '1' is not said to be impossible, and has no answers.");
  CHECK(refused("{\"question\":\"?\",\"id\":\"1\"},\n{\"question\":\"?\",\"id\":\"1\"}") ==
        "f:2: the id '1' was given before, in line 1.");
  CHECK(refused(R"({"question":5})").find("'question' is not text.") != std::string::npos);
  CHECK(refused(R"({"question":["?"]})").find("'question' is not text.") != std::string::npos);
  CHECK(refused(R"({"question":"?","answers":[{"text":"sea"}]})")
            .find("an answer needs a 'text' and an 'answer_start'.") != std::string::npos);
  CHECK(refused(R"({"question":"?","answers":[{"text":"sea","answer_start":-1}]})")
            .find("'answer_start' is not a whole number of 0 or more.") != std::string::npos);
  CHECK(refused(R"({"question":"?","answers":[{"text":"","answer_start":1}]})") ==
        "f:1: the question '?' has an empty answer.");
  CHECK(refused(R"({"question":"?","answers":"sea"})").find("'answers' is not a list of answers.") !=
        std::string::npos);
  CHECK(lines(R"({"question":"?","context":"sea","answers":"sea"})").find("'answers' is not a list of answers.") !=
        std::string::npos);
  CHECK(lines(R"({"question":"?","context":"sea","answers":null})").empty());
  CHECK(refusal("{}", io::parse_squad) == "f:1: the file has no list 'data'.");
  CHECK(refusal("{\"data\":[{\"paragraphs\":[{\"qas\":[{\"question\":\"?\"}]}]}]}", io::parse_squad) ==
        "f:1: the paragraph of this question has no 'context'.");
  CHECK(refusal("{\"data\":\n\n [}", io::parse_squad).find("f:3: byte 3 of the line: this is not valid JSON") == 0);
  CHECK(refusal("", io::parse_squad).find("f:1: byte 1 of the line: this is not valid JSON") == 0);
}

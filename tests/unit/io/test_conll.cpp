// Are sentences of words and tags read, whatever the scheme of their tags?
#include <string>
#include <vector>

#include <tuneit/io/text/conll.hpp>
#include <tuneit/io/text/tag_scheme.hpp>

#include <catch2/catch.hpp>

#include "texts.hpp"

using namespace texts;
using io::TagScheme;
using io::TagSpan;
using Words = std::vector<std::string>;

namespace {

const Words& tags(const io::TextExample& e) { return std::get<io::Tags>(e.label).tags; }
/// Of one sentence, "B-X I-X O".
Words converted(const Words& tags_of, std::optional<TagScheme> scheme) {
  std::string file;
  for (const std::string& tag : tags_of) file += "w " + tag + "\n";
  return tags(read(file, TextFormat::Conll, {.scheme = scheme}).examples.at(0));
}
std::string refused(const Words& tags_of, std::optional<TagScheme> scheme) {
  std::string file = "-DOCSTART- O\n\n";
  for (const std::string& tag : tags_of) file += "w " + tag + "\n";
  return refusal(file, TextFormat::Conll, {.scheme = scheme});
}

}  // namespace

TEST_CASE("sentences, documents and columns", "[io][conll]") {
  const auto t = read(
      "-DOCSTART- -X- -X- O\n\nEU NNP I-NP I-ORG\nrejects  VBZ\tI-VP O\n \nPeter NNP I-NP I-PER\r\n"
      "-DOCSTART- -X- O O\n\n\n# NN I-NP O\n",
      TextFormat::Conll);
  REQUIRE(t.examples.size() == 3);
  CHECK(t.examples[0].words == Words{"EU", "rejects"});
  CHECK(t.examples[0].text == "EU rejects");
  CHECK(tags(t.examples[0]) == Words{"B-ORG", "O"});
  CHECK(t.examples[0].group == "document 1");
  CHECK(t.place(t.examples[0]) == "f:3");
  CHECK(t.place(t.examples[1]) == "f:6");
  CHECK(t.examples[2].words == Words{"#"});  // as many columns as the others: a word
  CHECK(t.examples[2].group == "document 2");
  CHECK(read("", TextFormat::Conll).examples.empty());
  CHECK(read("\n\n# only a comment\n", TextFormat::Conll).examples.empty());
}

TEST_CASE("columns between tabs may hold blanks", "[io][conll]") {
  const auto t = read("New York\tB-LOC\nis\tO\n", TextFormat::Conll);
  CHECK(t.examples[0].words == Words{"New York", "is"});
  CHECK(refusal("a\tO\n\tO\n", TextFormat::Conll) == "f:2: the word is empty.");
  CHECK(refusal("a\tO\nb\t\n", TextFormat::Conll) == "f:2: the tag is empty.");
  CHECK(read("a O x\n", TextFormat::Conll, {.word_column = 3, .tag_column = 2}).examples[0].words == Words{"x"});
  CHECK(refusal("a O x\n", TextFormat::Conll, {.tag_column = 4}) ==
        "f:1: the line has 3 columns, and the tag is to be in column 4.");
}

TEST_CASE("CoNLL-U: comments, words of several tokens, empty nodes", "[io][conll]") {
  const std::string row = "\t_\t_\t_\t_\t_\t_";
  const std::string file = "# sent_id = 1\n# text = du\n1-2\tdu\t_\t_" + row + "\n1\tde\t_\tADP" + row +
                           "\n2\tle\t_\tDET" + row + "\n2.1\tx\t_\tX" + row + "\n\n";
  const auto t = read(file, TextFormat::Conll);
  REQUIRE(t.examples.size() == 1);
  CHECK(t.examples[0].words == Words{"de", "le"});
  CHECK(tags(t.examples[0]) == Words{"ADP", "DET"});
  CHECK(t.examples[0].line == 4);
}

TEST_CASE("lines of a hash are comments where that is asked for", "[io][conll]") {
  CHECK(read("a O\n#b O\n", TextFormat::Conll).examples[0].words == Words{"a", "#b"});
  CHECK(read("a O\n#b O\n", TextFormat::Conll, {.comments = true}).examples[0].words == Words{"a"});
  CHECK(refusal("a O\n# a comment in the middle\n", TextFormat::Conll) ==
        "f:2: the line has 6 columns, the first has 2.");
}

TEST_CASE("lines that do not fit are refused", "[io][conll]") {
  CHECK(refusal("a B-X\nb\n", TextFormat::Conll) == "f:2: the line has 1 columns, the first has 2.");
  CHECK(refusal("a\nb\n", TextFormat::Conll) == "f:1: the line has one column only.");
  CHECK(read("a\nb\n", TextFormat::Conll, {.labels = false}).examples[0].words == Words{"a", "b"});
  CHECK(refusal("a O\n\nbbbb O\nbbbb O\n", TextFormat::Conll, {.most_text_bytes = 9}) ==
        "f:3: a sentence of more than 9 bytes begins.");
  std::string wide;
  for (int i = 0; i < 1001; ++i) wide += "x ";
  CHECK(refusal(wide, TextFormat::Conll) == "f:1: the line has more than 1,000 columns.");
  CHECK(refusal("a O\nb\xff O\n", TextFormat::Conll) ==
        "f:2: byte 2 of the line is not UTF-8: a byte that UTF-8 never has.");
}

TEST_CASE("schemes become IOB2", "[io][conll]") {
  const Words iob2{"B-P", "I-P", "B-P", "O", "B-L", "B-P"};
  for (const auto& [scheme, written] : {std::pair(TagScheme::Iob1, Words{"I-P", "I-P", "B-P", "O", "I-L", "I-P"}),
                                        {TagScheme::Iob2, iob2},
                                        {TagScheme::Iobes, Words{"B-P", "E-P", "S-P", "O", "S-L", "S-P"}},
                                        {TagScheme::Bilou, Words{"B-P", "L-P", "U-P", "O", "U-L", "U-P"}}}) {
    INFO(io::scheme_name(scheme));
    CHECK(converted(written, scheme) == iob2);
    CHECK(converted(written, std::nullopt) == iob2);
  }
  CHECK(converted({"B-GEO-loc", "I-GEO-loc"}, TagScheme::Iob2) == Words{"B-GEO-loc", "I-GEO-loc"});
  CHECK(converted({"B", "I", "O"}, std::nullopt) == Words{"B", "I", "O"});
  CHECK(converted({"NN", "O", "I"}, std::nullopt) == Words{"NN", "O", "I"});
  CHECK(converted({"I-X", "I-X"}, TagScheme::Plain) == Words{"I-X", "I-X"});
}

TEST_CASE("tags that break a scheme which is named are refused; else read as conlleval reads them", "[io][conll]") {
  CHECK(refused({"O", "I-P"}, TagScheme::Iob2) == "f:4: the tag 'I-P' is of no span that keeps to IOB2.");
  CHECK(refused({"B-P", "I-L"}, TagScheme::Iob2) == "f:4: the tag 'I-L' is of no span that keeps to IOB2.");
  CHECK(refused({"B-P", "I-P"}, TagScheme::Iob1) == "f:3: the tag 'B-P' is of no span that keeps to IOB1.");
  CHECK(refused({"B-P", "I-P", "O"}, TagScheme::Iobes) == "f:3: the tag 'B-P' is of no span that keeps to IOBES.");
  CHECK(refused({"B-P", "E-P"}, TagScheme::Iob2) == "f:4: the tag 'E-P' is none of the scheme IOB2.");
  CHECK(converted({"I-P", "B-P", "I-L", "O", "I-L"}, std::nullopt) == Words{"B-P", "B-P", "B-L", "O", "B-L"});
  CHECK(refused({"B-P", "PER"}, std::nullopt) ==
        "f:4: the tag 'PER' is none of the scheme that others follow (B-, I-, O).");
}

TEST_CASE("spans of seqeval's own examples", "[io][conll]") {
  const Words mixed{"B-P", "I-L", "I-L", "O", "I-P", "B-P", "E-P", "S-L"};
  CHECK(io::lenient_spans(mixed) ==
        std::vector<TagSpan>{{0, 1, "P"}, {1, 3, "L"}, {4, 5, "P"}, {5, 7, "P"}, {7, 8, "L"}});
  CHECK(io::lenient_spans(Words{"B", "I"}) == std::vector<TagSpan>{{0, 2, "_"}});
  CHECK(io::strict_spans(Words{"I-P", "I-P"}, TagScheme::Iob2).empty());
  CHECK(io::strict_spans(Words{"B-P", "I-L", "B-L"}, TagScheme::Iob2) ==
        std::vector<TagSpan>{{0, 1, "P"}, {2, 3, "L"}});
  CHECK_THROWS_WITH(io::strict_spans(Words{"S-P"}, TagScheme::Iob2), "The tag 'S-P' is none of the scheme IOB2.");
}

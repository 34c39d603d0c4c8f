// Are files and folders of texts found, read and named?
#include <algorithm>
#include <string>
#include <vector>

#include <tuneit/io/text/folder.hpp>
#include <tuneit/io/text/plain.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"
#include "texts.hpp"

using namespace texts;

namespace {

io::Texts folder(const test::TempFolder& f, const io::TextOptions& options = {}) {
  io::Texts out;
  io::read_text_folder(f.path(), options, out);
  return out;
}
/// "part/label:text" of each.
std::vector<std::string> all(const io::Texts& texts) {
  std::vector<std::string> out;
  for (const auto& e : texts.examples) {
    const std::string* name = std::get_if<std::string>(&e.label);
    out.push_back(e.part + "/" + (name == nullptr ? "" : *name) + ":" + e.text);
  }
  return out;
}
using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("documents between empty lines, or a file each", "[io][text]") {
  const auto t = read("\n\nOne.\r\nStill one.\r\n \t\r\nTwo.\rStill two.\r\rThree.", TextFormat::Plain);
  REQUIRE(t.examples.size() == 3);
  CHECK(t.examples[0].text == "One.\r\nStill one.");
  CHECK(t.examples[1].text == "Two.\rStill two.");
  CHECK(t.examples[1].line == 6);
  CHECK(t.examples[2].text == "Three.");
  CHECK(t.examples[2].line == 9);
  CHECK(read("a\n\nb\n", TextFormat::Plain, {.documents = io::Documents::File}).examples[0].text == "a\n\nb\n");
  CHECK(read(" \n", TextFormat::Plain).examples.empty());
  CHECK(read("", TextFormat::Plain, {.documents = io::Documents::File}).blank == 1);
  CHECK(refusal("a\n\nbbbbb\n", TextFormat::Plain, {.most_text_bytes = 4}) ==
        "f:3: a text of more than 4 bytes begins.");
  CHECK(refusal("a\n\nb\xc3", TextFormat::Plain) ==
        "f:3: byte 2 of the line is not UTF-8: a character that is cut short.");
  CHECK(read("a\xc3", TextFormat::Plain, {.replace_invalid = true}).replaced == 1);
}

TEST_CASE("a folder for each class, and parts of them", "[io][text]") {
  const test::TempFolder flat;
  flat.write("pos/b.txt", "good");
  flat.write("pos/a.txt", "fine");
  flat.write("neg/1.TXT", "\xef\xbb\xbfpoor");
  flat.write("neg/.hidden.txt", "x");
  flat.write("neg/notes.md", "x");
  CHECK(all(folder(flat)) == Strings{"/neg:poor", "/pos:fine", "/pos:good"});
  CHECK(folder(flat).notes.size() == 1);
  const test::TempFolder parts;
  parts.write("train/pos/1.txt", "good");
  parts.write("train/neg/1.txt", "bad");
  parts.write("test/pos/1.txt", "fine");
  parts.write("test/neg/1.txt", "poor");
  parts.write("train/urls.txt", "http");
  parts.write("other/pos/1.txt", "left");
  CHECK(all(folder(parts)) == Strings{"test/neg:poor", "test/pos:fine", "train/neg:bad", "train/pos:good"});
  CHECK(folder(parts).notes.size() == 2);
  CHECK(folder(parts).place(folder(parts).examples[0]).ends_with("test/neg/1.txt:1"));
}

TEST_CASE("a file for each part", "[io][text]") {
  const test::TempFolder f;
  f.write("train.csv", "text,label\na,x\nb,y\n");
  f.write("test.jsonl", "{\"text\":\"c\",\"label\":\"x\"}\n");
  f.write("readme.csv", "?");
  CHECK(all(folder(f)) == Strings{"test/x:c", "train/x:a", "train/y:b"});
}

TEST_CASE("texts to be predicted lie in a folder", "[io][text]") {
  const test::TempFolder f;
  f.write("2.txt", "b");
  f.write("1.txt", "a\n\nc");
  CHECK(all(folder(f, {.labels = false})) == Strings{"/:a\n\nc", "/:b"});
}

TEST_CASE("folders that hold no texts are refused", "[io][text]") {
  const test::TempFolder f;
  CHECK_THROWS_WITH(folder(f), Catch::Contains("holds no class folders."));
  CHECK_THROWS_WITH(folder(f, {.labels = false}), Catch::Contains("holds no texts."));
  f.write("pos/a.txt", "x");
  f.write("neg/a.md", "x");
  CHECK_THROWS_WITH(folder(f), Catch::Contains("neg' holds no .txt files."));
  io::Texts out;
  CHECK_THROWS_WITH(io::read_text_file(f.path() / "pos", {}, out), Catch::Contains("its ending says no format."));
  CHECK_THROWS_WITH(io::read_text_file(f.path() / "no.csv", {}, out), Catch::Contains("does not exist"));
  CHECK_THROWS_WITH(io::read_text_file(f.write("bad.csv", "text,label\na\xff,b\n"), {}, out),
                    Catch::Contains("bad.csv:2: byte 2 of the line is not UTF-8"));
  const auto huge = f.write("huge.txt", "a");
  std::filesystem::resize_file(huge, io::kMaxTextFileBytes + 1);
  CHECK_THROWS_WITH(io::read_text_file(huge, {}, out),
                    Catch::Contains("huge.txt has 2147483649 bytes, more than 2 GiB."));
}

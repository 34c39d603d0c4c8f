// Which names of the data are which of a model, and how are two lists that differ shown?
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tuneit/app/data/match_names.hpp"

using namespace tuneit::app;
using Names = std::vector<std::string>;
using Places = std::vector<std::size_t>;
constexpr std::size_t none = NamesMatch::none;

TEST_CASE("equal names match first, then those that people can hardly tell apart", "[app][names]") {
  const NamesMatch turned = match_names({"bacteria", "normal"}, {"NORMAL", "bacteria"});
  CHECK(turned.place == Places{1, 0});
  CHECK(turned.alike == Places{1});
  CHECK(turned.same());
  CHECK(match_names({"b", "a"}, {"a", "b"}).alike.empty());
  // 1 and 1.0, blanks, normal forms of Unicode (composed and not)
  const NamesMatch forms = match_names({"1.0", " two  words", "caf\xc3\xa9"}, {"cafe\xcc\x81", "two words", "1"});
  CHECK(forms.place == Places{2, 1, 0});
  CHECK(forms.alike == Places{0, 1, 2});
  // an equal name is taken, whatever else is like it
  const NamesMatch equal = match_names({"Cat", "cat"}, {"cat", "dog"});
  CHECK(equal.place == Places{none, 0});
  CHECK(equal.unknown == Places{0});
  CHECK(equal.absent == Places{1});
  // two that are alike: nobody knows which is meant
  CHECK(match_names({"Cat", "CAT"}, {"cat"}).unknown == Places{0, 1});
  CHECK(match_names({"Cat"}, {"cat", "CAT"}).unknown == Places{0});
  CHECK_FALSE(match_names({}, {"cat"}).same());
  CHECK(match_names({"a", "b"}, {"a", "b", "c"}).absent == Places{2});
}

TEST_CASE("two lists of names are shown side by side, those that differ first", "[app][names]") {
  const Names data{"bacteria", "virus"}, model{"NORMAL", "bacteria"};
  CHECK(side_by_side(match_names(data, model), data, model) ==
        "  model       data\n  -           'virus'\n  'NORMAL'    -\n  'bacteria'  'bacteria'");
  Names many;
  for (int i = 0; i < 100; ++i) many.push_back("line\n" + std::to_string(i));
  const std::string text = side_by_side(match_names(many, model), many, model);
  CHECK(text.find("'line\\x0a11'") != std::string::npos);
  CHECK(text.find("'line\\x0a12'") == std::string::npos);
  CHECK(text.find("and 90 more") != std::string::npos);
}

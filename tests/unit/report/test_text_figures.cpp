// Are the figures of text tasks those of their definitions, in small cases that are checked by hand?
#include <cmath>
#include <string>
#include <vector>

#include <tuneit/report/text/classes.hpp>
#include <tuneit/report/text/correlation.hpp>
#include <tuneit/report/text/spans.hpp>
#include <tuneit/report/text/squad.hpp>

#include <catch2/catch.hpp>

using namespace tuneit;
using namespace tuneit::report;
using Words = std::vector<std::string>;

TEST_CASE("F1 in four averages, and Matthews' correlation", "[report][text]") {
  ClassCounts c(4);
  for (const auto& [truth, predicted] : {std::pair(0, 0), {0, 0}, {0, 1}, {1, 1}, {1, 0}, {2, 1}})
    c.add(truth, predicted);
  CHECK(c.accuracy() == Approx(3.0 / 6));
  CHECK(c.micro_f1() == c.accuracy());
  CHECK(c.binary_f1() == Approx(2.0 / 5));
  CHECK(c.binary_f1(3) == 0);                                  // 0/0
  CHECK(c.macro_f1() == Approx((4.0 / 6 + 2.0 / 5 + 0) / 3));  // class 3 is nowhere
  CHECK(c.weighted_f1() == Approx((3 * 4.0 / 6 + 2 * 2.0 / 5) / 6));
  CHECK(c.matthews() == Approx((3 * 6 - (3 * 3 + 3 * 2)) / std::sqrt((36.0 - 18) * (36 - 14))));
  ClassCounts one(2);
  one.add(1, 1);
  CHECK(one.matthews() == 0);
  CHECK(ClassCounts(2).macro_f1() == 0);
  CHECK_THROWS_WITH(c.add(4, 0), "There are 4 classes, not class 4 taken for 0.");
  CHECK_THROWS_WITH(c.merge(one), "Counts of 4 and of 2 classes cannot be merged.");
  ClassCounts twice = c;
  twice.merge(c);
  CHECK(twice.counts()[0] == HitCounts{4, 6, 6});
}

TEST_CASE("several labels", "[report][text]") {
  LabelCounts c(3);
  c.add({true, false, false}, {true, true, false});
  c.add({false, false, false}, {false, false, false});
  CHECK(c.micro_f1() == Approx(2.0 / 3));
  CHECK(c.macro_f1() == Approx(1.0 / 3));
  CHECK(c.subset_accuracy() == 0.5);
  CHECK_THROWS_WITH(c.add({true}, {true}), "There are 3 labels, not 1 and 1.");
}

TEST_CASE("correlations and perplexity", "[report][text]") {
  CHECK(average_ranks({3, 1, 3, 2}) == std::vector<double>{3.5, 1, 3.5, 2});
  Correlation c;
  c.add(1, 10);
  CHECK(std::isnan(c.pearson()));
  c.add(2, 100);
  c.add(3, 1000);
  CHECK(c.spearman() == Approx(1));
  CHECK(c.pearson() < 0.95);
  Correlation flat;
  for (const double x : {1.0, 2.0, 3.0}) flat.add(x, 7);
  CHECK(std::isnan(flat.pearson()));
  CHECK(std::isnan(flat.spearman()));
  Correlation all = c;
  all.merge(flat);
  CHECK(all.total() == 6);
  Perplexity p, q;
  CHECK(std::isnan(p.value()));
  p.add(std::log(4.0) * 3, 3);
  q.add(std::log(2.0), 1);
  p.merge(q);
  CHECK(p.value() == Approx(std::exp((3 * std::log(4.0) + std::log(2.0)) / 4)));
}

TEST_CASE("spans: by default and strictly", "[report][text]") {
  const Words truth{"B-P", "I-P"}, predicted{"I-P", "I-P"};
  SpanCounts lenient, strict(io::TagScheme::Iob2);
  lenient.add(truth, predicted);
  strict.add(truth, predicted);
  CHECK(lenient.all().f1() == 1);
  CHECK(strict.all().f1() == 0);
  CHECK(strict.all() == HitCounts{0, 1, 0});
  // a span does not go on in the next sentence
  lenient.add(Words{"I-P"}, Words{"I-P"});
  CHECK(lenient.all() == HitCounts{2, 2, 2});
  CHECK(lenient.sentences() == 2);
  SpanCounts two;
  two.add(Words{"B-P", "O", "B-L"}, Words{"B-P", "B-M", "O"});
  CHECK(two.macro_f1() == Approx(1.0 / 3));
  CHECK(two.weighted_f1() == Approx(1.0 / 2));
  lenient.merge(two);
  CHECK(lenient.types().at("P") == HitCounts{3, 3, 3});
  CHECK_THROWS_WITH(two.add(truth, Words{"O"}), "A sentence of 2 tags was given 1 predicted ones.");
  CHECK_THROWS_WITH(strict.add(Words{"S-P"}, Words{"O"}), "The tag 'S-P' is none of the scheme IOB2.");
}

TEST_CASE("answers: exact match, F1, thresholds", "[report][text]") {
  CHECK(answer_words("The  U.S.A., an \"Ally\"!") == Words{"usa", "ally"});
  CHECK(answer_words("a\xc2\xa0the\xe2\x80\x94"
                     "cat") == Words{"\xe2\x80\x94"
                                     "cat"});
  CHECK(answer_words("\xce\x91\xce\xa3. \xce\xa3") ==
        Words{"\xce\xb1\xcf\x82", "\xcf\x83"});  // a sigma at the end of a word
  CHECK(match_answer("the cat sat", "Cat").f1() == Approx(2.0 / 3));
  CHECK(match_answer("", "the").exact);  // nothing is left of either
  CHECK(match_answer("", "the").f1() == 1);
  CHECK(match_answer("", "cat").f1() == 0);
  CHECK(match_answer("b b c", "b c c").same == 4);  // bags
  const Words accepted{"dog", "big cat"};
  CHECK(best_match("Cat!", accepted).f1() == Approx(2.0 / 3));
  CHECK(best_match("x", {}).f1() == 0);
  CHECK(best_match("", {}).exact);
  AnswerCounts counts, other;
  counts.add("dog", accepted);
  other.add("cat", accepted);
  counts.merge(other);
  CHECK(counts.exact_match() == 0.5);
  CHECK(counts.f1() == Approx((1 + 2.0 / 3) / 2));
  const NullThreshold best = best_null_threshold({{-1, 1, true}, {0, 0, false}, {2, 0.5, true}, {2, 0, false}});
  CHECK(best.threshold == -1);
  CHECK(best.score == 0.75);
  CHECK(best_null_threshold({{3, 0, true}, {1, 0, false}}).score == 0.5);
}

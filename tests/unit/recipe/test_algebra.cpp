// What the algebra of recipes does at run time: sweeps over numbers, canonical texts.
#include <catch2/catch.hpp>
#include <clocale>
#include <tuneit/recipe.hpp>

using namespace tuneit;

namespace {

using Base = Finetune<TinyNet, Freeze<Layers<0, 1>>, LrScale<Head, 10>, AdamW<Lr<1e-3>>>;
struct Mine : Base {};
enum class Way { Up = 3 };
template <Way W, int N>
struct Own : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    for (PlanRow& row : plan.rows) row.lr_scale *= N;
  }
};

}  // namespace

TEST_CASE("a sweep over a number makes settings, and compiles one recipe") {
  const Settings s = defaults<Base>();
  const auto rates = sweep(s, "lr", {1e-3, 1e-4});
  REQUIRE(rates.size() == 2);
  CHECK(rates[0].optimizer.lr == 1e-3);
  CHECK(rates[1].optimizer.lr == 1e-4);
  CHECK(rates[1].optimizer.weight_decay == s.optimizer.weight_decay);
  const auto scales = sweep<Base>(s, "lr-scale", {1, 2, 3});
  REQUIRE(scales.size() == 3);
  CHECK(value_of<Base, LrScale<Head, 10>>(scales[2]) == 3);
  CHECK(sweep<Base>(s, "batch-size", {8})[0].batch_size == 8);
  CHECK(sweep(s, "seed", {8})[0].seed == 8);
  CHECK(s.batch_size == 32);
  CHECK(fingerprint<Base>(rates[0]) == fingerprint<Base>);
  CHECK(fingerprint<Base>(rates[1]) != fingerprint<Base>);
  CHECK_THROWS_AS(sweep(s, "lr-scale", {1}), Error);
  CHECK_THROWS_AS(sweep<Base>(s, "lr-scal", {1}), Error);
  CHECK_THROWS_AS(sweep<Base>(s, "lr-scale", {-1}), Error);  // outside of its range
}

TEST_CASE("the canonical text of a recipe") {
  CHECK(canonical_text<Base>() == "Finetune<TinyNet, AdamW<>, Freeze<Layers<0, 1>>, LrScale<Head, 10>>");
  CHECK(canonical_text<Mine>() == canonical_text<Base>());
  CHECK(canonical_text<Finetune<TinyNet, LrScale<Head, 10.0>, AdamW<>, Freeze<Layers<0, 1>>>>() ==
        canonical_text<Base>());
  CHECK(canonical_text<Finetune<TinyNet>>() == "Finetune<TinyNet>");
  using Phased = Finetune<TinyNet, Phases<Phase<Epochs<1>, Lr<1e-5>, Freeze<Head>>, Phase<Span<1, 4>, CosineLr>>>;
  CHECK(canonical_text<InPhase<Phased, 1>>() ==
        "InPhase<Finetune<TinyNet, Phases<Phase<Epochs<1>, Freeze<Head>, Lr<1e-05, Mean>>, Phase<Span<1, 4>, " +
            detail::said_text(Type<CosineLr>{}) + ">>>, 1>");
  CHECK(
      canonical_text<Finetune<TinyNet, CrossEntropy<ClassWeights<1, 2.5>, LabelSmoothing<0.1>>, Own<Way::Up, -2>>>() ==
      "Finetune<TinyNet, CrossEntropy<ClassWeights<1, 2.5>, LabelSmoothing<0.1>>, Own<Way(3), -2>>");
  CHECK(canonical_text<Finetune<TinyNet, Freeze<Match<"a\"\\b]>">>>>() ==
        R"(Finetune<TinyNet, Freeze<Match<"a\"\\b]>">>>)");
  CHECK(fingerprint<Base>.hex().size() == 16);
}

TEST_CASE("numbers of a text are the shortest that are the same, whatever the locale") {
  using detail::number_text;
  CHECK(number_text<std::string>(0.1) == "0.1");
  CHECK(number_text<std::string>(0.1 + 0.2) == "0.30000000000000004");
  CHECK(number_text<std::string>(1e-3) == "0.001");
  CHECK(number_text<std::string>(-2.5) == "-2.5");
  CHECK(number_text<std::string>(1e22) == "1e+22");
  CHECK(number_text<std::string>(100000) == "100000");
  CHECK(number_text<std::string>(-0.0) == "0");
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8"})
    if (std::setlocale(LC_NUMERIC, name) != nullptr) CHECK(number_text<std::string>(0.5) == "0.5");
  std::setlocale(LC_NUMERIC, before.c_str());
}

namespace {
using Other = Replace<Replace<Base, AnyOf<AdamW>, Sgd<>>, LrScale<Head, 10>, LrScale<Head, 3>>;
}  // namespace

TEST_CASE("two recipes side by side") {
  CHECK(compare<Base, Mine>().same());
  CHECK(compare<Base, canonical<Base>>().same());
  CHECK(compare<Base, Base>().text() == "no difference\n");
  const auto c = compare<Base, Other>();
  using D = decltype(c.rows)::value_type;
  CHECK(c.policies == std::vector<D>{{"LrScale<Head, 3>", "-", "LrScale<Head, 3>"},
                                     {"Sgd<>", "-", "Sgd<>"},
                                     {"LrScale<Head, 10>", "LrScale<Head, 10>", "-"},
                                     {"AdamW<>", "AdamW<>", "-"}});
  CHECK(c.rows == std::vector<D>{{"fc.weight", "trains, rate x 10", "trains, rate x 3"},
                                 {"fc.bias", "trains, rate x 10", "trains, rate x 3"}});
  REQUIRE(c.numbers.size() == 2);  // and the decay
  CHECK(c.numbers[1] == D{"lr-scale", "10", "3"});
  CHECK(c.text().find("fc.weight and 1 more: trains, rate x 10 | trains, rate x 3\n") != std::string::npos);
  Settings s = defaults<Base>();
  s.optimizer.lr = 0.5;
  const auto by_number = compare<Base, Base>(defaults<Base>(), s);
  CHECK(by_number.rows.empty());
  CHECK(by_number.numbers == std::vector{decltype(by_number.rows)::value_type{"lr", "0.001", "0.5"}});
  using Phased = Append<Remove<Base, AnyOf<Freeze>>, Phases<Phase<Epochs<1>, Freeze<Layers<0, 1>>>, Phase<Epochs<3>>>>;
  const auto phased = compare<Base, Phased>();
  REQUIRE(!phased.rows.empty());
  CHECK(phased.rows[0].name.rfind("phase 2 ", 0) == 0);
}

TEST_CASE("recipes as rows of a table") {
  const std::string plain = tabulate<List<Base, Other>>();
  CHECK(plain.find("AdamW<>, LrScale<Head, 10>") != std::string::npos);
  CHECK(plain.find("Freeze") == std::string::npos);  // they have it in common
  CHECK(plain.find(fingerprint<Other>.hex()) != std::string::npos);
  const std::string page = tabulate<Sweep<Base, Vary<Lr<1e-3>, Lr<1e-3>, Lr<1e-4>>>>(TableStyle::Markdown);
  CHECK(page.rfind("| recipe | trains | rate | epochs | memory | fingerprint |\n|---|---:|---:|---:|---:|---|\n", 0) ==
        0);
  CHECK(page.find("| AdamW<Lr<0.0001, Mean>> | 1,") != std::string::npos);
}

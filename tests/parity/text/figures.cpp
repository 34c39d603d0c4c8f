// text_figures IN OUT: the figures of report/text for the data in a JSON file; parity/check_text_figures.py asks it.
#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <tuneit/report/text/answers.hpp>
#include <tuneit/report/text/classes.hpp>
#include <tuneit/report/text/correlation.hpp>
#include <tuneit/report/text/spans.hpp>
#include <tuneit/report/text/squad.hpp>

using namespace tuneit;
using nlohmann::json;

namespace {

template <class T>
std::vector<T> list(const json& j) {
  return j.get<std::vector<T>>();
}

json classes(const json& in) {
  const auto k = in.at("classes").get<std::size_t>();
  report::ClassCounts counts(k), other(k);
  const auto truth = list<std::int64_t>(in.at("truth")), predicted = list<std::int64_t>(in.at("predicted"));
  for (std::size_t i = 0; i < truth.size(); ++i) (i % 3 == 0 ? other : counts).add(truth[i], predicted[i]);
  counts.merge(other);
  return {counts.accuracy(), counts.binary_f1(),   counts.micro_f1(),
          counts.macro_f1(), counts.weighted_f1(), counts.matthews()};
}
json labels(const json& in) {
  const auto k = in.at("labels").get<std::size_t>();
  report::LabelCounts counts(k), other(k);
  for (std::size_t i = 0; i < in.at("truth").size(); ++i)
    (i % 3 == 0 ? other : counts).add(list<bool>(in["truth"][i]), list<bool>(in["predicted"][i]));
  counts.merge(other);
  return {counts.micro_f1(), counts.macro_f1(), counts.subset_accuracy()};
}
json correlation(const json& in) {
  report::Correlation pairs;
  const auto x = list<double>(in.at("x")), y = list<double>(in.at("y"));
  for (std::size_t i = 0; i < x.size(); ++i) pairs.add(x[i], y[i]);
  return {pairs.pearson(), pairs.spearman()};  // NaN is written as null
}
json spans(const json& in) {
  const auto scheme = in.at("scheme").get<std::string>();
  std::optional<io::TagScheme> strict;
  for (const auto s : {io::TagScheme::Iob1, io::TagScheme::Iob2, io::TagScheme::Iobes, io::TagScheme::Bilou})
    if (io::scheme_name(s) == scheme) strict = s;
  report::SpanCounts counts(strict), other(strict);
  for (std::size_t i = 0; i < in.at("truth").size(); ++i)
    (i % 3 == 0 ? other : counts).add(list<std::string>(in["truth"][i]), list<std::string>(in["predicted"][i]));
  counts.merge(other);
  json types = json::object();
  for (const auto& [type, c] : counts.types()) types[type] = {c.hits, c.predicted, c.gold};
  return {types,
          counts.all().precision(),
          counts.all().recall(),
          counts.all().f1(),
          counts.macro_f1(),
          counts.weighted_f1()};
}
json answers(const json& in) {
  json each = json::array();
  report::AnswerCounts counts, other;
  std::size_t i = 0;
  for (const json& one : in) {
    const auto accepted = list<std::string>(one.at("accepted"));
    const auto predicted = one.at("predicted").get<std::string>();
    const report::AnswerMatch match = report::best_match(predicted, accepted);
    (i++ % 3 == 0 ? other : counts).add(predicted, accepted);
    std::string words;
    for (const std::string& word : report::answer_words(predicted)) words += (words.empty() ? "" : " ") + word;
    each.push_back({match.exact, match.f1(), words});
  }
  counts.merge(other);
  return {each, counts.exact_match(), counts.f1()};
}
json threshold(const json& in) {
  std::vector<report::AnswerChoice> choices;
  for (const json& c : in)
    choices.push_back({c[0].get<double>(), c[1].get<double>(), c[2].get<bool>(), c[3].get<bool>()});
  const report::NullThreshold best = report::best_null_threshold(choices);
  return {best.threshold, best.score};
}
json decision(const json& in) {
  std::vector<std::vector<float>> begins, ends;
  std::vector<std::vector<report::TokenBytes>> tokens;
  for (const json& w : in.at("windows")) {
    begins.push_back(list<float>(w.at("begin")));
    ends.push_back(list<float>(w.at("end")));
    auto& these = tokens.emplace_back();
    for (const json& t : w.at("offsets"))
      these.push_back(t.is_null() ? report::TokenBytes{}
                                  : report::TokenBytes{t[0].get<std::size_t>(), t[1].get<std::size_t>(), true});
  }
  std::vector<report::AnswerWindow> windows;
  for (std::size_t i = 0; i < begins.size(); ++i) windows.push_back({begins[i], ends[i], tokens[i]});
  const report::AnswerDecision d = report::decide_answer(in.at("passage").get<std::string>(), windows,
                                                         {.n_best = in.at("n_best").get<std::size_t>(),
                                                          .most_tokens = in.at("most").get<std::size_t>(),
                                                          .may_have_none = in.at("none").get<bool>(),
                                                          .null_threshold = in.at("threshold").get<double>()});
  json n_best = json::array();
  for (const auto& a : d.n_best) n_best.push_back({a.text, a.score, a.probability});
  return {d.text, n_best, d.null_difference ? json(*d.null_difference) : json()};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ifstream file(argv[1]);
  const json in = json::parse(file);
  json out;
  for (const auto& [kind, figure] : {std::pair("classes", &classes),
                                     {"labels", &labels},
                                     {"correlation", &correlation},
                                     {"spans", &spans},
                                     {"answers", &answers},
                                     {"threshold", &threshold},
                                     {"decision", &decision}}) {
    out[kind] = json::array();
    for (const json& one : in.at(kind)) out[kind].push_back(figure(one));
  }
  std::ofstream(argv[2]) << out;
  return 0;
}

#pragma once
// Recipes as the rows of a table: what they do not have in common, how much of them trains, and what a step costs.
#include <string>
#include <vector>

#include "tuneit/recipe/algebra/compare.hpp"
#include "tuneit/recipe/algebra/fingerprint.hpp"
#include "tuneit/recipe/queries/queries.hpp"

namespace tuneit {

/// Plain: columns of one width. Markdown: for pages.
enum class TableStyle { Plain, Markdown };

namespace detail {

template <class R>
auto row_of_recipe(const std::string& differs) {
  Settings s = defaults<R>();
  if (s.classes <= 0) s.classes = 1000;  // of a Dynamic head
  return typename TextsFor<R>::list{differs,
                                    grouped(count_parameters<R>(false, s.classes)),
                                    number_text<std::string>(s.optimizer.lr),
                                    std::to_string(total_epochs<R>(s)),
                                    bytes_text(memory<R>(s).total()),
                                    fingerprint<R>.hex()};
}
template <class Rows>
auto markdown_text(const Rows& rows) {
  typename TextsFor<Rows>::text out;
  bool first = true;
  for (const auto& cells : rows) {
    out += "|";
    for (const auto& cell : cells) out += " " + cell + " |";
    out += first ? "\n|---|---:|---:|---:|---:|---|\n" : "\n";
    first = false;
  }
  return out;
}
template <class... Rs>
std::string table_of(Type<List<Rs...>>, TableStyle style) {
  using Texts = TextsFor<List<Rs...>>;
  const typename Texts::table said{[] {
    auto all = detail::policy_texts(Type<typename canonical<Rs>::policies>{});
    all.insert(all.begin(), detail::said_text(Type<typename Rs::root>{}));
    return all;
  }()...};
  const auto has = [](const auto& one, const auto& text) {
    for (const auto& other : one)
      if (other == text) return true;
    return false;
  };
  const auto in_all = [&](const auto& text) {
    for (const auto& one : said)
      if (!has(one, text)) return false;
    return said.size() > 1;
  };
  const auto name_of = [&](const auto& one) {
    std::string name;
    for (const auto& text : one)
      if (!in_all(text)) name += (name.empty() ? "" : ", ") + text;
    return name.empty() ? one[0] : name;
  };
  const auto headings = typename Texts::list{"recipe", "trains", "rate", "epochs", "memory", "fingerprint"};
  std::size_t i = 0;
  typename Texts::table rows{row_of_recipe<Rs>(name_of(said[i++]))...};
  if (style == TableStyle::Markdown) {
    rows.insert(rows.begin(), headings);
    return markdown_text(rows);
  }
  Columns table(headings, "<>>>><");
  for (auto& row : rows) table.row(row);
  return table.text();
}

}  // namespace detail

/// The recipes of a list, a row for each: model and policies that not all of them have, parameters that train, rate,
/// epochs, memory of a step, fingerprint. `tabulate<Sweep<...>>()`
template <class L>
std::string tabulate(TableStyle style = TableStyle::Plain) {
  return detail::table_of(Type<L>{}, style);
}

}  // namespace tuneit

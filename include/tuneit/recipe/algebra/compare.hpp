#pragma once
// In what do two recipes differ? In policies, in what happens to which tensor in which phase, and in numbers.
#include <string>
#include <vector>

#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/algebra/canonical.hpp"
#include "tuneit/recipe/algebra/members.hpp"
#include "tuneit/recipe/numbers/numbers.hpp"

namespace tuneit {
namespace detail {

/// Texts and lists of them for T, by types that are not known before T is: who compares nothing instantiates nothing of
/// them.
template <class T>
struct TextsFor {
  using text = std::string;
  using list = std::vector<std::string>;
  using table = std::vector<list>;
  using marks = std::vector<char>;
};

}  // namespace detail

/// What compare<A, B>() found. (A template, as all that only some programs use.)
template <class A, class B>
struct Comparison {
  /// Something by its name, and what A and B say of it; "-" where one has it not.
  struct Difference {
    std::string name, a, b;
    bool operator==(const Difference&) const = default;
  };
  std::vector<Difference> policies, rows, numbers;

  [[nodiscard]] bool same() const { return policies.empty() && rows.empty() && numbers.empty(); }
  /// A line for each difference; of rows that differ alike the first, and how many more there are.
  [[nodiscard]] std::string text() const {
    typename detail::TextsFor<A>::text out;
    for (const Difference& d : policies)
      out += d.b == "-" ? "only in the first: " + d.a + "\n" : "only in the second: " + d.b + "\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::size_t before = 0, others = 0;
      for (std::size_t j = 0; j < rows.size(); ++j)
        if (j != i && rows[j].a == rows[i].a && rows[j].b == rows[i].b) ++(j < i ? before : others);
      if (before > 0) continue;
      out += rows[i].name + (others > 0 ? " and " + std::to_string(others) + " more" : "") + ": " + rows[i].a + " | " +
             rows[i].b + "\n";
    }
    for (const Difference& d : numbers) out += d.name + ": " + d.a + " | " + d.b + "\n";
    return out.empty() ? "no difference\n" : out;
  }
};

namespace detail {

template <class Row>
std::string row_text(const Row& row) {
  typename TextsFor<Row>::text text = row.frozen ? "frozen" : "trains, rate x " + short_number(row.lr_scale);
  if (!row.frozen && row.decay_scale != 1) text += ", decay x " + short_number(row.decay_scale);
  if (row.batch_statistics) text += ", statistics of the batch";
  if (row.starts_from == Origin::Fresh) text += ", from random numbers";
  if (row.recomputed) text += ", recomputed";
  return text;
}
/// name -> what is said, of all tensors in all phases; a recipe stays in its last phase.
template <class R>
auto said_rows(std::size_t phases) {
  typename TextsFor<R>::table all;
  for (std::size_t p = 0; p < phases; ++p)
    for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {
      const auto& plan_of = plans<R>[p < R::phase_count ? p : R::phase_count - 1];
      all.push_back(
          {(phases > 1 ? "phase " + std::to_string(p + 1) + " " : "") + std::string(table<typename R::model>.name(i)),
           row_text(plan_of.rows[i])});
    }
  return all;
}
template <class R>
auto said_numbers(const Settings& s) {
  typename TextsFor<R>::table all;
  for_each_member(s, [&](const auto name, const auto& x) {
    all.push_back({std::string(name), number_text<std::string>(static_cast<double>(x))});
  });
  for (const auto& n : named_numbers<R>()) all.push_back({n.name, number_text<std::string>(s.values[n.at])});
  return all;
}
/// `texts` of names and what is said of them: of this one; "-" where it is not there.
template <class Texts>
auto said_of(const Texts& texts, const auto& name) {
  for (const auto& one : texts)
    if (one[0] == name) return one[1];
  return typename Texts::value_type::value_type("-");
}
template <class D, class Texts>
std::vector<D> differences_of(const Texts& as, const Texts& bs) {
  std::vector<D> all;
  for (const auto& one : as)
    if (const auto other = said_of(bs, one[0]); other != one[1]) all.push_back({one[0], one[1], other});
  for (const auto& one : bs)
    if (said_of(as, one[0]) == "-") all.push_back({one[0], "-", one[1]});
  return all;
}
template <class... Ps>
auto policy_texts(Type<List<Ps...>>) {
  return typename TextsFor<List<Ps...>>::list{detail::said_text(Type<Ps>{})...};
}

}  // namespace detail

/// Rows and numbers in which two recipes differ, under these settings (their own): `std::puts(compare<A,
/// B>().text().c_str())`.
template <class A, class B>
Comparison<A, B> compare(const Settings& a = defaults<A>(), const Settings& b = defaults<B>()) {
  using D = typename Comparison<A, B>::Difference;
  Comparison<A, B> c;
  const auto as = detail::policy_texts(Type<typename A::policies>{}),
             bs = detail::policy_texts(Type<typename B::policies>{});
  typename detail::TextsFor<A>::marks taken(as.size());  // of equal ones as many as both have
  for (const auto& text : bs) {
    std::size_t i = 0;
    while (i < as.size() && (taken[i] != 0 || as[i] != text)) ++i;
    if (i == as.size())
      c.policies.push_back({text, "-", text});
    else
      taken[i] = 1;
  }
  for (std::size_t i = 0; i < as.size(); ++i)
    if (taken[i] == 0) c.policies.push_back({as[i], as[i], "-"});
  constexpr std::size_t phases = A::phase_count > B::phase_count ? A::phase_count : B::phase_count;
  c.rows = detail::differences_of<D>(detail::said_rows<A>(phases), detail::said_rows<B>(phases));
  c.numbers = detail::differences_of<D>(detail::said_numbers<A>(a), detail::said_numbers<B>(b));
  return c;
}

}  // namespace tuneit

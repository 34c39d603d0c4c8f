#pragma once
// The numbers of a recipe by name, for people and command lines: what can be changed, to what, and in which unit.
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit {

/// One number of a recipe: where it is in Settings::values, its full name ("lr-scale", "phase-2-epochs", "lr-scale-2"
/// for the second of its kind), and the policy that has it as a person wrote it.
struct NamedNumber {
  std::string name, policy;
  const Hyperparameter* number = nullptr;
  std::size_t at = 0;
};

namespace detail {

template <class... Steps>
void name_steps(std::vector<NamedNumber>& all, std::size_t& at, const std::string& prefix, List<Steps...>);
template <class G>
requires is_group<G>
void name_numbers(std::vector<NamedNumber>& all, std::size_t& at, const std::string& prefix);

template <class P>
void name_numbers(std::vector<NamedNumber>& all, std::size_t& at, const std::string& prefix) {
  if constexpr (requires { typename P::steps; })
    name_steps(all, at, prefix, typename P::steps{});  // of Augment: each number is that of a step
  else
    for (const Hyperparameter& k : hyperparameters_of<P>) all.push_back({prefix + k.name, type_name<P>(), &k, at++});
}
template <class... Steps>
void name_steps(std::vector<NamedNumber>& all, std::size_t& at, const std::string& prefix, List<Steps...>) {
  (name_numbers<Steps>(all, at, prefix), ...);
}
/// Those of an item that elsewhere are members of Settings.
template <class Item>
void name_only(std::vector<NamedNumber>& all, std::size_t& at, const std::string& prefix) {
  for (const Hyperparameter& h : phase_numbers<Item>) all.push_back({prefix + h.name, type_name<Item>(), &h, at++});
}
/// The word before the numbers of a group: its layer or selector in small letters, if that is one word.
template <class String>  // compiled where there are groups
String group_word(const String& selector) {
  String word, quoted;
  bool one = true, inside = false;
  for (std::size_t i = 0; i < selector.size(); ++i) {
    const char c = selector[i], small = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (c == '"')
      inside = !inside;
    else if (inside)
      quoted += c == '*' || c == ' ' ? '-' : c;
    else
      word += small;
    one = one && ((small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || inside);
  }
  if (word == "layer<>" && !quoted.empty()) return quoted + ".";
  return (one ? word : String("group")) + ".";
}
template <class G>
requires is_group<G>
void name_numbers(std::vector<NamedNumber>& all, std::size_t& at, const std::string& prefix) {
  const std::string own = prefix + group_word(type_name<typename G::selector>());
  [&]<class... Items>(List<Items...>) {
    (name_numbers<Items>(all, at, own), ...);
    (name_only<Items>(all, at, own), ...);
  }(typename G::items{});
}
template <class... Ps>
void name_common(std::vector<NamedNumber>& all, std::size_t& at, List<Ps...>) {
  (name_numbers<Ps>(all, at, ""), ...);
}
template <class P, class L, class... Items>
void name_phase(std::vector<NamedNumber>& all, std::size_t& at, int number, Type<Phase<L, Items...>>) {
  const std::string prefix = "phase-" + std::to_string(number) + "-";
  all.push_back({prefix + "epochs", "phase " + std::to_string(number), &Phase<L, Items...>::numbers[0], at++});
  (name_numbers<Items>(all, at, prefix), ...);
  (name_only<Items>(all, at, prefix), ...);
}
template <class... Ps>
void name_phases(std::vector<NamedNumber>& all, std::size_t& at, List<Ps...>) {
  int number = 0;
  (name_phase<Ps>(all, at, ++number, Type<Ps>{}), ...);
}

}  // namespace detail

/// All numbers in Settings::values of a recipe, in their order.
template <class R>
std::vector<NamedNumber> named_numbers() {
  std::vector<NamedNumber> all;
  std::size_t at = 0;
  detail::name_common(all, at, typename R::common{});
  if constexpr (!std::is_void_v<typename R::phased>) detail::name_phases(all, at, typename R::phases::list{});
  std::vector<std::string> base;
  for (const NamedNumber& n : all) base.push_back(n.name);
  for (std::size_t i = 0; i < all.size(); ++i) {
    int before = 0;
    for (std::size_t j = 0; j < i; ++j) before += base[j] == base[i] ? 1 : 0;
    if (before > 0) all[i].name.append("-").append(std::to_string(before + 1));
  }
  return all;
}

/// What a number may be, in words: "more than 0", "0 to 1", "a whole number of at least 1 epochs".
inline std::string range_text(const Hyperparameter& k) {
  std::string text = k.whole ? "a whole number, " : "";
  const bool bounded = k.most < 1e9;
  if (bounded)
    text += (k.open ? "more than " + short_number(k.least) + " and at most " : short_number(k.least) + " to ") +
            short_number(k.most, 9);
  else
    text += (k.open ? "more than " : "at least ") + short_number(k.least);
  return text + (*k.unit != '\0' ? std::string(" ") + k.unit : "");
}

/// Throws Error(Usage) for a number outside of its range.
inline void check_number(const NamedNumber& n, double value) {
  if (!n.number->allows(value))
    throw Error(ErrorKind::Usage, n.name + " is " + short_number(value, 9) + " (" + n.policy + ")",
                "Give " + range_text(*n.number) + ".");
}

/// Changes a number by its name: `set_number<R>(settings, "lr-scale", 5)`. Throws Error(Usage) for a name that the
/// recipe does not have or a value outside of its range.
template <class R>
void set_number(Settings& s, std::string_view name, double value) {
  std::string known;
  for (const NamedNumber& n : named_numbers<R>()) {
    if (n.name == name) {
      check_number(n, value);
      s.values[n.at] = value;
      if constexpr (!std::is_void_v<typename R::phased>) s.epochs = total_epochs<R>(s);
      return;
    }
    known += (known.empty() ? "" : ", ") + n.name;
  }
  const char* also = detail::named_member(name) != nullptr
                         ? " Numbers of every optimizer are members: settings.optimizer.lr, ..."
                         : "";
  throw Error(ErrorKind::Usage, "the recipe has no number called " + std::string(name),
              (known.empty() ? "It has none beside the members of Settings." : "It has " + known + ".") + also);
}

}  // namespace tuneit

#pragma once
// What may an option be? Help shows what the words of the option say; the range is told, in words, to those who leave
// it: "--epochs: is 0; give a whole number from 1 to 1000000".
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "tuneit/meta/columns.hpp"

namespace tuneit::app {

inline std::string outside(const std::string& text, const std::string& range) {
  return "is " + (text.empty() ? std::string("empty") : text) + "; give " + range;
}

namespace detail {

/// The whole text is a number, which is put into x. NaN and infinity are none.
inline bool is_number(const std::string& text, double& x) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + (text.starts_with('+') ? 1 : 0), end, x);
  return error == std::errc() && stop == end && x - x == 0;
}

inline CLI::Validator number_that(const std::function<bool(double)>& allows, const std::string& range) {
  return CLI::Validator(
      [=](const std::string& text) {
        double x = 0;
        return is_number(text, x) && allows(x) ? std::string{} : outside(text, range);
      },
      "");
}

/// "a, b or c"
inline std::string or_text(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return text;
}

inline std::string lower(std::string text) {
  for (char& c : text) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace detail

/// From `least` to `most`, both included; whole numbers where both are given as such.
inline CLI::Validator in(double least, double most) {
  return detail::number_that([=](double x) { return least <= x && x <= most; },
                             "a number from " + short_number(least, 12) + " to " + short_number(most, 12));
}
inline CLI::Validator in(int least, int most) {
  return detail::number_that(
      [=](double x) { return least <= x && x <= most && x == static_cast<double>(static_cast<long long>(x)); },
      "a whole number from " + short_number(least, 12) + " to " + short_number(most, 12));
}
inline CLI::Validator positive() {
  return detail::number_that([](double x) { return x > 0; }, "a number above 0");
}
inline CLI::Validator not_negative() {
  return detail::number_that([](double x) { return x >= 0; }, "a number that is 0 or more");
}
/// A share of something that is never all of it.
inline CLI::Validator share() {
  return detail::number_that([](double x) { return 0 <= x && x < 1; }, "a number from 0 up to, not including, 1");
}
/// 0, 1, 2, ... as far as 64 bits go.
inline CLI::Validator natural() {
  return CLI::Validator(
      [](const std::string& text) {
        std::uint64_t x = 0;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), x);
        return error == std::errc() && stop == text.data() + text.size()
                   ? std::string{}
                   : outside(text, "a whole number from 0 to 18446744073709551615");
      },
      "");
}

/// One of these words.
inline CLI::Validator one_of(const std::vector<std::string>& names) {
  return CLI::Validator(
      [=](const std::string& text) {
        return std::find(names.begin(), names.end(), text) != names.end() ? std::string{}
                                                                          : outside(text, detail::or_text(names));
      },
      "");
}
/// One of these words, in letters of any case; it becomes the number of its enumerator, as CLI11 reads them.
template <class T>
requires(std::is_enum_v<T>) CLI::Validator one_of(const std::map<std::string, T>& names) {
  return CLI::Validator(
      [=](std::string& text) {
        const auto found = names.find(detail::lower(text));
        if (found != names.end()) {
          text = std::to_string(static_cast<std::underlying_type_t<T>>(found->second));
          return std::string{};
        }
        std::vector<std::string> words;
        for (const auto& name : names) words.push_back(name.first);
        return outside(text, detail::or_text(words));
      },
      "");
}

}  // namespace tuneit::app

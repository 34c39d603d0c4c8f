#pragma once
// A string that can be a template argument.
#include <cstddef>

namespace tuneit {

/// The name of a layer, a block or a glob as a template argument: `Layer<"layer4">`. N counts the closing zero.
template <std::size_t N>
struct fixed_string {
  char chars[N]{};

  consteval fixed_string(const char (&text)[N]) {
    for (std::size_t i = 0; i < N; ++i) chars[i] = text[i];
  }
  /// The first N-1 characters of a longer buffer; used where a name is computed (`DidYouMean`).
  consteval fixed_string(const char* text, std::size_t) {
    for (std::size_t i = 0; i + 1 < N; ++i) chars[i] = text[i];
    chars[N - 1] = '\0';  // written so that clang prints the text, and not a list of character codes
  }

  static constexpr std::size_t size() { return N - 1; }
  [[nodiscard]] constexpr const char* data() const { return chars; }
};

namespace detail {

constexpr std::size_t digits(int number) { return number < 10 ? 1 : 1 + digits(number / 10); }

template <int Number>
consteval auto make_number_name() {
  constexpr std::size_t n = digits(Number);
  char text[n + 1]{};
  int left = Number;
  for (std::size_t i = n; i-- > 0; left /= 10) text[i] = static_cast<char>('0' + left % 10);
  return fixed_string<n + 1>(text);
}

}  // namespace detail

/// A number (not negative) as a name: `Named<number_name<12>, ...>` is `Named<"12", ...>`.
template <int Number>
inline constexpr auto number_name = detail::make_number_name<Number>();

}  // namespace tuneit

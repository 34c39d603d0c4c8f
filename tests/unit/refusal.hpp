#pragma once
// What does an Error say?
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "tuneit/meta/error.hpp"

namespace tuneit::test {

/// The message of the Error that f throws, and its kind; empty where it throws none.
template <class F>
std::pair<std::string, ErrorKind> refusal(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return {e.what(), e.kind()};
  }
  return {};
}

}  // namespace tuneit::test

#define CHECK_REFUSED(expression, error_kind_, words)                                   \
  do {                                                                                  \
    const auto [text, error_kind] = tuneit::test::refusal([&] { (void)(expression); }); \
    INFO(text);                                                                         \
    CHECK(error_kind == (error_kind_));                                                 \
    CHECK_THAT(text, Catch::Contains(words));                                           \
  } while (false)

#pragma once
// What does an Error say?
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "tuneit/meta/error.hpp"

namespace test {

/// The message of the Error that f throws, and its kind; empty where it throws none.
template <class F>
std::pair<std::string, tuneit::Fault> refusal(const F& f) {
  try {
    f();
  } catch (const tuneit::Error& e) {
    return {e.what(), e.fault()};
  }
  return {};
}

}  // namespace test

#define CHECK_REFUSED(expression, fault_, words)                           \
  do {                                                                     \
    const auto [text, fault] = test::refusal([&] { (void)(expression); }); \
    INFO(text);                                                            \
    CHECK(fault == (fault_));                                              \
    CHECK_THAT(text, Catch::Contains(words));                              \
  } while (false)

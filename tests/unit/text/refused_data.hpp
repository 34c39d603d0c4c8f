#pragma once
// Why is what somebody wrote refused?
#include <catch2/catch.hpp>
#include <string>

#include "tuneit/meta/error.hpp"

namespace tuneit::text::tests {

/// The message of the Error(Data) that `read` throws; a failed test where it throws none.
template <class Read>
std::string refusal(Read read) {
  try {
    static_cast<void>(read());
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Data);
    return error.what();
  }
  FAIL("accepted");
  return {};
}

}  // namespace tuneit::text::tests

#pragma once
// What if one of several throws that are told of what has happened already?
#include <exception>

namespace tuneit::detail {

/// Makes all calls; the first thing that is thrown is thrown at the end. Of one call at most (Several is false) that is
/// nothing special.
template <bool Several, class... Calls>
void tell_all(const Calls&... calls) {
  if constexpr (!Several) {
    (calls(), ...);
  } else {
    std::exception_ptr first;
    const auto one = [&](const auto& call) {
      try {
        call();
      } catch (...) {
        if (!first) first = std::current_exception();
      }
    };
    (one(calls), ...);
    if (first) std::rethrow_exception(first);
  }
}

}  // namespace tuneit::detail

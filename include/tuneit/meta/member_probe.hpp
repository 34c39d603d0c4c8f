#pragma once
// Has a class a member of some name, callable or not?
#include <type_traits>

namespace tuneit::detail {

/// `Names` has members of the names that are looked for. One that T has too is ambiguous here, so that `requires {
/// &MemberProbe<T, Names>::on_step; }` is false.
template <class T, class Names>
struct MemberProbe : T, Names {};

/// Can T be asked so? Nothing can be derived from what is final.
template <class T>
inline constexpr bool can_be_probed = std::is_class_v<T> && !std::is_final_v<T>;

}  // namespace tuneit::detail

// build error: arguments, in the usual orders
// first error: ArgumentsNotListed.*Slowed
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
template <template <class> class>
struct Slowed : LrScale<Head, 0.1> {};
struct Slow : Slowed<Freeze> {};
constexpr std::uint64_t id = fingerprint<Finetune<ResNet18, Slowed<Freeze>>>;

// Refusals of hooks: what has none of the moments' members, or one that cannot be called so.
#include <tuneit/engine/behaviour/judge_hook.hpp>
using namespace tuneit;

struct Step {};
struct Epoch {};
struct Anybody {};
using Told = detail::Told<Step, Epoch, Anybody>;
template <class Expected, class Hook>
inline constexpr bool is = std::is_same_v<detail::hook_verdict<Hook, Told>, Expected>;

struct Counts {
  void on_step(const Step&) {}
};
struct AllMoments {
  void on_step(const Step&) {}
  template <class T>
  void on_epoch(const Epoch&, const T&) const {}
  static int should_stop() { return 0; }
};
struct LastEpoch final {
  void on_epoch(Epoch, const Anybody&) {}
};
static_assert(is<Accepted, Counts> && is<Accepted, AllMoments> && is<Accepted, const LastEpoch> == false &&
              is<Accepted, LastEpoch>);

struct Misspelt {
  void on_epok(const Epoch&, const Anybody&) {}
};
struct FinalMisspelt final {
  bool shuold_stop() { return false; }
};
static_assert(is<DoesNothing<Misspelt>, Misspelt> && is<DoesNothing<FinalMisspelt>, FinalMisspelt> &&
              is<DoesNothing<int>, int> && is<DoesNothing<void (*)()>, void (*)()>);

struct WrongStep : Counts {
  void on_step(const Epoch&) {}
};
struct OneArgument : Counts {
  void on_epoch(const Epoch&) {}
};
struct ChangesTrainer {
  void on_epoch(const Epoch&, Anybody&) {}
};
struct NoAnswer {
  void should_stop() {}
};
class Private : public Counts {
  bool should_stop() { return false; }
};
struct Overloaded {
  void on_epoch(int) {}
  void on_epoch(const Epoch&, int) {}
};
struct FinalWrong final {
  void on_step(int) {}
};
static_assert(is<LacksItsMember<WrongStep, Member::on_step>, WrongStep> &&
              is<LacksItsMember<FinalWrong, Member::on_step>, FinalWrong> &&
              is<LacksItsMember<const Counts, Member::on_step>, const Counts>);
static_assert(is<LacksItsMember<OneArgument, Member::on_epoch>, OneArgument> &&
              is<LacksItsMember<ChangesTrainer, Member::on_epoch>, ChangesTrainer> &&
              is<LacksItsMember<Overloaded, Member::on_epoch>, Overloaded>);
static_assert(is<LacksItsMember<NoAnswer, Member::should_stop>, NoAnswer> &&
              is<LacksItsMember<Private, Member::should_stop>, Private>);

#pragma once
// Programs of a network with outputs that have no loss: the operations on which only these depend run forward alone,
// keep nothing and have no way back.
#include <array>
#include <cstddef>
#include <cstdint>

#include "tuneit/net/wire_log.hpp"
#include "tuneit/net/wire_names.hpp"
#include "tuneit/recipe/losses/outputs.hpp"

namespace tuneit::detail {

/// Operations, those within segments counted.
template <class Op>
inline constexpr std::size_t inner_ops = 1;
template <class... Ops>
inline constexpr std::size_t inner_ops<List<Ops...>> = (std::size_t{0} + ... + inner_ops<Ops>);
template <class... Ops>
inline constexpr std::size_t inner_ops<op::Segment<Ops...>> = inner_ops<List<Ops...>>;

/// Goes through programs from the end to the beginning, as UsedRows through a description: of which operation does
/// nothing that is used depend? A Repeat and a sum are taken as a whole.
template <class Model, class Unused, std::size_t Size>
class UnreadOps {
 public:
  std::array<bool, Size + 1> at{};

  template <class... Programs>
  constexpr explicit UnreadOps(List<Programs...> all) : flow_(wire_log<Model>.outputs == 0) {
    back(all);
  }

 private:
  constexpr void back(List<>) {}
  template <class Op, class... Rest>
  constexpr void back(List<Op, Rest...>) {
    back(List<Rest...>{});
    one(Op{});
  }
  template <class... Ops>
  constexpr void one(List<Ops...> ops) {
    back(ops);
  }
  template <class... Ops>
  constexpr void one(op::Segment<Ops...>) {
    back(List<Ops...>{});
  }
  template <fixed_string Name>
  constexpr void one(Output<Name>) {
    flow_ = flow_ || !is_unused<Model>(output_index<Model>(name_hash<Name>), Unused{});
    at[--next_] = !flow_;
  }
  template <class Op>
  constexpr void one(Op) {
    constexpr const WireNames& own = wire_names<Op>;
    for (int i = 0; i < own.save_count; ++i) {
      bool& wire = used(own.saves[i]);
      flow_ = flow_ || wire;
      wire = false;
    }
    at[--next_] = !flow_;
    for (int i = 0; i < own.read_count; ++i) used(own.reads[i]) |= flow_;
    if constexpr (WireTag<Op>)
      if (use_of<Op> == WireUse::From) flow_ = false;
  }
  constexpr bool& used(std::uint64_t name) {
    int i = 0;
    while (i < count_ && names_[i] != name) ++i;
    if (i == count_) names_[count_++] = name;
    return used_[i];
  }

  bool flow_;
  std::size_t next_ = Size;
  int count_ = 0;
  std::uint64_t names_[most_wires + 1]{};
  bool used_[most_wires + 1]{};
};

// Operations one after the other with those that are unread put together. Mask: of each operation from At on.
template <const auto& Mask, std::size_t At, class Done, class Open, class... Ops>
struct PutUnread;
template <const auto& Mask, std::size_t At, class... Done>
struct PutUnread<Mask, At, List<Done...>, List<>> {
  using type = List<Done...>;
};
template <const auto& Mask, std::size_t At, class... Done, class First, class... Open>
struct PutUnread<Mask, At, List<Done...>, List<First, Open...>> {
  using type = List<Done..., op::Unread<First, Open...>>;
};
template <const auto& Mask, std::size_t At, class Op>
struct ReadPart {
  using type = Op;
};
template <const auto& Mask, std::size_t At, class... Ops>
struct ReadPart<Mask, At, op::Segment<Ops...>> {
  template <class... Parts>
  static op::Segment<Parts...> segment(List<Parts...>);
  using type = decltype(segment(typename PutUnread<Mask, At, List<>, List<>, Ops...>::type{}));
};
template <const auto& Mask>
constexpr bool all_unread(std::size_t at, std::size_t count) {
  for (std::size_t i = at; i < at + count; ++i)
    if (!Mask.at[i]) return false;
  return true;
}
template <const auto& Mask, std::size_t At, class... Done, class... Open, class Op, class... Rest>
struct PutUnread<Mask, At, List<Done...>, List<Open...>, Op, Rest...> {
  static constexpr auto next() {
    if constexpr (all_unread<Mask>(At, inner_ops<Op>)) {
      return PutUnread<Mask, At + inner_ops<Op>, List<Done...>, List<Open..., Op>, Rest...>{};
    } else {
      using before = typename PutUnread<Mask, At, List<Done...>, List<Open...>>::type;
      return behind(before{});
    }
  }
  template <class... Before>
  static constexpr auto behind(List<Before...>) {
    return PutUnread<Mask, At + inner_ops<Op>, List<Before..., typename ReadPart<Mask, At, Op>::type>, List<>,
                     Rest...>{};
  }
  using type = typename decltype(next())::type;
};

template <class Model, class Unused, class... Programs>
inline constexpr UnreadOps<Model, Unused, inner_ops<List<Programs...>>> unread_ops{List<Programs...>{}};

template <class Model, class Unused, class Programs, class Indices>
struct ReadPrograms;
template <class Model, class Unused, class... Programs, std::size_t... I>
struct ReadPrograms<Model, Unused, List<Programs...>, std::index_sequence<I...>> {
  static constexpr std::size_t begin(std::size_t program) {
    constexpr std::size_t counts[] = {inner_ops<Programs>..., 0};
    std::size_t sum = 0;
    for (std::size_t i = 0; i < program; ++i) sum += counts[i];
    return sum;
  }
  template <std::size_t At, class... Ops>
  static typename PutUnread<unread_ops<Model, Unused, Programs...>, At, List<>, List<>, Ops...>::type put(List<Ops...>);
  using type = List<decltype(put<begin(I)>(Programs{}))...>;
};

/// The programs of the blocks of a recipe's network, in a list.
template <class Parts, class Programs>
struct OnlyRead {
  using type = Programs;
};
template <class Parts, class... Programs>
requires(Parts::unused::names::size > 0) struct OnlyRead<Parts, List<Programs...>>
    : ReadPrograms<typename Parts::model, typename Parts::unused::names, List<Programs...>,
                   std::index_sequence_for<Programs...>> {
};

}  // namespace tuneit::detail

#pragma once
// Layers of tokens and of their indices in training: pooling, positions, learned tokens.
#include <cstdint>
#include <string>
#include <utility>

#include "tuneit/aten/make.hpp"
#include "tuneit/aten/merge.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/tokens/token_cache.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/net/layers/tokens.hpp"

namespace tuneit {

template <auto F, Need N>
struct Train<FirstToken, F, N> {
  using Saved = std::int64_t;  // how many tokens

  static at::Tensor forward(const at::Tensor& x, Saved& saved, const Context&) {
    saved = x.size(1);
    return x.select(1, 0).contiguous();
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    const at::Tensor d = std::move(dy).sum();
    at::Tensor dx = aten::zeros({d.size(0), saved, d.size(1)}, d.options());
    dx.select(1, 0).copy_(d);
    return {std::move(dx)};
  }
};
template <auto F>
struct Forward<FirstToken, F> {
  static at::Tensor run(const at::Tensor& x, const Context&) { return x.select(1, 0); }
};

namespace detail {

/// Each token's share of the mean, [N, 1, S].
inline at::Tensor token_shares(const at::Tensor& mask, const at::Tensor& x) {
  const at::Tensor there = mask.to(x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat);
  return there.div(there.sum(1, true).clamp_min(1)).unsqueeze(1);
}
inline at::Tensor mean_of_tokens(const at::Tensor& x, const at::Tensor& shares) {
  return shares.to(x.scalar_type()).matmul(x).squeeze(1);
}

}  // namespace detail

template <fixed_string Mask, auto F, Need N>
struct Train<MeanOfTokens<Mask>, F, N> {
  using Saved = at::Tensor;  // the shares

  static at::Tensor forward(const at::Tensor& x, Saved& saved, const Context& c) {
    at::Tensor shares = detail::token_shares(c.wire(0), x), y = detail::mean_of_tokens(x, shares);
    if constexpr (N.x) saved = std::move(shares);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    const at::Tensor d = std::move(dy).sum(), shares = std::exchange(saved, {}).to(d.scalar_type());
    return {shares.transpose(1, 2).mul(d.unsqueeze(1))};
  }
};
template <fixed_string Mask, auto F>
struct Forward<MeanOfTokens<Mask>, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) {
    return detail::mean_of_tokens(x, detail::token_shares(c.wire(0), x));
  }
};

template <int Padding, auto F>
struct Forward<NotPadding<Padding>, F> {
  static at::Tensor run(const at::Tensor& index, const Context&) { return index.ne(Padding); }
};
template <int Padding, auto F, Need N>
struct Train<NotPadding<Padding>, F, N> {
  using Saved = detail::NothingSaved;
  static at::Tensor forward(const at::Tensor& index, Saved&, const Context&) { return index.ne(Padding); }
  static Gradient backward(const Gradient&, Saved&, const Context&) { return {}; }
};

namespace detail {

inline at::Tensor positions_from(const at::Tensor& index, int padding) {
  const at::Tensor there = index.ne(padding).to(at::kLong);
  return there.cumsum(1).mul_(there).add_(padding);
}

}  // namespace detail

template <int Padding, auto F>
struct Forward<PositionsFromPadding<Padding>, F> {
  static at::Tensor run(const at::Tensor& index, const Context&) { return detail::positions_from(index, Padding); }
};
template <int Padding, auto F, Need N>
struct Train<PositionsFromPadding<Padding>, F, N> {
  using Saved = detail::NothingSaved;
  static at::Tensor forward(const at::Tensor& index, Saved&, const Context&) {
    return detail::positions_from(index, Padding);
  }
  static Gradient backward(const Gradient&, Saved&, const Context&) { return {}; }
};

namespace detail {

[[noreturn, gnu::cold]] inline void refuse_length(std::int64_t tokens, std::int64_t most) {
  throw Error(ErrorKind::Data,
              std::string("the texts of a batch have ")
                      .append(std::to_string(tokens))
                      .append(" tokens, and the network has positions for ") +
                  std::to_string(most),
              "Cut them when they are made into tokens, or in parts that overlap.");
}

/// x + t, which is seen for each sample; x is overwritten where nobody else holds it.
inline at::Tensor add_to_tokens(at::Tensor x, const at::Tensor& t) {
  const at::Tensor same = in_numbers(t, x.scalar_type());
  return exclusive(x) ? x.add_(same) : x.add(same);
}
/// The gradient of what was added to each sample, in single precision.
inline at::Tensor sum_of_samples(const at::Tensor& d) {
  return d.sum(0, false, d.scalar_type() == at::kDouble ? at::kDouble : at::kFloat);
}

template <class Of, bool Moves, Need N>
struct TrainAddition {
  using Saved = NothingSaved;
  static at::Tensor forward(at::Tensor x, Saved&, const Context& c) {
    const at::Tensor t = Of::added(c.tensor(0), x.size(1));
    return add_to_tokens(std::move(x), t);
  }
  static Gradient backward(Gradient dy, Saved&, const Context& c) {
    at::Tensor d = std::move(dy).sum();
    if constexpr (Moves) {
      at::Tensor g = aten::zeros_like(c.tensor(0));
      Of::add_gradient(g, sum_of_samples(d));
      c.set_gradient(0, std::move(g));
    }
    if constexpr (!N.x) return {};
    return {std::move(d)};
  }
};
/// Which rows of a table are added to so many tokens?
template <int Most>
struct OfPositions {
  static at::Tensor added(const at::Tensor& table, std::int64_t tokens) {
    if (const TokenCache* const cache = TokenCache::current(); cache != nullptr) [[unlikely]]
      return table.index_select(0, cache->places().flatten())
          .view({-1, tokens, table.size(1)});  // of each text its own
    if (tokens > Most) refuse_length(tokens, Most);
    return table.narrow(0, 0, tokens);
  }
  static void add_gradient(at::Tensor& g, const at::Tensor& d) { g.narrow(0, 0, d.size(0)).copy_(d); }
};
struct OfFirstRow {
  static at::Tensor added(const at::Tensor& table, std::int64_t) { return table.narrow(0, 0, 1); }
  static void add_gradient(at::Tensor& g, const at::Tensor& d) { g.select(0, 0).copy_(d.sum(0)); }
};
struct OfTokens {
  static at::Tensor added(const at::Tensor& tokens, std::int64_t) { return tokens; }
  static void add_gradient(at::Tensor& g, const at::Tensor& d) { g.select(0, 0).copy_(d); }
};
template <class Of>
struct ForwardAddition {
  static at::Tensor run(const at::Tensor& x, const Context& c) {
    return x.add(in_numbers(Of::added(c.tensor(0), x.size(1)), x.scalar_type()));
  }
};

}  // namespace detail

template <int Most, int D, auto F, Need N>
struct Train<AddPositions<Most, D>, F, N> : detail::TrainAddition<detail::OfPositions<Most>, F.trains(0), N> {};
template <int Most, int D, auto F>
struct Forward<AddPositions<Most, D>, F> : detail::ForwardAddition<detail::OfPositions<Most>> {};
template <int Rows, int D, auto F, Need N>
struct Train<AddFirstRow<Rows, D>, F, N> : detail::TrainAddition<detail::OfFirstRow, F.trains(0), N> {};
template <int Rows, int D, auto F>
struct Forward<AddFirstRow<Rows, D>, F> : detail::ForwardAddition<detail::OfFirstRow> {};
template <int Count, int D, fixed_string Name, auto F, Need N>
struct Train<AddTokens<Count, D, Name>, F, N> : detail::TrainAddition<detail::OfTokens, F.trains(0), N> {};
template <int Count, int D, fixed_string Name, auto F>
struct Forward<AddTokens<Count, D, Name>, F> : detail::ForwardAddition<detail::OfTokens> {};

namespace detail {

inline at::Tensor with_class_token(const at::Tensor& x, const at::Tensor& token) {
  return aten::cat(in_numbers(token, x.scalar_type()).expand({x.size(0), 1, x.size(2)}), x, 1);
}

}  // namespace detail

template <int D, fixed_string Name, auto F>
struct Forward<ClassToken<D, Name>, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) { return detail::with_class_token(x, c.tensor(0)); }
};
template <int D, fixed_string Name, auto F, Need N>
struct Train<ClassToken<D, Name>, F, N> {
  using Saved = detail::NothingSaved;
  static at::Tensor forward(const at::Tensor& x, Saved&, const Context& c) {
    return detail::with_class_token(x, c.tensor(0));
  }
  static Gradient backward(Gradient dy, Saved&, const Context& c) {
    const at::Tensor d = std::move(dy).sum();
    if constexpr (F.trains(0)) c.set_gradient(0, detail::sum_of_samples(d.select(1, 0)).view({1, 1, D}));
    if constexpr (!N.x) return {};
    return {d.narrow(1, 1, d.size(1) - 1).contiguous()};
  }
};

template <auto F>
struct Forward<PixelTokens, F> {
  static at::Tensor run(const at::Tensor& x, const Context&) { return x.flatten(2).transpose(1, 2); }
};
template <auto F, Need N>
struct Train<PixelTokens, F, N> {
  using Saved = std::int64_t;  // the height
  static at::Tensor forward(const at::Tensor& x, Saved& saved, const Context&) {
    saved = x.size(2);
    return x.permute({0, 2, 3, 1}).reshape({x.size(0), x.size(2) * x.size(3), x.size(1)});
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    const at::Tensor d = std::move(dy).sum();
    return {d.reshape({d.size(0), saved, d.size(1) / saved, d.size(2)}).permute({0, 3, 1, 2})};
  }
};

}  // namespace tuneit

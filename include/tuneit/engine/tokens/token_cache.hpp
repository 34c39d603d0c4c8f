#pragma once
// What causal attention has seen before: keys and values of earlier tokens, kept while a text is continued. Who
// generates says so for his thread; attention and positions ask.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/aten/merge.hpp"
#include "tuneit/kernels/tokens/softmax.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::detail {

/// Keys and values by layer of attention, in the order in which a network runs them, and which tokens are there.
class TokenCache {
 public:
  /// The cache of what runs on this thread; null: nothing is being generated.
  static TokenCache*& current() {
    static thread_local TokenCache* cache = nullptr;
    return cache;
  }
  /// While it lives, networks on this thread go on from a cache.
  class Scope {
   public:
    explicit Scope(TokenCache& cache) : before_(std::exchange(current(), &cache)) {}
    ~Scope() { current() = before_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    TokenCache* before_;
  };

  void clear() { *this = {}; }
  /// The next tokens are given to the network: there [N, S], bool, where they are. Each is in the place behind those of
  /// its text that are there; what is not has the first.
  void begin(const at::Tensor& there) {
    used_ = seen_.defined() ? seen_.size(1) : 0;
    seen_ = seen_.defined() ? aten::cat({seen_, there}, 1) : there;
    places_ = seen_.to(at::kLong).cumsum(1).sub_(1).clamp_min_(0).narrow(1, used_, there.size(1)).contiguous();
    all_there_ = seen_.all().item<bool>();
    layer_ = 0;
  }
  /// int64 [N, S]
  [[nodiscard]] const at::Tensor& places() const { return places_; }

  /// q, k and v of the new tokens, [N, S, H]: what the next attention makes of them, which sees the tokens before.
  at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads) {
    const auto in_heads = [heads](const at::Tensor& x) {
      return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
    };
    const std::int64_t now = q.size(1), all = used_ + now;
    if (layer_ == layers_.size()) layers_.emplace_back();
    Layer& kept = layers_[layer_++];
    keep(kept.keys, in_heads(k.contiguous()), all);
    keep(kept.values, in_heads(v.contiguous()), all);
    const at::Tensor qh = in_heads(q.contiguous());
    at::Tensor s =
        qh.matmul(kept.keys.narrow(2, 0, all).transpose(2, 3)).mul_(1 / std::sqrt(static_cast<double>(qh.size(3))));
    const at::ScalarType wide = s.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    s = s.to(wide);
    if (now > 1)
      s.masked_fill_(aten::full({now, all}, 1, s.options().dtype(at::kBool)).triu_(used_ + 1), kernels::hidden_score);
    if (!all_there_) s.masked_fill_(seen_.logical_not().unsqueeze(1).unsqueeze(1), kernels::hidden_score);
    const at::Tensor y = s.softmax(-1).to(q.scalar_type()).matmul(kept.values.narrow(2, 0, all));
    return y.transpose(1, 2).reshape({q.size(0), now, q.size(2)});
  }

 private:
  struct Layer {
    at::Tensor keys, values;  ///< [N, heads, room, D]
  };
  /// Behind what is there; room doubles where there is none.
  void keep(at::Tensor& to, const at::Tensor& x, std::int64_t all) const {
    if (!to.defined() || to.size(2) < all) {
      const std::int64_t room = std::max<std::int64_t>(all, to.defined() ? 2 * to.size(2) : 0);
      at::Tensor larger = aten::empty({x.size(0), x.size(1), room, x.size(3)}, x.options());
      if (used_ > 0) larger.narrow(2, 0, used_).copy_(to.narrow(2, 0, used_));
      to = std::move(larger);
    }
    to.narrow(2, used_, all - used_).copy_(x);
  }

  std::vector<Layer> layers_{};
  std::size_t layer_ = 0;
  std::int64_t used_ = 0;
  at::Tensor seen_{}, places_{};
  bool all_there_ = true;
};

[[noreturn, gnu::cold]] inline void refuse_to_continue() {
  throw Error(ErrorKind::Usage, "a network whose tokens see what comes later cannot continue texts",
              "Generate with a network of causal attention, as GPT-2.");
}

}  // namespace tuneit::detail

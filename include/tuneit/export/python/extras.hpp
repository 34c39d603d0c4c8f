#pragma once
// What a recipe may have beside plan, optimizer and loss: accumulation, clipping, averaged weights, early stopping,
// L2-SP, mixed pictures.
#include <string>

#include "tuneit/export/python/plan.hpp"
#include "tuneit/recipe/behaviour/accumulate.hpp"
#include "tuneit/recipe/behaviour/clip.hpp"
#include "tuneit/recipe/behaviour/ema.hpp"
#include "tuneit/recipe/behaviour/l2sp.hpp"
#include "tuneit/recipe/behaviour/mix.hpp"
#include "tuneit/recipe/metrics/metrics.hpp"
#include "tuneit/recipe/schedules/plateau.hpp"

namespace tuneit::python {

/// Their numbers as plain values.
struct ExtrasView {
  long long accumulate = 1;  ///< batches of a step
  ClipKind clip = ClipKind::None;
  double clip_most = 0;
  bool averages = false;
  double ema_decay = 0;
  std::string ema_decay_at;  ///< the decay at update t, an expression; empty: ema_decay
  bool stops = false;
  double patience = 0, min_delta = 0;
  bool pulls = false;
  double pull = 0, pull_new = 0;
  Names pulled;   ///< patterns of what has a place to go back to
  Said new_ones;  ///< patterns of what started from random numbers
  MixKind mix = MixKind::None;
  double mixup = 0, cutmix = 0;
  bool watches = false;  ///< a Plateau
  bool recomputes = false;
  PlateauState plateau{};
};

namespace detail {

template <class W>
std::string ema_warmup() {
  throw Error(ErrorKind::Usage, "nobody knows how to write the warm-up " + type_name<W>() + " of an average");
}
template <class W>
requires std::is_same_v<W, NoEmaWarmup> std::string ema_warmup() { return ""; }
template <class W>
requires requires {
  W::gamma;
  W::power;
}
std::string ema_warmup() {
  return "min(EMA_DECAY, 1 - (1 + t / " + number(W::gamma) + ") ** -" + number(W::power) + ")";
}

}  // namespace detail

/// What the script does of a policy, with its numbers n: one overload for each policy that is written here, for one of
/// one's own beside it. Throws Error(Usage) for a policy that acts and has none.
template <class P, class Model>
void write_extra(Type<P>, Type<Model>, const PlanText&, const double*, ExtrasView&) {
  if constexpr (tuneit::detail::Acts<P>::value && !tuneit::detail::ActsBySlot<P>)  // the latter: by their slots
    throw Error(ErrorKind::Usage, "nobody knows how to write the policy " + type_name<P>() + " as a PyTorch script",
                "Leave it out, or train with this program.");
}
template <class M, class Model>
void write_extra(Type<Monitor<M>>, Type<Model>, const PlanText&, const double*, ExtrasView&) {
  throw Error(ErrorKind::Usage, "a script watches the loss, and the recipe says " + type_name<Monitor<M>>(),
              "Leave it out, or train with this program.");
}
template <auto Max, class Model>
void write_extra(Type<ClipNorm<Max>>, Type<Model>, const PlanText&, const double* n, ExtrasView& e) {
  e.clip = ClipKind::Norm;
  e.clip_most = n[0];
}
template <auto Max, class Model>
void write_extra(Type<ClipValue<Max>>, Type<Model>, const PlanText&, const double* n, ExtrasView& e) {
  e.clip = ClipKind::Value;
  e.clip_most = n[0];
}
template <auto Decay, class W, class Model>
void write_extra(Type<Ema<Decay, W>>, Type<Model>, const PlanText&, const double* n, ExtrasView& e) {
  e.averages = true;
  e.ema_decay = n[0];
  e.ema_decay_at = detail::ema_warmup<W>();
}
template <class P, auto MinDelta, class Model>
void write_extra(Type<EarlyStop<P, MinDelta>>, Type<Model>, const PlanText&, const double* n, ExtrasView& e) {
  e.stops = true;
  e.patience = n[0];
  e.min_delta = n[1];
}
template <auto A, auto B, class S, class Model>
void write_extra(Type<L2Sp<A, B, S>>, Type<Model>, const PlanText& plan, const double* n, ExtrasView& e) {
  e.pulls = true;
  e.pull = n[0];
  e.pull_new = n[1];
  const auto parameter = [](const TensorView& t) { return !t.buffer; };
  const auto selected = [&](const TensorView& t) { return mask<Model, S>.at[&t - plan.tensors.data()]; };
  e.pulled = say(plan.tensors, parameter, [&](const TensorView& t) {
               return !t.buffer && selected(t) && t.trains();
             }).patterns;
  e.new_ones = say(plan.tensors, parameter, [](const TensorView& t) { return t.fresh && t.trains(); });
}
template <auto A, class Model>
void write_extra(Type<Mixup<A>>, Type<Model>, const PlanText&, const double* n, ExtrasView& e) {
  e.mix = MixKind::Mixup;
  e.mixup = n[0];
}
template <auto A, class Model>
void write_extra(Type<CutMix<A>>, Type<Model>, const PlanText&, const double* n, ExtrasView& e) {
  e.mix = MixKind::CutMix;
  e.cutmix = n[0];
}
template <auto A, auto B, class Model>
void write_extra(Type<MixupOrCutMix<A, B>>, Type<Model>, const PlanText&, const double* n, ExtrasView& e) {
  e.mix = MixKind::Either;
  e.mixup = n[0];
  e.cutmix = n[1];
}

/// The extras of a recipe under run-time numbers.
template <class R>
ExtrasView extras_view(const Settings& s, const PlanText& plan) {
  ExtrasView e;
  if constexpr (number_count < typename R::accumulate >> 0)
    e.accumulate = static_cast<long long>(*values_of<R, typename R::accumulate>(s));
  [&]<class... Ps>(List<Ps...>) {
    (write_extra(Type<Ps>{}, Type<typename R::model>{}, plan, values_of<R, Ps>(s), e), ...);
  }(typename R::common{});
  if constexpr (tuneit::detail::watches_loss<typename R::schedule>) {
    e.watches = true;
    e.plateau = R::schedule::start(values_of<R, typename R::schedule>(s));
  }
  e.recomputes = tuneit::detail::recomputes<typename R::parts>;
  return e;
}

inline std::string extras_constants(const ExtrasView& e) {
  std::string text;
  const auto constant = [&](const char* name, const std::string& value, const std::string& comment) {
    text += std::string(name) + " = " + value + "  # " + comment + "\n";
  };
  if (e.recomputes) text += "# Recompute is left out: it saves memory and changes no result.\n";
  if (e.accumulate > 1) constant("ACCUMULATE", whole(static_cast<double>(e.accumulate)), "batches of one step");
  if (e.clip == ClipKind::Norm)
    constant("CLIP_NORM", number(e.clip_most), "the largest norm of all gradients together");
  if (e.clip == ClipKind::Value) constant("CLIP_VALUE", number(e.clip_most), "the largest number of a gradient");
  if (e.averages) constant("EMA_DECAY", number(e.ema_decay), "of the averaged weights");
  if (e.stops) {
    constant("PATIENCE", whole(e.patience), "epochs without a lower loss end the training");
    constant("MIN_DELTA", number(e.min_delta), "what counts as lower");
  }
  if (e.pulls) {
    constant("PULL", number(e.pull), "L2-SP: back to where weights started");
    if (e.pull_new > 0) constant("PULL_NEW", number(e.pull_new), "and of new weights towards 0");
    text += "PULLED = " + quoted_list(e.pulled, 12) + "\n";
    if (e.pull_new > 0) text += "NEW = " + quoted_list(e.new_ones.patterns, 8) + "\n";
  }
  if (e.mixup > 0) constant("MIXUP", number(e.mixup), "alpha of mixup");
  if (e.cutmix > 0) constant("CUTMIX", number(e.cutmix), "alpha of CutMix");
  return text;
}

/// The functions of the extras, each with two empty lines after it.
inline std::string extras_functions(const ExtrasView& e) {
  std::string text;
  if (e.pulls) {
    text += R"(def pull(model, start):
    """L2-SP (arXiv 1802.01483), added to the loss: trained weights stay near to where they started."""
    penalty = 0.0
    for name, p in model.named_parameters():
        if p.requires_grad and matches(name, PULLED):
            penalty = penalty + PULL / 2 * (p - start[name]).square().sum()
)";
    if (e.pull_new > 0)
      text +=
          "        elif p.requires_grad and matches(name, NEW):\n"
          "            penalty = penalty + PULL_NEW / 2 * p.square().sum()\n";
    text += "    return penalty\n\n\n";
  }
  if (e.watches) {
    const PlateauState& p = e.plateau;
    text +=
        "class Plateau:\n    \"\"\"torch's ReduceLROnPlateau as a factor on the rate, told a loss after each "
        "epoch.\"\"\"\n\n"
        "    factor, best, bad, cooling = 1.0, math.inf, 0, 0\n\n    def observe(self, loss):\n"
        "        if loss < self.best * (1 - " +
        number(p.threshold) +
        "):\n"
        "            self.best, self.bad = loss, 0\n        else:\n            self.bad += 1\n"
        "        if self.cooling > 0:\n            self.cooling, self.bad = self.cooling - 1, 0\n"
        "        if self.bad > " +
        number(p.patience) +
        ":\n"
        "            self.bad, self.cooling = 0, " +
        whole(p.cooldown) +
        "\n"
        "            self.factor = max(self.factor * " +
        number(p.gamma) + ", " + number(p.least) + ")\n\n\n";
  }
  if (e.averages)
    text += std::string(
                "@torch.no_grad()\ndef update(average, model, t):\n"
                "    \"\"\"The moving average after step t = 1, 2, ...: of weights and statistics; counts are "
                "copied.\"\"\"\n") +
            "    decay = " + (e.ema_decay_at.empty() ? "EMA_DECAY" : e.ema_decay_at) +
            R"(
    for a, w in zip(average.state_dict().values(), model.state_dict().values()):
        if a.is_floating_point():
            a.mul_(decay).add_(w, alpha=1 - decay)
        else:
            a.copy_(w)


)";
  if (e.mix != MixKind::None) {
    const std::string cut = R"(share = random.betavariate(CUTMIX, CUTMIX)
height, width = images.shape[2:]
h, w = int(height * math.sqrt(1 - share)), int(width * math.sqrt(1 - share))
y, x = random.randrange(height), random.randrange(width)
top, bottom = max(0, y - h // 2), min(height, y + (h + 1) // 2)
left, right = max(0, x - w // 2), min(width, x + (w + 1) // 2)
mixed = images.clone()
mixed[:, :, top:bottom, left:right] = images.flip(0)[:, :, top:bottom, left:right]
return mixed, 1 - (bottom - top) * (right - left) / (height * width)
)";
    const std::string mix =
        "share = random.betavariate(MIXUP, MIXUP)\n"
        "return share * images + (1 - share) * images.flip(0), share\n";
    text += std::string("def mix(images):\n    \"\"\"") +
            (e.mix == MixKind::Mixup    ? "Mixup (arXiv 1710.09412) with the batch in reverse"
             : e.mix == MixKind::CutMix ? "CutMix (arXiv 1905.04899) with the batch in reverse"
                                        : "Mixup or CutMix with the batch in reverse, each half of the time") +
            ": pictures, and the share that is their own.\"\"\"\n";
    if (e.mix == MixKind::Either)
      text += "    if random.random() < 0.5:\n" + indented(mix, 8) + indented(cut);
    else
      text += indented(e.mix == MixKind::Mixup ? mix : cut);
    text += "\n\n";
  }
  return text;
}

}  // namespace tuneit::python

#pragma once
// The plans of a recipe for a script: groups of parameters that are treated alike in every phase, and the modules that
// stay in evaluation mode. Derived here on its own, not with the engine's code: the script is to be an oracle.
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "tuneit/export/modules/network.hpp"
#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit::python {

/// What a phase does with a parameter: its factors, or nothing.
struct Treatment {
  bool trains = false;
  double rate = 1, decay = 1;
  bool operator==(const Treatment&) const = default;
};

/// A tensor of the network, and what becomes of it.
struct TensorView {
  std::string name;
  int rank = 0;
  bool buffer = false, fresh = false;
  std::vector<Treatment> phases;
  std::size_t group = 0;  ///< 0: it is in none
  [[nodiscard]] bool trains() const {
    return std::any_of(phases.begin(), phases.end(), [](const Treatment& t) { return t.trains; });
  }
};

struct PlanText {
  std::vector<TensorView> tensors;
  std::vector<Names> still;  ///< of each phase: modules in evaluation mode, whole branches where possible
  bool random = false;       ///< some dropout is on in some phase

  /// Is there a phase with such modules, and do all phases have the same?
  [[nodiscard]] bool has_still() const {
    return std::any_of(still.begin(), still.end(), [](const Names& names) { return !names.empty(); });
  }
  [[nodiscard]] bool always_same_still() const {
    return std::all_of(still.begin(), still.end(), [&](const Names& names) { return names == still[0]; });
  }
};

/// The plan of every phase under run-time numbers.
template <class R>
PlanText plan_text(const Settings& s, const ModuleText& network) {
  using Model = typename R::model;
  const auto& t = table<Model>;
  PlanText out;
  out.tensors.resize(t.size);
  for (std::size_t i = 0; i < t.size; ++i) {
    TensorView& v = out.tensors[i];
    v.name = std::string(t.name(i));
    v.rank = t.rows[i].rank;
    v.buffer = t.rows[i].is_buffer();
    v.fresh = plans<R>[0].rows[i].starts_from == Origin::Fresh;
    v.group = plans<R>[0].rows[i].group;
  }
  const auto phase = [&](const auto& plan) {
    const auto moves = [&](std::size_t i) { return !plan.rows[i].frozen || plan.rows[i].batch_statistics; };
    Names modules;
    std::vector<bool> evaluates;
    for (std::size_t i = 0; i < t.size; ++i) {
      const PlanRow& row = plan.rows[i];
      TensorView& v = out.tensors[i];
      v.phases.push_back(v.buffer || row.frozen ? Treatment{} : Treatment{true, row.lr_scale, row.decay_scale});
      if (t.rows[i].kind != Kind::RunningMean) continue;
      modules.push_back(v.name.substr(0, v.name.rfind('.')));
      evaluates.push_back(!row.batch_statistics);
    }
    for (const RandomModule& m : network.random) {
      bool live = true;
      for (const auto& [begin, end] : m.scopes) {
        bool any = false;
        for (std::size_t i = begin; i < end; ++i) any = any || moves(i);
        live = live && any;
      }
      modules.push_back(m.name);
      evaluates.push_back(!live);
      out.random = out.random || (live && m.drops);
    }
    out.still.push_back(cover(modules, evaluates));
    for (std::string& name : out.still.back())
      name = name == "*" ? "" : name.ends_with(".*") ? name.substr(0, name.size() - 2) : name;
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (phase(tuneit::detail::make_plan<typename R::parts, I>(s.values.data())), ...);
  }
  (std::make_index_sequence<R::phase_count>{});
  return out;
}

/// Some tensors, said by shell patterns of their names; `rank` 1 or 2: and of them only those with one dimension, or
/// only those with more.
struct Said {
  Names patterns;
  int rank = 0;
};

namespace detail {

/// The same with stars in the middle: "layer1.*.conv1.weight", "*.conv1.weight", "*.bias". Nothing that is not meant
/// may match; the pattern that says most comes first.
inline Names globs(const Names& names, const std::vector<bool>& meant) {
  const auto matches = [](const std::string& glob, const std::string& name) {
    return text::glob(glob.data(), glob.size(), name.data(), name.size());
  };
  Names candidates;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!meant[i]) continue;
    const std::string& name = names[i];
    std::string numbers;
    for (std::size_t begin = 0; begin < name.size();) {
      const std::size_t end = std::min(name.find('.', begin), name.size());
      const bool counts = std::isdigit(static_cast<unsigned char>(name[begin])) != 0;
      numbers += (begin > 0 ? "." : "") + (counts ? "*" : name.substr(begin, end - begin));
      begin = end + 1;
    }
    candidates.push_back(name);
    candidates.push_back(numbers);
    std::size_t dot = name.rfind('.');
    for (int parts = 0; parts < 2 && dot != std::string::npos && dot > 0; ++parts, dot = name.rfind('.', dot - 1))
      candidates.push_back("*" + name.substr(dot));
  }
  Names chosen;
  std::vector<bool> left = meant;
  while (std::find(left.begin(), left.end(), true) != left.end()) {
    std::size_t most = 0;
    std::string best;
    for (const std::string& c : candidates) {
      std::size_t says = 0;
      bool only = true;
      for (std::size_t i = 0; i < names.size() && only; ++i)
        if (matches(c, names[i])) {
          only = meant[i];
          says += left[i] ? 1U : 0U;
        }
      if (only && says > most) {
        most = says;
        best = c;
      }
    }
    for (std::size_t i = 0; i < names.size(); ++i)
      if (matches(best, names[i])) left[i] = false;
    chosen.push_back(best);
  }
  return chosen;
}

}  // namespace detail

/// Says which of the tensors that `counts` are `meant`, in as few words as it takes.
template <class Counts, class Meant>
Said say(const std::vector<TensorView>& tensors, const Counts& counts, const Meant& meant) {
  const auto of_rank = [&](int rank) {
    Names names;
    std::vector<bool> wanted;
    for (const TensorView& t : tensors)
      if (counts(t) && (rank == 0 || (rank == 1) == (t.rank <= 1))) {
        names.push_back(t.name);
        wanted.push_back(meant(t));
      }
    Said said{cover(names, wanted), rank};
    if (said.patterns.size() > 6)
      if (Names shorter = detail::globs(names, wanted); 2 * shorter.size() < said.patterns.size())
        said.patterns = std::move(shorter);
    return said;
  };
  Said best = of_rank(0);
  const bool vectors = std::none_of(tensors.begin(), tensors.end(),
                                    [&](const TensorView& t) { return counts(t) && meant(t) && t.rank > 1; });
  const bool others = std::none_of(tensors.begin(), tensors.end(),
                                   [&](const TensorView& t) { return counts(t) && meant(t) && t.rank <= 1; });
  if (best.patterns.size() > 2 && vectors != others)
    if (Said narrow = of_rank(vectors ? 1 : 2); 2 * narrow.patterns.size() <= best.patterns.size()) return narrow;
  return best;
}

}  // namespace tuneit::python

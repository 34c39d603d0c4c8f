#pragma once
// What of a recipe's network goes into PEFT's files, and under which names and numbers?
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/peft/config.hpp"
#include "tuneit/weights/expected.hpp"
#include "tuneit/weights/peft_modules.hpp"

namespace tuneit::weights {

/// What a recipe is to PEFT.
struct PeftAdapter {
  io::peft::Config config;
  std::vector<PeftModule> modules;
  std::vector<bool> written;  ///< of each row of the table: is it in the file?
};

/// A tensor's name in the network: PEFT puts "base_model.model." before it (once more for each wrapper). Accepts what
/// earlier versions and other programs wrote: an adapter's name ("default"), ".weight" behind a vector. Throws
/// Error(ErrorKind::Weights) for other names.
[[nodiscard]] inline std::string name_of_peft(std::string_view name, const std::string& file) {
  constexpr std::string_view before = "base_model.model.";
  if (!name.starts_with(before))
    io::detail::refuse(file + " is no adapter of PEFT: a tensor of it is called " + io::quote(name) + ", and not " +
                       std::string(before) + "...");
  while (name.starts_with(before)) name.remove_prefix(before.size());
  std::string out(name);
  for (const std::string_view part : {".default", ".modules_to_save"})
    for (std::size_t at = out.find(part); at != std::string::npos; at = out.find(part, at))
      if (at + part.size() == out.size() || out[at + part.size()] == '.')
        out.erase(at, part.size());
      else
        ++at;
  if (out.ends_with(".dora_scale"))
    io::detail::refuse(file + " has " + io::quote(name) +
                       ": another method than PEFT's DoRA, whose lengths are of rows");
  for (const std::string_view vector :
       {".lora_magnitude_vector.weight", ".ia3_l.weight", ".lora_embedding_A.weight", ".lora_embedding_B.weight"})
    if (out.ends_with(vector)) out.resize(out.size() - std::string_view(".weight").size());
  return out;
}

/// Names of a file, as name_of_peft gives them, without the prefix of a network's body. Where none has it, the file is
/// of the body alone, and its configuration calls the modules so.
inline void take_body_prefix(std::string_view prefix, std::vector<io::NamedTensor>& tensors,
                             std::vector<PeftModule>& modules) {
  bool any = false;
  for (io::NamedTensor& t : tensors)
    if (t.name.starts_with(prefix)) {
      t.name.erase(0, prefix.size());
      any = true;
    }
  for (PeftModule& m : modules)
    if (!any && m.name.starts_with(prefix)) m.name.erase(0, prefix.size());
}

namespace detail {

[[noreturn]] inline void refuse_peft(const std::string& why, const std::string& mend = {}) {
  throw Error(ErrorKind::Usage, "PEFT has no file that is this recipe: " + why, mend);
}

/// LoRA's alpha for a scale; the whole number that it is but for rounding.
inline double alpha_of(const LowRankOptions& o, bool rank_stabilised) {
  const double alpha = o.scale * (rank_stabilised ? std::sqrt(o.rank) : static_cast<double>(o.rank));
  const double whole = std::round(alpha);
  return std::fabs(alpha - whole) < 1e-12 * alpha ? whole : alpha;
}

inline io::peft::Config config_of(const std::vector<PeftModule>& modules, bool rank_stabilised,
                                  const std::vector<std::string>& all) {
  if (modules.empty()) refuse_peft("no rule of it is Lora, Dora or Ia3");
  const PeftModule& first = modules.front();
  io::peft::Config c;
  c.ia3 = first.ia3;
  c.dora = first.dora;
  std::vector<std::string> targets, inputs;
  for (const PeftModule& m : modules) {
    if (m.ia3 != c.ia3 || m.dora != c.dora) refuse_peft("it has rules of more than one kind, and a file has one");
    if (m.misfit != nullptr) refuse_peft(std::string(m.misfit) + ", as of " + io::quote(m.name));
    if (m.low_rank.dropout != first.low_rank.dropout) refuse_peft("its rules drop more than one share");
    targets.push_back(m.name);
    if (m.on_input) inputs.push_back(m.name);
  }
  c.targets = io::peft::names_for(targets, all, true);
  if (c.ia3) {
    c.feedforward = inputs == targets ? c.targets : io::peft::names_for(inputs, all, false);
    if (inputs.empty()) c.feedforward = {};
    return c;
  }
  c.rank_stabilised = rank_stabilised;
  c.gaussian = first.low_rank.gaussian;
  c.rank = first.low_rank.rank;
  c.alpha = alpha_of(first.low_rank, rank_stabilised);
  c.dropout = first.low_rank.dropout;
  for (const PeftModule& m : modules) {
    const std::string key = "^" + io::peft::exactly(std::vector{m.name});
    if (m.low_rank.rank != c.rank) c.ranks.emplace_back(key, m.low_rank.rank);
    if (const double alpha = alpha_of(m.low_rank, rank_stabilised); alpha != c.alpha) c.alphas.emplace_back(key, alpha);
  }
  return c;
}

}  // namespace detail

/// Throws Error(ErrorKind::Usage) where PEFT has nothing that is the same.
template <class R>
PeftAdapter peft_adapter() {
  using Model = typename R::model;
  PeftAdapter a;
  a.modules = peft_modules<R>();
  std::vector<std::string> all, trained;
  const auto add = [](std::vector<std::string>& to, const std::string& name) {
    if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
  };
  const auto is_target = [&](const std::string& module) {
    return std::any_of(a.modules.begin(), a.modules.end(), [&](const PeftModule& m) { return m.name == module; });
  };
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const std::string name = name_in_python<Model>(i), module = detail::peft_module_of(name);
    const TensorRow& row = table<Model>.rows[i];
    if (row.base < 0) {
      if (!is_target(module)) detail::refuse_peft("a rule has added " + io::quote(name));
      continue;
    }
    for (std::size_t dot = module.find('.'); dot != std::string::npos; dot = module.find('.', dot + 1))
      add(all, module.substr(0, dot));
    add(all, module);
    bool moves = false;
    for (const auto& p : plans<R>) moves = moves || (row.is_buffer() ? p.rows[i].batch_statistics : !p.rows[i].frozen);
    if (moves) add(trained, module);
  }
  a.config = detail::config_of(a.modules, detail::all_rank_stabilised(typename R::common{}), all);

  // modules_to_save are met by any end of a name, dots or not: what else they meet is written as well.
  std::set<std::string> saved;
  for (const std::string& module : all)
    for (const std::string& name : trained)
      if (module.ends_with(name)) saved.insert(module);
  std::set<std::string> leaves;
  for (std::size_t i = 0; i < table<Model>.size; ++i) leaves.insert(detail::peft_module_of(name_in_python<Model>(i)));
  for (const std::string& module : saved) {
    if (is_target(module))
      detail::refuse_peft(
          "of " + io::quote(module) + " an adapter trains, and the layer itself or one whose name ends alike",
          "Let only one of them train.");
    if (!leaves.contains(module))
      detail::refuse_peft("a layer that trains has a name with which that of " + io::quote(module) + " ends");
  }
  a.config.saved.assign(trained.begin(), trained.end());
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    a.written.push_back(table<Model>.rows[i].base < 0 ||
                        saved.contains(detail::peft_module_of(name_in_python<Model>(i))));
  return a;
}

/// Throws Error(ErrorKind::Weights) where the configuration is of another kind of adapter than the recipe, or scales it
/// otherwise. Ranks are those of the tensors.
inline void check_peft_config(const io::peft::Config& c, const PeftAdapter& recipe, const std::string& file) {
  const auto kind = [](const io::peft::Config& of) {
    return of.ia3 ? "IA3 (Ia3)" : of.dora ? "DoRA (Dora)" : "LoRA (Lora)";
  };
  if (c.ia3 != recipe.config.ia3 || c.dora != recipe.config.dora)
    io::detail::refuse(file + " is of " + kind(c) + ", and the recipe has " + kind(recipe.config));
  for (const PeftModule& m : recipe.modules) {
    if (c.ia3 && c.on_input(m.name, file) != m.on_input)
      io::detail::refuse(file + " multiplies what " + (m.on_input ? "comes out of " : "goes into ") +
                             io::quote(m.name) + ", and the recipe what " + (m.on_input ? "goes in" : "comes out"),
                         "Give Ia3 the option OnInput for feedforward_modules, and for no others.");
    if (c.ia3) continue;
    const double theirs = c.scale(m.name, file), ours = m.low_rank.scale;
    if (std::fabs(theirs - ours) > 1e-12 * std::fabs(ours))
      io::detail::refuse(file + " scales what it adds to " + io::quote(m.name) + " by " + std::to_string(theirs) +
                             ", and the recipe by " + std::to_string(ours),
                         "Give the recipe its Rank, Alpha and RsLora (r, lora_alpha, use_rslora).");
  }
}

}  // namespace tuneit::weights

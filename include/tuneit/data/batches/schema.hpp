#pragma once
// What is in a batch: how many inputs and targets, of which shape and type? A recipe says what it takes, a source what
// it has, and the first difference between the two is one sentence.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tuneit/data/batches/batches.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/sentence.hpp"

namespace tuneit::data {

namespace detail {

inline const char* type_text(ItemType t) {
  constexpr const char* names[] = {"of any type", "floating-point", "int64", "bool"};
  return names[static_cast<std::size_t>(t)];
}
inline std::string item_text(const SchemaItem& item) {
  if (!item.sizes) return type_text(item.type);
  std::string text = tuneit::detail::sentence({type_text(item.type), " [samples"});
  for (const std::int64_t s : *item.sizes) {
    text.append(s < 0 ? ", any" : ", ");
    if (s >= 0) tuneit::detail::append_number(text, s);
  }
  text.push_back(']');
  return text;
}
inline bool agree(const SchemaItem& wanted, const SchemaItem& given) {
  if (wanted.type != ItemType::Any && given.type != ItemType::Any && wanted.type != given.type) return false;
  if (!wanted.sizes || !given.sizes) return true;
  if (wanted.sizes->size() != given.sizes->size()) return false;
  for (std::size_t i = 0; i < wanted.sizes->size(); ++i) {
    const std::int64_t a = (*wanted.sizes)[i], b = (*given.sizes)[i];
    if (a >= 0 && b >= 0 && a != b) return false;
  }
  return true;
}
/// "the recipe takes 2 inputs (images, beside), and the data has 1"; empty: there is none.
inline std::string difference(const std::vector<SchemaItem>& wanted, const std::vector<SchemaItem>& given,
                              const char* what) {
  if (wanted.size() != given.size()) {
    std::string names;
    for (const SchemaItem& item : wanted) names.append(names.empty() ? "" : ", ").append(item.name);
    return tuneit::detail::sentence({"the recipe takes ", wanted.size(), " ", what, wanted.size() == 1 ? " (" : "s (",
                                     names, "), and the data has ", given.size()});
  }
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (!agree(wanted[i], given[i]))
      return tuneit::detail::sentence({what, " ", i, " (from 0) of the recipe, ", wanted[i].name, ", is ",
                                       item_text(wanted[i]), ", and in the data it is ", item_text(given[i])});
  return {};
}

}  // namespace detail

/// The first difference between what a recipe takes and what a source has; empty: there is none.
inline std::string difference(const Schema& wanted, const Schema& given) {
  const std::string found = detail::difference(wanted.inputs, given.inputs, "input");
  return found.empty() ? detail::difference(wanted.targets, given.targets, "target") : found;
}

/// What is in a batch.
inline Schema schema_of(const Batch& batch) {
  const auto item = [](const at::Tensor& t) {
    SchemaItem one;
    if (!t.defined() || t.dim() == 0) return one;
    one.sizes = t.sizes().slice(1).vec();
    one.type = t.is_floating_point()          ? ItemType::Number
               : t.scalar_type() == at::kLong ? ItemType::Index
               : t.scalar_type() == at::kBool ? ItemType::Truth
                                              : ItemType::Any;
    return one;
  };
  Schema s{{item(batch.images)}, {item(batch.labels)}};
  for (const at::Tensor& t : batch.other_inputs) s.inputs.push_back(item(t));
  for (const at::Tensor& t : batch.other_targets) s.targets.push_back(item(t));
  return s;
}

/// Throws Error(Data) with the first difference.
inline void check_schema(const Schema& wanted, const Schema& given) {
  if (const std::string found = difference(wanted, given); !found.empty())
    throw Error(ErrorKind::Data, found,
                "Batch::images and labels are the first input and target, other_inputs and other_targets those behind "
                "them: inputs in the network's order, targets in the order in which the losses name their outputs.");
}

}  // namespace tuneit::data

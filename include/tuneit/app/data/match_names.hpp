#pragma once
// Which names of the data are which of a model? By name, never by number.
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/alike.hpp"
#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::app {

/// Each name of the data and the place of the same name in the model.
struct NamesMatch {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::vector<std::size_t> place;    ///< for each name of the data; none: the model has no such name
  std::vector<std::size_t> unknown;  ///< of the data
  std::vector<std::size_t> absent;   ///< of the model: nothing in the data is called so
  std::vector<std::size_t> alike;    ///< of the data: matched although spelled otherwise, as nothing else is like it

  /// All of one are all of the other.
  [[nodiscard]] bool same() const { return unknown.empty() && absent.empty(); }
};

/// Equal names first, byte by byte. Then, of those that are left, names that people can hardly tell apart, where
/// exactly one of either side is.
inline NamesMatch match_names(const std::vector<std::string>& data, const std::vector<std::string>& model) {
  NamesMatch match;
  match.place.assign(data.size(), NamesMatch::none);
  std::map<std::string_view, std::size_t> places;
  for (std::size_t m = 0; m < model.size(); ++m) places.emplace(model[m], m);
  std::vector<bool> used(model.size(), false);
  for (std::size_t d = 0; d < data.size(); ++d)
    if (const auto found = places.find(data[d]); found != places.end()) {
      match.place[d] = found->second;
      used[found->second] = true;
    }
  std::map<std::string, std::pair<std::vector<std::size_t>, std::vector<std::size_t>>> left;  // of the data, the model
  for (std::size_t d = 0; d < data.size(); ++d)
    if (match.place[d] == NamesMatch::none) left[io::look_of(data[d])].first.push_back(d);
  for (std::size_t m = 0; m < model.size(); ++m)
    if (!used[m]) left[io::look_of(model[m])].second.push_back(m);
  for (const auto& [key, both] : left)
    if (both.first.size() == 1 && both.second.size() == 1) {
      match.place[both.first.front()] = both.second.front();
      used[both.second.front()] = true;
      match.alike.push_back(both.first.front());
    }
  std::sort(match.alike.begin(), match.alike.end());
  for (std::size_t d = 0; d < data.size(); ++d)
    if (match.place[d] == NamesMatch::none) match.unknown.push_back(d);
  for (std::size_t m = 0; m < model.size(); ++m)
    if (!used[m]) match.absent.push_back(m);
  return match;
}

/// Both lists, one row for each name, matched ones beside each other; at most `most` rows, those that do not match
/// first.
inline std::string side_by_side(const NamesMatch& match, const std::vector<std::string>& data,
                                const std::vector<std::string>& model, std::size_t most = 12) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const std::size_t d : match.unknown) rows.emplace_back("-", io::quote(data[d], 60));
  for (const std::size_t m : match.absent) rows.emplace_back(io::quote(model[m], 60), "-");
  for (std::size_t d = 0; d < data.size(); ++d)
    if (match.place[d] != NamesMatch::none)
      rows.emplace_back(io::quote(model[match.place[d]], 60), io::quote(data[d], 60));
  Columns columns({"model", "data"}, "<<");
  for (std::size_t i = 0; i < std::min(most, rows.size()); ++i) columns.row({rows[i].first, rows[i].second});
  std::string text = columns.text();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text + (rows.size() > most ? "\n  and " + std::to_string(rows.size() - most) + " more" : "");
}

}  // namespace tuneit::app

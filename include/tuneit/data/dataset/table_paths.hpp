#pragma once
// Which picture does a row of a table mean, when its path is written as people write it?
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tuneit/data/dataset/files.hpp"
#include "tuneit/meta/ascii.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data::detail {

inline bool is_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

using io::trimmed;

/// Finds pictures by the paths of a table: as they are, without blanks at the ends, with / for \, or, where one has no
/// extension of a picture, with the one that exists. What was needed is counted and said.
class TablePaths {
 public:
  explicit TablePaths(std::filesystem::path base) : base_(std::move(base)) {}

  [[nodiscard]] const std::filesystem::path& base() const { return base_; }

  /// The path of the file; nothing where there is none. Throws ErrorKind::Data where several could be meant.
  std::optional<std::string> find(const std::string& field) {
    if (auto exact = existing(field)) return exact;
    std::string text(trimmed(field));
    if (text.empty()) return std::nullopt;
    if (text.find('\\') != std::string::npos) std::replace(text.begin(), text.end(), '\\', '/');
    if (text != field)
      if (auto found = existing(text)) {
        ++(text == trimmed(field) ? blanks_ : backslashes_);
        return found;
      }
    if (has_image_name(text)) return std::nullopt;
    const std::filesystem::path wanted = (base_ / text).lexically_normal();
    const auto& names = stems_in(wanted.parent_path());
    const auto found = names.find(wanted.filename().string());
    if (found == names.end()) return std::nullopt;
    if (found->second.size() > 1)
      throw Error(ErrorKind::Data,
                  "The path " + io::quote(field) + " has no extension, and there are several pictures of that name: " +
                      io::quote(found->second[0]) + " and " + io::quote(found->second[1]) + ".",
                  "Write the whole names.");
    if (extensions_++ == 0) example_ = io::quote(field) + " is " + io::quote(found->second[0]);
    return (wanted.parent_path() / found->second[0]).string();
  }

  /// Sentences about what was made of the paths.
  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::string> out;
    if (extensions_ > 0)
      out.push_back("Of " + std::to_string(extensions_) + (extensions_ == 1 ? " path" : " paths") +
                    " without an extension the picture of that name is taken (" + example_ + ").");
    if (blanks_ > 0) out.push_back("Blanks at the ends of " + std::to_string(blanks_) + " paths were left out.");
    if (backslashes_ > 0) out.push_back("In " + std::to_string(backslashes_) + " paths \\ is read as /.");
    return out;
  }

 private:
  [[nodiscard]] std::optional<std::string> existing(const std::string& field) const {
    if (field.empty()) return std::nullopt;
    std::string path = (base_ / field).lexically_normal().string();
    return is_file(path) ? std::optional(std::move(path)) : std::nullopt;
  }

  /// Images of a folder by their names without extensions. A folder is listed once.
  const std::map<std::string, std::vector<std::string>>& stems_in(const std::filesystem::path& folder) {
    const auto [known, fresh] = stems_.try_emplace(folder.string());
    if (!fresh) return known->second;
    std::error_code error;
    std::filesystem::directory_iterator at(folder.empty() ? "." : folder, error);
    for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
      const std::string name = at->path().filename().string();
      std::error_code gone;
      if (has_image_name(name) && at->is_regular_file(gone))
        known->second[name.substr(0, name.rfind('.'))].push_back(name);
    }
    for (auto& [stem, names] : known->second) std::sort(names.begin(), names.end());
    return known->second;
  }

  std::filesystem::path base_;
  std::map<std::string, std::map<std::string, std::vector<std::string>>> stems_;
  std::size_t extensions_ = 0, blanks_ = 0, backslashes_ = 0;
  std::string example_;
};

/// The one folder beside a table in which there is the picture of this path; of several the one that is called as the
/// table is (train.csv, train/). Throws ErrorKind::Data where it is not clear.
inline std::optional<std::filesystem::path> folder_of_images(const std::filesystem::path& table,
                                                             const std::string& field) {
  const std::filesystem::path beside = table.parent_path();
  std::vector<std::filesystem::path> found;
  std::error_code error;
  std::filesystem::directory_iterator at(beside.empty() ? "." : beside, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    std::error_code gone;
    const std::string name = at->path().filename().string();
    if (!is_hidden(name) && at->is_directory(gone) && TablePaths(beside / name).find(field))
      found.push_back(beside / name);
  }
  std::sort(found.begin(), found.end());
  const std::string stem = ascii_lower(table.stem().string());
  for (const std::filesystem::path& folder : found)
    if (ascii_lower(folder.filename().string()) == stem) return folder;
  if (found.size() > 1)
    throw Error(ErrorKind::Data,
                "The picture " + io::quote(field) + " of the table " + io::quote_path(table) +
                    " is in several folders beside it: " + io::quote_path(found[0]) + " and " +
                    io::quote_path(found[1]) + ".",
                "Name the folder with --image-root.");
  return found.empty() ? std::nullopt : std::optional(found.front());
}

}  // namespace tuneit::data::detail

#pragma once
// What lies in a folder and below it? The same tree, in the same order, on every file system and in every locale.
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tuneit/data/dataset/files.hpp"
#include "tuneit/data/dataset/other_images.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data {

/// What is below a folder, the folders in it included.
struct FileCounts {
  std::size_t pictures = 0;
  std::size_t others = 0;  ///< hidden files and folders, loops, pipes, dangling links, and files that are no pictures
  std::map<std::string, std::size_t> unread{};  ///< pictures of kinds that are not read, by kind
  std::size_t in_hidden = 0;                    ///< files called like pictures, right in hidden folders
  std::string hidden{};                         ///< the first such folder, by its path

  FileCounts& operator+=(const FileCounts& more) {
    pictures += more.pictures;
    others += more.others;
    in_hidden += more.in_hidden;
    if (!more.hidden.empty() && (hidden.empty() || more.hidden < hidden)) hidden = more.hidden;
    for (const auto& [kind, count] : more.unread) unread[kind] += count;
    return *this;
  }
  [[nodiscard]] std::size_t unread_images() const {
    std::size_t sum = 0;
    for (const auto& [kind, count] : unread) sum += count;
    return sum;
  }
};

/// A folder: its own pictures and its folders, both sorted by the bytes of their names.
struct FolderTree {
  std::filesystem::path path;
  std::string name;
  std::vector<std::string> pictures{};
  std::vector<FolderTree> folders{};
  FileCounts below{};

  /// The folders that have pictures in them or below, or files that would be pictures.
  [[nodiscard]] std::vector<const FolderTree*> holders() const {
    std::vector<const FolderTree*> out;
    for (const FolderTree& inner : folders)
      if (inner.below.pictures > 0 || !inner.below.unread.empty()) out.push_back(&inner);
    return out;
  }
};

namespace detail {

using FileIdentity = std::pair<dev_t, ino_t>;

/// What a person may have meant to be used in a hidden folder (.ipynb_checkpoints holds copies): no deeper than that.
inline FileCounts hidden_images(const std::filesystem::path& folder) {
  FileCounts counts;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code gone;
    if (!is_hidden(name) && has_image_name(name) && at->is_regular_file(gone)) ++counts.in_hidden;
  }
  if (counts.in_hidden > 0) counts.hidden = folder.string();
  return counts;
}

inline FolderTree read_tree(const std::filesystem::path& folder, std::vector<FileIdentity>& above) {
  FolderTree tree{folder, folder.filename().string()};
  std::vector<std::filesystem::path> inner;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    std::error_code gone;
    const std::string name = at->path().filename().string();
    // The iterator knows the kinds of files but for links, so that no file is asked for its own.
    if (is_hidden(name)) {
      ++tree.below.others;
      if (at->is_directory(gone)) tree.below += hidden_images(at->path());
    } else if (at->is_directory(gone)) {
      inner.push_back(at->path());
    } else if (!at->is_regular_file(gone)) {
      ++tree.below.others;
    } else if (has_image_name(name)) {
      tree.pictures.push_back(at->path().string());
    } else if (FileKind kind = kind_of_file(at->path().string(), name); kind.readable) {
      tree.pictures.push_back(at->path().string());
    } else if (kind.kind.empty()) {
      ++tree.below.others;
    } else {
      ++tree.below.unread[kind.kind];
    }
  }
  if (error)
    throw Error(ErrorKind::Data, "Cannot read the folder " + io::quote_path(folder) + ": " + error.message() + ".");
  std::sort(tree.pictures.begin(), tree.pictures.end());
  std::sort(inner.begin(), inner.end(), [](const auto& a, const auto& b) { return a.native() < b.native(); });
  tree.below.pictures = tree.pictures.size();
  for (const std::filesystem::path& path : inner) {
    struct stat status {};
    const bool there = ::stat(path.c_str(), &status) == 0;
    const FileIdentity identity{status.st_dev, status.st_ino};
    // A link to a folder that we are in: following it would never end.
    if (!there || std::find(above.begin(), above.end(), identity) != above.end()) {
      ++tree.below.others;
      continue;
    }
    above.push_back(identity);
    tree.folders.push_back(read_tree(path, above));
    above.pop_back();
    tree.below += tree.folders.back().below;
  }
  return tree;
}

}  // namespace detail

/// The tree below `folder`; links are followed, loops of links left alone. Files are judged by their names, and opened
/// only where these are no picture's. Throws ErrorKind::Data where a folder cannot be read.
inline FolderTree read_tree(const std::filesystem::path& folder) {
  std::vector<detail::FileIdentity> above;
  struct stat status {};
  if (::stat(folder.c_str(), &status) == 0) above.emplace_back(status.st_dev, status.st_ino);
  FolderTree tree = detail::read_tree(folder, above);
  if (tree.name.empty()) tree.name = folder.parent_path().filename().string();  // of "folder/"
  return tree;
}

/// All pictures of a tree: a folder's own before those of its folders.
inline void append_images(const FolderTree& tree, std::vector<std::string>& to) {
  to.insert(to.end(), tree.pictures.begin(), tree.pictures.end());
  for (const FolderTree& inner : tree.folders) append_images(inner, to);
}

/// The first lines of a tree, for people: `most` lines, three folders deep.
inline std::string tree_text(const FolderTree& tree, std::size_t most = 12) {
  std::string out;
  std::size_t lines = 0, left = 0;
  const auto add = [&](const auto& self, const FolderTree& at, std::size_t depth) -> void {
    for (const FolderTree* inner : at.holders()) {
      if (lines == most) {
        ++left;
        continue;
      }
      ++lines;
      const std::string quoted = io::quote(inner->name);
      out += "\n    " + std::string(2 * depth, ' ') + quoted.substr(1, quoted.size() - 2) + "/  " +
             std::to_string(inner->below.pictures) + (inner->below.pictures == 1 ? " picture" : " pictures");
      if (depth < 2) self(self, *inner, depth + 1);
    }
  };
  add(add, tree, 0);
  return out + (left > 0 ? "\n    ..." : "");
}

}  // namespace tuneit::data

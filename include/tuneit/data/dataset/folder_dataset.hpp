#pragma once
// Which classes and pictures does a folder hold? (use through dataset.hpp)
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/dataset/folder_layout.hpp"
#include "tuneit/data/dataset/source.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data::detail {

/// "12 HEIC and 3 AVIF"
inline std::string kinds_text(const std::map<std::string, std::size_t>& kinds) {
  std::string text;
  std::size_t at = 0;
  for (const auto& [kind, count] : kinds)
    text += (at++ == 0 ? "" : at == kinds.size() ? " and " : ", ") + std::to_string(count) + " " + kind;
  return text;
}

/// Images of kinds that are not read. More than a few of all, or most of a class, are a reason to refuse.
inline void judge_unread(const std::vector<std::string>& classes, const std::vector<FileCounts>& counts,
                         Source& source) {
  FileCounts all;
  std::size_t in_classes = 0, worst = classes.size();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    all += counts[i];
    if (counts[i].unread.empty()) continue;
    ++in_classes;
    if (counts[i].unread_images() > counts[i].pictures) worst = std::min(worst, i);
  }
  const std::size_t unread = all.unread_images(), total = unread + all.pictures;
  if (unread == 0) return;
  const std::string files = kinds_text(all.unread) + (unread == 1 ? " file" : " files");
  const std::string mend = "Convert them to JPEG or PNG, or move them out of the folder.";
  if (worst < classes.size())
    throw Error(ErrorKind::Data,
                "Of the class " + io::quote(classes[worst]) + " in " + source.inside() + " " +
                    std::to_string(counts[worst].unread_images()) + " of " +
                    std::to_string(counts[worst].unread_images() + counts[worst].pictures) +
                    " pictures are of kinds that are not read (" + kinds_text(counts[worst].unread) + ").",
                mend);
  if (unread > std::max<std::size_t>(3, total / 20))
    throw Error(ErrorKind::Data,
                source.where + " has " + std::to_string(unread) + " of " + std::to_string(total) +
                    " pictures of kinds that are not read: " + files + ".",
                mend);
  source.warnings.push_back(files + " in " + count_text(in_classes, "class folder") + " of " + source.inside() +
                            " cannot be read and " + (unread == 1 ? "is" : "are") + " not used.");
}

inline void note_hidden(const FolderTree& root, Source& source) {
  const FileCounts& all = root.below;
  if (all.in_hidden == 0) return;
  source.warnings.push_back(count_text(all.in_hidden, "picture") + " in hidden folders (" + io::quote_path(all.hidden) +
                            ") " + (all.in_hidden == 1 ? "is" : "are") + " not used.");
}

/// All pictures of a layout. Throws where there are no class folders, or one has no picture (with `testing`: a
/// warning).
inline Source source_of(const Layout& layout, const FolderTree& root, bool testing) {
  Source source;
  source.where = "The folder " + io::quote_path(root.path);
  source.warnings = layout.notes;
  source.same_classes = layout.train.there();
  std::vector<const PartFolders*> folders{&layout.undivided, &layout.train, &layout.val, &layout.test};
  for (const PartFolders& fold : layout.folds) folders.push_back(&fold);
  source.folds.resize(layout.folds.size());
  const std::vector<SourcePart*> parts = source.parts();

  std::map<std::string, int> label_of;
  for (const PartFolders* part : folders)
    for (const auto& [name, folder] : part->classes)
      if (folder->below.pictures > 0 || !folder->below.unread.empty()) label_of.emplace(name, 0);
  for (auto& [name, label] : label_of) {
    label = static_cast<int>(source.classes.size());
    source.classes.push_back(name);
  }
  source.shares.resize(source.classes.size());
  std::vector<FileCounts> counts(source.classes.size());
  std::size_t others = 0;
  std::set<const FolderTree*> around;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    parts[i]->name = folders[i]->name;
    parts[i]->there = folders[i]->there();
    around.insert(folders[i]->around.begin(), folders[i]->around.end());
    for (const auto& [name, folder] : folders[i]->classes) {
      others += folder->below.others;
      const auto known = label_of.find(name);
      if (known == label_of.end()) {
        if (!testing)
          throw Error(ErrorKind::Data, "The class folder " + io::quote_path(folder->path) + " holds no pictures.",
                      "Put pictures (JPEG, PNG, WebP, BMP, TIFF, GIF or PNM) into it, or remove the folder.");
        source.warnings.push_back("The folder " + io::quote_path(folder->path) + " holds no pictures.");
        continue;
      }
      const auto at = static_cast<std::size_t>(known->second);
      counts[at] += folder->below;
      for (const auto& [kind, count] : folder->below.unread) source.shares[at].passed_over[kind] += count;
      std::vector<std::string> paths;
      append_images(*folder, paths);
      for (std::string& path : paths) parts[i]->samples.push_back({std::move(path), known->second});
    }
  }
  for (const FolderTree* folder : around) {
    if (!folder->pictures.empty() && !source.classes.empty())
      source.warnings.push_back(count_text(folder->pictures.size(), "picture") + " beside the class folders of " +
                                io::quote_path(folder->path) + " belong to no class and are not used.");
  }
  judge_unread(source.classes, counts, source);
  for (const PartFolders* part : folders)  // one empty class in one part
    for (const auto& [name, folder] : part->classes)
      if (folder->below.pictures == 0 && label_of.contains(name) && !testing)
        throw Error(ErrorKind::Data, "The class folder " + io::quote_path(folder->path) + " holds no pictures.",
                    "Put pictures (JPEG, PNG, WebP, BMP, TIFF, GIF or PNM) into it, or remove the folder.");
  if (others > 0)
    source.warnings.push_back(count_text(others, "hidden or other file") + " below " + io::quote_path(root.path) +
                              " that are no pictures were passed over.");
  note_hidden(root, source);
  return source;
}

/// The folder is itself the folder of a class.
inline Source one_class(const FolderTree& tree) {
  Source source;
  source.where = "The folder " + io::quote_path(tree.path);
  source.description = "folder of one class " + io::quote_path(tree.path);
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(tree.path, error);
  source.classes.push_back(error ? tree.name : real.filename().string());
  source.shares.resize(1);
  for (const std::string& path : tree.pictures) source.undivided.samples.push_back({path, 0});
  source.warnings.push_back("There are no class folders in " + io::quote_path(tree.path) +
                            ": its pictures are taken to be of the class " + io::quote(source.classes[0]) + ".");
  judge_unread(source.classes, {tree.below}, source);
  note_hidden(tree, source);
  return source;
}

inline Source folder_source(const std::filesystem::path& root, const SplitOptions& options) {
  const FolderTree tree = data::read_tree(root);
  if (tree.holders().empty()) {
    if (options.all_is_test && !tree.pictures.empty()) return one_class(tree);
    if (tree.folders.empty() || !tree.pictures.empty())
      throw Error(ErrorKind::Data,
                  "The folder " + io::quote_path(root) + " holds no class folders" +
                      (tree.pictures.empty() ? "." : " (but " + count_text(tree.pictures.size(), "picture") + ")."),
                  "Make one folder for each class and put its pictures there, or give a .csv table path,label.");
  }
  const Layout layout = find_layout(tree, options.class_folders);
  Source source = source_of(layout, tree, options.all_is_test);
  source.description = layout.train.there()   ? "folder " + io::quote_path(root) + " with its own split"
                       : layout.folds.empty() ? "folder of class folders " + io::quote_path(root)
                                              : "folder of folds " + io::quote_path(root);
  if (layout.train.there() && (layout.test.there() || layout.val.there()))
    source.description += " (" + layout.train.name + ", " + (layout.test.there() ? layout.test : layout.val).name + ")";
  else if (layout.train.there())
    source.description = "folder " + layout.train.name;
  else if (layout.test.there() || layout.val.there())
    source.description = "folder " + (layout.test.there() ? layout.test : layout.val).name;
  return source;
}

}  // namespace tuneit::data::detail

#pragma once
// Which folders of a tree are parts, which are folds, and which are classes?
#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/dataset/class_folders.hpp"
#include "tuneit/data/dataset/folder_tree.hpp"
#include "tuneit/data/dataset/part_names.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data::detail {

/// A part may have another folder around its class folders: seg_train/seg_train, train/images.
inline const FolderTree& inside_part(const FolderTree& part) {
  const FolderTree* at = &part;
  for (;;) {
    const auto holders = at->holders();
    if (!at->pictures.empty() || holders.size() != 1 || holders[0]->holders().empty()) return *at;
    const auto outer = part_name(at->name), inner = part_name(holders[0]->name);
    const bool same = ascii_lower(at->name) == ascii_lower(holders[0]->name) ||
                      (outer && inner && outer->part == inner->part) || is_neutral_name(holders[0]->name);
    if (!same) return *at;
    at = holders[0];
  }
}

/// The folders of one level by the parts that they are called after.
struct NamedFolders {
  std::vector<const FolderTree*> train, val, test, others;
  [[nodiscard]] std::vector<const FolderTree*>& of(Part part) {
    return part == Part::Train ? train : part == Part::Val ? val : test;
  }
};

/// A name with more in it than the part (seg_train) counts where a neighbour has the same and is another part.
inline NamedFolders named_folders(const FolderTree& tree) {
  std::map<std::string, std::set<Part>> parts_of;
  for (const FolderTree* folder : tree.holders())
    if (const auto name = part_name(folder->name)) parts_of[name->rest].insert(name->part);
  NamedFolders out;
  for (const FolderTree* folder : tree.holders()) {
    const auto name = part_name(folder->name);
    if (name && (name->rest.empty() || parts_of[name->rest].size() > 1))
      out.of(name->part).push_back(folder);
    else
      out.others.push_back(folder);
  }
  return out;
}

inline std::optional<Layout> parts_by_name(const FolderTree& tree, ClassFolders wanted) {
  NamedFolders named = named_folders(tree);
  // What holds pictures only may be a class of that name, or pictures without classes.
  const auto take_flat = [](std::vector<const FolderTree*>& from) {
    std::vector<const FolderTree*> flat;
    for (const FolderTree* folder : from)
      if (folder->holders().empty()) flat.push_back(folder);
    std::erase_if(from, [](const FolderTree* folder) { return folder->holders().empty(); });
    return flat;
  };
  const auto flat_train = take_flat(named.train), flat_val = take_flat(named.val), flat_test = take_flat(named.test);
  std::vector<const FolderTree*> flat = flat_train;
  flat.insert(flat.end(), flat_val.begin(), flat_val.end());
  flat.insert(flat.end(), flat_test.begin(), flat_test.end());
  const bool tests = !named.val.empty() || !named.test.empty();
  if (wanted != ClassFolders::Outer && named.train.empty() && !flat.empty() &&
      (tests || (flat.size() > 1 && (!flat_train.empty() || named.others.empty()))))
    refuse_layout(tree,
                  "has parts, and " + names_text(flat) + (flat.size() == 1 ? " holds" : " hold") +
                      " pictures in no class folders, so that nothing says what they show.",
                  false);
  if (named.train.empty() && !tests) return std::nullopt;
  if (named.train.size() > 1) refuse_layout(tree, "has several parts for training: " + names_text(named.train) + ".");

  Layout out;
  const auto add = [&](const FolderTree& folder, PartFolders& to) {
    to.name = io::quote_path(folder.path);
    add_class_folders(inside_part(folder), wanted, to);
  };
  if (named.train.empty() && !named.others.empty()) {
    // cat/, dog/ and test/ with cat/, dog/ in it: what lies beside the test part is the training part.
    std::set<std::string> beside;
    for (const FolderTree* folder : named.others) beside.insert(ascii_lower(folder->name));
    for (const auto* part : {&named.val, &named.test})
      for (const FolderTree* folder : *part)
        for (const FolderTree* inner : inside_part(*folder).holders())
          if (!beside.contains(ascii_lower(inner->name))) {
            if (wanted == ClassFolders::Outer) return std::nullopt;
            refuse_layout(tree,
                          "has a folder " + io::quote(folder->name) +
                              " that holds folders, and beside it others that are no parts.",
                          false);
          }
    out.train.name = "what lies right in " + io::quote_path(tree.path);
    for (const FolderTree* folder : named.others) out.train.classes.emplace_back(folder->name, folder);
    out.train.around.push_back(&tree);
    named.others.clear();
  }
  if (!named.train.empty()) add(*named.train[0], out.train);
  const auto more = [&](std::vector<const FolderTree*>& folders, PartFolders& to) {
    if (folders.empty()) return;
    add(*folders[0], to);
    for (std::size_t i = 1; i < folders.size(); ++i)
      out.notes.push_back("The folder " + io::quote_path(folders[i]->path) + " (" + images_below(*folders[i]) +
                          ") is not used: " + io::quote(folders[0]->name) + " is.");
  };
  more(named.val, out.val);
  more(named.test, out.test);
  if (!tests && !named.others.empty())
    refuse_layout(tree, "has a folder " + io::quote(named.train[0]->name) + ", no test or val part, and beside it " +
                            names_text(named.others) + ".");
  for (const FolderTree* folder : named.others)
    out.notes.push_back("The folder " + io::quote_path(folder->path) + " (" + images_below(*folder) +
                        ") is not used: it is no part for training or testing.");
  for (const FolderTree* folder : flat)
    out.notes.push_back("The folder " + io::quote_path(folder->path) + " (" + images_below(*folder) +
                        ") is not used: its pictures lie in no class folders.");
  return out;
}

/// Class folders that hold train, test and so on, each.
inline std::optional<Layout> parts_in_classes(const FolderTree& tree) {
  bool trains = false, tests = false;
  for (const FolderTree* folder : tree.holders()) {
    if (!holds_only_folders(*folder)) return std::nullopt;
    for (const FolderTree* inner : folder->holders()) {
      const auto part = part_of_word(inner->name);
      if (!part) return std::nullopt;
      (*part == Part::Train ? trains : tests) = true;
    }
  }
  if (!trains || !tests || tree.holders().size() < 2) return std::nullopt;
  Layout out;
  out.train.name = "the train folders";
  out.val.name = "The val folders";
  out.test.name = "the test folders";
  for (const FolderTree* folder : tree.holders()) {
    out.undivided.around.push_back(folder);
    for (const FolderTree* inner : folder->holders()) {
      const Part part = *part_of_word(inner->name);
      (part == Part::Train ? out.train
       : part == Part::Val ? out.val
                           : out.test)
          .classes.emplace_back(folder->name, inner);
    }
  }
  return out;
}

/// fold1, fold2, ... with the same class folders in each.
inline std::optional<Layout> folds_by_name(const FolderTree& tree) {
  const std::vector<const FolderTree*> folders = tree.holders();
  if (folders.size() < 2) return std::nullopt;
  std::vector<std::pair<unsigned long, const FolderTree*>> numbered;
  std::string stem;
  for (const FolderTree* folder : folders) {
    const auto name = fold_name(folder->name);
    if (!name || !holds_only_folders(*folder) || (!numbered.empty() && name->stem != stem)) return std::nullopt;
    stem = name->stem;
    numbered.emplace_back(name->number, folder);
  }
  if (repeated_names(folders).empty()) return std::nullopt;
  std::stable_sort(numbered.begin(), numbered.end(), [](auto& a, auto& b) { return a.first < b.first; });
  Layout out;
  for (const auto& [number, folder] : numbered) {
    PartFolders& fold = out.folds.emplace_back();
    fold.name = io::quote(folder->name);
    add_class_folders(*folder, ClassFolders::Auto, fold);
  }
  return out;
}

/// Finds parts by their names at any one level, below folders that hold nothing else; folds; and else the class
/// folders. Folders that hold nothing but folders of the same names are no classes: what they are is asked.
inline Layout find_layout(const FolderTree& tree, ClassFolders wanted) {
  const FolderTree* at = &tree;
  for (;;) {
    if (holds_only_folders(*at) && at->holders().size() == 1) {  // test_data/train, test_data/test
      NamedFolders inner = named_folders(*at->holders()[0]);
      if (!inner.train.empty() && !(inner.val.empty() && inner.test.empty())) at = at->holders()[0];
    }
    if (auto parts = parts_by_name(*at, wanted)) return *std::move(parts);
    if (wanted == ClassFolders::Auto) {
      if (auto parts = parts_in_classes(*at)) return *std::move(parts);
      if (auto folds = folds_by_name(*at)) return *std::move(folds);
    }
    const auto holders = at->holders();
    if (!at->pictures.empty() || holders.size() != 1 || holders[0]->holders().empty() || !holders[0]->pictures.empty())
      break;
    at = holders[0];
  }
  Layout out;
  out.undivided.name = io::quote_path(at->path);
  add_class_folders(*at, wanted, out.undivided);
  if (at != &tree) out.notes.push_back("The class folders are those in " + io::quote_path(at->path) + ".");
  return out;
}

}  // namespace tuneit::data::detail

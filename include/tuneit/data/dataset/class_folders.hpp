#pragma once
// Which folders are classes, where nothing says it but how they lie?
#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/dataset/files.hpp"
#include "tuneit/data/dataset/folder_tree.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data::detail {

/// Class folders of one part: all pictures below belong to the class. A class may have several.
struct PartFolders {
  std::string name{};  // for messages, quoted
  std::vector<std::pair<std::string, const FolderTree*>> classes{};
  std::vector<const FolderTree*> around{};  // folders that hold them: pictures right in these belong to no class
  [[nodiscard]] bool there() const { return !classes.empty(); }
};

struct Layout {
  PartFolders undivided{}, train{}, val{}, test{};
  std::vector<PartFolders> folds{};
  std::vector<std::string> notes{};
};

/// Folders with pictures in them, and no picture beside them: parts and wrappings look so.
inline bool holds_only_folders(const FolderTree& tree) { return tree.pictures.empty() && !tree.holders().empty(); }

inline std::string names_text(const std::vector<const FolderTree*>& folders, std::size_t most = 6) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, folders.size()); ++i)
    text += (i == 0 ? "" : ", ") + io::quote(folders[i]->name);
  return text + (folders.size() > most ? " and " + std::to_string(folders.size() - most) + " more" : "");
}

inline std::string images_below(const FolderTree& tree) {
  return std::to_string(tree.below.pictures) + (tree.below.pictures == 1 ? " picture" : " pictures");
}

[[noreturn]] inline void refuse_layout(const FolderTree& tree, const std::string& why, bool inner = true) {
  throw Error(ErrorKind::Data, "The folder " + io::quote_path(tree.path) + " " + why + tree_text(tree),
              "Say what is meant: --train-data and --test-data name the folders of the parts; --class-folders outer "
              "takes the outer folders for classes, whatever lies in them" +
                  std::string(inner ? "; --class-folders inner takes the folders in them for classes, and those of one "
                                      "name for one class."
                                    : "."));
}

/// The names of folders below these that are in several of them, of those that hold folders only.
inline std::set<std::string> repeated_names(const std::vector<const FolderTree*>& outer) {
  std::map<std::string, std::size_t> times;
  for (const FolderTree* folder : outer)
    if (holds_only_folders(*folder))
      for (const FolderTree* inner : folder->holders()) ++times[ascii_lower(inner->name)];
  std::set<std::string> out;
  for (const auto& [name, count] : times)
    if (count > 1) out.insert(name);
  return times.size() > 1 ? out : std::set<std::string>{};  // one name in all: a folder around each class's pictures
}

/// The class folders right in `holder`, or, with Inner, those one deeper. Throws where it is not clear which.
inline void add_class_folders(const FolderTree& holder, ClassFolders wanted, PartFolders& to) {
  to.around.push_back(&holder);
  const std::vector<const FolderTree*> outer = holder.holders();
  if (wanted == ClassFolders::Inner) {
    for (const FolderTree* folder : outer) {
      if (folder->holders().empty())
        throw Error(ErrorKind::Data, "The folder " + io::quote_path(folder->path) + " holds no folders.",
                    "With --class-folders inner the classes are the folders two below --data.");
      to.around.push_back(folder);
      for (const FolderTree& inner : folder->folders) to.classes.emplace_back(inner.name, &inner);
    }
    return;
  }
  if (const auto repeated = repeated_names(outer); !repeated.empty() && wanted == ClassFolders::Auto)
    refuse_layout(holder,
                  "does not say which folders are parts and which are classes: " + io::quote(*repeated.begin()) +
                      (repeated.size() > 1 ? " and " + std::to_string(repeated.size() - 1) + " more lie" : " lies") +
                      " in several of its folders (train and test parts under other names?).");
  for (const FolderTree& folder : holder.folders) to.classes.emplace_back(folder.name, &folder);
}

}  // namespace tuneit::data::detail

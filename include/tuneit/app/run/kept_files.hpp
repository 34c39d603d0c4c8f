#pragma once
// How does a file of a run reach its place, or at the end one that will do?
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <utility>

#include "tuneit/app/run/run_folder.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::app {

/// A file that cannot be written is no reason to stop: it is tried again, at the end in a folder for temporary files,
/// too.
class KeptFiles {
 public:
  explicit KeptFiles(RunFolder folder) : folder_(std::move(folder)) {}

  /// Did the file reach its place, or at the end one that will do?
  bool attempt(const std::string& name, const std::function<void(const std::string& path)>& write) {
    try {
      write(folder_.file(name.c_str()));
      failed_.erase(name);
      kept_[name] = folder_.path();
      return true;
    } catch (const std::exception& e) {
      const std::string what = e.what();
      const bool first = failed_.insert_or_assign(name, what.substr(0, what.find('\n'))).second;
      if (!ending_) {
        if (first) std::cerr << "note: " << failed_[name] << "; the training goes on, and it will be tried again\n";
        return false;
      }
    }
    try {
      if (rescue_.empty()) {
        std::string name_of_it = (std::filesystem::temp_directory_path() / "tuneit-rescued-XXXXXX").string();
        if (::mkdtemp(name_of_it.data()) != nullptr) rescue_ = name_of_it;
      }
      if (rescue_.empty()) return false;
      write(rescue_ + "/" + name);
      kept_[name] = rescue_;
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  /// No other chance comes: from here on files may be put elsewhere.
  void end() { ending_ = true; }
  [[nodiscard]] bool failed(const std::string& name) const { return failed_.count(name) > 0; }
  [[nodiscard]] bool all_written() const { return failed_.empty(); }
  /// Why files could not be written, a line each, each behind `before`.
  [[nodiscard]] std::string reasons(const std::string& before) const {
    std::string text;
    for (const auto& [name, reason] : failed_) text += before + reason;
    return text;
  }
  /// What lies where, in a sentence. `about(name)` is told of each file.
  template <class About>
  [[nodiscard]] std::string text(const About& about) const {
    std::map<std::string, std::string> folders;  // what is kept in each
    for (const auto& [name, folder] : kept_) {
      std::string& list = folders[folder];
      list += (list.empty() ? "" : ", ") + name + about(name);
    }
    std::string text;
    for (const auto& [folder, list] : folders)
      text += (text.empty() ? "Kept in " : "; in ") + io::quote_path(folder) + ": " + list;
    return text.empty() ? "Nothing could be kept." : text + ".";
  }
  [[nodiscard]] RunFolder& folder() { return folder_; }
  [[nodiscard]] const RunFolder& folder() const { return folder_; }

 private:
  RunFolder folder_;
  bool ending_ = false;
  std::map<std::string, std::string> failed_, kept_;
  std::string rescue_;
};

}  // namespace tuneit::app

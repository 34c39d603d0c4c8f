#pragma once
// Which folder does a run write to, and is it the only one that does? No LibTorch.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/app/signals.hpp"
#include "tuneit/io/download/places.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::app {

/// The files of a run.
inline constexpr std::array run_files{"log.csv",
                                      "result.json",
                                      "model.safetensors",
                                      "best.safetensors",
                                      "model.delta.safetensors",
                                      "best.delta.safetensors",
                                      "predictions.csv",
                                      "config.json",
                                      "tokenizer.json",
                                      "vocab.txt",
                                      "tokenizer_config.json",
                                      "special_tokens_map.json"};

/// The folder of a run, tried and locked before anything else is done. It is made if it is not there, and removed again
/// unless begin() was called. Throws Error: Io where nothing can be written to it or another run does, Usage where it
/// has a run already and `overwrite` is off.
class RunFolder {
 public:
  /// `inputs`: files that the run reads, which must not be those that it overwrites.
  RunFolder(const std::string& path, bool overwrite, const std::vector<std::string>& inputs) : path_(path) {
    while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
    try {
      {
        const Orderly not_half_way;
        for (int attempt = 0; attempt < 10 && !held_; ++attempt) {
          make();
          lock();
        }
        look(overwrite, inputs);
        io::try_folder(path_);
        remove_on_signal(path_, made_);
      }
      stop_if_told(" before anything was trained");
    } catch (...) {
      leave();
      throw;
    }
  }
  RunFolder(RunFolder&& other) noexcept
      : path_(std::move(other.path_)),
        old_(std::move(other.old_)),
        made_(std::exchange(other.made_, 0)),
        fd_(std::exchange(other.fd_, -1)),
        has_run_(other.has_run_),
        held_(other.held_) {}
  RunFolder& operator=(RunFolder&&) = delete;
  ~RunFolder() { leave(); }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }
  /// Is there another run, which begin() will remove?
  [[nodiscard]] bool has_old_run() const { return has_run_; }

  /// Throws Error(Io) where so many models of so many bytes, and the records of so many epochs, have no room.
  void check_room(int models, std::uint64_t model_bytes, int epochs) const {
    const auto count = static_cast<std::uint64_t>(models);
    const std::uint64_t records = 65'536 + 1024 * static_cast<std::uint64_t>(epochs);
    std::uint64_t old = 0;
    for (const std::string& name : old_) {
      struct stat status {};
      if (::lstat(file(name.c_str()).c_str(), &status) == 0 && S_ISREG(status.st_mode))
        old += static_cast<std::uint64_t>(status.st_blocks) * 512;
    }
    const std::uint64_t wanted = count * model_bytes + records;
    io::check_room(path_, wanted > old ? wanted - old : 0, model_bytes,
                   (models == 1 ? std::string("a model of ") : "two models of ") + io::byte_text(model_bytes) +
                       ", result.json and log.csv");
  }

  /// From here on the folder belongs to this run: what an older one left is removed, and nothing else.
  void begin() {
    for (const std::string& name : old_)
      if (::unlink(file(name.c_str()).c_str()) != 0 && errno != ENOENT)
        throw Error(ErrorKind::Io, io::quote_path(file(name.c_str())) + " cannot be removed: " + std::strerror(errno));
    old_.clear();
    has_run_ = false;
    made_ = 0;
    remove_on_signal({}, 0);
  }

 private:
  /// Makes the folder and those above it, and counts them.
  void make() {
    std::vector<std::filesystem::path> missing;
    std::error_code ignored;
    for (std::filesystem::path at = path_; !at.empty() && !std::filesystem::exists(at, ignored); at = at.parent_path())
      missing.push_back(at);
    for (; !missing.empty(); missing.pop_back()) {
      if (::mkdir(missing.back().c_str(), 0777) == 0)
        ++made_;
      else if (errno != EEXIST)
        throw Error(ErrorKind::Io, "cannot make the folder " + io::quote_path(path_) + ": " + std::strerror(errno),
                    "Give --out a folder that you may write to.");
    }
    struct stat status {};
    if (::stat(path_.c_str(), &status) != 0)
      throw Error(ErrorKind::Io, "cannot make the folder " + io::quote_path(path_) + ": " + std::strerror(errno),
                  "Give another --out.");
    if (!S_ISDIR(status.st_mode))
      throw Error(ErrorKind::Io, "cannot make the folder " + io::quote_path(path_) + ": there is a file of this name",
                  "Give another --out.");
  }

  /// One run at a time: by flock on the folder itself, which leaves no file behind and ends with the process. Where
  /// the file system has no locks there is none. Does not hold a folder that another run has just removed.
  void lock() {
    do fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd_ < 0 && errno == EINTR);
    while (fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) break;
      throw Error(ErrorKind::Io, "another run is writing to " + io::quote_path(path_),
                  "Wait for its end, or give another --out; " + io::quote_path(free_name()) + " is free.");
    }
    struct stat here {
    }, there{};
    held_ = fd_ < 0 || (::fstat(fd_, &here) == 0 && ::stat(path_.c_str(), &there) == 0 && here.st_ino == there.st_ino &&
                        here.st_dev == there.st_dev);
    if (!held_) ::close(std::exchange(fd_, -1));
  }

  void look(bool overwrite, const std::vector<std::string>& inputs) {
    const auto refuse = [&](const std::string& name, const char* what) {
      throw Error(ErrorKind::Io, io::quote_path(file(name.c_str())) + what + ", and a run writes a file of this name",
                  "Give another --out.");
    };
    std::error_code failed;
    for (std::filesystem::directory_iterator at(path_, failed), end; !failed && at != end; at.increment(failed)) {
      const std::string name = at->path().filename().string();
      if (!is_own(name)) continue;
      std::error_code ignored;
      const auto kind = at->symlink_status(ignored).type();
      if (kind == std::filesystem::file_type::directory) refuse(name, " is a directory");
      if (kind != std::filesystem::file_type::regular && kind != std::filesystem::file_type::symlink)
        refuse(name, " is a device or a pipe");
      old_.push_back(name);
    }
    if (failed)
      throw Error(ErrorKind::Io, "cannot look into the folder " + io::quote_path(path_) + ": " + failed.message(),
                  "Give --out a folder of your own.");
    std::string list;
    for (const char* const name : run_files)
      for (const std::string& there : old_)
        if (there == name) list += (list.empty() ? "" : ", ") + there;
    has_run_ = !list.empty();
    if (has_run_ && !overwrite)
      throw Error(ErrorKind::Usage, io::quote_path(path_) + " has a run already (" + list + ")",
                  "Give another --out (" + io::quote_path(free_name()) +
                      " is free), or --overwrite, which removes the files of that run first.");
    for (const std::string& input : inputs)
      for (const std::string& name : old_)
        if (io::same_file(input, file(name.c_str())))
          throw Error(ErrorKind::Usage, "--overwrite would remove " + io::quote_path(input) + ", which this run reads",
                      "Give another --out (" + io::quote_path(free_name()) + " is free).");
  }

  /// A run's file, or what the end of a process (SIGKILL, power) left of one: .NAME.PID-N.tmp of io::AtomicFile.
  static bool is_own(std::string_view name) {
    if (name.substr(0, 14) == ".tuneit-trial-") return true;
    for (const std::string_view own : run_files) {
      if (name == own) return true;
      if (name.size() <= own.size() + 6 || name.front() != '.' || name.substr(1, own.size()) != own ||
          name[own.size() + 1] != '.' || name.substr(name.size() - 4) != ".tmp")
        continue;
      const std::string_view middle = name.substr(own.size() + 2, name.size() - own.size() - 6);
      if (middle.find_first_not_of("0123456789-") == std::string_view::npos) return true;
    }
    return false;
  }

  /// runs/resnet18-2: the next name that is not there.
  [[nodiscard]] std::string free_name() const {
    std::error_code ignored;
    std::string base = path_;
    if (const auto last = std::filesystem::path(path_).filename(); last == "." || last == "..")
      base = std::filesystem::canonical(path_, ignored).string();
    for (int i = 2;; ++i)
      if (std::string name = base + "-" + std::to_string(i); !std::filesystem::exists(name, ignored)) return name;
  }

  void leave() noexcept {
    if (made_ > 0) {
      remove_on_signal({}, 0);
      std::filesystem::path at = path_;
      for (; made_ > 0 && ::rmdir(at.c_str()) == 0; --made_) at = at.parent_path();
    }
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  std::string path_;
  std::vector<std::string> old_;  ///< names of files of another run, and of remains
  int made_ = 0;                  ///< folders that were made for this one
  int fd_ = -1;
  bool has_run_ = false, held_ = false;
};

}  // namespace tuneit::app

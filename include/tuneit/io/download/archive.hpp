#pragma once
// How is an archive from a stranger unpacked, so that nothing lands outside its folder and the disk does not fill up?
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/download/partial_folder.hpp"
#include "tuneit/io/download/transfer.hpp"
#include "tuneit/io/input_file.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// What an archive may come to at most.
struct ArchiveLimits {
  std::uint64_t entries = 500'000;
  std::uint64_t bytes = std::uint64_t{256} << 30U;  ///< unpacked, all together
  std::uint64_t ratio = 200;                        ///< of unpacked to packed bytes, beyond the first 64 MiB
  std::size_t depth = 32, name = 1000;              ///< folders in folders; bytes of a path
};

namespace detail {

/// Reads the entries of one archive one after the other into a folder of our own making. As nothing but plain files and
/// folders is ever made there, no path can lead out of it.
class Unpacker {
 public:
  Unpacker(const std::filesystem::path& path, const ArchiveLimits& limits)
      : limits_(limits),
        name_(quote_path(path)),
        packed_(InputFile(path, ErrorKind::Data).size()),
        in_(archive_read_new()) {
    if (in_ == nullptr) throw Error(ErrorKind::Io, "libarchive cannot be started");
    archive_read_support_format_tar(in_.get());
    archive_read_support_format_zip_seekable(in_.get());  // not the streaming reader, which needs no directory
    for (const auto filter : {archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
                              archive_read_support_filter_xz, archive_read_support_filter_zstd})
      filter(in_.get());
    if (archive_read_open_filename(in_.get(), path.c_str(), std::size_t{1} << 18U) != ARCHIVE_OK)
      refuse("is no zip or tar archive, or a damaged one: " + reason());
  }

  void unpack_into(const std::filesystem::path& folder) {
    archive_entry* entry = nullptr;
    while (next(entry)) {
      if (++entries_ > limits_.entries) refuse("has more than " + std::to_string(limits_.entries) + " entries");
      what_ = "entry " + std::to_string(entries_);
      const std::string name = name_of_entry(entry);
      what_ += " " + quote(name);
      check_kind(entry);
      const std::filesystem::path path = folder / safe_path(name);
      if (archive_entry_filetype(entry) == AE_IFDIR) {
        make_folder(path);
      } else {
        make_folder(path.parent_path());
        write_file(path);
        ++files_;
      }
    }
    if (files_ == 0) refuse("holds no files");
  }

 private:
  struct Free {
    void operator()(archive* a) const { archive_read_free(a); }
  };

  bool next(archive_entry*& entry) {
    const int code = archive_read_next_header(in_.get(), &entry);
    if (code == ARCHIVE_EOF) return false;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN)  // a warning: a name that this locale cannot show
      refuse("is damaged behind entry " + std::to_string(entries_) + ": " + reason());
    return true;
  }

  std::string name_of_entry(archive_entry* entry) const {
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (name == nullptr) refuse(what_ + " has a name that cannot be read");
    return name;
  }

  void check_kind(archive_entry* entry) const {
    if (archive_entry_hardlink(entry) != nullptr) refuse(what_ + " is a link to another file");
    const auto kind = archive_entry_filetype(entry);
    if (kind != AE_IFREG && kind != AE_IFDIR)
      refuse(what_ + (kind == AE_IFLNK ? " is a symbolic link" : " is a device, a pipe or a socket"));
    if (archive_entry_is_encrypted(entry) != 0) refuse(what_ + " is encrypted");
  }

  /// The name as a path that stays inside. "./" in front and "/" at the end are usual and mean nothing.
  std::filesystem::path safe_path(std::string_view name) const {
    if (name.size() > limits_.name) refuse(what_ + " has a name of " + std::to_string(name.size()) + " bytes");
    if (!name.empty() && name.front() == '/') refuse(what_ + " has an absolute path");
    std::filesystem::path path;
    std::size_t depth = 0;
    while (!name.empty()) {
      const std::size_t slash = std::min(name.find('/'), name.size());
      const std::string_view part = name.substr(0, slash);
      name.remove_prefix(std::min(slash + 1, name.size()));
      if (part.empty() || part == ".") continue;
      if (part == "..") refuse(what_ + " leads out of the archive's folder");
      if (++depth > limits_.depth) refuse(what_ + " lies in more than " + std::to_string(limits_.depth) + " folders");
      path /= part;
    }
    return path;
  }

  void make_folder(const std::filesystem::path& path) const {
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    if (!failed && std::filesystem::is_directory(std::filesystem::symlink_status(path, failed))) return;
    if (!failed || failed == std::errc::not_a_directory || failed == std::errc::file_exists)
      refuse(what_ + " needs a folder where another entry is a file");
    throw Error(ErrorKind::Io, "cannot make the folder " + quote_path(path) + ": " + failed.message());
  }

  void write_file(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0 && (errno == EEXIST || errno == EISDIR)) refuse(what_ + " has the name of another entry");
    if (fd < 0) fail(path, errno);
    struct Closed {
      int fd;
      ~Closed() { ::close(fd); }
    } closed{fd};
    for (;;) {
      const la_ssize_t got = archive_read_data(in_.get(), buffer_.data(), buffer_.size());
      if (got == 0) return;
      if (got < 0) refuse(what_ + " is damaged: " + reason());
      bytes_ += static_cast<std::uint64_t>(got);
      if (bytes_ > limits_.bytes) refuse("unpacks to more than " + byte_text(limits_.bytes));
      if (bytes_ > (std::uint64_t{64} << 20U) && bytes_ / limits_.ratio > packed_)
        refuse("unpacks to more than " + std::to_string(limits_.ratio) + " times its size of " + byte_text(packed_));
      for (std::size_t done = 0; done < static_cast<std::size_t>(got);) {
        const ssize_t put = ::write(fd, buffer_.data() + done, static_cast<std::size_t>(got) - done);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) fail(path, put < 0 ? errno : ENOSPC);
        done += static_cast<std::size_t>(put);
      }
    }
  }

  [[nodiscard]] std::string reason() const {
    const char* text = archive_error_string(in_.get());
    return text != nullptr ? quote(text, 200) : "no reason given";
  }
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::Data, name_ + " " + (why.rfind("entry ", 0) == 0 ? "is refused: " : "") + why,
                "Nothing of it was kept. If you trust it, unpack it yourself and give the folder.");
  }
  [[noreturn]] static void fail(const std::filesystem::path& path, int code) {
    throw Error(ErrorKind::Io, quote_path(path) + " cannot be written: " + std::strerror(code),
                code == ENOSPC || code == EDQUOT ? "Free some space, or choose a folder on another disk." : "");
  }

  const ArchiveLimits& limits_;
  std::string name_, what_;
  std::uint64_t packed_, entries_ = 0, files_ = 0, bytes_ = 0;
  std::unique_ptr<archive, Free> in_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 18U);
};

}  // namespace detail

/// Unpacks a zip or tar (plain, gzip, bzip2, xz, zstd) archive into the new folder `target`, which appears when all of
/// it is there; if it exists already, nothing is done. Only plain files and folders: links, devices, encrypted entries,
/// absolute paths, `..`, two entries of one name, and what goes beyond `limits` refuse the archive as a whole. Owners,
/// modes and times are not kept. Throws ErrorKind::Data with the entry, or ErrorKind::Io where the system refuses.
inline void unpack(const std::filesystem::path& archive, const std::filesystem::path& target,
                   const ArchiveLimits& limits = {}) {
  PartialFolder folder(target);
  if (folder.done()) return;
  detail::Unpacker(archive, limits).unpack_into(folder.path());
  folder.commit();
}

}  // namespace tuneit::io

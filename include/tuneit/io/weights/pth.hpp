#pragma once
// How is a file that torch.save wrote (.pth, .pt, .bin) read without running anything in it? Today's layout is a zip
// archive of one pickle and a record per storage; before torch 1.6 it was five pickles and then the storages.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/weights/pickle.hpp"
#include "tuneit/io/weights/state_dict.hpp"
#include "tuneit/io/weights/zip.hpp"

namespace tuneit::io {

namespace detail {

inline constexpr std::uint64_t max_pickle_bytes = 64U << 20U;

/// The bytes of the pickle of torch's magic number 0x1950a86a20f9469cfc6c, with which a file of the old layout begins;
/// 0 for any other file.
[[nodiscard]] inline std::size_t legacy_magic(std::string_view head) {
  constexpr std::string_view number{"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 13};
  constexpr std::string_view frame{"\x95\x0d\0\0\0\0\0\0\0", 9};  // since protocol 4
  if (head.size() < 2 || head[0] != '\x80' || head[1] < 2 || head[1] > 5) return 0;
  const std::size_t at = head.substr(2).starts_with(frame) ? 2 + frame.size() : 2;
  return head.substr(at).starts_with(number) ? at + number.size() : 0;
}

// The folder inside the archive, "archive/" or the like; every record lies below it.
inline std::string folder_of_archive(const ZipArchive& zip, const std::string& file) {
  const std::string tail = "/data.pkl";
  std::string folder;
  for (const ZipRecord& r : zip.records()) {
    if (r.name.size() <= tail.size() || !r.name.ends_with(tail)) continue;
    const std::string candidate = r.name.substr(0, r.name.size() - tail.size() + 1);
    if (candidate.find('/') != candidate.size() - 1) continue;
    if (!folder.empty()) refuse(file + " holds two archives, " + quote(folder) + " and " + quote(candidate));
    folder = candidate;
  }
  if (folder.empty())
    refuse(file + " is a zip archive, but not one of torch.save: it has no record 'data.pkl'" +
               (zip.records().empty() ? "" : " (its first record is " + quote(zip.records().front().name) + ")"),
           "Unpack it, or give the file of weights itself.");
  if (zip.find(folder + "constants.pkl") != nullptr)
    refuse(file + " is a TorchScript program, not a file of weights",
           "In Python: torch.save(torch.jit.load('file').state_dict(), 'weights.pth').");
  return folder;
}

// Takes values off the front of a file; the sizes are checked by InputFile.
struct LegacyCursor {
  const InputFile& input;
  std::uint64_t at = 0;

  std::uint64_t count() {
    std::int64_t value = 0;
    input.read(at, std::as_writable_bytes(std::span(&value, 1)));
    if (value < 0)
      refuse(input.name() + " has a storage of " + std::to_string(value) + " elements at byte " + std::to_string(at));
    at += sizeof value;
    return static_cast<std::uint64_t>(value);
  }
};

// The old layout says on which machine it was written.
inline void check_system(const Pickle& system, const std::string& file) {
  bool little = false;
  if (system.root.kind == PickleValue::Kind::Dict)
    for (const auto& [key, value] : system.dict(system.root))
      if (key.kind == PickleValue::Kind::Text && system.text(key) == "little_endian") little = value.number == 1;
  if (!little)
    refuse(file + " was not written on a little-endian machine", "Load and save it again with a recent torch.");
}

}  // namespace detail

/// Reads the tensors of a zip file of torch.save. Only the records of the state dict are read, each with its checksum.
/// Nothing in the file is executed. Throws Error: ErrorKind::Weights if it is damaged, ambiguous or wants to run code.
[[nodiscard]] inline TensorFile read_pth_zip(const InputFile& input, const ReadOptions& options = {}) {
  const std::string file = input.name();
  const ZipArchive zip(input);
  const std::string folder = detail::folder_of_archive(zip, file);
  if (const ZipRecord* order = zip.find(folder + "byteorder")) {
    const std::vector<std::byte> text = zip.read(*order, 64);
    if (std::string_view(reinterpret_cast<const char*>(text.data()), text.size()) != "little")
      detail::refuse(file + " was not written on a little-endian machine", "Load and save it again on this machine.");
  }
  const std::vector<std::byte> bytes = zip.read(*zip.find(folder + "data.pkl"), detail::max_pickle_bytes);
  const Pickle pickle = read_pickle(bytes, file + ", record " + quote(folder + "data.pkl") + ",");
  detail::StateDict found = detail::find_state_dict(pickle, file, options);
  const auto fetch = [&](const PickleStorage& storage) {
    const ZipRecord* record = zip.find(folder + "data/" + std::string(storage.key));
    if (record == nullptr)
      detail::refuse(file + " lacks the record " + quote(folder + "data/" + std::string(storage.key)) + " of a tensor",
                     "The file is damaged; download or save it again.");
    if (record->size != storage.bytes())
      detail::refuse(file + ": record " + quote(record->name) + " has " + std::to_string(record->size) +
                         " bytes where " + std::to_string(storage.bytes()) + " are announced",
                     "The file is damaged; download or save it again.");
    return zip.read(*record);
  };
  return {input.path().string(),
          "pth (zip)",
          detail::materialise(pickle, found.views, input.size(), file, fetch),
          {},
          std::move(found.key),
          std::move(found.objects)};
}

/// The same for the layout before torch 1.6 (torch.save with _use_new_zipfile_serialization=False). It has no
/// checksums; the sizes must add up to the file's size exactly.
[[nodiscard]] inline TensorFile read_pth_legacy(const InputFile& input, const ReadOptions& options = {}) {
  const std::string file = input.name();
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), detail::max_pickle_bytes));
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(length);
  std::span<const std::byte> rest(buffer.get(), length);
  input.read(0, {buffer.get(), length});
  std::uint64_t at = detail::legacy_magic({reinterpret_cast<const char*>(buffer.get()), length});
  if (at == 0) detail::refuse(file + " does not begin with the magic number of torch.save");
  const auto next = [&](const char* what) {
    const Pickle pickle = read_pickle(rest.subspan(at), file + ", " + what + " at byte " + std::to_string(at) + ",");
    at += pickle.size;
    return pickle;
  };
  const Pickle version = next("the version");
  if (version.root.kind != PickleValue::Kind::Int || version.root.number != 1001)
    detail::refuse(file + " has another version of the old layout of torch.save than 1001");
  detail::check_system(next("the description of the machine"), file);
  const Pickle object = next("the pickle of the state dict");
  const Pickle keys = next("the list of storages");
  detail::StateDict found = detail::find_state_dict(object, file, options);

  struct Place {
    const PickleStorage* storage;
    std::uint64_t begin;
  };
  std::unordered_map<std::string_view, Place> places;
  for (const PickleStorage& storage : object.storages) {
    const auto [it, added] = places.try_emplace(storage.key, Place{&storage, 0});
    if (!added && (it->second.storage->dtype != storage.dtype || it->second.storage->item != storage.item ||
                   it->second.storage->numel != storage.numel))
      detail::refuse(file + " describes storage " + quote(storage.key) + " in two ways");
  }
  if (keys.root.kind != PickleValue::Kind::Sequence) detail::refuse(file + " has no list of storages");
  detail::LegacyCursor cursor{input, at};
  for (const PickleValue& value : keys.sequence(keys.root)) {
    const auto it = value.kind == PickleValue::Kind::Text ? places.find(keys.text(value)) : places.end();
    if (it == places.end()) detail::refuse(file + " lists a storage that no tensor uses");
    Place& place = it->second;
    if (place.begin != 0) detail::refuse(file + " lists storage " + quote(it->first) + " twice");
    const std::uint64_t count = cursor.count();
    if (place.storage->item == 0)
      detail::refuse(file + ": how large the elements of storage " + quote(it->first) + " are is not known",
                     "Load it in Python and save the state dict alone.");
    if (count * place.storage->item / place.storage->item != count || count != place.storage->numel)
      detail::refuse(file + ": storage " + quote(it->first) + " has " + std::to_string(count) + " elements where " +
                     std::to_string(place.storage->numel) + " are announced");
    if (place.storage->bytes() > input.size() - cursor.at)
      detail::refuse(file + " is truncated: storage " + quote(it->first) + " needs " +
                         std::to_string(place.storage->bytes()) + " bytes from byte " + std::to_string(cursor.at) +
                         " on, the file has " + std::to_string(input.size()),
                     "Download or copy it again.");
    place.begin = cursor.at;
    cursor.at += place.storage->bytes();
  }
  if (cursor.at != input.size())
    detail::refuse(
        file + ": " + std::to_string(input.size() - cursor.at) + " bytes after the last storage belong to no tensor",
        "The file is damaged, or several objects were saved into it; save the state dict alone.");
  const auto fetch = [&](const PickleStorage& storage) {
    const Place& place = places.find(storage.key)->second;
    if (place.begin == 0) detail::refuse(file + " lacks the data of storage " + quote(storage.key));
    std::vector<std::byte> bytes(place.storage->bytes());
    input.read(place.begin, bytes);
    return bytes;
  };
  return {input.path().string(),
          "pth (legacy)",
          detail::materialise(object, found.views, input.size(), file, fetch),
          {},
          std::move(found.key),
          std::move(found.objects)};
}

}  // namespace tuneit::io

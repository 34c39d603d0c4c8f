#pragma once
// Which records does a zip archive hold, and what are their bytes? Only what torch.save writes: stored, not compressed.
#include <libdeflate.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/weights/tensor_file.hpp"

namespace tuneit::io {

/// One record of the central directory. `header` is the offset of its local header in the file.
struct ZipRecord {
  std::string name;
  std::uint64_t size = 0, packed = 0, header = 0;
  std::uint32_t crc = 0;
  std::uint16_t flags = 0, method = 0;
};

/// The directory of a zip (or zip64) archive. Refuses (Error, ErrorKind::Weights) what two readers could understand in
/// two ways: bytes before the first or after the last part, records that overlap or share a name, several disks. The
/// InputFile must outlive it.
class ZipArchive {
 public:
  explicit ZipArchive(const InputFile& input) : input_(input) {
    const Directory where = locate();
    std::vector<std::byte> bytes(where.size);
    input_.read(where.begin, bytes);
    std::size_t at = 0;
    while (at < bytes.size()) at += add_record(std::span<const std::byte>(bytes).subspan(at), where.begin + at);
    if (records_.size() != where.records)
      refuse("its directory lists " + std::to_string(records_.size()) + " records and announces " +
             std::to_string(where.records));
    check_overlaps(where.begin);
  }

  [[nodiscard]] const std::vector<ZipRecord>& records() const noexcept { return records_; }
  [[nodiscard]] const ZipRecord* find(std::string_view name) const {
    const auto it = index_.find(std::string(name));
    return it == index_.end() ? nullptr : &records_[it->second];
  }

  /// The bytes of a record, its checksum verified. At most `most` bytes. Throws Error(ErrorKind::Weights).
  [[nodiscard]] std::vector<std::byte> read(const ZipRecord& record, std::uint64_t most = UINT64_MAX) const {
    const std::string label = "record " + quote(record.name);
    if ((record.flags & 1U) != 0) refuse(label + " is encrypted");
    if (record.method != 0 || record.packed != record.size)
      refuse(label + " is compressed; torch.save stores records uncompressed", "Save it again with torch.save.");
    if (record.size > most)
      refuse(label + " has " + std::to_string(record.size) + " bytes, more than " + std::to_string(most));
    std::vector<std::byte> bytes(record.size);  // check_overlaps has shown that the file has as many
    input_.read(begin_of_data(record, label), bytes);
    if (libdeflate_crc32(0, bytes.data(), bytes.size()) != record.crc)
      refuse(label + " is damaged: its checksum (CRC-32) is wrong", "Download or copy the file again.");
    return bytes;
  }

 private:
  struct Directory {
    std::uint64_t begin, size, records;
  };
  static constexpr std::uint64_t end_size = 22, locator_size = 20, end64_size = 56, local_size = 30, central_size = 46;

  template <class T>
  static T number(std::span<const std::byte> bytes, std::size_t at) {
    T value{};
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    return value;
  }

  [[noreturn]] void refuse(const std::string& what,
                           const std::string& mend = "The file is damaged; download or save it again.") const {
    detail::refuse(input_.name() + ": " + what, mend);
  }

  // The directory ends where the end record begins and the end record ends the file: nothing is searched for.
  [[nodiscard]] Directory locate() const {
    const std::uint64_t total = input_.size();
    std::byte end[end_size]{}, locator[locator_size]{}, end64[end64_size]{};
    if (total >= end_size) input_.read(total - end_size, end);
    if (number<std::uint32_t>(end, 0) != 0x06054b50U)
      refuse("the zip archive is truncated, or something follows it: its last 22 bytes are not its end record");
    if (number<std::uint32_t>(end, 4) != 0 || number<std::uint16_t>(end, 8) != number<std::uint16_t>(end, 10))
      refuse("the zip archive is spread over several disks");
    Directory d{number<std::uint32_t>(end, 16), number<std::uint32_t>(end, 12), number<std::uint16_t>(end, 10)};
    std::uint64_t limit = total - end_size;
    if (limit >= locator_size + end64_size) input_.read(limit - locator_size, locator);
    if (number<std::uint32_t>(locator, 0) == 0x07064b50U) {
      limit -= locator_size + end64_size;
      if (number<std::uint64_t>(locator, 8) != limit) refuse("the zip64 end record is not where its locator says");
      input_.read(limit, end64);
      if (number<std::uint32_t>(end64, 0) != 0x06064b50U || number<std::uint64_t>(end64, 4) != end64_size - 12)
        refuse("the zip64 end record is damaged");
      const Directory wide{number<std::uint64_t>(end64, 48), number<std::uint64_t>(end64, 40),
                           number<std::uint64_t>(end64, 32)};
      if ((d.begin != UINT32_MAX && d.begin != wide.begin) || (d.size != UINT32_MAX && d.size != wide.size) ||
          (d.records != UINT16_MAX && d.records != wide.records))
        refuse("the zip and the zip64 end record contradict each other");
      d = wide;
    }
    if (d.begin > limit || d.size != limit - d.begin)
      refuse("the zip directory should lie at bytes " + std::to_string(d.begin) + " to " +
             std::to_string(d.begin + d.size) + " and end at byte " + std::to_string(limit));
    if (d.size > (1U << 30U) || d.records > detail::max_tensors) refuse("the zip directory is too large");
    return d;
  }

  std::size_t add_record(std::span<const std::byte> bytes, std::uint64_t position) {
    const std::string where = "the zip directory at byte " + std::to_string(position);
    if (bytes.size() < central_size || number<std::uint32_t>(bytes, 0) != 0x02014b50U) refuse(where + " is damaged");
    const std::size_t name = number<std::uint16_t>(bytes, 28), extra = number<std::uint16_t>(bytes, 30);
    const std::size_t whole = central_size + name + extra + number<std::uint16_t>(bytes, 32);
    if (whole > bytes.size()) refuse(where + " is truncated");
    ZipRecord r{std::string(reinterpret_cast<const char*>(bytes.data()) + central_size, name),
                number<std::uint32_t>(bytes, 24),
                number<std::uint32_t>(bytes, 20),
                number<std::uint32_t>(bytes, 42),
                number<std::uint32_t>(bytes, 16),
                number<std::uint16_t>(bytes, 8),
                number<std::uint16_t>(bytes, 10)};
    read_zip64_extra(r, bytes.subspan(central_size + name, extra), where);
    if (r.name.find('\0') != std::string::npos) refuse("a record's name " + quote(r.name) + " contains a NUL");
    if (!index_.emplace(r.name, records_.size()).second) refuse("two records have the name " + quote(r.name));
    records_.push_back(std::move(r));
    return whole;
  }

  void read_zip64_extra(ZipRecord& r, std::span<const std::byte> extra, const std::string& where) const {
    while (!extra.empty()) {
      if (extra.size() < 4 || extra.size() - 4 < number<std::uint16_t>(extra, 2))
        refuse(where + " has a damaged extra field");
      const std::size_t length = number<std::uint16_t>(extra, 2);
      if (number<std::uint16_t>(extra, 0) == 1) {
        std::span<const std::byte> values = extra.subspan(4, length);
        for (std::uint64_t* value : {&r.size, &r.packed, &r.header}) {
          if (*value != UINT32_MAX) continue;  // only what does not fit into 32 bits is here, in this order
          if (values.size() < 8) refuse(where + " has a truncated zip64 field");
          *value = number<std::uint64_t>(values, 0);
          values = values.subspan(8);
        }
      }
      extra = extra.subspan(4 + length);
    }
  }

  void check_overlaps(std::uint64_t directory) const {
    std::vector<const ZipRecord*> order;
    for (const ZipRecord& r : records_) order.push_back(&r);
    std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->header < b->header; });
    if (!order.empty() && order.front()->header != 0) refuse("something precedes the zip archive");
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::uint64_t next = i + 1 < order.size() ? order[i + 1]->header : directory;
      const std::uint64_t needed = local_size + order[i]->name.size();
      if (order[i]->header > next || next - order[i]->header < needed ||
          next - order[i]->header - needed < order[i]->packed)
        refuse("record " + quote(order[i]->name) + " of " + std::to_string(order[i]->packed) + " bytes at byte " +
               std::to_string(order[i]->header) + " overlaps what follows at byte " + std::to_string(next));
    }
  }

  // The local header repeats the directory's facts. Where the two differ, two readers would see two files.
  [[nodiscard]] std::uint64_t begin_of_data(const ZipRecord& r, const std::string& label) const {
    std::byte local[local_size]{};
    input_.read(r.header, local);
    const std::size_t name = number<std::uint16_t>(local, 26), extra = number<std::uint16_t>(local, 28);
    std::string local_name(name, '\0');
    input_.read(r.header + local_size, std::as_writable_bytes(std::span(local_name)));
    const bool deferred = (r.flags & 8U) != 0;  // sizes and checksum follow the data, zero stands here
    const auto agrees = [&](std::size_t at, std::uint64_t value) {
      const auto here = number<std::uint32_t>(local, at);
      return here == value || here == UINT32_MAX || (deferred && here == 0);
    };
    if (number<std::uint32_t>(local, 0) != 0x04034b50U || local_name != r.name ||
        number<std::uint16_t>(local, 6) != r.flags || number<std::uint16_t>(local, 8) != r.method ||
        !agrees(14, r.crc) || !agrees(18, r.packed) || !agrees(22, r.size))
      refuse(label + " is described differently by the directory and by its own header at byte " +
             std::to_string(r.header));
    const std::uint64_t begin = r.header + local_size + name + extra;
    if (begin > input_.size() || r.packed > input_.size() - begin) refuse(label + " is truncated");
    return begin;
  }

  const InputFile& input_;
  std::vector<ZipRecord> records_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace tuneit::io

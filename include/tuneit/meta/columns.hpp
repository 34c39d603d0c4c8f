#pragma once
// Tables of text with aligned columns, and numbers as people read them.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace tuneit {

/// 11689512 -> "11,689,512".
inline std::string grouped(std::int64_t n) {
  const std::string digits = std::to_string(n);
  const std::size_t first = n < 0 ? 1 : 0;
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > first && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

/// A number with the given significant digits: 0.001 -> "0.001", 1e-05 -> "1e-05".
inline std::string short_number(double x, int digits = 4) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.*g", digits, x);
  return buffer;
}

/// Multiply-accumulates as "5.44 GMAC", "301 MMAC", "80 MAC".
inline std::string macs_text(long long macs) {
  const double n = static_cast<double>(macs);
  return n >= 1e9   ? short_number(n / 1e9) + " GMAC"
         : n >= 1e6 ? short_number(n / 1e6) + " MMAC"
                    : short_number(n, 6) + " MAC";
}

/// Bytes as "1.25 GB" (10^9), "310.0 MB", "0.4 kB" or "0".
inline std::string bytes_text(std::int64_t bytes) {
  char buffer[32];
  if (bytes == 0) return "0";
  const double b = static_cast<double>(bytes);
  if (b >= 1e9)
    std::snprintf(buffer, sizeof buffer, "%.2f GB", b / 1e9);
  else if (b >= 1e5)
    std::snprintf(buffer, sizeof buffer, "%.1f MB", b / 1e6);
  else
    std::snprintf(buffer, sizeof buffer, "%.1f kB", b / 1e3);
  return buffer;
}

/// Rows of cells under headings; `align` has '<' or '>' for each column.
class Columns {
 public:
  Columns(std::vector<std::string> headings, std::string align) : align_(std::move(align)) {
    rows_.push_back(std::move(headings));
  }
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  [[nodiscard]] std::string text() const {
    std::vector<std::size_t> width(align_.size(), 0);
    for (const auto& cells : rows_)
      for (std::size_t c = 0; c < cells.size(); ++c)
        if (cells[c].size() > width[c]) width[c] = cells[c].size();
    std::string out;
    for (const auto& cells : rows_) {
      std::string line = " ";
      for (std::size_t c = 0; c < cells.size(); ++c) {
        const std::string pad(width[c] - cells[c].size(), ' ');
        line += " " + (align_[c] == '>' ? pad + cells[c] : cells[c] + pad) + " ";
      }
      while (!line.empty() && line.back() == ' ') line.pop_back();
      out += line + "\n";
    }
    return out;
  }

 private:
  std::string align_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tuneit

// A view of a matrix and its packed form; the forms themselves are layout.h's.
#include "tensor/matrix.h"

#include <algorithm>

namespace favilla {

Matrix Matrix::view(DType type, int64_t rows, int64_t columns, std::span<const std::byte> raw) {
  Matrix matrix;
  matrix.type_ = type;
  matrix.rows_ = rows;
  matrix.columns_ = columns;
  matrix.raw_ = raw;
  return matrix;
}

void Matrix::request_screening() {
  screening_ = type_ == DType::kQ8_0 && columns_ <= kMaxPlaneColumns;
}

Layout Matrix::packed_form() const {
  const Layout layout = packed_layout(type_, columns_);
  return screening_ && layout == Layout::kI8 ? Layout::kI8Planes : layout;
}

size_t Matrix::packed_bytes() const {
  const Layout layout = packed_form();
  if (layout == Layout::kRaw) return 0;
  const size_t low_bytes = layout == Layout::kI8Planes ? low_plane_bytes(columns_) : 0;
  return static_cast<size_t>(panels()) * (layout_panel_bytes(layout, columns_) + low_bytes);
}

void Matrix::set_packed(std::byte* memory) {
  layout_ = packed_form();
  packed_ = memory;
}

void Matrix::pack(Range rows) {
  if (layout_ == Layout::kRaw) return;
  const size_t row_bytes = dtype_bytes(type_, static_cast<size_t>(columns_));
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const std::byte* source = raw_.data() + static_cast<size_t>(row) * row_bytes;
    const auto lane = static_cast<size_t>(row % kPanelRows);
    std::byte* panel_data = packed_ + panel_offset(row / kPanelRows);
    if (layout_ == Layout::kI8Planes) {
      pack_row_planes(source, columns_, lane, panel_data, packed_ + low_plane_offset(row / kPanelRows));
    } else {
      pack_row(type_, source, columns_, lane, panel_data);
    }
  }
}

Matrix Matrix::joined_panel(int64_t index, std::byte* memory) const {
  Matrix joined;
  joined.type_ = type_;
  joined.layout_ = Layout::kI8;
  joined.rows_ = std::min<int64_t>(kPanelRows, rows_ - index * kPanelRows);
  joined.columns_ = columns_;
  joined.packed_ = memory;
  return joined;
}

void Matrix::dequantize_row(int64_t row, float* target) const {
  const auto count = static_cast<size_t>(columns_);
  dequantize(type_, raw_.data() + static_cast<size_t>(row) * dtype_bytes(type_, count), target, count);
}

}  // namespace favilla

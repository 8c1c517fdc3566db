// A view of a matrix and its packed form; the forms themselves are layout.h's.
#include "tensor/matrix.h"

namespace favilla {

Matrix Matrix::view(DType type, int64_t rows, int64_t columns, std::span<const std::byte> raw) {
  Matrix matrix;
  matrix.type_ = type;
  matrix.rows_ = rows;
  matrix.columns_ = columns;
  matrix.raw_ = raw;
  return matrix;
}

size_t Matrix::packed_bytes() const {
  const Layout layout = packed_layout(type_, columns_);
  if (layout == Layout::kRaw) return 0;
  return static_cast<size_t>((rows_ + kPanelRows - 1) / kPanelRows) * layout_panel_bytes(layout, columns_);
}

void Matrix::set_packed(std::byte* memory) {
  layout_ = packed_layout(type_, columns_);
  packed_ = memory;
}

void Matrix::pack(TeamMember member) {
  if (layout_ == Layout::kRaw) return;
  const size_t row_bytes = dtype_bytes(type_, static_cast<size_t>(columns_));
  const Range share = member.share(rows_, kPanelRows);
  for (int64_t row = share.begin; row < share.end; ++row) {
    std::byte* panel_data = packed_ + static_cast<size_t>(row / kPanelRows) * panel_bytes();
    pack_row(type_, raw_.data() + static_cast<size_t>(row) * row_bytes, columns_, static_cast<size_t>(row % kPanelRows),
             panel_data);
  }
}

void Matrix::dequantize_row(int64_t row, float* target) const {
  const auto count = static_cast<size_t>(columns_);
  dequantize(type_, raw_.data() + static_cast<size_t>(row) * dtype_bytes(type_, count), target, count);
}

}  // namespace favilla

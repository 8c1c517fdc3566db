// Weight matrices ready for products, and the activations they are multiplied with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/thread_team.h"
#include "tensor/dtype.h"
#include "tensor/layout.h"

namespace favilla {

// Rows of 32-column blocks of int8, with what the kernels need to undo offsets and minimums.
struct QuantizedRows {
  const int8_t* quants;          // [rows, columns]
  const float* scales;           // [rows, columns / 32]: value = scale * quant
  const float* sums;             // [rows, columns / 32]: scale * sum of the block's quants
  const int32_t* block_offsets;  // [rows, columns / 32]: -128 * sum of the block's quants
  const int32_t* half_offsets;   // [rows, columns / 16]: the same of half a block
  const int16_t* half_sums;      // [rows, columns / 16]: sum of half a block's quants
  int64_t columns;

  const int8_t* row_quants(int64_t row) const { return quants + row * columns; }
  const float* row_scales(int64_t row) const { return scales + row * (columns / kBlockColumns); }
  const float* row_sums(int64_t row) const { return sums + row * (columns / kBlockColumns); }
  const int32_t* row_block_offsets(int64_t row) const { return block_offsets + row * (columns / kBlockColumns); }
  const int32_t* row_half_offsets(int64_t row) const { return half_offsets + row * (columns / 16); }
  const int16_t* row_half_sums(int64_t row) const { return half_sums + row * (columns / 16); }
};

// A weight matrix [rows, columns] (GGUF shape {columns, rows}).
class Matrix {
 public:
  // Views raw bytes, which must outlive the matrix.
  static Matrix view(DType type, int64_t rows, int64_t columns, std::span<const std::byte> raw);

  Matrix() = default;

  // Asks for a packed form that KernelTable::screen can read, before anything is asked about that form. Without effect
  // where there is none: of Q8_0 of at most kMaxPlaneColumns there is.
  void request_screening();
  // Whether the packed form is one.
  bool screened() const { return layout_ == Layout::kI8Planes; }

  // The layout of the packed form that suits the type and what was asked for; kRaw when there is none.
  Layout packed_form() const;
  // Bytes of the packed form that suits the type; 0 when there is none (Q2_K, odd columns).
  size_t packed_bytes() const;

  // Gives the packed form its memory: packed_bytes() bytes, zeroed and aligned to 64, that outlive the matrix. Then
  // either they hold it already, or pack() has to be called for all rows before the matrix may be used.
  // Requires packed_bytes() > 0.
  void set_packed(std::byte* memory);
  // Packs some rows, of which the first is that of a panel. Several threads may, each its own panels.
  void pack(Range rows);

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  DType type() const { return type_; }
  Layout layout() const { return layout_; }
  std::span<const std::byte> raw() const { return raw_; }
  bool empty() const { return rows_ == 0; }

  size_t panel_bytes() const { return layout_panel_bytes(layout_, columns_); }
  int64_t panels() const { return (rows_ + kPanelRows - 1) / kPanelRows; }
  const std::byte* panel(int64_t index) const { return packed_ + panel_offset(index); }

  // Of kI8Planes, a panel's part of the second area.
  const std::byte* low_plane(int64_t index) const { return packed_ + low_plane_offset(index); }
  // Of kI8Planes, the rows of one panel alone as a matrix of kI8. memory: that panel in this layout, which must outlive
  // the matrix.
  Matrix joined_panel(int64_t index, std::byte* memory) const;

  // target: [columns] floats of one row, from the raw bytes.
  void dequantize_row(int64_t row, float* target) const;

 private:
  size_t panel_offset(int64_t index) const { return static_cast<size_t>(index) * panel_bytes(); }
  size_t low_plane_offset(int64_t index) const {
    return panel_offset(panels()) + static_cast<size_t>(index) * low_plane_bytes(columns_);
  }

  DType type_ = DType::kF32;
  Layout layout_ = Layout::kRaw;
  bool screening_ = false;
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  std::span<const std::byte> raw_;
  std::byte* packed_ = nullptr;
};

}  // namespace favilla

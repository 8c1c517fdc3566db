// tensor: number formats, packed weight matrices and the kernels that multiply them. The front door of the module.
//
//   const KernelTable& kernels = kernel_table(best_isa(detect_cpu()));
//   Matrix weights = Matrix::view(DType::kQ4_1, rows, columns, bytes);
//   AlignedArray<std::byte> memory = TRY(AlignedArray<std::byte>::create(weights.packed_bytes(), PageSize::kHuge));
//   weights.set_packed(memory.data());
//   team.run([&](TeamMember member) { weights.pack(member.share(weights.rows(), kPanelRows)); });
#pragma once

#include "tensor/buffer.h"                // IWYU pragma: export
#include "tensor/cpu.h"                   // IWYU pragma: export
#include "tensor/dtype.h"                 // IWYU pragma: export
#include "tensor/kernels/kernel_table.h"  // IWYU pragma: export
#include "tensor/matrix.h"                // IWYU pragma: export

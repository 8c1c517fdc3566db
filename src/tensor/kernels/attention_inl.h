// Attention of a few query heads of one token over one kv head. Included by kernels_<isa>.cc only.
//
// Keys stand transposed in blocks of 16 positions, so a score is a running sum per lane: no horizontal sums. Values
// stand by position, so the output is a running sum per dimension. Scores of all positions are kept (a few KB), and the
// softmax is the plain two-pass one: exact, and independent of how many heads or tokens are computed together.

// Vectors in a block of positions, and how many accumulators the registers hold beside their operands.
constexpr int kBlockVectors = kKvBlock / kLanes;
#if defined(__AVX2__)
constexpr int kAccumulators = kLanes == 16 ? 16 : 12;
#else
constexpr int kAccumulators = 8;  // pairs of registers
#endif

// Vectors for each of kHeads heads that fill the registers: a power of two.
constexpr int vectors_per_head(int heads) {
  int vectors = 1;
  while (2 * vectors * heads <= kAccumulators && vectors < 64 / kLanes) vectors *= 2;
  return vectors;
}

// sums[h][v] += factor(h) * vector(v). Whichever of the two are fewer stay in registers beside the sums; AVX-512 has
// enough for the vectors, and its products take a factor from memory.
template <int kHeads, int kVectors, class Factor, class LoadVector>
inline void add_products(Vector (&sums)[kHeads][kVectors], Factor factor, LoadVector load_vector) {
  if constexpr (kLanes == 8 && kHeads <= kVectors) {
    Vector factors[kHeads];
    for (int h = 0; h < kHeads; ++h) factors[h] = splat(factor(h));
    for (int v = 0; v < kVectors; ++v) {
      const Vector vector = load_vector(v);
      for (int h = 0; h < kHeads; ++h) sums[h][v] += vector * factors[h];
    }
  } else {
    Vector vectors[kVectors];
    for (int v = 0; v < kVectors; ++v) vectors[v] = load_vector(v);
    for (int h = 0; h < kHeads; ++h) {
      const float number = factor(h);
      for (int v = 0; v < kVectors; ++v) sums[h][v] += vectors[v] * number;
    }
  }
}

// Raw scores of kVectors vectors of positions for kHeads heads. load_key(offset) gives a vector; offsets count from the
// first position's block.
template <int kHeads, int kVectors, class LoadKey>
inline void score_vectors(int head_dim, const float* queries, float* scores, int64_t stride, LoadKey load_key) {
  Vector sums[kHeads][kVectors] = {};
  for (int d = 0; d < head_dim; ++d) {
    add_products(
        sums, [=](int h) { return queries[h * head_dim + d]; },
        [=](int v) { return load_key((v / kBlockVectors * head_dim + d) * kKvBlock + v % kBlockVectors * kLanes); });
  }
  for (int h = 0; h < kHeads; ++h) {
    for (int v = 0; v < kVectors; ++v) store(scores + h * stride + v * kLanes, sums[h][v]);
  }
}

// The same for one block of kQ8_0: 32 dimensions are summed first, then scaled per position.
template <int kHeads>
inline void score_block_q8(const int8_t* keys, const uint16_t* key_scales, int head_dim, const float* queries,
                           float* scores, int64_t stride) {
  Vector sums[kHeads][kBlockVectors] = {};
  for (int begin = 0; begin < head_dim; begin += kBlockColumns) {
    Vector parts[kHeads][kBlockVectors] = {};
    for (int d = begin; d < begin + kBlockColumns; ++d) {
      for (int v = 0; v < kBlockVectors; ++v) {
        const Vector key = load_int8(keys + d * kKvBlock + v * kLanes);
        for (int h = 0; h < kHeads; ++h) parts[h][v] += key * queries[h * head_dim + d];
      }
    }
    const uint16_t* block_scales = key_scales + begin / kBlockColumns * kKvBlock;
    for (int v = 0; v < kBlockVectors; ++v) {
      const Vector scale = load_half(block_scales + v * kLanes);
      for (int h = 0; h < kHeads; ++h) sums[h][v] += parts[h][v] * scale;
    }
  }
  for (int h = 0; h < kHeads; ++h) {
    for (int v = 0; v < kBlockVectors; ++v) store(scores + h * stride + v * kLanes, sums[h][v]);
  }
}

// Scales, caps and masks the raw scores of one head, then turns them into probabilities (not yet divided by their sum,
// which is returned). The row covers whole blocks; positions outside [begin, end) become 0. Sixteen partial sums, for
// any number of lanes.
inline float softmax_row(float* scores, int64_t count, int64_t skip_front, int64_t keep_end, float scale,
                         float soft_cap) {
  for (int64_t i = 0; i < skip_front; ++i) scores[i] = -__builtin_inff();
  for (int64_t i = keep_end; i < count; ++i) scores[i] = -__builtin_inff();
  Vector largest = splat(-__builtin_inff());
  for (int64_t i = 0; i < count; i += kLanes) {
    Vector v = load(scores + i) * scale;
    if (soft_cap != 0) v = select(v < -3.0e38F, v, soft_cap * hyperbolic_tangent(v / soft_cap));
    store(scores + i, v);
    largest = maximum(largest, v);
  }
  const float top = max_lane(largest);
  Vector sums[kBlockVectors] = {};
  for (int64_t i = 0; i < count; i += kKvBlock) {
    for (int v = 0; v < kBlockVectors; ++v) {
      const Vector p = exponential(load(scores + i + v * kLanes) - top);
      store(scores + i + v * kLanes, p);
      sums[v] += p;
    }
  }
  for (int v = 1; v < kBlockVectors; ++v) sums[0] += sums[v];
  return sum_lanes(sums[0]);
}

// What mix_values needs beside the values: rows of probabilities from position `first` on, `stride` apart.
struct Mixture {
  const float* probabilities;
  const float* factors;  // [heads]: 1 / sum of the probabilities
  int64_t first;
  int64_t stride;
  Range positions;
  int head_dim;
  float* out;  // [heads, head_dim]
};

// Positions that are mixed into all dimensions before the next ones, where the registers do not hold all dimensions:
// their values are read from memory once and then stay in the first-level cache.
constexpr int64_t kMixPositions = 64;

// Adds probability * value of `positions` to out[h][d..], for kVectors vectors of dimensions; divides by the sums when
// they are the last ones. load_value(position, d) gives a vector.
template <int kHeads, int kVectors, class LoadValue>
inline void mix_vectors(const Mixture& m, Range positions, int d, LoadValue load_value) {
  Vector sums[kHeads][kVectors] = {};
  if (positions.begin != m.positions.begin) {
    for (int h = 0; h < kHeads; ++h) {
      for (int v = 0; v < kVectors; ++v) sums[h][v] = load(m.out + h * m.head_dim + d + v * kLanes);
    }
  }
  for (int64_t position = positions.begin; position < positions.end; ++position) {
    add_products(
        sums, [&](int h) { return m.probabilities[h * m.stride + position - m.first]; },
        [=](int v) { return load_value(position, d + v * kLanes); });
  }
  const bool last = positions.end == m.positions.end;
  for (int h = 0; h < kHeads; ++h) {
    const float factor = last ? m.factors[h] : 1.0F;
    for (int v = 0; v < kVectors; ++v) store(m.out + h * m.head_dim + d + v * kLanes, sums[h][v] * factor);
  }
}

// As many dimensions at a time as the registers hold.
template <int kHeads, class LoadValue>
inline void mix_values(const Mixture& m, LoadValue load_value) {
  constexpr int kVectors = vectors_per_head(kHeads);
  const int64_t count = m.positions.end - m.positions.begin;
  const int64_t together = kVectors * kLanes < m.head_dim && kMixPositions < count ? kMixPositions : count;
  for (int64_t begin = m.positions.begin; begin < m.positions.end; begin += together) {
    const Range positions{begin, begin + together < m.positions.end ? begin + together : m.positions.end};
    int d = 0;
    for (; d + kVectors * kLanes <= m.head_dim; d += kVectors * kLanes) {
      mix_vectors<kHeads, kVectors>(m, positions, d, load_value);
    }
    for (; d < m.head_dim; d += kKvBlock) mix_vectors<kHeads, kBlockVectors>(m, positions, d, load_value);
  }
}

// Raw scores of `blocks` blocks of positions from the cache's numbers of one type.
template <int kHeads, class LoadKey>
inline void score_blocks(int64_t blocks, int head_dim, const float* queries, float* scores, int64_t stride,
                         LoadKey load_key) {
  constexpr int kVectors = vectors_per_head(kHeads);
  constexpr int kTogether = kVectors / kBlockVectors;
  const int64_t block_size = int64_t{head_dim} * kKvBlock;
  int64_t block = 0;
  for (; block + kTogether <= blocks; block += kTogether) {
    score_vectors<kHeads, kVectors>(head_dim, queries, scores + block * kKvBlock, stride,
                                    [=](int i) { return load_key(block * block_size + i); });
  }
  for (; block < blocks; ++block) {
    score_vectors<kHeads, kBlockVectors>(head_dim, queries, scores + block * kKvBlock, stride,
                                         [=](int i) { return load_key(block * block_size + i); });
  }
}

// Raw scores of the positions from `first` on, by the cache's type.
template <int kHeads>
inline void score_positions(const KvHeadView& kv, int64_t first, int64_t count, const float* queries, float* scores) {
  const int64_t offset = first * kv.head_dim;
  switch (kv.type) {
    case KvType::kF32: {
      const float* keys = static_cast<const float*>(kv.keys) + offset;
      score_blocks<kHeads>(count / kKvBlock, kv.head_dim, queries, scores, count,
                           [keys](int64_t i) { return load(keys + i); });
      break;
    }
    case KvType::kF16: {
      const uint16_t* keys = static_cast<const uint16_t*>(kv.keys) + offset;
      score_blocks<kHeads>(count / kKvBlock, kv.head_dim, queries, scores, count,
                           [keys](int64_t i) { return load_half(keys + i); });
      break;
    }
    case KvType::kQ8_0:
      for (int64_t i = 0; i < count; i += kKvBlock) {
        const int64_t place = offset + i * kv.head_dim;
        score_block_q8<kHeads>(static_cast<const int8_t*>(kv.keys) + place, kv.key_scales + place / kBlockColumns,
                               kv.head_dim, queries, scores + i, count);
      }
      break;
  }
}

template <int kHeads>
inline void attend_heads(const KvHeadView& kv, const AttentionTask& task, int head) {
  const int dim = kv.head_dim;
  const int64_t first = task.begin / kKvBlock * kKvBlock;
  const int64_t count = (task.end + kKvBlock - 1) / kKvBlock * kKvBlock - first;
  float* scores = task.scores + head * count;
  score_positions<kHeads>(kv, first, count, task.queries + head * dim, scores);
  float factors[kHeads];
  for (int h = 0; h < kHeads; ++h) {
    factors[h] =
        1.0F / softmax_row(scores + h * count, count, task.begin - first, task.end - first, task.scale, task.soft_cap);
  }
  const Mixture mixture{scores, factors, first, count, {task.begin, task.end}, dim, task.out + head * dim};
  switch (kv.type) {
    case KvType::kF32: {
      const float* values = static_cast<const float*>(kv.values);
      mix_values<kHeads>(mixture, [=](int64_t position, int d) { return load(values + position * dim + d); });
      break;
    }
    case KvType::kF16: {
      const uint16_t* values = static_cast<const uint16_t*>(kv.values);
      mix_values<kHeads>(mixture, [=](int64_t position, int d) { return load_half(values + position * dim + d); });
      break;
    }
    case KvType::kQ8_0: {
      const int8_t* values = static_cast<const int8_t*>(kv.values);
      const uint16_t* scales = kv.value_scales;
      mix_values<kHeads>(mixture, [=](int64_t position, int d) {
        const int64_t offset = position * dim + d;
        return load_int8(values + offset) * half_to_float(scales[offset / kBlockColumns]);
      });
      break;
    }
  }
}

inline void attend(const KvHeadView& kv, const AttentionTask& task) {
  int head = 0;
  for (; head + 4 <= task.heads; head += 4) attend_heads<4>(kv, task, head);
  for (; head + 3 <= task.heads; head += 3) attend_heads<3>(kv, task, head);
  for (; head + 2 <= task.heads; head += 2) attend_heads<2>(kv, task, head);
  for (; head < task.heads; ++head) attend_heads<1>(kv, task, head);
}

// Attention of a few query heads of one token over one kv head. Included by kernels_<isa>.cc only.
//
// Keys stand transposed in blocks of 16 positions, so a score is a running sum per lane: no horizontal sums. Values
// stand by position, so the output is a running sum per dimension. Scores of all positions are kept (a few KB), and the
// softmax is the plain two-pass one: exact, and independent of how many heads or tokens are computed together.

// scores[h][0..15] of one block for kHeads heads. load_key(offset) gives 8 floats.
template <int kHeads, class LoadKey>
inline void score_block(int head_dim, const float* queries, float* scores, int64_t stride, LoadKey load_key) {
  Vector low[kHeads] = {};
  Vector high[kHeads] = {};
  for (int d = 0; d < head_dim; ++d) {
    const Vector key_low = load_key(d * kKvBlock);
    const Vector key_high = load_key(d * kKvBlock + kLanes);
    for (int h = 0; h < kHeads; ++h) {
      const float query = queries[h * head_dim + d];
      low[h] += key_low * query;
      high[h] += key_high * query;
    }
  }
  for (int h = 0; h < kHeads; ++h) {
    store(scores + h * stride, low[h]);
    store(scores + h * stride + kLanes, high[h]);
  }
}

// The same for kQ8_0: a block of 32 dimensions is summed first, then scaled per position.
template <int kHeads>
inline void score_block_q8(const int8_t* keys, const uint16_t* key_scales, int head_dim, const float* queries,
                           float* scores, int64_t stride) {
  Vector low[kHeads] = {};
  Vector high[kHeads] = {};
  for (int begin = 0; begin < head_dim; begin += kBlockColumns) {
    Vector part_low[kHeads] = {};
    Vector part_high[kHeads] = {};
    for (int d = begin; d < begin + kBlockColumns; ++d) {
      const Vector key_low = load_int8(keys + d * kKvBlock);
      const Vector key_high = load_int8(keys + d * kKvBlock + kLanes);
      for (int h = 0; h < kHeads; ++h) {
        const float query = queries[h * head_dim + d];
        part_low[h] += key_low * query;
        part_high[h] += key_high * query;
      }
    }
    const uint16_t* block_scales = key_scales + begin / kBlockColumns * kKvBlock;
    for (int h = 0; h < kHeads; ++h) {
      low[h] += part_low[h] * load_half(block_scales);
      high[h] += part_high[h] * load_half(block_scales + kLanes);
    }
  }
  for (int h = 0; h < kHeads; ++h) {
    store(scores + h * stride, low[h]);
    store(scores + h * stride + kLanes, high[h]);
  }
}

// Scales, caps and masks the raw scores of one head, then turns them into probabilities (not yet divided by their sum,
// which is returned). The row covers whole blocks; positions outside [begin, end) become 0.
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
  Vector sum = splat(0.0F);
  for (int64_t i = 0; i < count; i += kLanes) {
    const Vector p = exponential(load(scores + i) - top);
    store(scores + i, p);
    sum += p;
  }
  return sum_lanes(sum);
}

// out[h][d .. d + 15] = sum over positions of probability * value, for kHeads heads. load_value(position, d) gives 8
// floats.
template <int kHeads, class LoadValue>
inline void mix_values(const AttentionTask& task, int64_t first, int64_t stride, int head_dim, int head,
                       const float* factors, LoadValue load_value) {
  for (int d = 0; d < head_dim; d += 2 * kLanes) {
    Vector low[kHeads] = {};
    Vector high[kHeads] = {};
    for (int64_t position = task.begin; position < task.end; ++position) {
      const Vector value_low = load_value(position, d);
      const Vector value_high = load_value(position, d + kLanes);
      for (int h = 0; h < kHeads; ++h) {
        const float probability = task.scores[(head + h) * stride + position - first];
        low[h] += value_low * probability;
        high[h] += value_high * probability;
      }
    }
    for (int h = 0; h < kHeads; ++h) {
      store(task.out + (head + h) * head_dim + d, low[h] * factors[h]);
      store(task.out + (head + h) * head_dim + d + kLanes, high[h] * factors[h]);
    }
  }
}

// Raw scores of one block of positions, by the cache's type.
template <int kHeads>
inline void score_positions(const KvHeadView& kv, int64_t offset, const float* queries, float* scores, int64_t stride) {
  switch (kv.type) {
    case KvType::kF32: {
      const float* keys = static_cast<const float*>(kv.keys) + offset;
      score_block<kHeads>(kv.head_dim, queries, scores, stride, [keys](int i) { return load(keys + i); });
      break;
    }
    case KvType::kF16: {
      const uint16_t* keys = static_cast<const uint16_t*>(kv.keys) + offset;
      score_block<kHeads>(kv.head_dim, queries, scores, stride, [keys](int i) { return load_half(keys + i); });
      break;
    }
    case KvType::kQ8_0:
      score_block_q8<kHeads>(static_cast<const int8_t*>(kv.keys) + offset, kv.key_scales + offset / kBlockColumns,
                             kv.head_dim, queries, scores, stride);
      break;
  }
}

template <int kHeads>
inline void attend_heads(const KvHeadView& kv, const AttentionTask& task, int head) {
  const int dim = kv.head_dim;
  const int64_t first = task.begin / kKvBlock * kKvBlock;
  const int64_t count = (task.end + kKvBlock - 1) / kKvBlock * kKvBlock - first;
  float* scores = task.scores + head * count;
  for (int64_t position = first; position < task.end; position += kKvBlock) {
    score_positions<kHeads>(kv, position * dim, task.queries + head * dim, scores + position - first, count);
  }
  float factors[kHeads];
  for (int h = 0; h < kHeads; ++h) {
    factors[h] =
        1.0F / softmax_row(scores + h * count, count, task.begin - first, task.end - first, task.scale, task.soft_cap);
  }
  switch (kv.type) {
    case KvType::kF32: {
      const float* values = static_cast<const float*>(kv.values);
      mix_values<kHeads>(task, first, count, dim, head, factors,
                         [=](int64_t position, int d) { return load(values + position * dim + d); });
      break;
    }
    case KvType::kF16: {
      const uint16_t* values = static_cast<const uint16_t*>(kv.values);
      mix_values<kHeads>(task, first, count, dim, head, factors,
                         [=](int64_t position, int d) { return load_half(values + position * dim + d); });
      break;
    }
    case KvType::kQ8_0: {
      const int8_t* values = static_cast<const int8_t*>(kv.values);
      const uint16_t* scales = kv.value_scales;
      mix_values<kHeads>(task, first, count, dim, head, factors, [=](int64_t position, int d) {
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

// The Vector of vector_inl.h for registers of four floats: two of them. A vector type of eight floats would do the same
// arithmetic, but GCC 12 keeps it in memory. Included by vector_inl.h only.

typedef float Quad __attribute__((vector_size(16)));
typedef int32_t IntQuad __attribute__((vector_size(16)));

struct IntVector {
  IntQuad low, high;

  int32_t operator[](int lane) const { return lane < 4 ? low[lane] : high[lane - 4]; }
};

struct Vector {
  Quad low = {};
  Quad high = {};

  Vector() = default;
  Vector(float value) : low(Quad{} + value), high(low) {}
  Vector(Quad first, Quad second) : low(first), high(second) {}

  float operator[](int lane) const { return lane < 4 ? low[lane] : high[lane - 4]; }
  Vector operator-() const { return {-low, -high}; }
  Vector& operator+=(Vector other) { return *this = *this + other; }

  friend Vector operator+(Vector a, Vector b) { return {a.low + b.low, a.high + b.high}; }
  friend Vector operator-(Vector a, Vector b) { return {a.low - b.low, a.high - b.high}; }
  friend Vector operator*(Vector a, Vector b) { return {a.low * b.low, a.high * b.high}; }
  friend Vector operator/(Vector a, Vector b) { return {a.low / b.low, a.high / b.high}; }
  friend IntVector operator<(Vector a, Vector b) { return {a.low < b.low, a.high < b.high}; }
  friend IntVector operator>(Vector a, Vector b) { return {a.low > b.low, a.high > b.high}; }
};

inline Quad load_quad(const float* source) {
  Quad value;
  __builtin_memcpy(&value, source, sizeof value);
  return value;
}

inline Vector load(const float* source) {
  return {load_quad(source), load_quad(source + 4)};
}

inline void store(float* target, Vector value) {
  __builtin_memcpy(target, &value.low, sizeof value.low);
  __builtin_memcpy(target + 4, &value.high, sizeof value.high);
}

inline Quad select(IntQuad mask, Quad yes, Quad no) {
  return reinterpret_cast<Quad>((mask & reinterpret_cast<IntQuad>(yes)) | (~mask & reinterpret_cast<IntQuad>(no)));
}

inline Vector select(IntVector mask, Vector yes, Vector no) {
  return {select(mask.low, yes.low, no.low), select(mask.high, yes.high, no.high)};
}

inline IntVector to_integers(Vector whole) {
  return {__builtin_convertvector(whole.low, IntQuad), __builtin_convertvector(whole.high, IntQuad)};
}

inline Vector power_of_two(Vector exponent) {
  const IntVector n = to_integers(exponent);
  return {reinterpret_cast<Quad>((n.low + 127) << 23), reinterpret_cast<Quad>((n.high + 127) << 23)};
}

import TesseraDatasets

/// Smooth noise over the plane: random values on an integer lattice, smoothly interpolated.
struct ValueNoise {
  let key: UInt32

  /// Noise in 0...1 with features of about unit size.
  func callAsFunction(_ x: Float, _ y: Float) -> Float {
    let (column, row) = (Self.floor(x), Self.floor(y))
    let (u, v) = (smooth(x - Float(column)), smooth(y - Float(row)))
    let top = mix(lattice(column, row), lattice(column &+ 1, row), u)
    let bottom = mix(lattice(column, row &+ 1), lattice(column &+ 1, row &+ 1), u)
    return mix(top, bottom, v)
  }

  /// A sum of `octaves` noises, each twice as fine and half as strong as the previous one; in 0...1.
  func fractal(_ x: Float, _ y: Float, octaves: Int) -> Float {
    var (sum, weight, total, frequency): (Float, Float, Float, Float) = (0, 1, 0, 1)
    for octave in 0..<octaves {
      // The shift keeps the lattices of the octaves from meeting at one point.
      let shift = Float(octave) * 17.3
      sum += weight * self(x * frequency + shift, y * frequency - shift)
      total += weight
      weight *= 0.5
      frequency *= 2
    }
    return sum / total
  }

  private func lattice(_ column: Int32, _ row: Int32) -> Float {
    var hash = UInt32(bitPattern: column) &* 0x9E37_79B1 ^ UInt32(bitPattern: row) &* 0x85EB_CA77 ^ key
    hash = (hash ^ hash >> 15) &* 0x2C1B_3C6D
    hash = (hash ^ hash >> 12) &* 0x297A_2D39
    return Float((hash ^ hash >> 15) >> 8) * 0x1p-24
  }

  // The baseline x86-64 instruction set has no rounding instruction; a conversion is faster than the library's floor.
  private static func floor(_ value: Float) -> Int32 {
    let truncated = Int32(value)
    return Float(truncated) > value ? truncated - 1 : truncated
  }

  private func smooth(_ t: Float) -> Float { t * t * (3 - 2 * t) }
}

func mix(_ a: Float, _ b: Float, _ amount: Float) -> Float { a + (b - a) * amount }

func mix(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ amount: Float) -> SIMD3<Float> { a + (b - a) * amount }

func clamp(_ value: Float, _ low: Float = 0, _ high: Float = 1) -> Float { min(max(value, low), high) }

/// 0 below `low`, 1 above `high`, a smooth ramp in between.
func smoothStep(_ low: Float, _ high: Float, _ value: Float) -> Float {
  let t = clamp((value - low) / (high - low))
  return t * t * (3 - 2 * t)
}

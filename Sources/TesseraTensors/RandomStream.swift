#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A counter-based stream of random numbers: the same key gives the same numbers on every machine and thread.
///
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Streams for different
/// purposes are derived by name and index, never by drawing, so that what one consumer draws cannot shift another's
/// numbers.
///
/// ```swift
/// let run = RandomStream(seed: 1234)
/// var flips = run.derived("flip", epoch, sample)
/// if flips.uniform() < 0.5 { ... }
/// ```
public struct RandomStream: RandomNumberGenerator, Sendable, Equatable {
  /// Identifies the stream; two streams with the same key are equal.
  public let key: UInt64
  private var counter: UInt64 = 0
  private var spare: UInt64?

  /// The stream of a seed.
  public init(seed: UInt64) { key = seed }

  /// An independent stream for a purpose and any indices (epoch, step, sample, layer).
  public func derived(_ purpose: String, _ indices: Int...) -> RandomStream {
    // FNV-1a hashes the purpose; one Philox block per part mixes it into the key.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var mixed = Self.block(key: key, counter: (hash, 0x7465_7373)).0
    for index in indices { mixed = Self.block(key: mixed, counter: (UInt64(bitPattern: Int64(index)), 1)).0 }
    return RandomStream(seed: mixed)
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    if let value = spare {
      spare = nil
      return value
    }
    let (first, second) = Self.block(key: key, counter: (counter, 0))
    counter += 1
    spare = second
    return first
  }

  /// A number in 0..<1 with 24 random bits.
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// A number in `range`.
  public mutating func uniform(in range: Range<Float>) -> Float {
    // Rounding may reach the upper bound, which does not belong to the range.
    min(range.lowerBound + (range.upperBound - range.lowerBound) * uniform(), range.upperBound.nextDown)
  }

  /// An integer in 0..<`bound`, by fixed-point multiplication.
  public mutating func index(below bound: Int) -> Int {
    require(bound > 0, "RandomStream.index: the bound must be positive; got \(bound)")
    return Int(UInt64(bound).multipliedFullWidth(by: next()).high)
  }

  /// A number of the standard normal distribution (Box-Muller).
  public mutating func normal() -> Float {
    let radius = (-2 * log((Double(next() >> 11) + 0.5) * 0x1p-53)).squareRoot()
    return Float(radius * cos(2 * .pi * Double(next() >> 11) * 0x1p-53))
  }

  /// A permutation of 0..<`count` (Fisher-Yates).
  public mutating func permutation(of count: Int) -> [Int] {
    require(count >= 0, "RandomStream.permutation: the count must not be negative; got \(count)")
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, index(below: last + 1)) }
    return order
  }

  /// One Philox4x32-10 block: 128 bits for a 64-bit key and a 128-bit counter.
  public static func block(key: UInt64, counter: (UInt64, UInt64)) -> (UInt64, UInt64) {
    var (c0, c1) = (UInt32(truncatingIfNeeded: counter.0), UInt32(truncatingIfNeeded: counter.0 >> 32))
    var (c2, c3) = (UInt32(truncatingIfNeeded: counter.1), UInt32(truncatingIfNeeded: counter.1 >> 32))
    var (k0, k1) = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
    for _ in 0..<10 {
      let a = UInt64(c0) &* 0xD251_1F53
      let b = UInt64(c2) &* 0xCD9E_8D57
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: b >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: a)
      )
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (UInt64(c0) | UInt64(c1) << 32, UInt64(c2) | UInt64(c3) << 32)
  }
}

/// Whether the masks of a whole data set lie on their pictures, decided from all of them together.
struct AlignmentVerdict: Sendable {
  enum Decision: Sendable, Equatable {
    case fits
    /// Hardly any mask has outlines on edges, wherever it is moved.
    case unknown
    /// All masks fit better when they are moved by this share of the longer side.
    case shifted(x: Double, y: Double)
    case mirrored(EdgeAlignment.Mirroring)
  }

  let decision: Decision
  /// The pictures that were compared, and those that agree with a decision against the masks as they are.
  let count: Int
  let agreeing: Int
  /// How much better the masks fit, at least 1.
  let gain: Double

  /// Fewer pictures than this must all agree, and by more.
  private static let few = 10
  private static let (leastGain, leastGainOfFew) = (1.06, 1.2)
  private static let leastPictures = 3
  /// Shorter moves are within what outlines are drawn with, in pixels of the reduced picture.
  private static let leastOffset = 2
  /// Own maxima lie this close to the common one.
  private static let closeness = 2

  /// - Parameters:
  ///   - pictures: those that could be compared.
  ///   - map: the sum of their maps.
  init(_ pictures: [EdgeAlignment], map: [Double]) {
    let (reach, span) = (EdgeAlignment.reach, EdgeAlignment.span)
    let all = pictures.count
    count = all
    guard count >= Self.leastPictures else {
      (decision, agreeing, gain) = (.unknown, 0, 1)
      return
    }
    let here = map[reach * span + reach]
    let peak = map.indices.max { map[$0] < map[$1] } ?? 0
    let (x, y) = (peak % span - reach, peak / span - reach)
    var candidates: [(decision: Decision, gain: Double, agreeing: Int)] = []
    if max(abs(x), abs(y)) >= Self.leastOffset {
      let close = pictures.count { abs($0.best.x - x) <= Self.closeness && abs($0.best.y - y) <= Self.closeness }
      let side = Double(EdgeAlignment.side)
      candidates.append((.shifted(x: Double(x) / side, y: Double(y) / side), map[peak] / here, close))
    }
    for mirroring in EdgeAlignment.Mirroring.allCases {
      let sum = pictures.reduce(0) { $0 + Double($1.mirrored[mirroring.rawValue] / $1.mean) }
      let better = pictures.count { $0.mirrored[mirroring.rawValue] > $0.here }
      candidates.append((.mirrored(mirroring), sum / here, better))
    }
    let accepted = candidates.filter { candidate in
      all < Self.few
        ? candidate.agreeing == all && candidate.gain >= Self.leastGainOfFew
        : candidate.gain >= Self.leastGain && Self.isBeyondChance(candidate.agreeing, of: all)
    }
    let best = accepted.max { $0.gain < $1.gain }
    let fits = map[peak] / Double(count) >= Self.leastGain
    decision = best?.decision ?? (fits ? .fits : .unknown)
    (agreeing, gain) = (best?.agreeing ?? 0, best?.gain ?? 1)
  }

  /// Whether so many of the pictures agree that a fair coin would hardly ever do so (sign test; 1 in 30,000).
  private static func isBeyondChance(_ agreeing: Int, of count: Int) -> Bool {
    let deviations = 4.0
    return Double(agreeing) >= Double(count) / 2 + deviations * Double(count).squareRoot() / 2
      || agreeing == count
  }
}

extension EdgeAlignment {
  /// What a single picture says against its mask, if that is beyond doubt.
  enum Doubt: Sendable, Equatable {
    case moved(x: Int, y: Int)
    case mirrored(Mirroring)
    /// The mask fits nowhere near: it may be another picture's.
    case unrelated
  }

  /// How far the score lies above the mean of all offsets, in deviations.
  var standing: Float { standing(of: here) }

  private var standingMirrored: Float { standing(of: mirrored.max() ?? 0) }

  private func standing(of score: Float) -> Float { deviation > 0 ? (score - mean) / deviation : 0 }

  /// A mask that stands out less where it lies may be doubted.
  private static let low: Float = 2

  /// What the masks of a data set show that hardly any of them contradicts.
  struct Usual {
    /// The median mask's ``standing``.
    fileprivate let standing: Float
    /// How far one in 500 of the masks that lie on their pictures stands out mirrored, which is by chance.
    fileprivate let chance: Float

    /// `nil` if there are no pictures.
    init?(_ pictures: [EdgeAlignment]) {
      guard !pictures.isEmpty else { return nil }
      standing = pictures.map(\.standing).sorted()[pictures.count / 2]
      let mirrored = pictures.filter { $0.standing >= low }.map(\.standingMirrored).sorted()
      chance = mirrored.dropLast(mirrored.count / 500).last ?? 0
    }
  }

  func doubt(where usual: Usual) -> Doubt? {
    // Outlines meet other edges by chance, the more likely the fewer they are.
    let leastStanding = max(4, usual.chance)
    let best = mirrored.indices.max { mirrored[$0] < mirrored[$1] } ?? 0
    if mirrored[best] >= 1.25 * here, standingMirrored >= leastStanding, standing < Self.low {
      return Mirroring(rawValue: best).map(Doubt.mirrored)
    }
    if max(abs(self.best.x), abs(self.best.y)) >= 3, bestScore >= 1.2 * here, standing(of: bestScore) >= leastStanding,
      standing < Self.low
    {
      func pixels(_ offset: Int) -> Int { Int((Float(offset) * scale).rounded()) }
      return .moved(x: pixels(self.best.x), y: pixels(self.best.y))
    }
    return usual.standing >= 3 && standing < 0.5 && here < 1.05 * mean ? .unrelated : nil
  }
}

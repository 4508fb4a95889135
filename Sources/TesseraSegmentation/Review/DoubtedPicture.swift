/// A picture and the findings in it.
public struct DoubtedPicture: Sendable, Equatable {
  /// The picture's number.
  public let picture: Int
  /// The places of its findings in their list, in ascending order.
  public let places: [Int]
  /// The sum of their scores.
  public let score: Double

  /// All pictures with findings, the one with the greatest score first.
  public static func ranked(_ findings: [MaskReview.Finding]) -> [DoubtedPicture] {
    Dictionary(grouping: findings.indices) { findings[$0].picture }.map { picture, places in
      DoubtedPicture(picture: picture, places: places, score: places.reduce(0) { $0 + findings[$1].score })
    }.sorted { ($1.score, $0.picture) < ($0.score, $1.picture) }
  }
}

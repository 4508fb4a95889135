import TesseraSegmentation

extension RunRecord {
  /// An epoch's validation: a line of `validation.jsonl`.
  public struct Validation: Sendable, Equatable, Decodable {
    /// So many pixels of class `truth` were predicted as class `prediction`.
    public struct Confusion: Sendable, Equatable, Decodable {
      public let truth: Int
      public let prediction: Int
      public let pixels: Int

      public init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        truth = try list.decode(Int.self)
        prediction = try list.decode(Int.self)
        pixels = try list.decode(Int.self)
      }
    }

    /// Counted from 1.
    public let epoch: Int
    /// All classes but void.
    public let classes: [ClassScore]
    /// The most frequent first.
    public let confusions: [Confusion]
    /// Pixels of confusions that are not listed.
    public let otherConfusions: Int

    /// Counted pixels.
    public var pixels: Int { classes.reduce(0) { $0 + $1.pixels } }
    /// Right pixels / counted pixels.
    public var pixelAccuracy: Double {
      pixels == 0 ? 0 : Double(classes.reduce(0) { $0 + $1.right }) / Double(pixels)
    }
    /// Classes that are true or predicted somewhere.
    public var occurring: [ClassScore] { classes.filter { !$0.isAbsent } }
  }
}

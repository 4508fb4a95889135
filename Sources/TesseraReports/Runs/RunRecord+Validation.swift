import TesseraFiles
import TesseraSegmentation

extension RunRecord {
  /// An epoch's validation: a line of `validation.jsonl`.
  public struct Validation: Sendable, Equatable, Decodable {
    /// The number of pixels of class `truth` that were predicted as class `prediction`.
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
    /// All classes except void.
    public let classes: [ClassScore]
    /// The most frequent first.
    public let confusions: [Confusion]
    /// Pixels of confusions that are not listed.
    public let otherConfusions: Int

    private enum Key: CodingKey { case epoch, classes, confusions, otherConfusions }

    /// What masks can hold.
    private static let indices = 0...Int(UInt16.max)
    /// The most of one class or confusion; as many as there can be still have a sum that fits.
    private static let pixels = 0...1 << 46

    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Key.self)
      epoch = try values.count(.epoch)
      classes = try values.decode([ClassScore].self, forKey: .classes)
      confusions = try values.decode([Confusion].self, forKey: .confusions)
      otherConfusions = try values.count(.otherConfusions, upTo: Self.pixels.upperBound)
      func refuse(_ key: Key, _ reason: String) -> DecodingError {
        .dataCorruptedError(forKey: key, in: values, debugDescription: "\"\(key.stringValue)\" \(reason)")
      }
      var known: Set<Int> = []
      for score in classes {
        guard known.insert(score.index).inserted else { throw refuse(.classes, "has class \(score.index) twice") }
      }
      guard confusions.count <= Self.indices.count else { throw refuse(.confusions, "are too many") }
      for confusion in confusions {
        guard Self.indices.contains(confusion.truth), Self.indices.contains(confusion.prediction),
          Self.pixels.contains(confusion.pixels)
        else {
          let numbers = [confusion.truth, confusion.prediction, confusion.pixels]
          throw refuse(.confusions, "has \(numbers), which cannot be two classes and pixels")
        }
      }
    }

    /// Counted pixels.
    public var pixels: Int { classes.reduce(0) { $0 + $1.pixels } }
    /// Correct pixels / counted pixels.
    public var pixelAccuracy: Double {
      pixels == 0 ? 0 : Double(classes.reduce(0) { $0 + $1.right }) / Double(pixels)
    }
    /// Classes that are true or predicted somewhere.
    public var occurring: [ClassScore] { classes.filter { !$0.isAbsent } }
  }
}

import Foundation
import TesseraFiles

/// The best and the worst validation pictures of an epoch: what `report-pictures.json` holds.
public struct ReportPictures: Sendable, Equatable, Codable {
  /// A picture with its masks, each an encoded file.
  public struct Picture: Sendable, Equatable, Codable {
    public let name: String
    /// The mean IoU over the classes that are true or predicted in the picture.
    public let meanIoU: Double
    /// Correct pixels / counted pixels.
    public let pixelAccuracy: Double
    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// The classes that are true or predicted, the most frequent first.
    public let classes: [Int]
    /// JPEG.
    public let photograph: Data
    /// PNG in the classes' colors.
    public let truth: Data
    /// PNG in the classes' colors.
    public let prediction: Data
    /// PNG: wrong pixels white, correct ones black, void ones gray.
    public let errors: Data
  }

  /// Counted from 1.
  public let epoch: Int
  /// The best first.
  public let best: [Picture]
  /// The worst first.
  public let worst: [Picture]

  /// A few small pictures need far less.
  private static let largestFile = 64 << 20

  /// - Throws: `DecodingError`, `FileError`.
  init(contentsOf path: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(RegularFile.bytes(of: path, atMost: Self.largestFile)))
  }

  init(epoch: Int, best: [Picture], worst: [Picture]) {
    self.epoch = epoch
    self.best = best
    self.worst = worst
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](encoder.encode(self) + Data("\n".utf8)), to: path, isDurable: false)
  }
}

extension ReportPictures.Picture {
  /// - Throws: `DecodingError`, also for numbers that no picture can have.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let classes = try values.decode([Int].self, forKey: .classes)
    guard classes.allSatisfy((0...Int(UInt16.max)).contains) else {
      throw DecodingError.dataCorruptedError(
        forKey: .classes, in: values, debugDescription: "\"classes\" has an index that no mask can hold")
    }
    self.init(
      name: try values.decode(String.self, forKey: .name),
      meanIoU: try values.real(.meanIoU, in: RunRange.share),
      pixelAccuracy: try values.real(.pixelAccuracy, in: RunRange.share),
      width: try values.whole(.width, in: 1...Int(UInt16.max)),
      height: try values.whole(.height, in: 1...Int(UInt16.max)), classes: classes,
      photograph: try values.decode(Data.self, forKey: .photograph),
      truth: try values.decode(Data.self, forKey: .truth),
      prediction: try values.decode(Data.self, forKey: .prediction),
      errors: try values.decode(Data.self, forKey: .errors))
  }
}

extension ReportPictures {
  /// - Throws: `DecodingError`, also for numbers that no epoch can have.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      epoch: try values.count(.epoch), best: try values.decode([Picture].self, forKey: .best),
      worst: try values.decode([Picture].self, forKey: .worst))
  }
}

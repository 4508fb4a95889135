import Foundation
import TesseraTensors

/// Which pictures of a flat folder a run held out: checkpoints store it, so that later evaluations use the same ones.
public struct HeldOutPictures: Sendable, Hashable, Codable {
  /// The seed that chose a tenth of the pictures.
  public let seed: UInt64
  /// The number of pictures in the folder.
  public let count: Int
  /// A checksum of all their names: from other pictures, the seed chooses others.
  public let names: String

  /// - Parameters:
  ///   - seed: the seed that chooses them.
  ///   - names: the names of all pictures in the folder, in ascending order.
  package init(seed: UInt64, names: [String]) {
    self.seed = seed
    count = names.count
    var checksum = CRC32()
    for name in names { checksum.add(Array("\(name)\n".utf8)) }
    self.names = checksum.text
  }
}

extension HeldOutPictures {
  /// The name of a checkpoint's note that holds `text`.
  public static let note = "heldOut"

  /// A JSON object.
  public var text: String {
    "{\"count\":\(count),\"names\":\"\(names)\",\"seed\":\(seed)}"
  }

  /// - Parameter text: a value of `text`; other texts give `nil`.
  public init?(text: String) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
    self = value
  }
}

extension DatasetFolder {
  /// What a flat folder holds out; `nil` if training and validation have their own folders.
  ///
  /// - Throws: `DatasetError`.
  public func heldOut(seed: UInt64) throws(DatasetError) -> HeldOutPictures? {
    guard isFlat else { return nil }
    let parts = [try dataset(.training, seed: seed), try dataset(.validation, seed: seed)]
    return HeldOutPictures(seed: seed, names: parts.flatMap { $0.files.map(\.name) }.sorted())
  }
}

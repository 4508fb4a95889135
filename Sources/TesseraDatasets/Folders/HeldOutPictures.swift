import Foundation
import TesseraTensors

/// Which pictures of a flat folder a run held out: its checkpoints keep it, so that others measure on the same.
public struct HeldOutPictures: Sendable, Hashable, Codable {
  /// What a tenth of the pictures was chosen by.
  public let seed: UInt64
  /// How many pictures the folder had.
  public let count: Int
  /// A checksum of all their names: of other pictures the seed chooses others.
  public let names: String

  /// - Parameters:
  ///   - seed: what they are chosen by.
  ///   - names: of all pictures of the folder, in rising order.
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

  /// - Parameter text: what `text` gave; other texts are `nil`.
  public init?(text: String) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
    self = value
  }
}

extension DatasetFolder {
  /// What a flat folder holds out; `nil` where training and validation lie in folders of their own.
  ///
  /// - Throws: `DatasetError`.
  public func heldOut(seed: UInt64) throws(DatasetError) -> HeldOutPictures? {
    guard isFlat else { return nil }
    let parts = [try dataset(.training, seed: seed), try dataset(.validation, seed: seed)]
    return HeldOutPictures(seed: seed, names: parts.flatMap { $0.files.map(\.name) }.sorted())
  }
}

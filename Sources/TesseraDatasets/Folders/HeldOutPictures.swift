import Foundation
import TesseraTensors

/// Which pictures of a flat folder a run held out: checkpoints store it, so that later evaluations use the same ones.
public struct HeldOutPictures: Sendable, Hashable, Codable {
  /// The seed that chose some of the pictures.
  public let seed: UInt64
  /// How large a part of them; `nil` for a tenth.
  public let share: Double?
  /// The number of pictures in the folder.
  public let count: Int
  /// A checksum of all their names: from other pictures, the seed chooses others.
  public let names: String

  /// - Parameters:
  ///   - seed: the seed that chooses them.
  ///   - share: the part that it chooses.
  ///   - names: the names of all pictures in the folder, in ascending order.
  package init(seed: UInt64, share: Double = DatasetFolder.heldOutFraction, names: [String]) {
    self.seed = seed
    self.share = share == DatasetFolder.heldOutFraction ? nil : share
    count = names.count
    self.names = Self.checksum(of: names)
  }

  fileprivate static func checksum(of names: [String]) -> String {
    var checksum = CRC32()
    for name in names { checksum.add(Array("\(name)\n".utf8)) }
    return checksum.text
  }
}

/// Which pictures a run had that lists divide: checkpoints store it, so that later evaluations can say if they measure
/// others.
public struct ListedPictures: Sendable, Hashable, Codable {
  /// The options with the lists.
  public let words: String
  /// A checksum of the names of each split's pictures.
  private let names: [String: String]

  /// The name of a checkpoint's note that holds `text`.
  public static let note = "listed"

  package init(words: String, training: FolderDataset, validation: FolderDataset) {
    self.words = words
    names = [DatasetSplit.training: training, .validation: validation].reduce(into: [:]) {
      $0[$1.key.rawValue] = Self.checksum(of: $1.value)
    }
  }

  /// Whether these are the pictures of a split.
  package func holds(_ dataset: FolderDataset, as split: DatasetSplit) -> Bool {
    names[split.rawValue] == Self.checksum(of: dataset)
  }

  private static func checksum(of dataset: FolderDataset) -> String {
    HeldOutPictures.checksum(of: dataset.files.map(\.name).sorted())
  }

  /// A JSON object.
  public var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// - Parameter text: a value of `text`; other texts give `nil`.
  public init?(text: String) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
    self = value
  }
}

extension HeldOutPictures {
  /// The name of a checkpoint's note that holds `text`.
  public static let note = "heldOut"

  /// A JSON object.
  public var text: String {
    "{\"count\":\(count),\"names\":\"\(names)\",\"seed\":\(seed)\(share.map { ",\"share\":\($0)" } ?? "")}"
  }

  /// - Parameter text: a value of `text`; other texts give `nil`.
  public init?(text: String) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)),
      value.share.map({ $0 > 0 && $0 < 1 }) ?? true
    else { return nil }
    self = value
  }
}

extension DatasetFolder {
  /// What is held out by a seed; `nil` if the data are divided otherwise.
  ///
  /// - Throws: `DatasetError`.
  public func heldOut(seed: UInt64) throws(DatasetError) -> HeldOutPictures? {
    guard let drawnShare else { return nil }
    let parts = [try dataset(.training, seed: seed), try dataset(.validation, seed: seed)]
    return HeldOutPictures(seed: seed, share: drawnShare, names: parts.flatMap { $0.files.map(\.name) }.sorted())
  }
}

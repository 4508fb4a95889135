import Foundation
import TesseraDownloads
import TestSupport

/// Bytes that no compression makes shorter, the same each time.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = 88_172_645_463_325_252 &+ seed
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state)
  }
}

/// The checksum of bytes, by way of a file.
func checksum(of bytes: [UInt8]) throws -> FileChecksum {
  try withTemporaryFolder { folder in
    try Data(bytes).write(to: URL(filePath: "\(folder)/file"))
    return try FileChecksum(.sha1, of: "\(folder)/file")
  }
}

/// A file that stays as it is, from servers of these addresses.
func file(_ bytes: [UInt8], at addresses: [String], checksum digits: FileChecksum? = nil) throws -> DownloadItem {
  DownloadItem(
    name: "file", title: "A file", file: "file.bin", addresses: addresses,
    checksum: try digits ?? checksum(of: bytes), bytes: bytes.count)
}

/// Patience of fractions of a second.
let hasty: DownloadPolicy = {
  var policy = DownloadPolicy()
  policy.connectTimeout = 2
  policy.stallTimeout = 0.25
  policy.attempts = 3
  policy.firstDelay = 0.01
  policy.longestDelay = 0.02
  return policy
}()

/// Downloads an item, and keeps what it tells.
final class Trial {
  private(set) var events: [DownloadEvent] = []
  private(set) var outcome: ItemDownload.Outcome?

  init(
    _ item: DownloadItem, to folder: String, policy: DownloadPolicy = hasty, from file: String? = nil,
    change: (inout ItemDownload) -> Void = { _ in }
  ) throws {
    var download = ItemDownload(item, to: folder)
    download.policy = policy
    change(&download)
    let report: (DownloadEvent) -> Void = { self.events.append($0) }
    outcome = try file.map { try download.run(from: $0, report) } ?? download.run(report)
  }

  /// What was told, without counts of bytes.
  var story: [String] {
    events.compactMap { event in
      switch event {
      case .asking(_, let from): "asking from \(from)"
      case .startingOver(let reason): "starting over: \(reason)"
      case .waiting(let reason, _): "waiting: \(reason)"
      case .givingUp(_, let reason): "giving up: \(reason)"
      case .received, .verifying, .unpacking: nil
      }
    }
  }
}

func contents(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }
func names(in folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

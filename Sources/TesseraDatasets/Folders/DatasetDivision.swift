import Foundation
import TesseraImaging
import TesseraTensors

/// Which pictures of a data set are for training and which for validation.
public enum DatasetDivision: Sendable, Equatable {
  /// As the data set divides itself; of a flat folder, the seed chooses a tenth to hold out.
  case found
  /// The seed chooses this share, in 0..<1, of all pictures of flat folders, and of the training pictures of others.
  case share(Double)
  /// Lists of names; what only one of them leaves of all pictures belongs to the other split.
  case lists(training: SplitList?, validation: SplitList?)
}

extension DatasetFolder {
  /// Whether images and masks are in the folders themselves rather than in folders of splits.
  public var isFlat: Bool { parts.allSatisfy(\.isFlat) }

  /// The share that the seed chooses for validation; `nil` if nothing is left to it.
  var drawnShare: Double? {
    switch division {
    case .found: parts.contains(where: \.isFlat) ? Self.heldOutFraction : nil
    case .share(let share): share
    case .lists: nil
    }
  }

  /// Whether the seed has a say in which pictures are for validation.
  public var drawsHeldOut: Bool { drawnShare != nil }

  /// The images and masks of one split.
  ///
  /// - Parameters:
  ///   - split: training or validation.
  ///   - seed: chooses what is held out, if the data are not divided otherwise.
  /// - Throws: `DatasetError`.
  public func dataset(_ split: DatasetSplit, seed: UInt64 = 1234) throws(DatasetError) -> FolderDataset {
    var files = try files(of: split, seed: seed)
    if let classMap {
      for place in files.indices { files[place].storage = files[place].storage.relabeled(classMap, and: mappedValues) }
    }
    return FolderDataset(files: files, labelSpace: labelSpace)
  }

  private func files(of split: DatasetSplit, seed: UInt64) throws(DatasetError) -> [FolderDataset.Files] {
    switch division {
    case .found:
      let flat = try gathered(parts.filter(\.isFlat), split)
      let divided = try gathered(parts.filter { !$0.isFlat }, split)
      return try flat.isEmpty && !parts.contains(where: \.isFlat)
        ? divided : drawn(flat, Self.heldOutFraction, split, seed) + divided
    case .share(let share): return try drawn(try gathered(parts, .training), share, split, seed)
    case .lists(let training, let validation):
      let all = try everything()
      let chosen = try (split == .training ? training : validation)?.select(from: all, in: path)
      if let chosen { return chosen }
      let others = try (split == .training ? validation : training)?.select(from: all, in: path) ?? []
      let taken = Set(others.map(\.mask))
      let rest = all.filter { !taken.contains($0.mask) }
      if rest.isEmpty { throw .nothingLeft(folder: path, split: split) }
      return rest
    }
  }

  private func drawn(
    _ files: [FolderDataset.Files], _ share: Double, _ split: DatasetSplit, _ seed: UInt64
  ) throws(DatasetError) -> [FolderDataset.Files] {
    guard files.count >= 2 else {
      throw .tooFewToHoldOut(folder: parts.compactMap(\.folders?.images).first ?? path, count: files.count)
    }
    let indices = HoldOut.indices(of: files.count, fraction: share, seed: seed)
    return (split == .training ? indices.training : indices.validation).map { files[$0] }
  }

  /// All pictures, those of a split that a folder does not have excepted.
  private func everything() throws(DatasetError) -> [FolderDataset.Files] {
    let flat = try gathered(parts.filter(\.isFlat), .training)
    let divided = parts.filter { !$0.isFlat }
    if divided.isEmpty { return flat }
    let training = try? gathered(divided, .training)
    let validation = try? gathered(divided, .validation)
    if training == nil && validation == nil { _ = try gathered(divided, .training) }
    return flat + (training ?? []) + (validation ?? [])
  }

  /// The pairs of several folders, with different names. A folder without the split adds nothing if another one has it.
  private func gathered(_ parts: [DatasetPart], _ split: DatasetSplit) throws(DatasetError) -> [FolderDataset.Files] {
    if parts.count == 1 { return try parts[0].files(of: split) }
    var (found, missing): ([(part: DatasetPart, files: [FolderDataset.Files])], DatasetError?) = ([], nil)
    for part in parts {
      do throws(DatasetError) {
        found.append((part, try part.files(of: split)))
      } catch {
        guard error.isMissingSplit else { throw error }
        missing = missing ?? error
      }
    }
    if let missing, found.isEmpty { throw missing }
    var counts: [String: Int] = [:]
    for (_, files) in found { for file in files { counts[file.name, default: 0] += 1 } }
    return found.flatMap { part, files in
      let folder = URL(fileURLWithPath: part.path).standardizedFileURL.lastPathComponent
      return files.map { file in
        var file = file
        if counts[file.name] ?? 0 > 1 { file.name = "\(folder)-\(file.name)" }
        return file
      }
    }
  }

  /// The file name of a cache of one split at one size: a readable name, and a hash of everything else that makes it a
  /// different cache (the folder's path, the void value, what a flat folder holds out).
  ///
  /// - Parameters:
  ///   - split: the part of the data set.
  ///   - size: the size of all samples.
  ///   - seed: chooses what a flat folder holds out.
  public func cacheName(_ split: DatasetSplit, size: ImageSize, seed: UInt64 = 1234) -> String {
    cacheName(split, scaledTo: .exactly(size), seed: seed)
  }

  /// The same of samples whose size follows from the picture's own.
  public func cacheName(_ split: DatasetSplit, scaledTo size: ScaledSize, seed: UInt64 = 1234) -> String {
    let folder = URL(fileURLWithPath: path).standardizedFileURL.path
    let masks = parts[0].folders.map { URL(fileURLWithPath: $0.masks).lastPathComponent } ?? layout.name
    var identity = [
      folder, masks, "\(labelSpace.void ?? -1)", "\(labelSpace.count)", drawsHeldOut ? "\(seed)" : "",
    ]
    identity += parts.dropFirst().map { URL(fileURLWithPath: $0.path).standardizedFileURL.path }
    switch division {
    case .found: break
    case .share(let share): identity.append("\(share)")
    case .lists(let training, let validation): identity += [training?.path ?? "", validation?.path ?? ""]
    }
    if let classMap { identity.append(classMap.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")) }
    var checksum = CRC32()
    checksum.add(Array(identity.joined(separator: "\n").utf8))
    let name = URL(fileURLWithPath: folder).lastPathComponent
    let scaled =
      switch size {
      case .exactly(let size): "\(size.width)x\(size.height)"
      case .within(let size): "in\(size.width)x\(size.height)"
      case .times(let factor): "times\(factor)"
      }
    return "\(name)-\(split.rawValue)-\(scaled)-\(checksum.text).tessera"
  }
}

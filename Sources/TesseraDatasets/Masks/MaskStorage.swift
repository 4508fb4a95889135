import TesseraImaging
import TesseraTensors

/// How a mask is stored, and which index of the label space each stored value becomes.
///
/// ```swift
/// MaskStorage.numbers                                      // a PNG of class numbers
/// MaskStorage.numbers.relabeled([7: 0, 8: 1, 11: 2])       // Cityscapes' identifiers of road, sidewalk, building
/// MaskStorage(.colors(ColorTable(of: .camvid)))            // a PNG of colors
/// ```
public struct MaskStorage: Sendable, Equatable {
  /// What a file holds.
  public enum Kind: Sendable, Equatable {
    /// Class numbers, in a palette or gray PNG.
    case numbers
    /// The colors of classes, in a PNG.
    case colors(ColorTable)
    /// Outlines or runs of pixels, which are drawn.
    case shapes(ShapeMask)
  }

  public let kind: Kind

  /// The index that each stored value becomes, and no others may occur; `nil` if values are indices.
  public let relabeling: [Int: Int]?

  /// - Parameters:
  ///   - kind: what files hold.
  ///   - relabeling: the index that each value becomes: a number of the file, or what a color or shape stands for.
  public init(_ kind: Kind, relabeling: [Int: Int]? = nil) { (self.kind, self.relabeling) = (kind, relabeling) }

  /// Class numbers that are indices of the label space.
  public static let numbers = MaskStorage(.numbers)

  /// The same with the indices replaced once more.
  ///
  /// - Parameters:
  ///   - map: the new index of each; indices without one are errors in masks that hold them.
  ///   - others: the indices of values that stand for none so far.
  public func relabeled(_ map: [Int: Int], and others: [Int: Int] = [:]) -> MaskStorage {
    guard let known = relabeling?.compactMapValues({ map[$0] }) else { return MaskStorage(kind, relabeling: map) }
    return MaskStorage(kind, relabeling: known.merging(others) { known, _ in known })
  }

  /// Reads a mask and checks every value in it.
  ///
  /// - Parameters:
  ///   - path: the file; of shapes it only names the mask in errors.
  ///   - labelSpace: what the resulting indices mean.
  ///   - size: the mask is scaled to it by nearest neighbor; `nil` keeps the stored size.
  /// - Throws: `ImageError`, `MaskError`.
  func read(
    _ path: String, labelSpace: LabelSpace, scaledTo size: ScaledSize? = nil
  ) throws -> DecodedMask {
    switch kind {
    case .numbers where relabeling == nil:
      return try DecodedMask(contentsOf: path, labelSpace: labelSpace, scaledTo: size)
    case .shapes:
      return DecodedMask(try relabeled(try decoded([], name: path), path, labelSpace), scaledTo: size)
    case .numbers, .colors:
      let mask = try decoded(FileBytes.read(path), name: path)
      return DecodedMask(try relabeled(mask, path, labelSpace), scaledTo: size)
    }
  }

  /// What a file holds, before it is relabeled.
  private func decoded(_ bytes: [UInt8], name: String) throws -> Mask {
    switch kind {
    case .numbers: try Mask(numbersIn: bytes, name: name)
    case .colors(let table): try table.mask(decoding: bytes, name: name)
    case .shapes(let shapes): try shapes.mask(name: name)
    }
  }

  private func relabeled(_ mask: Mask, _ path: String, _ labelSpace: LabelSpace) throws -> Mask {
    var indices = mask.indices
    if let relabeling {
      let values = mask.histogram.keys
      let unknown = Set(values).subtracting(relabeling.keys)
      if let first = indices.firstIndex(where: { unknown.contains(Int($0)) }) {
        throw MaskError.unmappedValues(
          file: path, unknown.sorted(), x: first % mask.width, y: first / mask.width, known: relabeling.keys.sorted())
      }
      let table = (0...(values.max() ?? 0)).map { UInt16(clamping: relabeling[$0] ?? 0) }
      indices = indices.map { table[Int($0)] }
    }
    let result = Mask(width: mask.width, height: mask.height, indices: indices, labelSpace: labelSpace)
    if let unknown = result.unknownValues { throw MaskError.unknownValues(file: path, unknown) }
    return result
  }

  /// What the values that were found in a file become; `nil` if one of them may not occur.
  func relabeled(_ pixels: [Int: Int], labelSpace: LabelSpace) -> [Int: Int]? {
    guard let relabeling else { return pixels.keys.allSatisfy(labelSpace.contains) ? pixels : nil }
    guard pixels.keys.allSatisfy({ relabeling[$0] != nil }) else { return nil }
    return pixels.reduce(into: [:]) { $0[relabeling[$1.key] ?? 0, default: 0] += $1.value }
  }

  /// Counts what a mask holds before it is relabeled: numbers, or what colors and shapes stand for.
  ///
  /// - Parameters:
  ///   - bytes: the file's; of shapes none.
  ///   - path: identifies the mask in errors.
  /// - Throws: `ImageError`, `MaskError`.
  func contents(decoding bytes: [UInt8], name path: String) throws -> MaskContents {
    if case .numbers = kind { return try MaskContents(decoding: bytes, name: path) }
    return MaskContents(try decoded(bytes, name: path))
  }

  /// The same without relabeling.
  var unmapped: MaskStorage { MaskStorage(kind) }

  /// A number that differs if the same file would be read as something else; 0 of class numbers that are indices.
  var checksum: UInt32 {
    var text = ""
    switch kind {
    case .numbers: if relabeling == nil { return 0 }
    case .colors(let table):
      text = table.indices.map { "\($0.key)\($0.value)" }.sorted().joined(separator: ",")
    case .shapes(let shapes): text = "\(shapes.checksum)"
    }
    if let relabeling { text += relabeling.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",") }
    var checksum = CRC32()
    checksum.add(Array(text.utf8))
    return checksum.value
  }
}

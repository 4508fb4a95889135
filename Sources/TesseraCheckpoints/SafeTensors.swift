import TesseraFiles
import TesseraTensors

/// A safetensors file open for reading: named tensors and a map of strings.
///
/// The header is checked completely when the file is opened, and the whole file if it carries a checksum; tensors are
/// read one by one on request, straight into their memory.
///
/// ```swift
/// let file = try SafeTensors(contentsOf: "vgg16.safetensors")
/// file.names                                    // ["features.0.bias", "features.0.weight", ...]
/// file.metadata["format"]                       // "pt"
/// let filter = try file.tensor("features.0.weight")
/// ```
/// The format (https://github.com/huggingface/safetensors): a 64-bit little-endian length, a JSON header of that
/// length, and the tensors' bytes without gaps.
public struct SafeTensors: Sendable {
  /// Where a tensor is in the file, and how its elements are stored.
  public struct Entry: Sendable {
    public let type: ScalarType
    public let shape: Shape
    /// The bytes, counted from the start of the file.
    let bytes: Range<Int>
  }

  /// The prefix of the names of tensors that belong to a training run rather than to its model, such as an optimizer's
  /// state. No property path has a slash.
  public static let trainingPrefix = "training/"
  /// The longest header that the format allows, in bytes.
  public static let longestHeader = 100_000_000
  static let metadataKey = "__metadata__"

  /// Strings stored with the tensors.
  public let metadata: [String: String]
  /// The tensors' types and shapes by name.
  public let entries: [String: Entry]
  /// Whether the file carries a checksum, which is then correct.
  public let isChecksummed: Bool
  private let file: RegularFile

  /// Opens the file at `path` and checks its header and its checksum, if it has one.
  ///
  /// - Throws: `SafeTensorsError` if the file cannot be read or violates the format.
  public init(contentsOf path: String) throws(SafeTensorsError) {
    file = try SafeTensorsError.reading(try RegularFile(path))
    guard file.length >= 8 else { throw .truncated(file: path, expectedBytes: 8, foundBytes: file.length) }
    let headerLength = try file.integer(at: 0)
    guard headerLength <= Self.longestHeader else { throw .headerTooLong(file: path, bytes: headerLength) }
    let dataStart = 8 + Int(headerLength)
    guard dataStart <= file.length else {
      throw .truncated(file: path, expectedBytes: dataStart, foundBytes: file.length)
    }
    let bytes = try file.bytes(in: 8..<dataStart)
    let header = try HeaderParser(bytes, file: path)
    entries = try Self.layOut(header.entries, in: dataStart..<file.length, of: path)
    isChecksummed = header.metadata[Checksum.key] != nil
    if let expected = header.metadata[Checksum.key] {
      try Checksum.verify(file, header: bytes, expected: expected)
    }
    metadata = header.metadata.filter { $0.key != Checksum.key }
  }

  /// The path it was opened with.
  public var path: String { file.path }

  /// All names, sorted.
  public var names: [String] { entries.keys.sorted() }

  /// The tensor called `name`, converted to 32-bit floats.
  ///
  /// F16, BF16, BOOL and integers of 8 and 16 bits convert exactly; F64 and larger integers round to the nearest float.
  /// - Throws: `SafeTensorsError` if there is no such tensor, its type does not convert, or it cannot be read.
  public func tensor(_ name: String) throws(SafeTensorsError) -> Tensor {
    guard let entry = entries[name] else { throw .noSuchTensor(file: path, name: name, available: names) }
    var fault: SafeTensorsError?
    let tensor = Tensor(shape: entry.shape) { floats in
      do throws(SafeTensorsError) {
        try read(name, elements: 0..<floats.count, into: floats)
      } catch { fault = error }
    }
    if let fault { throw fault }
    return tensor
  }

  /// Fills `floats` with elements of the tensor called `name`, counted in its row-major order and converted to 32-bit
  /// floats.
  ///
  /// - Throws: the same errors as `tensor(_:)`.
  package func read(
    _ name: String, elements: Range<Int>, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(SafeTensorsError) {
    guard let entry = entries[name] else { throw .noSuchTensor(file: path, name: name, available: names) }
    guard let convert = entry.type.conversion else {
      throw .unsupportedType(file: path, name: name, type: entry.type.rawValue)
    }
    require(
      elements.lowerBound >= 0 && elements.upperBound <= entry.shape.elementCount && floats.count == elements.count,
      "SafeTensors.read: elements \(elements) of \(entry.shape) do not fill a buffer of \(floats.count)")
    let width = entry.type.bits / 8
    let first = entry.bytes.lowerBound + elements.lowerBound * width
    if entry.type == .float32 && UInt16(1).littleEndian == 1 {
      try file.fill(UnsafeMutableRawBufferPointer(floats), at: first)
      return
    }
    // Piece by piece, so that a tensor of another type is never in memory as a whole.
    let piece = 1 << 16
    for start in stride(from: 0, to: floats.count, by: piece) {
      let end = min(start + piece, floats.count)
      let bytes = try file.bytes(in: first + start * width..<first + end * width)
      bytes.withUnsafeBytes { convert($0, UnsafeMutableBufferPointer(rebasing: floats[start..<end])) }
    }
  }

  /// The bytes of the tensor called `name`, which has the type U8.
  ///
  /// - Throws: `SafeTensorsError` if there is none, it has another type, or it cannot be read.
  public func text(_ name: String) throws(SafeTensorsError) -> [UInt8] {
    guard let entry = entries[name] else { throw .noSuchTensor(file: path, name: name, available: names) }
    guard entry.type == .uint8 else {
      throw .invalidTensor(file: path, name: name, reason: "it has the type \(entry.type.rawValue), not U8")
    }
    return try file.bytes(in: entry.bytes)
  }
}

extension RegularFile {
  /// Fills `buffer` with the bytes starting at `offset`, all of which must be there.
  fileprivate func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SafeTensorsError) {
    let count = try SafeTensorsError.reading(try read(into: buffer, at: offset))
    guard count == buffer.count else {
      throw .truncated(file: path, expectedBytes: offset + buffer.count, foundBytes: offset + count)
    }
  }

  func bytes(in range: Range<Int>) throws(SafeTensorsError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var fault: SafeTensorsError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(SafeTensorsError) { try fill(buffer, at: range.lowerBound) } catch { fault = error }
    }
    if let fault { throw fault }
    return bytes
  }

  fileprivate func integer(at offset: Int) throws(SafeTensorsError) -> UInt64 {
    try bytes(in: offset..<offset + 8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

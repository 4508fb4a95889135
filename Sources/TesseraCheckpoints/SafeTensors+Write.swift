import TesseraFiles
import TesseraTensors

extension SafeTensors {
  /// Writes `tensors` (F32, sorted by name) and `metadata` to a file at `path`, whole or not at all.
  ///
  /// The same tensors and metadata give the same bytes. A file that is already there is replaced only when the new one
  /// is complete and on the disk.
  /// ```swift
  /// try SafeTensors.write([("mean", mean), ("scale", scale)], metadata: ["step": "100"], to: "state.safetensors")
  /// ```
  /// - Parameters:
  ///   - tensors: with distinct names other than `__metadata__`.
  ///   - texts: bytes that are not numbers, stored as tensors of type U8 after the others; names as for `tensors`.
  ///   - metadata: strings about the file, by key.
  ///   - isChecksummed: whether the metadata get a CRC-32 of the whole file, so that a damaged file is detected when it
  ///     is opened.
  ///   - path: the file; an existing one is replaced atomically.
  ///   - previous: where the replaced file is kept; there is a whole file at `path` at all times.
  /// - Throws: `SafeTensorsError.unwritable`; whatever was there before is then unchanged.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], texts: [(name: String, bytes: [UInt8])] = [],
    metadata: [String: String] = [:], isChecksummed: Bool = false, to path: String,
    keepingPreviousAt previous: String? = nil
  ) throws(SafeTensorsError) {
    let tensors = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    // After the tensors: their lengths would misalign numbers.
    let texts = texts.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var names: Set<String> = []
    for name in tensors.map(\.name) + texts.map(\.name) {
      require(names.insert(name).inserted, "SafeTensors.write: the name '\(name)' appears twice")
      require(name != metadataKey, "SafeTensors.write: the name '\(metadataKey)' belongs to the format")
    }
    var metadata = metadata
    if isChecksummed { metadata[Checksum.key] = Checksum.zeros }
    let header = header(
      for: tensors.map { ($0.name, .float32, $0.tensor.shape.dimensions) }
        + texts.map { ($0.name, .uint8, [$0.bytes.count]) },
      metadata: metadata)
    require(
      header.count <= longestHeader,
      "SafeTensors.write: the header may have \(longestHeader) bytes; names and metadata need \(header.count)")
    do throws(FileError) {
      let file = try AtomicFile(path)
      try file.append(littleEndianBytes(of: UInt64(header.count)))
      var checksum = CRC32()
      func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        if isChecksummed { checksum.add(bytes) }
        try file.append(bytes)
      }
      try header.withBytes(append)
      for (_, tensor) in tensors { try tensor.withBytes(append) }
      for (_, text) in texts { try text.withBytes(append) }
      if isChecksummed, let place = Checksum.place(in: header) {
        try file.replace(Array(checksum.text.utf8), at: 8 + place)
      }
      try file.publish(keepingPreviousAt: previous)
    } catch {
      throw .unwritable(file: path, reason: error.reason)
    }
  }

  /// Removes unfinished files that killed writers left in a folder; nothing else may be writing there.
  public static func removeTemporaryFiles(in folder: String) { AtomicFile.removeLeftovers(in: folder) }

  private static func header(
    for items: [(name: String, type: ScalarType, shape: [Int])], metadata: [String: String]
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      members.append("\"\(metadataKey)\":{\(texts.map { "\(quoted($0)):\(quoted($1))" }.joined(separator: ","))}")
    }
    var offset = 0
    for (name, type, shape) in items {
      let end = offset + shape.reduce(type.bits / 8, *)
      let lengths = shape.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(name)):{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(lengths)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    // Spaces up to a multiple of eight bytes align the data for readers that map the file.
    header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
    return header
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func littleEndianBytes(of value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

extension Tensor {
  // Its own function rethrows, but not as a typed error.
  fileprivate func withBytes(
    _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    var fault: FileError?
    withUnsafeBufferPointer { floats in
      do throws(FileError) { try body(UnsafeRawBufferPointer(floats)) } catch { fault = error }
    }
    if let fault { throw fault }
  }
}

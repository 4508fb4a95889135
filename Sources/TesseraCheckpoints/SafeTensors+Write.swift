import TesseraTensors

extension SafeTensors {
  /// Writes `tensors` (F32, sorted by name) and `metadata` to a file at `path`, whole or not at all.
  ///
  /// The same tensors and metadata give the same bytes. A file that is already there is replaced only when the new one
  /// is complete and on the disk.
  /// ```swift
  /// try SafeTensors.write([("mean", mean), ("scale", scale)], metadata: ["step": "100"], to: "state.safetensors")
  /// ```
  /// - Parameter tensors: names are distinct and not `__metadata__`.
  /// - Throws: `SafeTensorsError.unwritable`; what was there before is then unchanged.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
  ) throws(SafeTensorsError) {
    let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (left, right) in zip(sorted, sorted.dropFirst()) {
      require(left.name != right.name, "SafeTensors.write: the name '\(left.name)' appears twice")
    }
    require(
      !sorted.contains { $0.name == metadataKey }, "SafeTensors.write: the name '\(metadataKey)' belongs to the format")
    let header = header(for: sorted, metadata: metadata)
    require(
      header.count <= longestHeader,
      "SafeTensors.write: the header may have \(longestHeader) bytes; names and metadata need \(header.count)")
    try AtomicFile.write(to: path) { file throws(SafeTensorsError) in
      try file.append(littleEndianBytes(of: UInt64(header.count)) + header)
      for (_, tensor) in sorted { try file.append(tensor) }
    }
  }

  private static func header(for tensors: [(name: String, tensor: Tensor)], metadata: [String: String]) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      members.append("\"\(metadataKey)\":{\(texts.map { "\(quoted($0)):\(quoted($1))" }.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in tensors {
      let end = offset + tensor.count * MemoryLayout<Float>.size
      let shape = tensor.shape.dimensions.map(String.init).joined(separator: ",")
      members.append("\(quoted(name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
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

extension AtomicFile {
  fileprivate func append(_ bytes: [UInt8]) throws(SafeTensorsError) {
    var fault: SafeTensorsError?
    bytes.withUnsafeBytes { buffer in
      do throws(SafeTensorsError) { try append(buffer) } catch { fault = error }
    }
    if let fault { throw fault }
  }

  fileprivate func append(_ tensor: Tensor) throws(SafeTensorsError) {
    var fault: SafeTensorsError?
    tensor.withUnsafeBufferPointer { floats in
      do throws(SafeTensorsError) { try append(UnsafeRawBufferPointer(floats)) } catch { fault = error }
    }
    if let fault { throw fault }
  }
}

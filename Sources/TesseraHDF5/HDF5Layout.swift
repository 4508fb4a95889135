import TesseraTensors

/// How an array is stored in its file, as the file describes it; whether that is possible is checked before anything is
/// read.
struct HDF5Layout {
  /// In bytes; 0 if there are no floats.
  let elementSize: Int
  let rank: Int
  let shape: [Int]
  /// H5D_layout_t.
  let kind: Int
  /// The number of other files that hold the data.
  let otherFiles: Int
  /// Where the data begins, if it is in one piece.
  let offset: Int
  /// In bytes.
  let storedSize: Int
  let filters: [Int]
  let chunk: [Int]

  static let (contiguous, chunked, virtual) = (1, 2, 3)
  /// Arrays with more dimensions are not read.
  static let mostDimensions = 8
  /// H5Z_FILTER_DEFLATE and so on.
  private static let (deflate, shuffle, fletcher32) = (1, 2, 3)
  /// DEFLATE expands a byte to at most 1032 (https://zlib.net/zlib_tech.html); the other accepted filters do not
  /// expand.
  private static let mostExpansion = 1032

  /// The array's shape, after checking that these are floats with data, and that the data is in the file.
  ///
  /// - Throws: `HDF5Error` with the place and what is wrong.
  func checkedShape(in file: HDF5File, at place: String) throws(HDF5Error) -> Shape {
    func impossible(_ reason: String) -> HDF5Error {
      .impossible(file: file.path, place: place, reason: "its shape \(shape) is impossible: \(reason)")
    }
    guard [2, 4, 8].contains(elementSize) else {
      throw .unsupported(file: file.path, place: place, reason: "it holds no floats of 16, 32 or 64 bits")
    }
    guard rank <= Self.mostDimensions else {
      throw .unsupported(file: file.path, place: place, reason: "it has \(rank) dimensions")
    }
    if kind == Self.virtual {
      throw .elsewhere(file: file.path, place: place, reason: "it is put together from other files")
    }
    if otherFiles != 0 {
      throw .elsewhere(file: file.path, place: place, reason: "its data is in another file")
    }
    guard let whole = Shape(fromFile: shape), let bytes = product([elementSize] + shape) else {
      throw impossible("it holds \(file.length) bytes")
    }
    if bytes == 0 { return whole }
    guard (0...file.length).contains(storedSize) else {
      throw impossible("\(storedSize) bytes of data in a file of \(file.length)")
    }
    if kind == Self.chunked {
      let expansion = try expansion(in: file, at: place)
      // What is not stored reads as zeros, which weights never are; the last chunks may be partly outside.
      guard let largest = product([elementSize] + chunk), let most = product([storedSize, expansion]),
        max(bytes, largest) <= most
      else { throw impossible("\(storedSize) bytes of data cannot give \(bytes)") }
      return whole
    }
    guard storedSize == bytes else { throw impossible("it needs \(bytes) bytes and has \(storedSize)") }
    if kind == Self.contiguous, !(0...file.length - storedSize).contains(offset) {
      throw impossible("its data would begin at byte \(offset) of \(file.length)")
    }
    return whole
  }

  /// The maximum number of bytes that a stored byte can expand to.
  private func expansion(in file: HDF5File, at place: String) throws(HDF5Error) -> Int {
    var expansion = 1
    for filter in filters {
      switch filter {
      case Self.deflate where expansion == 1: expansion = Self.mostExpansion
      case Self.deflate:
        throw .unsupported(file: file.path, place: place, reason: "it is compressed more than once")
      case Self.shuffle, Self.fletcher32: break
      default: throw .unsupported(file: file.path, place: place, reason: "it is packed with the filter \(filter)")
      }
    }
    return expansion
  }

  private func product(_ factors: [Int]) -> Int? {
    if factors.contains(0) { return 0 }
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow || next < 0 { return nil }
      product = next
    }
    return product
  }
}

import CHDF5

/// How an array lies in its file, and whether it can be as large as it claims.
struct HDF5Storage {
  private let file: HDF5File
  private let place: String
  private let creation: HDF5Handle
  private let layout: H5D_layout_t
  /// Where the data begins, where it lies in one piece.
  private let offset: haddr_t
  /// In bytes, as stored.
  private let size: hsize_t

  /// DEFLATE makes a byte into at most 1032 (https://zlib.net/zlib_tech.html); other filters that are let in add none.
  private static let mostExpansion = 1032

  /// - Throws: `HDF5Error.elsewhere` where the data is in other files.
  init(of dataset: HDF5Handle, in file: HDF5File, at place: String) throws(HDF5Error) {
    guard let creation = HDF5Handle(H5Dget_create_plist(dataset.identifier), close: { H5Pclose($0) }) else {
      throw file.damaged(place)
    }
    self.file = file
    self.place = place
    self.creation = creation
    layout = H5Pget_layout(creation.identifier)
    offset = H5Dget_offset(dataset.identifier)
    size = H5Dget_storage_size(dataset.identifier)
    if layout == H5D_VIRTUAL {
      throw .elsewhere(file: file.path, place: place, reason: "it is put together from other files")
    }
    if H5Pget_external_count(creation.identifier) != 0 {
      throw .elsewhere(file: file.path, place: place, reason: "its data is in another file")
    }
  }

  /// Checks that an array of this shape has its data, and that the data lies in the file.
  ///
  /// - Throws: `HDF5Error.impossible` or `.unsupported`.
  func check(_ shape: [Int], elementSize: Int) throws(HDF5Error) {
    guard let bytes = product([elementSize] + shape) else { throw tooLarge(shape, "it holds \(file.length) bytes") }
    if bytes == 0 { return }
    guard let size = Int(exactly: size), size <= file.length else {
      throw tooLarge(shape, "\(size) bytes of data in a file of \(file.length)")
    }
    if layout == H5D_CHUNKED {
      try checkChunks(of: shape, bytes, storedIn: size, elementSize: elementSize)
    } else {
      guard size == bytes else { throw tooLarge(shape, "it needs \(bytes) bytes and has \(size)") }
      if layout == H5D_CONTIGUOUS {
        guard let start = Int(exactly: offset), start <= file.length - size else {
          throw tooLarge(shape, "its data would begin at byte \(offset) of \(file.length)")
        }
      }
    }
  }

  private func checkChunks(of shape: [Int], _ bytes: Int, storedIn size: Int, elementSize: Int) throws(HDF5Error) {
    var expansion = 1
    for index in 0..<max(0, H5Pget_nfilters(creation.identifier)) {
      var (flags, values, settings) = (UInt32(0), 0, UInt32(0))
      let filter = H5Pget_filter2(creation.identifier, UInt32(index), &flags, &values, nil, 0, nil, &settings)
      switch filter {
      case H5Z_FILTER_DEFLATE: expansion *= Self.mostExpansion
      case H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32: break
      default: throw .unsupported(file: file.path, place: place, reason: "it is packed with the filter \(filter)")
      }
    }
    guard expansion <= Self.mostExpansion else {
      throw .unsupported(file: file.path, place: place, reason: "it is compressed more than once")
    }
    var lengths = [hsize_t](repeating: 0, count: max(1, shape.count))
    guard H5Pget_chunk(creation.identifier, Int32(shape.count), &lengths) == Int32(shape.count),
      let chunk = product([elementSize] + lengths.prefix(shape.count).map { Int(clamping: $0) })
    else { throw file.damaged(place) }
    // What is not stored reads as zeros, which nobody's weights are; the last chunks may be partly outside.
    let most = size.multipliedReportingOverflow(by: expansion)
    guard most.overflow || (bytes <= most.partialValue && chunk <= most.partialValue) else {
      throw tooLarge(shape, "\(size) bytes of data cannot give \(max(bytes, chunk))")
    }
  }

  private func product(_ factors: [Int]) -> Int? {
    if factors.contains(0) { return 0 }
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow { return nil }
      product = next
    }
    return product
  }

  private func tooLarge(_ shape: [Int], _ reason: String) -> HDF5Error {
    .impossible(file: file.path, place: place, reason: "its shape \(shape) cannot be: \(reason)")
  }
}

import CHDF5
import TesseraTensors

/// An array of floats in an HDF5 file, read row by row or as a whole.
///
/// Its size is checked against the file's when it is opened, so that reading it never asks for more memory than the
/// file has a right to. The file's floats have 16, 32 or 64 bits, in either byte order.
public struct HDF5Dataset: Sendable {
  /// The lengths of the array.
  public let shape: Shape
  private let file: HDF5File
  private let place: String
  private let handle: HDF5Handle

  /// Rows are what the first length counts; a single number is one row.
  public var rows: Int { shape.rank == 0 ? 1 : shape[0] }

  /// Numbers in a row.
  public var rowLength: Int { shape.elementCount / max(1, rows) }

  init(_ handle: HDF5Handle, in file: HDF5File, at place: String) throws(HDF5Error) {
    guard let type = HDF5Handle(H5Dget_type(handle.identifier), close: { H5Tclose($0) }),
      let space = HDF5Handle(H5Dget_space(handle.identifier), close: { H5Sclose($0) })
    else { throw file.damaged(place) }
    let width = H5Tget_size(type.identifier)
    guard H5Tget_class(type.identifier) == H5T_FLOAT, [2, 4, 8].contains(width) else {
      throw .unsupported(file: file.path, place: place, reason: "it holds no floats of 16, 32 or 64 bits")
    }
    let shape = try Self.shape(of: space, in: file, at: place)
    try HDF5Storage(of: handle, in: file, at: place).check(shape, elementSize: width)
    self.shape = Shape(shape)
    self.file = file
    self.place = place
    self.handle = handle
  }

  private static func shape(of space: HDF5Handle, in file: HDF5File, at place: String) throws(HDF5Error) -> [Int] {
    let rank = Int(H5Sget_simple_extent_ndims(space.identifier))
    guard rank >= 0, H5Sget_simple_extent_type(space.identifier) != H5S_NULL else { throw file.damaged(place) }
    guard rank <= 8 else {
      throw .unsupported(file: file.path, place: place, reason: "it has \(rank) dimensions")
    }
    var lengths = [hsize_t](repeating: 0, count: max(1, rank))
    guard H5Sget_simple_extent_dims(space.identifier, &lengths, nil) >= 0 else { throw file.damaged(place) }
    var shape: [Int] = []
    for length in lengths.prefix(rank) {
      guard let length = Int(exactly: length) else {
        throw .impossible(file: file.path, place: place, reason: "a length of \(length)")
      }
      shape.append(length)
    }
    return shape
  }

  /// All of it.
  ///
  /// - Throws: `HDF5Error.damaged`.
  public func tensor() throws(HDF5Error) -> Tensor {
    var fault: HDF5Error?
    let tensor = Tensor(shape: shape) { floats in
      do throws(HDF5Error) { try read(rows: 0..<rows, into: floats) } catch { fault = error }
    }
    if let fault { throw fault }
    return tensor
  }

  /// Fills `floats` with the rows, converted to 32 bits.
  ///
  /// - Throws: `HDF5Error.damaged`.
  public func read(rows wanted: Range<Int>, into floats: UnsafeMutableBufferPointer<Float>) throws(HDF5Error) {
    require(
      wanted.lowerBound >= 0 && wanted.upperBound <= rows && floats.count == wanted.count * rowLength,
      "HDF5Dataset.read: rows \(wanted) of \(shape) do not fill a buffer of \(floats.count)")
    guard !floats.isEmpty else { return }
    try HDF5Library.use { () throws(HDF5Error) in
      guard let space = HDF5Handle(H5Dget_space(handle.identifier), close: { H5Sclose($0) }),
        let memory = HDF5Handle(H5Screate_simple(1, [hsize_t(floats.count)], nil), close: { H5Sclose($0) })
      else { throw file.damaged(place) }
      if shape.rank > 0 {
        var start = [hsize_t](repeating: 0, count: shape.rank)
        var count = (0..<shape.rank).map { hsize_t(shape[$0]) }
        (start[0], count[0]) = (hsize_t(wanted.lowerBound), hsize_t(wanted.count))
        guard H5Sselect_hyperslab(space.identifier, H5S_SELECT_SET, start, nil, count, nil) >= 0 else {
          throw file.damaged(place)
        }
      }
      let status = H5Dread(
        handle.identifier, hdf5_native_float(), memory.identifier, space.identifier, HDF5Library.defaultProperties,
        floats.baseAddress)
      guard status >= 0 else { throw file.damaged(place) }
    }
  }
}

extension HDF5File {
  /// The array of floats at `place`.
  ///
  /// - Throws: `HDF5Error` where it is none, or claims a size that the file cannot hold.
  public func dataset(_ place: String) throws(HDF5Error) -> HDF5Dataset {
    try HDF5Library.use { () throws(HDF5Error) in
      let handle = try object(at: place)
      guard H5Iget_type(handle.identifier) == H5I_DATASET else {
        throw .unsupported(file: path, place: place, reason: "it is no array")
      }
      return try HDF5Dataset(handle, in: self, at: place)
    }
  }
}

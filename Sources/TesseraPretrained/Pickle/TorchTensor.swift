import TesseraCheckpoints
import TesseraTensors

/// A row of numbers outside the pickle, or a part of one.
package struct TorchStorage: Sendable {
  /// Its name in the file.
  let key: String
  let type: ScalarType
  /// The elements of the whole row.
  let count: Int
  /// Where the part begins that this storage's tensors count from; 0 except in files from PyTorch before 0.4.
  var first = 0
  /// The elements of that part; `nil` for all.
  var partCount: Int?

  /// The length in bytes; the largest integer if it would overflow.
  var byteCount: Int {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: type.bits / 8)
    return overflow ? .max : bytes
  }

  /// The end of its part; `nil` if there can be none.
  fileprivate var end: Int? {
    guard let partCount else { return count }
    let (end, overflow) = first.addingReportingOverflow(partCount)
    return overflow || partCount < 0 ? nil : end
  }
}

/// A view into a storage, as PyTorch's tensors are: where it begins, and the distance from one element to the next
/// along each axis.
package struct TorchTensor: Sendable {
  let storage: TorchStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]

  var elementCount: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }

  /// Whether the elements lie one after another in row-major order.
  var isContiguous: Bool {
    var step = 1
    for (length, stride) in zip(shape, strides).reversed() where length != 1 {
      if stride != step { return false }
      step *= length
    }
    return true
  }

  /// Returns the tensor's shape after checking that its storage is there and holds every element.
  ///
  /// - Throws: `PretrainedWeightsError.damaged`.
  func checkedShape(in storages: any TorchStorages, _ name: String, file: String) throws -> Shape {
    func fault(_ reason: String) -> PretrainedWeightsError { .damaged(file: file, place: name, reason: reason) }
    let row = storages.name(of: storage.key)
    guard let size = storages.length(of: storage.key) else {
      throw fault("its numbers, \(row), are missing from the file")
    }
    guard storage.count >= 0, storage.byteCount == size else {
      throw fault("it says that \(row) has \(storage.count) elements, but that has \(size) bytes")
    }
    guard storage.first >= 0, storage.first <= storage.count, let end = storage.end, end <= storage.count else {
      throw fault("its part of \(row) lies outside")
    }
    guard shape.count == strides.count, let whole = Shape(fromFile: shape), strides.allSatisfy({ $0 >= 0 }), offset >= 0
    else {
      throw fault("no tensor has the shape \(shape), strides \(strides) and offset \(offset)")
    }
    var (last, overflows) = storage.first.addingReportingOverflow(offset)
    if whole.elementCount == 0 {
      guard !overflows, last <= end else { throw fault("it begins at element \(offset) of \(end)") }
      return whole
    }
    for (length, stride) in zip(shape, strides) {
      let reach = (length - 1).multipliedReportingOverflow(by: stride)
      let sum = last.addingReportingOverflow(reach.partialValue)
      last = sum.partialValue
      overflows = overflows || reach.overflow || sum.overflow
    }
    guard !overflows else { throw fault("the shape \(shape) is too large") }
    guard last < end else {
      throw fault("shape \(shape) with strides \(strides) reaches element \(last) of \(end)")
    }
    return whole
  }
}

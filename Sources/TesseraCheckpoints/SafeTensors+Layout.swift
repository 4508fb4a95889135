import TesseraTensors

extension SafeTensors {
  /// Checks that the tensors have known types and sizes that match their shapes, and fill `data` without overlaps or
  /// gaps.
  static func layOut(
    _ entries: [HeaderParser.Entry], in data: Range<Int>, of file: String
  ) throws(SafeTensorsError) -> [String: Entry] {
    var laidOut: [String: Entry] = [:]
    var end = 0
    // Empty tensors come before the tensor that starts at the same position.
    for entry in entries.sorted(by: { ($0.offsets[0], $0.offsets[1]) < ($1.offsets[0], $1.offsets[1]) }) {
      func fault(_ reason: String) -> SafeTensorsError { .invalidTensor(file: file, name: entry.name, reason: reason) }
      guard let type = ScalarType(rawValue: entry.type) else { throw fault("the type '\(entry.type)' is unknown") }
      guard let shape = Shape(fromFile: entry.shape), let size = byteCount(of: entry.shape, type: type) else {
        throw fault("\(entry.type) elements of shape \(entry.shape) do not fill whole bytes, or too many")
      }
      let (first, last) = (entry.offsets[0], entry.offsets[1])
      guard first <= last else { throw fault("its data would end (\(last)) before it begins (\(first))") }
      guard last - first == size else {
        throw fault("shape \(entry.shape) of \(entry.type) needs \(size) bytes, but \(last - first) are given")
      }
      guard first >= end else {
        throw fault("its data begins at \(first), inside the tensor before it, which ends at \(end)")
      }
      guard first == end else { throw fault("its data begins at \(first) and leaves a hole after \(end)") }
      guard last <= data.count else {
        throw .truncated(file: file, expectedBytes: data.lowerBound + last, foundBytes: data.upperBound)
      }
      end = last
      laidOut[entry.name] = Entry(
        type: type, shape: shape, bytes: data.lowerBound + first..<data.lowerBound + last)
    }
    guard end == data.count else {
      throw .invalidHeader(file: file, reason: "\(data.count - end) bytes follow the last tensor")
    }
    return laidOut
  }

  private static func byteCount(of shape: [Int], type: ScalarType) -> Int? {
    var bits = type.bits
    // Without the zeros: an empty tensor's other lengths must not overflow either, wherever they are multiplied next.
    for length in shape where length != 0 {
      let (product, overflow) = bits.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      bits = product
    }
    if shape.contains(0) { return 0 }
    return bits % 8 == 0 ? bits / 8 : nil
  }
}

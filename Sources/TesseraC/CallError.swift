/// What a C program asked for and cannot get, besides files that cannot be read.
enum CallError: Error, CustomStringConvertible {
  case missing(String)
  case badOption(String, Int32, most: Int32)
  case badSize(width: UInt, height: UInt, most: UInt)
  case shortRows(bytes: UInt, width: Int, channels: Int)
  case longRows(bytes: UInt)
  case noMemory(width: Int, height: Int)

  var description: String {
    switch self {
    case .missing(let name): "\(name) must not be NULL"
    case .badOption(let name, let value, let most):
      "tessera_options.\(name) must be 0 to \(most), where 0 is the default; got \(value)"
    case .badSize(let width, let height, let most):
      "a picture's sides must be 1 to \(most) pixels; got \(width) x \(height)"
    case .shortRows(let bytes, let width, let channels):
      "row_bytes must be 0, or at least \(width * channels) for \(width) pixels of \(channels) samples; got \(bytes)"
    case .longRows(let bytes): "row_bytes is \(bytes): no memory is that large"
    case .noMemory(let width, let height): "there is not enough memory for a picture of \(width) x \(height) pixels"
    }
  }
}

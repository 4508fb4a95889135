import TesseraCheckpoints

/// The element types of PyTorch's storages, by their classes' names.
package enum StorageType: String, Sendable {
  case float32 = "torch.FloatStorage"
  case float16 = "torch.HalfStorage"
  case bfloat16 = "torch.BFloat16Storage"
  case float64 = "torch.DoubleStorage"
  case int64 = "torch.LongStorage"
  case int32 = "torch.IntStorage"
  case int16 = "torch.ShortStorage"
  case int8 = "torch.CharStorage"
  case uint8 = "torch.ByteStorage"
  case bool = "torch.BoolStorage"

  /// The same type in other files.
  var scalar: ScalarType {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float64: .float64
    case .int64: .int64
    case .int32: .int32
    case .int16: .int16
    case .int8: .int8
    case .uint8: .uint8
    case .bool: .bool
    }
  }
}

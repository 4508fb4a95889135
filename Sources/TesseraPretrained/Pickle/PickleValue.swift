import TesseraCheckpoints

/// A value that a pickle may hold. Containers live in their machine's lists and are identified by their place there, so
/// no value holds another: nesting and sharing cost nothing, whatever a pickle does with them.
package enum PickleValue: Sendable {
  case none
  case boolean(Bool)
  case integer(Int)
  /// One of more than 8 bytes, little-endian.
  case largeInteger([UInt8])
  case number(Double)
  case text(String)
  /// Bytes, whose contents nothing here needs.
  case bytes
  /// A name that is allowed.
  case global(PickleGlobal)
  /// A tuple or a list.
  case sequence(Int, isTuple: Bool)
  case dictionary(Int)
  case storage(TorchStorage)
  case tensor(TorchTensor)
}

/// The names that a pickle of tensors may use, and nothing else.
package enum PickleGlobal: Sendable, Equatable {
  case orderedDictionary
  case size
  case rebuildTensor
  case rebuildParameter
  /// A storage, whose class determines the type of its elements.
  case storage(ScalarType)

  /// - Parameter name: the name with its module, such as `torch.FloatStorage`.
  init?(_ name: String) {
    switch name {
    case "collections.OrderedDict": self = .orderedDictionary
    case "torch.Size": self = .size
    // The first is that of PyTorch before 0.4.
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2": self = .rebuildTensor
    case "torch._utils._rebuild_parameter": self = .rebuildParameter
    default:
      guard let type = Self.storages[name] else { return nil }
      self = .storage(type)
    }
  }

  private static let storages: [String: ScalarType] = [
    "torch.FloatStorage": .float32, "torch.HalfStorage": .float16, "torch.BFloat16Storage": .bfloat16,
    "torch.DoubleStorage": .float64, "torch.LongStorage": .int64, "torch.IntStorage": .int32,
    "torch.ShortStorage": .int16, "torch.CharStorage": .int8, "torch.ByteStorage": .uint8, "torch.BoolStorage": .bool,
  ]
}

/// The element types of the safetensors format, with their names in files.
public enum ScalarType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case float4 = "F4"
  case float6E2M3 = "F6_E2M3"
  case float6E3M2 = "F6_E3M2"
  case uint8 = "U8"
  case int8 = "I8"
  case float8E5M2 = "F8_E5M2"
  case float8E4M3 = "F8_E4M3"
  case float8E8M0 = "F8_E8M0"
  case float8E4M3FNUZ = "F8_E4M3FNUZ"
  case float8E5M2FNUZ = "F8_E5M2FNUZ"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case complex64 = "C64"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// The width of one element in the file.
  public var bits: Int {
    switch self {
    case .float4: 4
    case .float6E2M3, .float6E3M2: 6
    case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ: 8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }

  /// Converts the little-endian elements in `bytes` to 32-bit floats; `nil` if the type has no conversion.
  ///
  /// F16, BF16, integers of 8 and 16 bits and booleans convert exactly; F64 and integers past 2^24 round to the nearest
  /// float.
  package var conversion: ((_ bytes: UnsafeRawBufferPointer, _ floats: UnsafeMutableBufferPointer<Float>) -> Void)? {
    switch self {
    case .float32: { convert($0, $1) { Float(bitPattern: UInt32(littleEndian: $0)) } }
    case .float64: { convert($0, $1) { Float(Double(bitPattern: UInt64(littleEndian: $0))) } }
    case .float16: { convert($0, $1) { Float(halfBits: UInt16(littleEndian: $0)) } }
    case .bfloat16: { convert($0, $1) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) } }
    case .bool, .uint8: { convert($0, $1) { (element: UInt8) in Float(element) } }
    case .int8: { convert($0, $1) { (element: Int8) in Float(element) } }
    case .int16: { convert($0, $1) { Float(Int16(littleEndian: $0)) } }
    case .uint16: { convert($0, $1) { Float(UInt16(littleEndian: $0)) } }
    case .int32: { convert($0, $1) { Float(Int32(littleEndian: $0)) } }
    case .uint32: { convert($0, $1) { Float(UInt32(littleEndian: $0)) } }
    case .int64: { convert($0, $1) { Float(Int64(littleEndian: $0)) } }
    case .uint64: { convert($0, $1) { Float(UInt64(littleEndian: $0)) } }
    case .float4, .float6E2M3, .float6E3M2, .float8E5M2, .float8E4M3, .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ,
      .complex64:
      nil
    }
  }
}

private func convert<Element: BitwiseCopyable>(
  _ bytes: UnsafeRawBufferPointer, _ floats: UnsafeMutableBufferPointer<Float>, _ body: (Element) -> Float
) {
  for index in floats.indices {
    floats[index] = body(bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self))
  }
}

extension Float {
  /// The value of an IEEE 754 binary16 number, exactly; by bits, because `Float16` is not available on every platform.
  init(halfBits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      self.init(bitPattern: sign | magnitude.bitPattern)
    case 0x1F: self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

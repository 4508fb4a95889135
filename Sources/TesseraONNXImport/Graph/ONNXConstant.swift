import Foundation
import TesseraONNX
import TesseraTensors

/// A value that a graph holds: weights, or small arrays that say how to compute.
enum ONNXConstant: Sendable, Equatable {
  case floats(Tensor)
  /// Integers and truth values.
  case integers(HostArray)
  /// Floats whose values are elsewhere: in the arrays of a checkpoint.
  case shape(Shape)

  /// The lengths of the axes.
  var lengths: [Int] {
    switch self {
    case .floats(let tensor): tensor.shape.dimensions
    case .integers(let array): array.shape
    case .shape(let shape): shape.dimensions
    }
  }

  /// Whether it has floats.
  var isFloating: Bool { if case .integers = self { false } else { true } }

  /// The array as a pass computes with it; `nil` if its values are elsewhere.
  var hostArray: HostArray? {
    switch self {
    case .floats(let tensor):
      HostArray(shape: tensor.shape.dimensions, values: tensor.scalars.map(Double.init), isInteger: false)
    case .integers(let array): array
    case .shape: nil
    }
  }
}

extension ONNXConstant {
  /// A type of ONNX's elements: how many bytes each takes, and what it becomes.
  private struct ElementType {
    let width: Int
    let isFloating: Bool
    let read: @Sendable (UnsafeRawPointer) -> Double

    init<Number: BinaryInteger & SendableMetatype>(_ type: Number.Type) {
      (width, isFloating) = (MemoryLayout<Number>.size, false)
      read = { Double($0.loadUnaligned(as: type)) }
    }

    init<Number: BinaryFloatingPoint & SendableMetatype>(_ type: Number.Type) {
      (width, isFloating) = (MemoryLayout<Number>.size, true)
      read = { Double($0.loadUnaligned(as: type)) }
    }

    init(width: Int, isFloating: Bool, read: @escaping @Sendable (UnsafeRawPointer) -> Double) {
      (self.width, self.isFloating, self.read) = (width, isFloating, read)
    }

    /// By the numbers of `TensorProto.DataType`.
    static let all: [Int32: ElementType] = [
      1: ElementType(Float.self), 2: ElementType(UInt8.self), 3: ElementType(Int8.self), 4: ElementType(UInt16.self),
      5: ElementType(Int16.self), 6: ElementType(Int32.self), 7: ElementType(Int64.self), 9: ElementType(UInt8.self),
      10: ElementType(width: 2, isFloating: true) { Double(half: $0.loadUnaligned(as: UInt16.self)) },
      11: ElementType(Double.self), 12: ElementType(UInt32.self), 13: ElementType(UInt64.self),
      16: ElementType(width: 2, isFloating: true) {
        Double(Float(bitPattern: UInt32($0.loadUnaligned(as: UInt16.self)) << 16))
      },
    ]
  }

  /// The type of floats that are computed with.
  static let floatType: Int32 = 1

  /// Whether elements of this type are floats; `nil` for types that are not read, such as text.
  static func isFloating(_ type: Int32) -> Bool? { ElementType.all[type]?.isFloating }

  /// - Parameters:
  ///   - message: the array.
  ///   - external: the bytes of arrays that are in other files.
  /// - Throws: `NodeFault` if lengths and contents do not fit; memory is taken once they do.
  init(
    _ message: Onnx_TensorProto, external: (Onnx_TensorProto, _ bytes: Int) throws(NodeFault) -> [UInt8]
  ) throws(NodeFault) {
    guard let type = ElementType.all[message.dataType] else {
      throw NodeFault("its elements are of type \(message.dataType), which is no number that networks compute with")
    }
    guard let shape = Shape(fromFile: message.dims.map(Int.init)) else {
      throw NodeFault("no array has the shape \(message.dims)")
    }
    let (bytes, overflow) = shape.elementCount.multipliedReportingOverflow(by: type.width)
    guard !overflow else { throw NodeFault("no array has the shape \(message.dims)") }
    if message.dataLocation == .external {
      let content = try external(message, bytes)
      self = try Self.read(content, shape, type)
    } else if message.hasRawData {
      guard message.rawData.count == bytes else {
        throw NodeFault("it has \(message.rawData.count) bytes, but its shape \(shape) takes \(bytes)")
      }
      self = try Self.read(message.rawData, shape, type)
    } else {
      try self.init(typed: message, shape, type)
    }
  }

  /// From bytes of the length that the shape takes.
  private static func read(
    _ bytes: some ContiguousBytes, _ shape: Shape, _ type: ElementType
  ) throws(NodeFault) -> ONNXConstant {
    guard type.isFloating || shape.elementCount <= HostArray.mostElements else {
      throw NodeFault("an array of integers of the shape \(shape) is larger than shapes and indices are")
    }
    return bytes.withUnsafeBytes { raw in
      func element(_ index: Int) -> Double { type.read(raw.baseAddress! + index * type.width) }
      guard type.isFloating else {
        let values = (0..<shape.elementCount).map(element)
        return .integers(HostArray(shape: shape.dimensions, values: values, isInteger: true))
      }
      return .floats(Tensor(shape: shape) { out in for index in out.indices { out[index] = Float(element(index)) } })
    }
  }

  /// From the fields that hold numbers by themselves.
  private init(typed message: Onnx_TensorProto, _ shape: Shape, _ type: ElementType) throws(NodeFault) {
    let values: [Double]
    switch message.dataType {
    case 1: values = message.floatData.map(Double.init)
    case 7: values = message.int64Data.map(Double.init)
    case 11: values = message.doubleData
    case 12, 13: values = message.uint64Data.map(Double.init)
    case 10: values = message.int32Data.map { Double(half: UInt16(truncatingIfNeeded: $0)) }
    case 16: values = message.int32Data.map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0) << 16)) }
    default: values = message.int32Data.map(Double.init)
    }
    guard values.count == shape.elementCount else {
      throw NodeFault("it has \(values.count) elements, but its shape \(shape) holds \(shape.elementCount)")
    }
    if type.isFloating {
      self = .floats(Tensor(values.map(Float.init), shape: shape))
    } else {
      self = .integers(HostArray(shape: shape.dimensions, values: values, isInteger: true))
    }
  }

  /// The array as a message; without elements where they are elsewhere.
  func message(named name: String) -> Onnx_TensorProto {
    var message = Onnx_TensorProto()
    message.name = name
    message.dims = lengths.map(Int64.init)
    message.dataType = isFloating ? Self.floatType : 7
    switch self {
    case .floats(let tensor): message.floatData = tensor.scalars
    case .integers(let array): message.int64Data = array.integers.map(Int64.init)
    case .shape: message.dataLocation = .external
    }
    return message
  }
}

extension Double {
  /// A number of 16 bits (IEEE 754 binary16).
  fileprivate init(half bits: UInt16) {
    let (exponent, fraction) = (Int(bits >> 10 & 0x1F), Double(bits & 0x3FF))
    let magnitude: Double =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? .infinity : .nan
      default: Double(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
      }
    self = bits & 0x8000 == 0 ? magnitude : -magnitude
  }
}

import Foundation
import TesseraCheckpoints
import TesseraTensors
import Testing

@Suite struct SafeTensorsTests {
  static let converted = [
    "float16", "bfloat16", "float64", "bool", "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
  ]

  /// What scripts/golden/safetensors_files.py puts into weights.safetensors.
  static let weights: [(name: String, tensor: Tensor)] = [
    ("encoder.1.filter", Tensor((0..<24).map { Float($0) * 0.25 - 3 }, shape: [2, 3, 4])),
    ("encoder.0.bias", Tensor([1.5, -0.0, .infinity, .leastNonzeroMagnitude])),
    ("scale", Tensor(0.1)),
    ("nothing", Tensor([], shape: [0, 3])),
    ("quote \" backslash \\ tab \t bell \u{7} é 😀", Tensor([7])),
  ]
  static let metadata = ["note": "a \"quoted\" text,\nof two lines é"]

  @Test func readsWhatThePythonPackageWrote() throws {
    let file = try SafeTensors(contentsOf: golden("weights.safetensors"))
    #expect(file.metadata == Self.metadata)
    #expect(file.names == Self.weights.map(\.name).sorted())
    for (name, expected) in Self.weights {
      let tensor = try file.tensor(name)
      #expect(tensor.shape == expected.shape)
      #expect(tensor.bits == expected.bits)
    }
  }

  @Test func writesTheBytesThatThePythonPackageWrites() throws {
    try withTemporaryFolder { folder in
      try SafeTensors.write(Self.weights, metadata: Self.metadata, to: "\(folder)/weights.safetensors")
      let written = try [UInt8](contentsOf: "\(folder)/weights.safetensors")
      #expect(try written == [UInt8](contentsOf: golden("weights.safetensors")))
    }
  }

  @Test(arguments: converted) func convertsEachTypeAsNumPyDoes(type: String) throws {
    let file = try SafeTensors(contentsOf: golden("types.safetensors"))
    let expected = try file.tensor("\(type).float32")
    let tensor = try file.tensor(type)
    #expect(tensor.count == expected.count)
    for (value, reference) in zip(tensor.scalars, expected.scalars) {
      #expect(value.bitPattern == reference.bitPattern || value.isNaN && reference.isNaN)
    }
  }

  @Test func namesATypeThatDoesNotConvert() throws {
    let file = try SafeTensors(contentsOf: golden("types.safetensors"))
    #expect(throws: SafeTensorsError.unsupportedType(file: file.path, name: "eight bits", type: "F8_E4M3")) {
      try file.tensor("eight bits")
    }
  }

  @Test func namesAMissingTensorAndWhatIsThere() throws {
    let file = try SafeTensors(contentsOf: golden("weights.safetensors"))
    let error = #expect(throws: SafeTensorsError.self) { try file.tensor("encoder.9.bias") }
    #expect(error == .noSuchTensor(file: file.path, name: "encoder.9.bias", available: file.names))
    #expect(error?.description.contains("weights.safetensors: there is no tensor 'encoder.9.bias'") == true)
    #expect(error?.description.contains("encoder.0.bias, encoder.1.filter") == true)
  }

  @Test func convertsTensorsLongerThanOnePiece() throws {
    let count = 200_001
    let halves = (0..<count).flatMap { [UInt8(0), UInt8($0 % 8 + 0x38)] }
    let header = "{\"h\":{\"dtype\":\"F16\",\"shape\":[\(count)],\"data_offsets\":[0,\(2 * count)]}}"
    try withTemporaryFolder { folder in
      try fileBytes(header: header, data: halves).write(to: "\(folder)/halves.safetensors")
      let tensor = try SafeTensors(contentsOf: "\(folder)/halves.safetensors").tensor("h")
      // The high bytes 0x38...0x3f of a half are two octaves in quarters.
      let octaves: [Float] = [0.5, 0.625, 0.75, 0.875, 1, 1.25, 1.5, 1.75]
      #expect(tensor.scalars == (0..<count).map { octaves[$0 % 8] })
    }
  }

  @Test func readsItsOwnFilesBitForBit() throws {
    var random = RandomStream(seed: 3)
    let tensors: [(name: String, tensor: Tensor)] = (0..<40).map { index in
      let shape = Shape((0..<index % 4).map { _ in random.index(below: 5) })
      let bits = (0..<shape.elementCount).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
      return ("tensor.\(index)\u{1}/é", Tensor(bits, shape: shape))
    }
    let metadata = ["": "empty key", "empty": "", "text": "\u{0}\u{1f}\"\\/\u{7f}😀\r\n"]
    try withTemporaryFolder { folder in
      try SafeTensors.write(tensors, metadata: metadata, to: "\(folder)/file")
      let file = try SafeTensors(contentsOf: "\(folder)/file")
      #expect(file.metadata == metadata)
      #expect(file.names.count == tensors.count)
      for (name, tensor) in tensors {
        #expect(try file.tensor(name).shape == tensor.shape)
        #expect(try file.tensor(name).bits == tensor.bits)
      }
    }
  }

  @Test func isReadFromSeveralTasksAtOnce() async throws {
    let file = try SafeTensors(contentsOf: golden("weights.safetensors"))
    let expected = try file.tensor("encoder.1.filter")
    try await withThrowingTaskGroup(of: Tensor.self) { group in
      for _ in 0..<16 { group.addTask { try file.tensor("encoder.1.filter") } }
      for try await tensor in group { #expect(tensor == expected) }
    }
  }

  @Test func writingTwoTensorsOfOneNameStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try SafeTensors.write([("a", Tensor(1)), ("a", Tensor(2))], to: "never-written.safetensors")
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
    #expect(message?.contains("SafeTensors.write: the name 'a' appears twice") == true)
  }
}

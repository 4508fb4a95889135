import Foundation
import TesseraCheckpoints
import TesseraTensors
import Testing

@Suite struct SafeTensorsCorruptionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// What the error's line must contain.
    let message: String
    var testDescription: String { name }

    init(_ name: String, header: String, data: Int = 0, _ message: String) {
      self.init(name, bytes: fileBytes(header: header, data: [UInt8](repeating: 0, count: data)), message)
    }

    init(_ name: String, bytes: [UInt8], _ message: String) {
      self.name = name
      self.bytes = bytes
      self.message = message
    }
  }

  static func tensor(_ name: String, _ shape: String, _ first: Int, _ last: Int, type: String = "F32") -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(first),\(last)]}"
  }

  static let cases = [
    Case("empty file", bytes: [], "8 bytes expected, 0 found"),
    Case("half a length", bytes: [1, 2, 3], "8 bytes expected, 3 found"),
    Case("length past the end", bytes: [9, 0, 0, 0, 0, 0, 0, 0, 123], "17 bytes expected, 9 found"),
    Case(
      "length past the limit", bytes: [1, 225, 245, 5, 0, 0, 0, 0],
      "it begins with 100000001 where the length of a header stands"),
    Case("length past every integer", bytes: [UInt8](repeating: 255, count: 64), "it begins with 18446744073709551615 where"),
    Case("no header at all", header: "", "'{' is expected at byte 0"),
    Case(
      "a picture", bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + [UInt8](repeating: 0, count: 99),
      "not a safetensors file"),
    Case("invalid UTF-8", bytes: [6, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xC3, 0x28, 0x22, 0x7D], "not valid UTF-8"),
    Case("an array", header: "[]", "'{' is expected at byte 0"),
    Case("cut inside the object", header: "{\"a\":", "'{' is expected"),
    Case("cut inside a name", header: "{\"a", "a string has no end"),
    Case("cut inside an escape", header: "{\"a\\", "a string has no end"),
    Case("unknown escape", header: "{\"\\x\":1}", "unknown escape"),
    Case("half a surrogate pair", header: "{\"\\ud800\":1}", "half of a surrogate pair"),
    Case("low surrogate alone", header: "{\"\\udc00\":1}", "half of a surrogate pair"),
    Case("bad hexadecimal digits", header: "{\"\\u00g0\":1}", "four hexadecimal digits"),
    Case("a line break in a name", header: "{\"a\nb\":1}", "a control character"),
    Case("text after the object", header: "{} x", "something follows the JSON object"),
    Case("trailing comma", header: "{\(tensor("a", "[]", 0, 4)),}", data: 4, "'\"' is expected"),
    Case(
      "a name twice", header: "{\(tensor("a", "[]", 0, 4)),\(tensor("a", "[]", 4, 8))}", data: 8,
      "the name 'a' appears twice"),
    Case(
      "an escaped name twice", header: "{\(tensor("a", "[]", 0, 4)),\(tensor("\\u0061", "[]", 4, 8))}", data: 8,
      "the name 'a' appears twice"),
    Case("a metadata key twice", header: "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", "the name 'k' appears twice"),
    Case("metadata of numbers", header: "{\"__metadata__\":{\"k\":1}}", "'\"' is expected"),
    Case("no type", header: "{\"a\":{\"shape\":[],\"data_offsets\":[0,4]}}", data: 4, "tensor 'a' needs a dtype"),
    Case("no shape", header: "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", data: 4, "tensor 'a' needs a dtype"),
    Case(
      "one offset", header: "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0]}}", data: 4, "two data_offsets"
    ),
    Case("unknown key", header: "{\"a\":{\"kind\":\"F32\"}}", "unexpected key 'kind' in tensor 'a'"),
    Case("unknown type", header: "{\(tensor("a", "[]", 0, 4, type: "F33"))}", data: 4, "the type 'F33' is unknown"),
    Case("negative length", header: "{\(tensor("a", "[-1]", 0, 4))}", data: 4, "a whole number is expected"),
    Case("fractional length", header: "{\(tensor("a", "[1.0]", 0, 4))}", data: 4, "']' is expected"),
    Case("leading zero", header: "{\(tensor("a", "[01]", 0, 4))}", data: 4, "a whole number is expected"),
    Case(
      "length past every integer in a shape", header: "{\(tensor("a", "[99999999999999999999]", 0, 4))}", data: 4,
      "a whole number is expected"),
    Case("shape that overflows", header: "{\(tensor("a", "[4611686018427387904,4]", 0, 4))}", data: 4, "or too many"),
    Case("empty shape that overflows", header: "{\(tensor("a", "[4611686018427387904,4,0]", 0, 0))}", "or too many"),
    Case("half a byte", header: "{\(tensor("a", "[3]", 0, 1, type: "F4"))}", data: 1, "do not fill whole bytes"),
    Case(
      "shape larger than the data", header: "{\(tensor("a", "[2]", 0, 4))}", data: 4, "needs 8 bytes, but 4 are given"),
    Case(
      "type smaller than the data", header: "{\(tensor("a", "[1]", 0, 4, type: "F16"))}", data: 4,
      "needs 2 bytes, but 4"),
    Case("offsets backwards", header: "{\(tensor("a", "[]", 4, 0))}", data: 4, "would end (0) before it begins (4)"),
    Case(
      "overlap", header: "{\(tensor("a", "[2]", 0, 8)),\(tensor("b", "[2]", 4, 12))}", data: 12,
      "tensor 'b': its data begins at 4, inside the tensor before it, which ends at 8"),
    Case(
      "hole", header: "{\(tensor("a", "[]", 0, 4)),\(tensor("b", "[]", 8, 12))}", data: 12,
      "tensor 'b': its data begins at 8 and leaves a hole after 4"),
    Case("hole at the start", header: "{\(tensor("a", "[]", 4, 8))}", data: 8, "leaves a hole after 0"),
    Case("data past the end", header: "{\(tensor("a", "[2]", 0, 8))}", data: 7, "the file is cut short"),
    Case(
      "data after the last tensor", header: "{\(tensor("a", "[]", 0, 4))}", data: 5, "1 bytes follow the last tensor"),
  ]

  @Test(arguments: cases) func aBrokenFileGivesOneClearLine(broken: Case) throws {
    try withTemporaryFolder { folder in
      try broken.bytes.write(to: "\(folder)/broken.safetensors")
      let error = #expect(throws: SafeTensorsError.self) {
        try SafeTensors(contentsOf: "\(folder)/broken.safetensors")
      }
      let line = error?.description ?? ""
      #expect(line.hasPrefix("\(folder)/broken.safetensors: "))
      #expect(line.contains(broken.message), "\(line)")
      #expect(!line.contains("\n"))
      #expect(error?.localizedDescription == line)
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try [UInt8](contentsOf: golden("weights.safetensors"))
    try withTemporaryFolder { folder in
      for length in 0..<bytes.count {
        try Array(bytes[..<length]).write(to: "\(folder)/cut")
        #expect(throws: SafeTensorsError.self, "cut to \(length) bytes") {
          try SafeTensors(contentsOf: "\(folder)/cut")
        }
      }
      try (bytes + [0]).write(to: "\(folder)/cut")
      #expect(throws: SafeTensorsError.self) { try SafeTensors(contentsOf: "\(folder)/cut") }
    }
  }

  // A changed byte may leave a valid file (another number, another name), but must never stop the program or give a
  // tensor that does not fit its shape; in the length and the structure it is always an error.
  @Test func everyChangedByteIsAnErrorOrLeavesAValidFile() throws {
    let bytes = try [UInt8](contentsOf: golden("weights.safetensors"))
    let original = try SafeTensors(contentsOf: golden("weights.safetensors"))
    let headerEnd = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    var random = RandomStream(seed: 11)
    try withTemporaryFolder { folder in
      for position in 0..<headerEnd {
        for change in [0x20, UInt8(1 + random.index(below: 255))] {
          var changed = bytes
          changed[position] ^= change
          try changed.write(to: "\(folder)/changed")
          guard let file = try? SafeTensors(contentsOf: "\(folder)/changed") else { continue }
          #expect(position >= 8, "a changed header length passed")
          #expect(file.names.count == original.names.count)
          for name in file.names {
            if let tensor = try? file.tensor(name) { #expect(tensor.shape == file.entries[name]?.shape) }
          }
        }
      }
    }
  }

  @Test func aMissingFileAndAFolderAreErrors() throws {
    try withTemporaryFolder { folder in
      let missing = #expect(throws: SafeTensorsError.self) { try SafeTensors(contentsOf: "\(folder)/none") }
      #expect(
        missing?.description
          == "\(folder)/none: cannot be read: there is no such file. Check the path and its permissions.")
      let isFolder = #expect(throws: SafeTensorsError.self) { try SafeTensors(contentsOf: folder) }
      #expect(isFolder == .unreadable(file: folder, reason: "it is a folder"))
    }
  }

  @Test func aFileThatShrinksWhileItIsOpenIsAnError() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/weights"
      let bytes = try [UInt8](contentsOf: golden("weights.safetensors"))
      try bytes.write(to: path)
      let file = try SafeTensors(contentsOf: path)
      truncate(path, off_t(bytes.count - 2))
      #expect(throws: SafeTensorsError.truncated(file: path, expectedBytes: bytes.count, foundBytes: bytes.count - 2)) {
        try file.tensor("scale")
      }
    }
  }
}

import TesseraNetworks
import TesseraPretrained
import Testing

/// Pickles that would do more than describe tensors, or never end.
@Suite struct HostilePickleTests {
  private func message(_ pickle: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) -> String {
    var machine = PickleMachine(pickle, file: "a.pth")
    let error = #expect(throws: PretrainedWeightsError.self, sourceLocation: sourceLocation) { _ = try machine.run() }
    let text = error?.description ?? ""
    #expect(!text.contains("\n"), sourceLocation: sourceLocation)
    return text
  }

  private static let advice =
    ", and only tensors, dictionaries and numbers are taken from one: it could run any program. "
    + "Save only the weights: torch.save(model.state_dict(), ...)."
  private static let damaged = ". The file is damaged; download or save it again."

  /// By Python's own pickle, of an object that calls os.system.
  @Test(arguments: ["calls2.pth", "calls4.pth"]) func whatWouldBeCalledIsNamed(name: String) {
    let error = #expect(throws: PretrainedWeightsError.self) {
      _ = try PretrainedWeights(contentsOf: golden(name), for: FCNN.self)
    }
    #expect(error?.description == "\(golden(name)): the pickle uses \"posix.system\"\(Self.advice)")
  }

  @Test func aWholeModuleIsNamed() {
    let path = golden("whole_module.pth")
    let error = #expect(throws: PretrainedWeightsError.self) {
      _ = try PretrainedWeights(contentsOf: path, for: FCNN.self)
    }
    #expect(error == .forbidden(file: path, name: "\"torch.nn.modules.conv.Conv2d\""))
  }

  @Test(arguments: [
    ("builtins", "eval"), ("torch", "load"), ("torch.storage", "_load_from_bytes"),
    ("torch._utils", "_rebuild_qtensor"),
    ("collections", "Counter"), ("torch", "FloatStorage.__init__"),
  ])
  func everyOtherNameIsRefused(module: String, name: String) {
    let text = "a.pth: the pickle uses \"\(module).\(name)\"\(Self.advice)"
    #expect(message([0x80, 2] + Pickle.global(module, name) + [0x2E]) == text)
    // Protocol 4 has its names on the stack.
    #expect(message([0x80, 4] + Pickle.text(module) + Pickle.text(name) + [0x93, 0x2E]) == text)
  }

  @Test func namesAreShownWithoutTheirControlCharacters() {
    let text = message([0x80, 4] + Pickle.text("a\u{1B}[2J\n") + Pickle.text("b") + [0x93, 0x2E])
    #expect(text.contains("the pickle uses \"a\\u{1B}[2J\\n.b\""))
  }

  /// INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1, PERSID, BYTEARRAY8, NEXT_BUFFER.
  @Test(arguments: [0x69, 0x6F, 0x81, 0x92, 0x82, 0x50, 0x96, 0x97] as [UInt8])
  func instructionsThatCreateObjectsAreRefused(code: UInt8) {
    let name = "the instruction 0x\(String(code, radix: 16)) at byte 2"
    #expect(message([0x80, 2, code]) == "a.pth: the pickle uses \(name)\(Self.advice)")
  }

  @Test func knownNamesAreNotCalledOtherwise() {
    let ordered = Pickle.global("collections", "OrderedDict")
    #expect(
      message([0x80, 2] + ordered + Pickle.tuple(Pickle.integer(1)) + [0x52, 0x2E])
        == "a.pth: the pickle uses a call of orderedDictionary with 1 arguments\(Self.advice)")
    #expect(
      message([0x80, 2] + Pickle.text("x") + [0x29, 0x52, 0x2E]).contains("a call of an unknown function"))
    #expect(message([0x80, 2, 0x29, 0x7D, 0x62, 0x2E]).contains("attributes of something that is not a dictionary"))
    // A storage is a class, and none to call.
    #expect(
      message([0x80, 2] + Pickle.global("torch", "FloatStorage") + [0x29, 0x52, 0x2E]).contains("a call of storage"))
  }

  @Test(arguments: [
    ([0x80, 9], "at byte 2: the protocol 9 is unknown"),
    ([0x80, 2, 0x7D], "at byte 3: it has no end"),
    ([0x80, 2, 0x2E], "at byte 3: its stack is empty"),
    // BINUNICODE, BINUNICODE8 and LONG4 of lengths that nothing has.
    ([0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0xFF], "at byte 7: 4294967295 bytes are announced and 0 are left"),
    (
      [0x80, 4, 0x8D, 0, 0, 0, 0, 0, 0, 0, 0x70, 0x2E],
      "at byte 11: 8070450532247928832 bytes are announced and 1 are left"
    ),
    ([0x80, 4, 0x8D] + [UInt8](repeating: 0xFF, count: 8), "at byte 11: a length of 18446744073709551615 bytes"),
    ([0x80, 2, 0x8B, 0xFF, 0xFF, 0xFF, 0x7F], "at byte 7: an integer of 2147483647 bytes"),
    ([0x80, 2, 0x8A, 200], "at byte 4: an integer of 200 bytes"),
    // FRAME.
    ([0x80, 4, 0x95, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0x2E], "at byte 11: 255 bytes are announced and 1 are left"),
    ([0x80, 2, 0x58, 1, 0, 0, 0, 0xFF, 0x2E], "at byte 8: a text is not UTF-8"),
    ([0x80, 2, 0x68, 7], "at byte 4: nothing was kept under the number 7"),
    ([0x80, 2, 0x74], "at byte 3: a mark is missing"),
    ([0x80, 2, 0x4E, 0x28, 0x30], "at byte 5: its stack is empty"),
    ([0x80, 2, 0x4E, 0x4E, 0x61], "at byte 5: an item is added to something that is not a list"),
    ([0x80, 2, 0x7D, 0x28, 0x4E, 0x75], "at byte 6: an item is added to something that is not a dictionary"),
    ([0x80, 2, 0x4E, 0x51], "at byte 4: something outside the pickle is not a storage of numbers"),
    ([0x80, 2] + Array(repeating: 0x63, count: 2000), "at byte 3: a name has no end"),
  ])
  func contradictionsAreNamedWithTheirPlace(pickle: [UInt8], reason: String) {
    #expect(message(pickle) == "a.pth: the pickle \(reason)\(Self.damaged)")
  }

  /// A million tuples in each other, lists that hold themselves, and a tower of pairs whose leaves nobody could count.
  @Test func nestingAndSharingCostNothing() throws {
    let tower = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: 1_000_000) + [0x2E]
    var machine = PickleMachine(tower, file: "a.pth")
    guard case .sequence = try machine.run() else { return #expect(Bool(false), "no tuple") }
    let own: [UInt8] = [0x80, 2, 0x5D, 0x71, 0, 0x68, 0, 0x61, 0x2E]
    machine = PickleMachine(own, file: "a.pth")
    guard case .sequence = try machine.run() else { return #expect(Bool(false), "no list") }
    let pairs = (0..<200).flatMap { level -> [UInt8] in [0x71, UInt8(level), 0x68, UInt8(level), 0x86] }
    machine = PickleMachine([0x80, 2, 0x29] + pairs + [0x2E], file: "a.pth")
    guard case .sequence = try machine.run() else { return #expect(Bool(false), "no pair") }
  }

  @Test func tooManyValuesEndIt() {
    let bomb = [0x80, 2] + [UInt8](repeating: 0x29, count: PickleMachine.mostValues + 1)
    #expect(message(bomb).contains("it makes more than 1048576 values"))
    let marks = [0x80, 2] + [UInt8](repeating: 0x28, count: PickleMachine.mostValues + 1)
    #expect(message(marks).contains("it makes more than 1048576 values"))
  }

  /// A list of pairs that a few bytes name again and again.
  @Test func dictionariesOfSharedPairsAreCounted() {
    let ordered = Pickle.global("collections", "OrderedDict")
    var pickle: [UInt8] = [0x80, 2, 0x5D, 0x28]
    pickle += Pickle.text("a") + Pickle.integer(1)
    pickle += [0x65, 0x71, 0, 0x5D, 0x28]
    for _ in 0..<1000 { pickle += [0x68, 0] }
    pickle += [0x65, 0x85, 0x71, 1]
    for _ in 0..<1000 {
      pickle += ordered
      pickle += [0x68, 1, 0x52]
    }
    #expect(message(pickle + [0x2E]).contains("it makes more than 1048576 values"))
  }
}

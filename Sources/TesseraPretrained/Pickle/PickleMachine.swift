/// Reads a pickle that describes tensors (protocols 2 to 5), and can do nothing else.
///
/// A pickle is a program for a stack machine, and Python's machine calls whatever the program names. This one knows a
/// handful of names (`PickleGlobal`), for which it makes tables of numbers; every other name, call or instruction is an
/// error that names it. So nothing can be run, and what is created is bounded: values are not nested in each other, and
/// there are at most `mostValues`. The instructions are documented in Python's `pickletools`.
package struct PickleMachine {
  /// What tuples and lists hold.
  private(set) var sequences: [[PickleValue]] = []
  /// What dictionaries hold, in their order.
  private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  /// The storages named so far.
  var storages: [TorchStorage] = []
  private(set) var reader: PickleReader
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var made = 0

  /// On the stack, in containers and in the memo together, over the whole run.
  package static let mostValues = 1 << 20

  package init(_ bytes: [UInt8], file: String) { reader = PickleReader(bytes, file: file) }

  /// The first byte that was not read.
  var position: Int { reader.position }

  /// Returns what the pickle, or the next of several, describes; the containers of all of them are kept.
  ///
  /// - Throws: `PretrainedWeightsError.damaged` or `.forbidden`.
  package mutating func run() throws -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    while true {
      let code = try reader.byte()
      if code == PickleInstruction.stop.rawValue { return try pop() }
      guard let instruction = PickleInstruction(rawValue: code) else {
        throw PretrainedWeightsError.forbidden(
          file: reader.file, name: "the instruction 0x\(String(code, radix: 16)) at byte \(reader.position - 1)")
      }
      try perform(instruction)
    }
  }

  private mutating func perform(_ instruction: PickleInstruction) throws {
    switch instruction {
    case .proto:
      let version = try reader.byte()
      guard (2...5).contains(version) else { throw reader.fault("the protocol \(version) is unknown") }
    // Frames say how much to read ahead, and mean nothing else.
    case .frame:
      let length = try reader.integer(8)
      var ahead = reader
      _ = try ahead.take(length)
    case .stop: break
    case .mark:
      marks.append(stack.count)
      try count(1)
    case .pop: _ = try pop()
    case .popMark: _ = try popToMark()
    case .none: try push(.none)
    case .newTrue: try push(.boolean(true))
    case .newFalse: try push(.boolean(false))
    case .binInt: try push(.integer(reader.signedInteger(4)))
    case .binInt1: try push(.integer(reader.integer(1)))
    case .binInt2: try push(.integer(reader.integer(2)))
    case .long1: try push(reader.wideInteger(reader.integer(1)))
    case .long4: try push(reader.wideInteger(reader.integer(4)))
    case .binFloat: try push(.number(reader.double()))
    case .shortBinUnicode: try push(.text(reader.text(reader.integer(1))))
    case .binUnicode: try push(.text(reader.text(reader.integer(4))))
    case .binUnicode8: try push(.text(reader.text(reader.integer(8))))
    case .shortBinString: try push(.text(reader.text(reader.integer(1))))
    case .binString: try push(.text(reader.text(reader.integer(4))))
    case .shortBinBytes: try pushBytes(lengthWidth: 1)
    case .binBytes: try pushBytes(lengthWidth: 4)
    case .binBytes8: try pushBytes(lengthWidth: 8)
    case .emptyTuple: try pushSequence([], isTuple: true)
    case .tuple: try pushSequence(popToMark(), isTuple: true)
    case .tuple1: try pushTuple(1)
    case .tuple2: try pushTuple(2)
    case .tuple3: try pushTuple(3)
    case .emptyList: try pushSequence([], isTuple: false)
    case .list: try pushSequence(popToMark(), isTuple: false)
    case .append: try extend(by: [pop()])
    case .appends: try extend(by: popToMark())
    case .emptyDict: try pushDictionary()
    case .dict:
      let items = try popToMark()
      try pushDictionary()
      try set(items)
    case .setItem:
      let value = try pop()
      try set([pop(), value])
    case .setItems: try set(popToMark())
    case .binGet: try recall(reader.integer(1))
    case .longBinGet: try recall(reader.integer(4))
    case .binPut: try remember(reader.integer(1))
    case .longBinPut: try remember(reader.integer(4))
    case .memoize: try remember(memo.count)
    case .global: try pushGlobal(module: reader.line(), name: reader.line())
    case .stackGlobal:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw reader.fault("a name is not text")
      }
      try pushGlobal(module: module, name: name)
    case .binPersistentID: try pushStorage()
    case .reduce: try reduce()
    case .build: try build()
    }
  }

  // MARK: - The stack

  mutating func count(_ values: Int) throws {
    made += values
    guard made <= Self.mostValues else { throw reader.fault("it makes more than \(Self.mostValues) values") }
  }

  mutating func push(_ value: PickleValue) throws {
    try count(1)
    stack.append(value)
  }

  /// Keeps the top under a number; costs as much memory as a value.
  private mutating func remember(_ number: Int) throws {
    try count(1)
    memo[number] = try top()
  }

  func top() throws -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw reader.fault("its stack is empty") }
    return value
  }

  mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw reader.fault("a mark is missing") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ place: Int) throws {
    guard let value = memo[place] else { throw reader.fault("nothing was kept under the number \(place)") }
    try push(value)
  }

  // MARK: - Containers

  private mutating func pushBytes(lengthWidth: Int) throws {
    _ = try reader.take(reader.integer(lengthWidth))
    try push(.bytes)
  }

  private mutating func pushTuple(_ count: Int) throws {
    var items: [PickleValue] = []
    for _ in 0..<count { items.append(try pop()) }
    try pushSequence(items.reversed(), isTuple: true)
  }

  private mutating func pushSequence(_ items: [PickleValue], isTuple: Bool) throws {
    sequences.append(items)
    try push(.sequence(sequences.count - 1, isTuple: isTuple))
  }

  mutating func pushDictionary() throws {
    dictionaries.append([])
    try push(.dictionary(dictionaries.count - 1))
  }

  private mutating func extend(by items: [PickleValue]) throws {
    guard case .sequence(let place, isTuple: false) = try top() else {
      throw reader.fault("an item is added to something that is not a list")
    }
    sequences[place] += items
  }

  mutating func set(_ items: [PickleValue]) throws {
    guard case .dictionary(let place) = try top(), items.count.isMultiple(of: 2) else {
      throw reader.fault("an item is added to something that is not a dictionary")
    }
    for index in stride(from: 0, to: items.count, by: 2) {
      dictionaries[place].append((items[index], items[index + 1]))
    }
  }
}

import TesseraImaging

/// What to do about masks whose values are no class numbers: a map of classes that says what each value means, so that
/// no mask need be written again.
struct ValueRemedy {
  let remedy: String
  let command: String?

  /// - Parameters:
  ///   - values: all that occur, in ascending order.
  ///   - space: the classes, if a list names them.
  ///   - share: of the masks, how many hold values that are no class.
  init(_ values: [Int], named space: LabelSpace?, share: Double = 1, _ invocation: DataInvocation) {
    let mostLines = 200
    let lines = Self.lines(values, space, share)
    guard lines.count <= mostLines else {
      remedy = "write the masks as class numbers 0, 1, 2, ..., or say in a map of classes what each value means"
      command = nil
      return
    }
    remedy =
      "say in a map of classes what each value means (correct the names that are guessed here): no mask need be written "
      + "again"
    let makesVoidAClass = space?.void.map { void in
      space?.classes.indices.contains(void) == true
        && lines.contains { $0.hasPrefix("\(void) = ") && !$0.hasSuffix(" = void") }
    }
    command = invocation.mapping(lines, countsVoid: makesVoidAClass == true)
  }

  /// Strays are in fewer masks.
  private static let leastShare = 0.25

  private static func lines(_ values: [Int], _ space: LabelSpace?, _ share: Double) -> [String] {
    guard let space else {
      if values.count == 2, values[0] == 0 { return ["0 = background", "\(values[1]) = object"] }
      let isVoid = { (value: Int) in usualVoid.contains(value) && values.count > 2 && values.dropLast().last! + 1 < 64 }
      return values.map { isVoid($0) ? "\($0) = void" : "\($0) = class-\($0)" }
    }
    func name(_ index: Int) -> String { index == space.void ? "void" : space.name(of: index) }
    let count = space.count
    let marks = values.filter { usualVoid.contains($0) && !space.contains($0) }
    // What has no line is none of the classes either.
    let rest = marks.map { "\($0) = void" } + ["* = void"]
    if isBlackAndWhite(values), count >= 2 {
      return ["0 = \(space.name(of: 0))", "\(values[1]) = \(space.name(of: 1))", "* = void"]
    }
    switch offset(values, space, share) {
    case 1: return (1...count).map { "\($0) = \(name($0 - 1))" } + ["0 = void"] + rest
    case -1: return (1..<count).map { "\($0 - 1) = \(name($0))" } + rest
    default: break
    }
    let unknown = values.filter { !space.contains($0) }
    // Where most values are none of the classes, they seem to be these in their order, written otherwise.
    let plain = values.filter { !marks.contains($0) }
    if 2 * unknown.count > values.count, plain.count <= count {
      return plain.enumerated().map { "\($1) = \(name($0))" } + rest
    }
    return unknown.map { "\($0) = void" } + ["* = *"]
  }
}

extension ValueRemedy {
  private static let usualVoid = [255, 65535]

  /// Whether masks are black and white: 0 and the greatest value of 8 or 16 bits.
  static func isBlackAndWhite(_ values: [Int]) -> Bool {
    values.count == 2 && values[0] == 0 && usualVoid.contains(values[1])
  }

  /// By how much the values seem to be greater than the indices of the classes; 0 if they do not.
  private static func offset(_ values: [Int], _ space: LabelSpace, _ share: Double) -> Int {
    let plain = values.filter { !usualVoid.contains($0) }
    guard plain.count >= 2, let greatest = plain.last else { return 0 }
    let hasMarks = values.contains { usualVoid.contains($0) && !space.contains($0) }
    // Counted from 1: the greatest value has no class.
    if greatest == space.count, !plain.contains(0) || share >= leastShare { return 1 }
    // Counted from 0 although void is 0: void became 255, and the last class does not occur.
    if space.void == 0, hasMarks, greatest < space.count - 1, plain.first == 0, share >= leastShare { return -1 }
    return 0
  }

  /// How the values of named classes seem to be shifted, in words; `nil` if they do not.
  static func shift(_ values: [Int], _ space: LabelSpace, share: Double) -> String? {
    switch offset(values, space, share) {
    case 1: "the labels seem to count from 1, each one more than its place in the list of classes"
    case -1: "the labels seem to be one too low: 0 stands for \(space.name(of: 1)), and 255 for void"
    default: nil
    }
  }
}

/// Which output of a network stands for which class. All of it follows from the one index that may have none.
extension LabelSpace {
  /// The void index among the classes, if networks have no output for it.
  private var silent: Int? { hasVoidOutput ? nil : void }

  /// The number of outputs of a network for this space.
  ///
  /// ```swift
  /// LabelSpace.ade20k.outputCount                     // 151
  /// LabelSpace.ade20k.withoutVoidOutput.outputCount   // 150: output k is class k + 1
  /// ```
  public var outputCount: Int { silent == nil ? count : count - 1 }

  /// The class of each output.
  public var outputs: [Int] { classes(ofOutputs: Array(0..<outputCount)) }

  /// The output that stands for void, about which nothing is learned; `nil` if there is none.
  public var voidOutput: Int? { hasVoidOutput ? void.flatMap { classes.indices.contains($0) ? $0 : nil } : nil }

  /// The same classes for networks without an output for void.
  public var withoutVoidOutput: LabelSpace { LabelSpace(classes: classes, void: void, hasVoidOutput: false) }

  /// The classes of outputs, such as those with the largest score of each pixel.
  public func classes<Index: FixedWidthInteger>(ofOutputs outputs: [Index]) -> [Index] {
    guard let silent else { return outputs }
    return outputs.map { Int($0) < silent ? $0 : $0 + 1 }
  }

  /// The outputs of classes, and -1 for a void that has none; other void values stay.
  func outputs(ofClasses indices: [Int32]) -> [Int32] {
    guard let silent else { return indices }
    return indices.map { Int($0) == silent ? -1 : Int($0) < silent ? $0 : $0 - 1 }
  }
}

extension MaskBatch {
  /// What a loss compares logits with: the output that stands for each pixel's class, `[count, height, width]`
  /// row-major, and the value that void pixels have instead; `nil` if every pixel counts.
  public var targets: (outputs: [Int32], void: Int32?) {
    (labelSpace.outputs(ofClasses: indices), labelSpace.hasVoidOutput ? labelSpace.void.map(Int32.init) : -1)
  }
}

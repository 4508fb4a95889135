import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// The part of a network that weights of other classes have no values for.
public struct NewClassifier: Sendable, Equatable {
  /// The number of classes of the file's network.
  public let classesInFile: Int
  /// The parameters that kept their initial values, by property path.
  public let parameters: [String]

  package init(classesInFile: Int, parameters: [String]) {
    (self.classesInFile, self.parameters) = (classesInFile, parameters)
  }
}

extension SegmentationModel {
  /// Loads weights to start training from: all of them or, if the file's network has a different number of classes but
  /// otherwise fits, all but the classifier.
  ///
  /// ```swift
  /// let model = UNet(.init(classes: 12), random: random)
  /// let new = try model.loadInitialWeights(from: "ade20k.safetensors")
  /// new?.classesInFile   // 151
  /// new?.parameters      // ["classifier.filter", "classifier.bias"]
  /// ```
  /// The classifier is every parameter whose shape depends on the number of classes. What only training needs is not in
  /// checkpoints, and stays new.
  /// - Returns: the classifier, if it stayed new; `nil` if the file has one.
  /// - Throws: `TensorMismatchError` with everything that does not fit, or `SafeTensorsError`; nothing is then changed.
  @discardableResult
  public func loadInitialWeights(from path: String) throws -> NewClassifier? {
    let (file, network) = (try SafeTensors(contentsOf: path), forPrediction)
    let new = network.newClassifier(for: file)
    try network.load(from: file, leavingNew: Set(new?.parameters ?? []))
    return new
  }

  /// The classifier: the parameters whose shape depends on the number of classes, by property path.
  package var classifier: Set<String> {
    // Takes no memory: weights are created on first use.
    let larger = configuration.with(classes: configuration.classes + 1).makeNetwork(random: RandomStream(seed: 0))
    let pairs = zip(namedParameters, larger.namedParameters)
    return Set(pairs.compactMap { own, other in own.parameter.shape == other.parameter.shape ? nil : own.name })
  }

  /// `nil` if the file has the same number of classes, or differs in more than that.
  private func newClassifier(for file: SafeTensors) -> NewClassifier? {
    let classes = configuration.classes
    // Takes no memory: weights are created on first use.
    let larger = configuration.with(classes: classes + 1).makeNetwork(random: RandomStream(seed: 0))
    var counts: Set<Int> = []
    var names: [String] = []
    var differs = false
    for (own, other) in zip(namedParameters, larger.namedParameters) where own.parameter.shape != other.parameter.shape
    {
      let shape = own.parameter.shape
      guard let found = file.entries[own.name]?.shape, found.rank == shape.rank else { return nil }
      for axis in 0..<shape.rank {
        if shape[axis] != other.parameter.shape[axis] {
          counts.insert(found[axis])
        } else if shape[axis] != found[axis] {
          return nil
        }
      }
      differs = differs || found != shape
      names.append(own.name)
    }
    guard counts.count == 1, let count = counts.first, differs else { return nil }
    return NewClassifier(classesInFile: count, parameters: names)
  }
}

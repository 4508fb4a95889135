import TesseraAutograd
import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

/// The memory that a training takes, known before its first step.
///
/// Two steps and a validation are carried out by the trainer itself, with its network, loss and optimizer, in a context
/// in which tensors take memory from a pool that has none and loops do not run: the same requests in the same order, in
/// a moment and in no space.
package struct TrainingRehearsal: Sendable {
  /// Bytes of tensors in use at the peak.
  package let peak: Int
  /// Bytes that the process takes for tensors: the peak, and gaps between buffers.
  package let used: Int
  /// What is there before the first step: weights, moments, averages and the batches that wait.
  package let standing: Int
  /// The layers in the order of the pass, by the property path of their module, with the bytes that are kept for the
  /// backward pass when they are done; what has no weights is with the layer before it.
  package let layers: [Layer]

  package struct Layer: Sendable, Equatable {
    package let name: String
    package let bytes: Int

    package init(name: String, bytes: Int) {
      self.name = name
      self.bytes = bytes
    }
  }

  /// Batches as a loader makes them.
  package struct Batches: Sendable {
    package var size: Int
    package var pictures: ImageSize
    package var channels: Int
    package var labelSpace: LabelSpace
    /// How many wait at most while one is used.
    package var ahead: Int

    package init(of size: Int, _ pictures: ImageSize, channels: Int = 3, labelSpace: LabelSpace, ahead: Int) {
      (self.size, self.pictures, self.channels) = (size, pictures, channels)
      (self.labelSpace, self.ahead) = (labelSpace, ahead)
    }

    /// Bytes of all that are there at a time, masks included.
    package var bytes: Int { (ahead + 1) * size * pictures.pixels * 4 * (channels + 1) }

    /// Pictures of nothing with all classes in equal parts, since losses may look at the classes that are there.
    fileprivate func make() -> Batch {
      let classes = labelSpace.outputs
      let count = size * pictures.pixels
      let masks = MaskBatch(
        indices: (0..<count).map { Int32(classes[$0 % classes.count]) }, count: size, height: pictures.height,
        width: pictures.width, labelSpace: labelSpace)
      return Batch(
        images: .zeros([size, pictures.height, pictures.width, channels]), masks: masks,
        names: (0..<size).map { "picture \($0)" })
    }

    /// An epoch of `count` batches, of which as many exist as a loader holds.
    fileprivate func source(_ count: Int) -> some BatchSource {
      let first = make()
      let others = (0..<min(ahead, count - 1)).map { _ in
        Batch(images: .zeros(first.images.shape), masks: first.masks, names: first.names)
      }
      let all = [first] + others
      return GeneratedBatches(perEpoch: count) { _ in (0..<count).lazy.map { all[$0 % all.count] } }
    }
  }

  /// - Parameters:
  ///   - training: the batches of a step.
  ///   - validation: the largest batch of a validation; `nil` if there is none.
  ///   - threads: of the training.
  ///   - isolation: where the trainer lives.
  ///   - make: returns a trainer like the one that will train, with a network of its own, made by the call; without
  ///     observers and other processes.
  /// - Throws: what the trainer throws.
  package init(
    of training: Batches, validatingOn validation: Batches?, threads: Int = ComputeContext.current.threads,
    isolation: isolated (any Actor)? = #isolation, _ make: () throws -> Trainer
  ) async throws {
    let pool = BufferPool(hollow: ())
    let context = ComputeContext(threads: threads, pool: pool)
    (standing, layers) = try await ComputeContext.$current.withValue(context) {
      let trainer = try make()
      trainer.model.makeParameters()
      let steps = training.source(2 * trainer.step.batches)
      let validating = validation.map { $0.source(1) }
      let standing = pool.statistics.live
      try await trainer.fit(steps, validatingOn: validating, epochs: 1, isolation: isolation)
      return (standing, try trainer.layers(seeing: training.make()))
    }
    (peak, used) = (pool.statistics.peak, pool.statistics.used)
  }
}

extension Trainer {
  /// What each layer keeps of a batch for the backward pass; in a rehearsal only.
  fileprivate func layers(seeing batch: Batch) throws -> [TrainingRehearsal.Layer] {
    var paths: [ObjectIdentifier: String] = [:]
    for (name, parameter) in model.namedParameters {
      paths[ObjectIdentifier(parameter)] = name.split(separator: ".").dropLast().joined(separator: ".")
    }
    let before = ComputeContext.current.pool.statistics.live
    let pass = TrainingPass(of: batch, 0, in: try TrainingRun(of: self, over: [batch], nil), with: nil)
    var layers: [TrainingRehearsal.Layer] = []
    var last = (name: "input", bytes: before)
    for (parameters, bytes) in pass.heldBytes {
      let name = parameters.lazy.compactMap { paths[ObjectIdentifier($0)] }.first ?? last.name
      if name == last.name, let layer = layers.popLast() {
        layers.append(.init(name: name, bytes: layer.bytes + bytes - last.bytes))
      } else {
        layers.append(.init(name: name, bytes: bytes - last.bytes))
      }
      last = (name, bytes)
    }
    return layers
  }
}

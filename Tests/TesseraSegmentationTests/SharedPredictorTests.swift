import Dispatch
import Synchronization
import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraOptimizers
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct SharedPredictorTests {
  private static let pictures = (0..<8).map { number in
    picture(23 + number, 17) { x, y in ((x * (number + 3) + y) % 256, (7 * y + x) % 256, (x * y) % 256) }
  }

  private func expectSerialMasks(_ predictor: Predictor, _ serial: [Mask]) async throws {
    let masks = try await withThrowingTaskGroup(of: (Int, Mask).self) { group in
      for (number, picture) in Self.pictures.enumerated() {
        group.addTask { (number, try await predictor.queuedMask(for: picture)) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect((0..<8).map { masks[$0] } == serial)
  }

  @Test(arguments: [Predictor.Scale.trained, .original(tile: 32, margin: 8)], [1, 3])
  func eightTasksGetTheMasksOfOne(scale: Predictor.Scale, sideBySide: Int) async throws {
    let model = UNet(.init(classes: 5, width: 4), random: RandomStream(seed: 3))
    func predictor(_ sideBySide: Int) -> Predictor {
      Predictor(model: model, labelSpace: space(5), imageSize: 16, scale: scale, sideBySide: sideBySide)
    }
    let alone = predictor(1)
    let serial = Self.pictures.map(alone.mask(for:))
    #expect(Set(serial.flatMap(\.indices)).count > 1)
    try await expectSerialMasks(predictor(sideBySide), serial)
  }

  @Test func threadsShareAPredictorToo() {
    let model = GuardedModel()
    let predictor = Predictor(model: model, labelSpace: space(8), imageSize: 16, scale: .original())
    let serial = Self.pictures.map(predictor.mask(for:))
    let masks = Mutex([Int: Mask]())
    DispatchQueue.concurrentPerform(iterations: 8) { number in
      let mask = predictor.mask(for: Self.pictures[number])
      masks.withLock { $0[number] = mask }
    }
    #expect(masks.withLock { masks in (0..<8).map { masks[$0] } } == serial)
    #expect(model.most == 1 && model.count == 16)
  }

  /// No pass ends before two have begun, so that with one place the test would not.
  @Test func asManyComputeSideBySideAsThePredictorSays() async throws {
    let (begun, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let model = GuardedModel {
      begun.signal()
      gate.wait()
    }
    let predictor = Predictor(
      model: model, labelSpace: space(8), imageSize: 16, scale: .original(), sideBySide: 2)
    #expect(predictor.sideBySide == 2)
    let tasks = Self.pictures.map { picture in Task { try await predictor.queuedMask(for: picture) } }
    await wait(for: begun)
    await wait(for: begun)
    for _ in tasks { gate.signal() }
    for (task, picture) in zip(tasks, Self.pictures) { #expect(try await task.value.width == picture.width) }
    #expect(model.most == 2 && model.count == 8)
  }

  @Test func aWaitingTaskIsCancelledAtOnceAndLosesNoPlace() async throws {
    let (begun, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let model = GuardedModel {
      begun.signal()
      gate.wait()
    }
    let predictor = Predictor(model: model, labelSpace: space(8), imageSize: 16, scale: .original())
    let first = Task { try await predictor.queuedMask(for: Self.pictures[0]) }
    await wait(for: begun)
    let cancelled = Task { try await predictor.queuedMask(for: Self.pictures[1]) }
    let last = Task { try await predictor.queuedMask(for: Self.pictures[2]) }
    cancelled.cancel()
    // The first still computes.
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    let early = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await predictor.queuedMask(for: Self.pictures[1])
    }
    await #expect(throws: CancellationError.self) { try await early.value }
    gate.signal()
    #expect(try await first.value.width == 23)
    gate.signal()
    #expect(try await last.value.width == 25)
    gate.signal()
    #expect(predictor.mask(for: Self.pictures[3]).width == 26)
    #expect(model.count == 3)
  }

  @Test func aPredictionEndsBeforeItsNextTileWhenItsTaskIsCancelled() async throws {
    let (begun, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let model = GuardedModel {
      begun.signal()
      gate.wait()
    }
    let predictor = Predictor(model: model, labelSpace: space(8), imageSize: 16, scale: .original(tile: 4))
    let task = Task { try await predictor.queuedMask(for: Self.pictures[0]) }
    await wait(for: begun)
    task.cancel()
    gate.signal()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(model.count == 1)
  }

  @Test func aNetworkMayBeTrainedWhileItPredicts() async throws {
    let model = UNet(.init(classes: 5, width: 2), random: RandomStream(seed: 3))
    let predictor = Predictor(model: model, labelSpace: space(5), imageSize: 16, sideBySide: 2)
    let images = Tensor(repeating: 100, shape: [1, 16, 16, 3])
    let masks = MaskBatch([Mask(width: 16, height: 16, indices: .init(repeating: 4, count: 256), labelSpace: space(5))])
    let training = Task {
      let optimizer = Adam(for: model)
      for _ in 0..<10 {
        let tape = Tape()
        let loss = crossEntropy(model.logits(of: images, on: tape), masks)
        optimizer.update(along: tape.gradients(of: loss.mean), rate: 0.01)
      }
    }
    for picture in Self.pictures { _ = try await predictor.queuedMask(for: picture) }
    await training.value
    // What was prepared for earlier weights is not used for later ones.
    let fresh = Predictor(model: model, labelSpace: space(5), imageSize: 16)
    for picture in Self.pictures.prefix(2) { #expect(predictor.mask(for: picture) == fresh.mask(for: picture)) }
  }

  @Test func atLeastOnePredictionComputesAtATime() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let space = LabelSpace(names: ["a"], void: nil)
      _ = Predictor(model: GuardedModel(), labelSpace: space, imageSize: 16, sideBySide: 0)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("Predictor: at least one prediction must compute at a time; got sideBySide: 0"), "\(text)")
  }

  private func wait(for semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        semaphore.wait()
        continuation.resume()
      }
    }
  }
}

import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct ValidationLogTests {
  private func batch(_ truth: [UInt16], _ space: LabelSpace) -> Batch {
    let mask = Mask(width: truth.count, height: 1, indices: truth, labelSpace: space)
    return Batch(images: .zeros([1, 1, truth.count, 3]), masks: MaskBatch([mask]), names: ["one"])
  }

  private func report(_ epoch: Int, _ space: LabelSpace, _ truth: [UInt16], _ predictions: [Int32]) -> EpochReport {
    var matrix = ConfusionMatrix(space)
    matrix.add(predicted: predictions, truth: truth.map { Int32($0) })
    return EpochReport(
      epoch: epoch, step: epoch, loss: 1, accuracy: 1,
      validation: ValidationReport(loss: 1, metrics: matrix.metrics, accuracy: 1), seconds: 1)
  }

  @Test func aLineHasTheClassesPixelsAndConfusions() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/validation.jsonl"
      let space = LabelSpace(names: ["other", "a", "b"], void: 0)
      let log = try ValidationLog(path: path, labelSpace: space)
      let (truth, predictions): ([UInt16], [Int32]) = ([0, 1, 1, 1, 2, 2], [1, 1, 2, 2, 0, 2])
      log.validated(batch(truth, space), predictions: predictions, index: 0, epoch: 1)
      try log.epochEnded(report(1, space, truth, predictions), model: tinyNetwork())
      // An epoch without a validation has no line.
      try log.epochEnded(epochReport(2), model: tinyNetwork())
      #expect(
        try String(contentsOfFile: path, encoding: .utf8)
          == #"{"classes":[{"index":1,"name":"a","pixels":3,"predicted":1,"right":1},"#
          + #"{"index":2,"name":"b","pixels":2,"predicted":3,"right":1}],"confusions":[[1,2,2],[2,0,1]],"#
          + #""epoch":1,"event":"validation","otherConfusions":0}"# + "\n")
    }
  }

  @Test func aLineStaysShortWithManyClasses() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/validation.jsonl"
      let space = LabelSpace(names: (0..<40).map { "\($0)" }, void: nil)
      let log = try ValidationLog(path: path, labelSpace: space)
      // Every class is taken for every other, class 0 most often.
      let pairs = (0..<40).flatMap { truth in (0..<40).map { (UInt16(truth), Int32($0)) } }
      let all = pairs + pairs.filter { $0.0 == 0 }
      log.validated(batch(all.map(\.0), space), predictions: all.map(\.1), index: 0, epoch: 1)
      try log.epochEnded(report(1, space, all.map(\.0), all.map(\.1)), model: tinyNetwork())
      let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
      let line = try #require(object as? [String: Any])
      let confusions = try #require(line["confusions"] as? [[Int]])
      #expect(confusions.count == 1000 && confusions[0] == [0, 1, 2] && confusions[39] == [1, 0, 1])
      #expect(line["otherConfusions"] as? Int == 40 * 39 - 1000)
    }
  }

  @Test func aResumedRunGoesBackToItsLines() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/validation.jsonl"
      let space = LabelSpace(names: ["a", "b"], void: nil)
      func add(_ epoch: Int, to log: ValidationLog) throws {
        log.validated(batch([0, 1], space), predictions: [0, Int32(epoch % 2)], index: 0, epoch: epoch)
        try log.epochEnded(report(epoch, space, [0, 1], [0, Int32(epoch % 2)]), model: tinyNetwork())
      }
      let plan = TrainingPlan(epochs: 3, stepsPerEpoch: 1)
      let first = try ValidationLog(path: path, labelSpace: space)
      try first.trainingStarts(plan)
      try add(1, to: first)
      let memory = try #require(first.memory)
      #expect(memory.name == "validation")
      let saved = try memory.bytes()
      try add(2, to: first)
      let both = try Data(contentsOf: URL(fileURLWithPath: path))
      let second = try ValidationLog(path: path, labelSpace: space)
      try second.resume(from: saved)
      try second.trainingStarts(plan)
      try add(2, to: second)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == both)
      // Begun anew it has none of them.
      try ValidationLog(path: path, labelSpace: space).trainingStarts(plan)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty)
    }
  }

  @Test func aPathThatCannotBeWrittenIsAnErrorWithItsName() async throws {
    try await withTemporaryFolder { folder in
      try Data().write(to: URL(filePath: folder + "/file"))
      let error = #expect(throws: TrainingError.self) {
        _ = try ValidationLog(path: folder + "/file/log.jsonl", labelSpace: LabelSpace(names: ["a"], void: nil))
      }
      let told = error?.description ?? ""
      #expect(told.hasPrefix("\(folder)/file: cannot be written: "), "\(told)")
    }
  }
}

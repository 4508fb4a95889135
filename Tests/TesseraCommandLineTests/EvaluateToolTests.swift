import Foundation
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import Testing

/// `tessera evaluate`: rules about absent classes, Keras' accuracy, the confusion matrix's picture, averaged views.
@Suite struct EvaluateToolTests {
  /// A data set in ADE20K's layout of one picture of 40 x 30 pixels, void and three of five classes, and a prediction.
  private func write(to folder: String) throws -> (truth: Mask, prediction: Mask) {
    let labels = LabelSpace(names: ["other", "sky", "road", "tree", "car", "boat"], void: 0)
    func mask(_ index: (Int, Int) -> Int) -> Mask {
      Mask(
        width: 40, height: 30, indices: (0..<1200).map { UInt16(index($0 % 40, $0 / 40)) }, labelSpace: labels)
    }
    let truth = mask { x, y in y < 5 ? 0 : y < 15 ? 1 : x < 20 ? 2 : 3 }
    let prediction = mask { x, y in y < 3 ? 0 : y < 14 ? 1 : x < 25 ? 2 : x < 38 ? 3 : 4 }
    for part in ["images", "annotations"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/data/\(part)/validation", withIntermediateDirectories: true)
    }
    try FileManager.default.createDirectory(atPath: "\(folder)/masks", withIntermediateDirectories: true)
    try TesseraCommandLineTests.write(
      labels.classes.map(\.name).joined(separator: "\n") + "\n", to: folder + "/data/classes.txt")
    try truth.colored.write(to: folder + "/data/images/validation/a.png")
    try truth.write(to: folder + "/data/annotations/validation/a.png")
    try prediction.write(to: folder + "/masks/a.png")
    return (truth, prediction)
  }

  private func evaluate(_ arguments: String, in folder: String) throws -> Program.Outcome {
    try Program.tessera.run(
      ["evaluate", "--data", "data"] + arguments.split(separator: " ").map(String.init), in: folder)
  }

  @Test(arguments: AbsentClasses.allCases) func rulesAreChosenAndNamed(rule: AbsentClasses) throws {
    try withTemporaryFolder { folder in
      let (truth, prediction) = try write(to: folder)
      var matrix = ConfusionMatrix(truth.labelSpace)
      matrix.add(predicted: prediction, truth: truth)
      let metrics = matrix.metrics(absentClasses: rule)
      let json = try evaluate("--predictions masks --absent-classes \(rule.rawValue) --json", in: folder)
      try #require(json.status == 0, "\(json.errors)")
      let report = try #require(try objects(json.output).first)
      #expect(report["absentClasses"] as? String == rule.rawValue)
      #expect(abs((report["meanIoU"] as? Double ?? 0) - metrics.meanIoU) < 1e-12)
      #expect(abs((report["meanAccuracy"] as? Double ?? 0) - metrics.meanAccuracy) < 1e-12)
      #expect(abs((report["meanDice"] as? Double ?? 0) - metrics.meanDice) < 1e-12)
      var boundaries = BoundaryIoU(truth.labelSpace)
      boundaries.add(predicted: prediction, truth: truth)
      let near = boundaries.metrics(absentClasses: rule)
      #expect(near.meanIoU > 0 && near.meanIoU < metrics.meanIoU)
      #expect(abs((report["meanBoundaryIoU"] as? Double ?? 0) - near.meanIoU) < 1e-12)
      #expect(abs((report["officialScore"] as? Double ?? 0) - matrix.metrics.officialScore) < 1e-12)
      let text = try evaluate("--predictions masks --absent-classes \(rule.rawValue)", in: folder).output
      #expect(text.contains("absent classes          \(rule.rawValue): \(rule.summary); 1 of 5 are absent\n"))
      // A class that is predicted and never true has no accuracy.
      #expect(text.contains(/4  car +0\.00 +- +0\.00 +0\.00 +0\.00 +0\n/))
      #expect(!text.contains("boat"))
    }
  }

  @Test func kerasAccuracyCountsVoidToo() throws {
    try withTemporaryFolder { folder in
      let (truth, prediction) = try write(to: folder)
      let right = zip(truth.indices, prediction.indices).count { $0 == $1 }
      let report = try #require(try objects(evaluate("--predictions masks --json", in: folder).output).first)
      #expect(report["kerasAccuracy"] as? Double == Double(right) / 1200)
      #expect(report["kerasAccuracy"] as? Double != report["pixelAccuracy"] as? Double)
      let text = try evaluate("--predictions masks", in: folder).output
      #expect(
        text.contains(
          String(format: "Keras' accuracy         %.2f %%, over all pixels, void ones too", Double(right) / 12)))
    }
  }

  /// A checkpoint's void output takes part in Keras' accuracy and in nothing else.
  @Test(arguments: ["", "--scale original --flip"]) func aCheckpointIsMeasuredAsItsPredictor(options: String) throws {
    try withTemporaryFolder { folder in
      let (truth, _) = try write(to: folder)
      let checkpoint = try writeCheckpoint(to: folder + "/net.safetensors", classes: 6, void: 0)
      let predictor = Predictor(
        model: checkpoint.model, labelSpace: checkpoint.labelSpace, imageSize: 16,
        scale: options.isEmpty ? .trained : .original(), averaging: Averaging(flip: !options.isEmpty))
      let prediction = predictor.prediction(for: try Image(contentsOf: folder + "/data/images/validation/a.png"))
      var matrix = ConfusionMatrix(truth.labelSpace)
      matrix.add(predicted: prediction.mask, truth: truth)
      var keras = KerasAccuracy()
      keras.add(largestOutputs: prediction.largestOutputs, truth: truth)
      let outcome = try evaluate("--checkpoint net.safetensors --json \(options)", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let report = try #require(try objects(outcome.output).first)
      #expect(abs((report["meanIoU"] as? Double ?? 0) - matrix.metrics.meanIoU) < 1e-12)
      #expect(abs((report["kerasAccuracy"] as? Double ?? 0) - keras.value) < 1e-12)
    }
  }

  @Test func theConfusionMatrixIsDrawn() throws {
    try withTemporaryFolder { folder in
      let (truth, prediction) = try write(to: folder)
      var matrix = ConfusionMatrix(truth.labelSpace)
      matrix.add(predicted: prediction, truth: truth)
      let outcome = try evaluate("--predictions masks --confusion matrix.png --json", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(try objects(outcome.output).count == 1)
      #expect(try Image(contentsOf: folder + "/matrix.png") == matrix.picture)
      let unwritable = try evaluate("--predictions masks --confusion none/matrix.png", in: folder)
      #expect(unwritable.status == 1 && unwritable.errorLines.count == 1)
      #expect(unwritable.output.contains("mean IoU"), "what was measured is not lost")
    }
  }

  @Test func aTableHasALineForEachPicture() throws {
    try withTemporaryFolder { folder in
      let (truth, prediction) = try write(to: folder)
      // A name that must be in quotes, and a mask without a counted pixel.
      for part in ["images", "annotations"] {
        let place = "\(folder)/data/\(part)/validation"
        try FileManager.default.copyItem(atPath: place + "/a.png", toPath: place + "/b, c.png")
      }
      let nothing = Mask(
        width: 40, height: 30, indices: [UInt16](repeating: 0, count: 1200), labelSpace: truth.labelSpace)
      try nothing.write(to: folder + "/data/annotations/validation/b, c.png")
      try prediction.write(to: folder + "/masks/b, c.png")
      let outcome = try evaluate("--predictions masks --per-picture tables/scores.csv", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let lines = String(decoding: try contents(folder + "/tables/scores.csv"), as: UTF8.self).split(separator: "\n")
      #expect(
        lines[0] == "picture,width,height,pixels,pixelAccuracy,meanAccuracy,meanIoU,meanDice,meanBoundaryIoU,"
          + "IoU sky,IoU road,IoU tree,IoU car,IoU boat")
      var matrix = ConfusionMatrix(truth.labelSpace)
      matrix.add(predicted: prediction, truth: truth)
      let metrics = matrix.metrics(absentClasses: .ignored)
      let fields = lines[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      #expect(fields.prefix(4) == ["a", "40", "30", "1000"] && fields.count == 14)
      func isClose(_ field: Int, _ value: Double) -> Bool { abs((Double(fields[field]) ?? -1) - value) < 6e-5 }
      #expect(isClose(4, metrics.pixelAccuracy) && isClose(5, metrics.meanAccuracy) && isClose(6, metrics.meanIoU))
      #expect(isClose(7, metrics.meanDice) && isClose(9, metrics.classes[0].iou) && fields[13] == "")
      #expect(lines[2] == "\"b, c\",40,30,0" + String(repeating: ",", count: 10) && lines.count == 3)
      #expect(outcome.output.contains(", within 0.02 of the diagonal of contours\n"))
      let near = try evaluate("--predictions masks --boundary-share 0.2 --json", in: folder)
      let report = try #require(try objects(near.output).first)
      #expect(report["boundaryShare"] as? Double == 0.2)
    }
  }

  @Test(arguments: [
    "--absent-classes never", "--confusion matrix.jpg", "--confusion matrix", "--per-picture scores.txt",
    "--boundary-share 0", "--boundary-share 2",
  ])
  func wrongUsageReturns64(options: String) throws {
    try withTemporaryFolder { folder in
      _ = try write(to: folder)
      let outcome = try evaluate("--predictions masks \(options)", in: folder)
      #expect(outcome.status == 64 && outcome.output.isEmpty)
    }
  }
}

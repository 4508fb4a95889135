import Foundation
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct ToolTests {
  @Test func summaryOfUNetCountsItsParameters() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(arguments("summary unet --image-size 32"), in: folder)
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      #expect(outcome.output.contains(": 34,523,095 parameters (138 MB)"))
      // 3 x 3 x 3 x 64 products a pixel, and a row for each of 23 convolutions and transposed ones.
      let first = try #require(outcome.output.split(separator: "\n").first { $0.hasPrefix("encoder.0.first ") })
      #expect(first.split(whereSeparator: \.isWhitespace).suffix(2) == ["1,792", "1,769,472"])
      #expect(outcome.output.matches(of: #/(?m) (?:conv2D|transposedConv2D) /#).count == 23)
    }
  }

  @Test func summaryOfFCNNCountsItsParameters() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(arguments("summary fcnn --image-size 32"), in: folder)
      #expect(outcome.output.contains("fcnn, 1 x 32 x 32 x 3 -> 151 classes: 22,269,973 parameters"))
    }
  }

  /// The FCNN's largest filter alone would take 4 TB.
  @Test(arguments: [("unet", "38,773,120"), ("fcnn", "1,168,833,218,368")]) func summaryOfManyClassesComputesNothing(
    network: String, parameters: String
  ) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(arguments("summary \(network) --classes 65536"), in: folder)
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      #expect(
        outcome.output.contains("1 x 128 x 128 x 3 -> 65536 classes: \(parameters) parameters"), "\(outcome.output)")
    }
  }

  @Test func summaryDrawsTheNetworkOfACheckpoint() throws {
    try withTemporaryFolder { folder in
      _ = try writeCheckpoint(to: folder + "/small.safetensors", classes: 3)
      let outcome = try Program.tessera.run(
        arguments("summary --checkpoint small.safetensors --image-size 32 --graph drawn/small.svg"), in: folder)
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      #expect(outcome.output.contains("33,973 parameters (0.1 MB), 0.84 MMAC"))
      #expect(outcome.output.hasSuffix("wrote drawn/small.svg\n"))
      let svg = try String(contentsOfFile: folder + "/drawn/small.svg", encoding: .utf8)
      #expect(svg.contains(">U-Net, 3 classes</text>") && svg.contains("<title>encoder.0.first: "))
      let both = try Program.tessera.run(arguments("summary unet --checkpoint small.safetensors"), in: folder)
      #expect(
        both.status == 64
          && both.errors.contains(
            "name either a network (unet, fcnn or another that 'networks' lists) or --checkpoint FILE")
      )
    }
  }

  @Test func multiplyAddsGrowWithThePicture() throws {
    try withTemporaryFolder { folder in
      func multiplyAdds(_ size: Int) throws -> Int {
        let output = try Program.tessera.run(arguments("summary unet --classes 2 --image-size \(size)"), in: folder)
          .output
        let total = try #require(output.split(separator: "\n").first { $0.hasPrefix("total ") })
        let last = try #require(total.split(separator: " ").last)
        return try #require(Int(last.filter { $0 != "," }))
      }
      let (small, large) = (try multiplyAdds(16), try multiplyAdds(32))
      #expect(large == 4 * small)
    }
  }

  @Test(arguments: [
    "summary unet --image-size 17", "summary vgg", "summary fcnn --classes 0",
    "bench --model fcnn --mode train --size 31",
    "bench --model unet --mode train --runs 0", "evaluate --data data", "predict --checkpoint net", "frobnicate",
    "evaluate --data data --checkpoint net --predictions masks",
  ])
  func wrongUsageReturns64(line: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(arguments(line), in: folder)
      #expect(outcome.status == 64)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errorLines.first?.hasPrefix("Error: ") == true)
    }
  }

  @Test(arguments: [("unet", "inference", 1), ("fcnn", "train", 5)])
  func benchPrintsOneLineWithTheKeysOfTheOtherSystems(model: String, mode: String, batch: Int) throws {
    try withTemporaryFolder { folder in
      let line = "bench --model \(model) --mode \(mode) --size 32 --threads 2 --runs 2 --json"
      let outcome = try Program.tessera.run(arguments(line), in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let found = try objects(outcome.output)
      let object = try #require(found.first)
      #expect(found.count == 1 && outcome.output.hasSuffix("}\n"))
      #expect(
        Set(object.keys) == [
          "peer", "network", "mode", "batch", "size", "classes", "threads", "instructionSet", "matrixKernels",
          "medianSeconds", "minSeconds", "peakMegabytes", "pageFaultsPerRun", "poolMissesPerRun",
        ])
      #expect(object["peer"] as? String == "tessera")
      #expect(object["network"] as? String == model && object["mode"] as? String == mode)
      #expect(object["batch"] as? Int == batch && object["size"] as? Int == 32 && object["threads"] as? Int == 2)
      let (median, least) = (object["medianSeconds"] as? Double ?? 0, object["minSeconds"] as? Double ?? 0)
      #expect(least > 0 && median >= least)
      #expect(object["peakMegabytes"] as? Double ?? 0 > 80)
      let (faults, misses) = (object["pageFaultsPerRun"] as? Double, object["poolMissesPerRun"] as? Double)
      #expect(faults ?? -1 >= 0 && misses ?? -1 >= 0)
    }
  }

  @Test func predictWritesThreeFilesOfThePicturesOwnSize() throws {
    try withTemporaryFolder { folder in
      let checkpoint = try writeCheckpoint(to: folder + "/net.safetensors")
      let picture = Image(
        width: 37, height: 23, channels: 3, pixels: (0..<37 * 23 * 3).map { UInt8(($0 * 31) % 256) })
      try picture.write(to: folder + "/a b.png")
      try picture.write(to: folder + "/street.jpg")
      let outcome = try Program.tessera.run(
        ["predict", "--checkpoint", "net.safetensors", "a b.png", "street.jpg", "--output", "new/masks"], in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output == "new/masks/a b.mask.png\nnew/masks/street.mask.png\n")
      #expect(outcome.errors.isEmpty)
      #expect(
        try files(in: folder + "/new/masks")
          == Set(["a b", "street"].flatMap { ["\($0).mask.png", "\($0).color.png", "\($0).overlay.png"] }))
      let predictor = Predictor(
        model: checkpoint.model, labelSpace: checkpoint.labelSpace, imageSize: checkpoint.imageSize)
      for (name, file) in [("a b", "a b.png"), ("street", "street.jpg")] {
        let image = try Image(contentsOf: "\(folder)/\(file)")
        let expected = predictor.mask(for: image)
        let base = "\(folder)/new/masks/\(name)"
        let mask = try Mask(contentsOf: base + ".mask.png", labelSpace: checkpoint.labelSpace)
        #expect(mask == expected && mask.width == 37 && mask.height == 23)
        #expect(try Image(contentsOf: base + ".color.png") == expected.colored)
        #expect(try Image(contentsOf: base + ".overlay.png") == expected.overlaid(on: image))
      }
    }
  }

  @Test func predictRefusesWhatItCannotRead() throws {
    try withTemporaryFolder { folder in
      _ = try writeCheckpoint(to: folder + "/net.safetensors")
      try Image(width: 4, height: 4, color: .black).write(to: folder + "/a.png")
      try write("no picture", to: folder + "/note.png")
      try contents(folder + "/net.safetensors").dropLast(9).write(to: URL(filePath: folder + "/cut.safetensors"))
      func expectError(_ line: String, _ start: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let outcome = try Program.tessera.run(["predict"] + arguments(line), in: folder)
        #expect(outcome.status == 1, sourceLocation: sourceLocation)
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.errors.hasPrefix("Error: " + start), "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
      }
      try expectError(
        "--checkpoint net.safetensors x.png y.png --output out", "there is no file x.png, y.png; check the path")
      try expectError(
        "--checkpoint net.safetensors note.png --output out", "note.png: is not a \(FileFormat.names) picture but")
      try FileManager.default.createDirectory(atPath: folder + "/latin", withIntermediateDirectories: true)
      let name = Array("\(folder)/latin/caf".utf8) + [0xE9] + Array(".png".utf8) + [0]
      close(name.withUnsafeBytes { open($0.bindMemory(to: CChar.self).baseAddress!, O_CREAT | O_WRONLY, 0o600) })
      try expectError(
        "--checkpoint net.safetensors latin --output out",
        "the folder latin holds a name that is not UTF-8, such as caf\\xE9.png; rename the files")
      try expectError("--checkpoint cut.safetensors a.png --output out", "cut.safetensors: ")
      try expectError("--checkpoint note.png a.png --output out", "note.png: not a ")
      try expectError("--checkpoint none a.png --output out", "none: cannot be read: there is no such file")
      try expectError("--checkpoint net.safetensors a.png --output note.png", "note.png is a file, not a folder")
    }
  }

  @Test func evaluateMeasuresACheckpoint() throws {
    try withTemporaryFolder { folder in
      let checkpoint = try writeCheckpoint(to: folder + "/net.safetensors")
      try writeDataset(at: folder + "/data", count: 10)
      // Flat: one of ten pictures is held out.
      let outcome = try Program.tessera.run(
        arguments("evaluate --checkpoint net.safetensors --data data --split training --json"), in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let report = try #require(try objects(outcome.output).first)
      #expect(
        Set(report.keys) == [
          "pixelAccuracy", "meanAccuracy", "meanIoU", "frequencyWeightedIoU", "officialScore", "absentClasses",
          "classes", "kerasAccuracy", "meanDice", "meanBoundaryIoU", "boundaryShare",
        ])
      let classes = try #require(report["classes"] as? [[String: Any]])
      #expect(classes.compactMap { $0["name"] as? String } == ["left", "right"])
      #expect(
        classes.allSatisfy {
          Set($0.keys) == ["name", "iou", "accuracy", "precision", "dice", "boundaryIoU", "pixels"]
        })
      #expect(classes.compactMap { $0["pixels"] as? Int } == [9 * 110, 9 * 110])
      let picture = try Image(contentsOf: folder + "/data/images/0.png")
      let truth = try Mask(contentsOf: folder + "/data/masks/0.png", labelSpace: checkpoint.labelSpace)
      var matrix = ConfusionMatrix(checkpoint.labelSpace)
      matrix.add(
        predicted: Predictor(model: checkpoint.model, labelSpace: checkpoint.labelSpace, imageSize: 16)
          .mask(for: picture), truth: truth)
      // All pictures are alike.
      let metrics = matrix.metrics
      let expected = [
        "pixelAccuracy": metrics.pixelAccuracy, "meanAccuracy": metrics.meanAccuracy, "meanIoU": metrics.meanIoU,
        "frequencyWeightedIoU": metrics.frequencyWeightedIoU, "officialScore": metrics.officialScore,
      ]
      for (key, value) in expected {
        let found = try #require(report[key] as? Double, "\(key)")
        #expect(abs(found - value) < 1e-12, "\(key)")
      }
    }
  }

  @Test func evaluateMeasuresMasksAndPrintsATable() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 2)
      for part in ["images", "masks"] {
        for split in ["training", "validation"] {
          try FileManager.default.createDirectory(
            atPath: "\(folder)/split/\(part)/\(split)", withIntermediateDirectories: true)
          try FileManager.default.copyItem(
            atPath: "\(folder)/data/\(part)/0.png", toPath: "\(folder)/split/\(part)/\(split)/0.png")
        }
      }
      try write("left\nright\n", to: folder + "/split/classes.txt")
      let masks = "--predictions split/masks/validation"
      let perfect = try Program.tessera.run(arguments("evaluate --data split \(masks)"), in: folder)
      try #require(perfect.status == 0, "\(perfect.errors)")
      #expect(perfect.output.contains("0  left   100.00      100.00       100.00  100.00          100.00     110\n"))
      #expect(
        perfect.output.contains(
          "absent classes          zero: counted as 0 (ADE20K's official rule); 0 of 2 are absent\n"))

      // The names that `predict` gives are taken too.
      try FileManager.default.createDirectory(atPath: folder + "/named", withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: folder + "/split/masks/validation/0.png", toPath: folder + "/named/0.mask.png")
      let named = try Program.tessera.run(arguments("evaluate --data split --predictions named"), in: folder)
      #expect(named.output == perfect.output)

      // A prediction of void everywhere is wrong everywhere, and no crash.
      let labels = LabelSpace(names: ["left", "right"], void: 255)
      try FileManager.default.createDirectory(atPath: folder + "/void", withIntermediateDirectories: true)
      try Mask(width: 20, height: 12, indices: .init(repeating: 255, count: 240), labelSpace: labels)
        .write(to: folder + "/void/0.png")
      let void = try Program.tessera.run(arguments("evaluate --data split --predictions void --json"), in: folder)
      #expect(try objects(void.output).first?["pixelAccuracy"] as? Double == 0)
    }
  }

  @Test func evaluateRefusesWhatDoesNotBelongTogether() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 20)
      _ = try writeCheckpoint(to: folder + "/three.safetensors", classes: 3)
      try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: true)
      func message(_ line: String) throws -> String {
        let outcome = try Program.tessera.run(["evaluate", "--data", "data"] + arguments(line), in: folder)
        #expect(outcome.status == 1 && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome.errors)")
        return outcome.errors
      }
      #expect(
        try message("--checkpoint three.safetensors")
          == "Error: three.safetensors was trained with 3 classes, but the data set has 2; "
          + "use the data it was trained for\n"
      )
      #expect(
        try message("--predictions none") == "Error: there is no folder none; name the one with the predictions\n")
      let missing = try message("--predictions empty")
      #expect(
        missing.hasPrefix("Error: empty lacks 2 predictions: ")
          && missing.hasSuffix("; name them like the annotations\n")
      )
      let name = try #require(missing.firstMatch(of: /(\d+\.png)/)?.1)
      for (held, text) in [
        (
          Image(width: 3, height: 2, channels: 1, pixels: [0, 1, 0, 1, 0, 1]),
          " is 3 x 2, but its annotation is 20 x 12"
        ),
        (Image(width: 20, height: 12, channels: 1, pixels: .init(repeating: 9, count: 240)), "mask values 9 (240 px)"),
        (
          Image(width: 20, height: 12, color: Color(9, 0, 0)),
          "holds colors; a mask must be a \(FileFormat.maskNames) of class numbers"
        ),
      ] {
        for number in 0..<20 { try held.write(to: "\(folder)/empty/\(number).png") }
        #expect(try message("--predictions empty").contains(text))
        #expect(try message("--predictions empty").contains("empty/\(name)"))
      }
    }
  }
}

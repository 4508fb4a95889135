import Foundation
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// `tessera predict`: folders, bad files among good ones, and the options of a prediction.
@Suite struct PredictToolTests {
  private let picture = Image(
    width: 61, height: 43, channels: 3,
    pixels: (0..<7869).map { (index: Int) in UInt8((index * 31 + index / 97) % 256) })

  private func predict(_ arguments: String, in folder: String) throws -> Program.Outcome {
    try Program.tessera.run(
      ["predict", "--checkpoint", "net.safetensors"] + arguments.split(separator: " ").map(String.init), in: folder)
  }

  @Test func aFolderStandsForItsPicturesInOrder() throws {
    try withTemporaryFolder { folder in
      _ = try writeCheckpoint(to: folder + "/net.safetensors")
      try FileManager.default.createDirectory(atPath: folder + "/in/deeper", withIntermediateDirectories: true)
      for name in ["b.png", "a.JPG", "c.jpeg", "deeper/d.png", ".hidden.png"] {
        try picture.write(to: "\(folder)/in/\(name)")
      }
      try write("text", to: folder + "/in/notes.txt")
      try picture.write(to: folder + "/z.png")
      let outcome = try predict("in/ z.png --output out", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.isEmpty, "no progress where there is no terminal")
      #expect(outcome.output == ["a", "b", "c", "z"].map { "out/\($0).mask.png\n" }.joined())
      #expect(try files(in: folder + "/out").count == 12)
      // What it wrote is no picture for it.
      let again = try predict("in --output in", in: folder)
      let repeated = try predict("in --output in", in: folder)
      #expect(again.status == 0 && again.output == ["a", "b", "c"].map { "in/\($0).mask.png\n" }.joined())
      #expect(repeated.output == again.output)
    }
  }

  @Test func tilesOfANetworkThatSeesTheWholePictureNeedAMargin() throws {
    try withTemporaryFolder { folder in
      let labels = LabelSpace(names: ["a", "b"], void: nil)
      let model = EncoderDecoder<PSPNetDecoder, ResNet18>(.init(classes: 2), random: RandomStream(seed: 1))
      try SegmentationCheckpoint(model: model, labelSpace: labels, imageSize: 32).save(to: folder + "/net.safetensors")
      try picture.write(to: folder + "/a.png")
      let outcome = try predict("a.png --output out --scale original --tile 32", in: folder)
      #expect(outcome.status == 64)
      #expect(
        outcome.errors.hasPrefix(
          "Error: --tile needs --margin for pspnet-resnet18, which looks at the whole picture; with a margin, such as "
            + "--margin 64, masks may show seams\n"), "\(outcome.errors)")
      #expect(try predict("a.png --output out --scale original --tile 32 --margin 8", in: folder).status == 0)
      let small = try predict("a.png --output out --scale original", in: folder)
      #expect(small.status == 0 && small.errors.isEmpty)
      // A large picture is said to be seen at once, the first of them.
      for name in ["b", "c"] {
        try Image(width: 1024, height: 257, color: .black).write(to: "\(folder)/\(name).png")
      }
      let large = try predict("a.png b.png c.png --output out --scale original", in: folder)
      #expect(large.status == 0)
      #expect(
        large.errors
          == "note: pspnet-resnet18 looks at the whole picture: 1024 x 257 pixels are seen at once, in memory that grows "
          + "with them; --margin 64 or so cuts tiles instead, whose seams may show\n")
      #expect(try predict("b.png --output out --scale original --margin 8", in: folder).errors.isEmpty)
    }
  }

  @Test func aNameThatIsTooLongForItsMaskStopsNoOther() throws {
    try withTemporaryFolder { folder in
      let labels = LabelSpace(names: ["a", "b"], void: nil)
      let model = UNet(.init(classes: 2, width: 2), random: RandomStream(seed: 1))
      try SegmentationCheckpoint(model: model, labelSpace: labels, imageSize: 32).save(to: folder + "/net.safetensors")
      let (long, fitting) = (String(repeating: "x", count: 244), String(repeating: "y", count: 243))
      for name in [long, fitting] { try picture.write(to: "\(folder)/\(name).png") }
      let outcome = try predict("\(long).png \(fitting).png --output out", in: folder)
      #expect(outcome.status == 1)
      #expect(
        outcome.errors
          == "Error: \(long).png: the name is too long for files that are called after it; rename it to at most 243 bytes "
          + "before its extension\n")
      #expect(try files(in: folder + "/out").count == 3)
    }
  }

  @Test func tilesAreCounted() {
    let labels = LabelSpace(names: ["a", "b"], void: nil)
    let model = UNet(.init(classes: 2, width: 2), random: RandomStream(seed: 1))
    let image = Image(width: 100, height: 70, color: .black)
    func counts(_ scale: Predictor.Scale) -> [[Int]] {
      var found: [[Int]] = []
      let predictor = Predictor(model: model, labelSpace: labels, imageSize: 16, scale: scale)
      let prediction = predictor.prediction(for: image) { found.append([$0, $1]) }
      #expect(prediction == predictor.prediction(for: image))
      return found
    }
    let tiles = counts(.original(tile: 64, margin: 8))
    #expect(tiles.count > 2 && tiles == (0..<tiles.count).map { [$0, tiles.count] })
    #expect(counts(.trained) == [[0, 1]])
  }

  @Test func aMissingPictureIsReportedAndTheOthersArePredicted() throws {
    try withTemporaryFolder { folder in
      _ = try writeCheckpoint(to: folder + "/net.safetensors")
      try picture.write(to: folder + "/a.png")
      let outcome = try predict("x.png a.png y --output out", in: folder)
      #expect(outcome.status == 1 && outcome.output == "out/a.mask.png\n")
      #expect(outcome.errors == "Error: there is no file x.png, y; check the path\n")
      #expect(try files(in: folder + "/out").count == 3)
    }
  }

  @Test func aBadFileIsReportedAndTheOthersArePredicted() throws {
    try withTemporaryFolder { folder in
      _ = try writeCheckpoint(to: folder + "/net.safetensors")
      try FileManager.default.createDirectory(atPath: folder + "/in", withIntermediateDirectories: true)
      for name in ["1", "3", "5"] { try picture.write(to: "\(folder)/in/\(name).png") }
      try write("no picture", to: folder + "/in/2.png")
      try contents(folder + "/in/1.png").prefix(200).write(to: URL(filePath: folder + "/in/4.png"))
      let outcome = try predict("in --output out", in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.output == "out/1.mask.png\nout/3.mask.png\nout/5.mask.png\n")
      #expect(outcome.errorLines.count == 2)
      #expect(outcome.errorLines[0].hasPrefix("Error: in/2.png: is not a \(FileFormat.names) picture but"))
      #expect(outcome.errorLines[1].hasPrefix("Error: in/4.png: "))
      #expect(try files(in: folder + "/out").count == 9)
    }
  }

  @Test func foldersWithNothingToPredictAndNamesThatRepeatAreRefused() throws {
    try withTemporaryFolder { folder in
      _ = try writeCheckpoint(to: folder + "/net.safetensors")
      for name in ["empty", "in"] {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      }
      try picture.write(to: folder + "/in/a.png")
      try picture.write(to: folder + "/a.jpg")
      let empty = try predict("empty --output out", in: folder)
      #expect(empty.status == 1 && empty.errors == "Error: the folder empty holds no \(FileFormat.names) pictures\n")
      let repeated = try predict("in a.jpg --output out", in: folder)
      #expect(repeated.status == 64)
      #expect(repeated.errorLines.first?.contains("several pictures are called a and would overwrite") == true)
      #expect(!FileManager.default.fileExists(atPath: folder + "/out"))
    }
  }

  static let variants: [(options: String, scale: Predictor.Scale, averaging: Averaging)] = [
    ("--scale original", .original(), .none),
    ("--scale original --tile 48 --margin 8", .original(tile: 48, margin: 8), .none),
    ("--scales 0.5,1,2", .trained, Averaging(scales: [0.5, 1, 2])),
    (
      "--scale original --scales 0.75,1.25 --flip --margin 0 --tile 64", .original(tile: 64, margin: 0),
      Averaging(scales: [0.75, 1.25], flip: true)
    ),
  ]

  @Test(arguments: variants.indices) func optionsReachThePredictor(variant: Int) throws {
    let (options, scale, averaging) = Self.variants[variant]
    try withTemporaryFolder { folder in
      let checkpoint = try writeCheckpoint(to: folder + "/net.safetensors", classes: 6)
      try picture.write(to: folder + "/a.png")
      let outcome = try predict("a.png --output out \(options)", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      func mask(_ scale: Predictor.Scale, _ averaging: Averaging) -> Mask {
        Predictor(
          model: checkpoint.model, labelSpace: checkpoint.labelSpace, imageSize: 16, scale: scale, averaging: averaging
        ).mask(for: picture)
      }
      let written = try Mask(contentsOf: folder + "/out/a.mask.png", labelSpace: checkpoint.labelSpace)
      #expect(written == mask(scale, averaging))
      #expect(written != mask(.trained, .none), "the options change something")
    }
  }

  @Test(arguments: [
    "--tile 64", "--margin 8", "--scale original --tile 0", "--scale original --margin -1", "--scales 0",
    "--scales 1,,2",
    "--scales 1,x", "--scales 17", "--scale middle",
    "--scale original --tile 9223372036854775807", "--scale original --margin 9223372036854775807", "--scales 1e-320",
    "--scales nan", "--scales 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
  ])
  func wrongOptionsReturn64(options: String) throws {
    try withTemporaryFolder { folder in
      for command in ["predict a.png --checkpoint net --output out", "evaluate --checkpoint net --data data"] {
        let outcome = try Program.tessera.run(
          "\(command) \(options)".split(separator: " ").map(String.init), in: folder)
        #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome.errors)")
      }
    }
  }
}

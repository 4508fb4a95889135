import Foundation
import TesseraDatasets
import TesseraImaging
import Testing

/// What the command line says about layouts, and its options for other pictures and classes.
@Suite struct DataLayoutTests {
  private func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

  /// Pascal VOC with `count` pictures of 20 x 12 pixels: background left, class 1 right, the last row the border.
  private func writeVOC(at folder: String, count: Int) throws {
    for place in ["JPEGImages", "SegmentationClass", "ImageSets/Segmentation"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(place)", withIntermediateDirectories: true)
    }
    let indices = (0..<240).map { $0 >= 220 ? 255 : UInt16($0 % 20 < 10 ? 0 : 1) }
    let mask = Mask(width: 20, height: 12, indices: indices, labelSpace: .voc)
    for number in 0..<count {
      try Image(width: 20, height: 12, color: Color(UInt8(20 * number), 80, 90)).write(
        to: "\(folder)/JPEGImages/p\(number).jpg")
      try mask.writeWithPalette(to: "\(folder)/SegmentationClass/p\(number).png")
    }
    let names = (0..<count).map { "p\($0)\n" }
    try write(names.dropLast(2).joined(), to: folder + "/ImageSets/Segmentation/train.txt")
    try write(names.suffix(2).joined(), to: folder + "/ImageSets/Segmentation/val.txt")
  }

  @Test func aRecognizedLayoutIsSaidTrainedAndMeasured() throws {
    try withTemporaryFolder { folder in
      try writeVOC(at: folder + "/VOC2012", count: 8)
      let run = try Program.unet.run(tinyRun + words("--data VOC2012 --output run"), in: folder)
      try #require(run.status == 0, "\(run.errors)")
      #expect(
        run.output.split(separator: "\n").prefix(4) == [
          "VOC2012: 6 training and 2 validation pictures, all of 20 x 12 pixels",
          "  layout   voc (Pascal VOC), recognized", "  classes  background 45.8 %, aeroplane 45.8 %",
          "  void     8.3 % (index 255)",
        ])
      let measured = try Program.tessera.run(
        words("evaluate --checkpoint run/checkpoints/best.safetensors --data VOC2012 --json"), in: folder)
      #expect(measured.status == 0 && measured.output.contains("\"pixelAccuracy\""), "\(measured.errors)")
      let shown = try Program.tessera.run(words("show-data VOC2012 --layout voc"), in: folder)
      #expect(shown.output.contains("\nlayout: voc (Pascal VOC)\n"), "\(shown.errors)")
      // A run keeps the data's cache and survey, and resumes.
      let resumed = try Program.unet.run(words("--resume --output run --epochs 3"), in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
    }
  }

  @Test func aLayoutThatIsUnknownOrDoesNotFitIsRefused() throws {
    try withTemporaryFolder { folder in
      try writeVOC(at: folder + "/data", count: 4)
      let unknown = try Program.unet.run(tinyRun + words("--data data --layout cityscape"), in: folder)
      #expect(unknown.status != 0 && unknown.errors.contains("cityscapes"), "\(unknown.errors)")
      let other = try Program.unet.run(tinyRun + words("--data data --layout camvid"), in: folder)
      #expect(
        other.status == 1
          && other.errors.hasPrefix("Error: data: has not the layout camvid (CamVid): expected */ and *annot/"),
        "\(other.errors)")
      for option in ["--layout voc", "--held-out 0.2", "--only-classes a,b"] {
        let run = try Program.unet.run(tinyRun + words(option), in: folder)
        #expect(
          run.errors.contains("\(option.prefix { $0 != " " }) needs --data: built-in scenes are drawn"), "\(run.errors)"
        )
      }
    }
  }

  @Test func sharesAndNamesThatCannotBeMeantAreExplained() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 4)
      for word in ["0", "1", "nan", "20%", "0,2", "-0.5"] {
        let run = try Program.unet.run(tinyRun + words("--data data --held-out \(word)"), in: folder)
        #expect(
          run.errors.contains(
            "--held-out must be a share between 0 and 1 with a decimal point, such as 0.2, or a file that names pictures; got "
              + word), "\(run.errors)")
      }
      let one = try Program.unet.run(tinyRun + words("--data data --only-classes left"), in: folder)
      #expect(
        one.errors.contains("--only-classes must name at least 2 classes with commas between them"), "\(one.errors)")
      #expect(one.errors.contains("got left"), "\(one.errors)")
    }
  }

  @Test func ownValidationPicturesThatAListMovesAreCounted() throws {
    try withTemporaryFolder { folder in
      try writeVOC(at: folder + "/data", count: 8)
      // p6 and p7 are the data's own validation pictures.
      try write("p0\np7\n", to: folder + "/val.txt")
      let run = try Program.unet.run(tinyRun + words("--data data --held-out val.txt --output run"), in: folder)
      #expect(run.output.hasPrefix("data: 6 training and 2 validation pictures"), "\(run.errors)")
      #expect(
        run.errors.contains(
          "--held-out val.txt: 1 of the data's own validation pictures is not in the list, and trained on"),
        "\(run.errors)"
      )
    }
  }

  @Test func outlinesAreTrainedOnAndTheirFaultsNamed() throws {
    try withTemporaryFolder { folder in
      let names = (0..<10).map { "p\($0)" }
      for name in names {
        try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
        try Image(width: 20, height: 12, color: Color(20, 80, 90)).write(to: "\(folder)/data/\(name).png")
        try write(
          "{\"shapes\":[{\"label\":\"cat\",\"points\":[[0,0],[10,0],[10,12],[0,12]],\"shape_type\":\"polygon\"}],\"imagePath\":"
            + "\"\(name).png\",\"imageWidth\":20,\"imageHeight\":12}", to: "\(folder)/data/\(name).json")
      }
      let run = try Program.unet.run(tinyRun + words("--data data --output run --cache cache"), in: folder)
      try #require(run.status == 0, "\(run.errors)")
      #expect(
        run.output.contains(
          "  layout   labelme (labelme's JSON), recognized\n  classes  background 50.0 %, cat 50.0 %\n"))
      // An outline that changes is a mask that changes.
      let path = folder + "/data/p3.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try write(text.replacingOccurrences(of: "[10,0]", with: "[12,0]"), to: path)
      let changed = try Program.unet.run(words("--resume --output run --epochs 3"), in: folder)
      #expect(changed.status == 1 && changed.errors.contains("p3.json"), "\(changed.errors)")
      try write("{", to: path)
      let broken = try Program.unet.run(tinyRun + words("--data data"), in: folder)
      #expect(
        broken.status == 1 && broken.errors.hasPrefix("Error: data/p3.json: is not valid JSON"), "\(broken.errors)")
    }
  }

  @Test func otherPicturesAndClassesAreKnownToTheCheckpointOrGivenAgain() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let run = try Program.unet.run(tinyRun + words("--data data --held-out 0.4 --output run"), in: folder)
      #expect(run.output.hasPrefix("data: 6 training and 4 validation pictures"), "\(run.errors)")
      let evaluate = "evaluate --checkpoint run/checkpoints/best.safetensors --data data"
      let measured = try Program.tessera.run(words(evaluate), in: folder)
      #expect(measured.errors.contains("measuring the pictures that the training of"), "\(measured.errors)")

      try write("0\n1.png\n", to: folder + "/val.txt")
      let listed = try Program.unet.run(tinyRun + words("--data data --held-out val.txt --output list"), in: folder)
      #expect(listed.output.hasPrefix("data: 8 training and 2 validation pictures"), "\(listed.errors)")
      let list = "evaluate --checkpoint list/checkpoints/best.safetensors --data data"
      let again = try Program.tessera.run(words("\(list) --held-out \(folder)/val.txt"), in: folder)
      #expect(
        again.errors.contains(
          "note: measuring the pictures that the training of list/checkpoints/best.safetensors held out (--held-out val.txt)"
        ),
        "\(again.errors)")
      let others = try Program.tessera.run(words(list), in: folder)
      #expect(
        others.errors.contains(
          "Warning: the training of list/checkpoints/best.safetensors was divided by --held-out val.txt, and these are not the "
            + "pictures that it held out: if the data are the same, give --held-out val.txt here too"),
        "\(others.errors)")
      let seeded = try Program.tessera.run(words("\(evaluate) --held-out val.txt"), in: folder)
      #expect(seeded.errors.contains("held out by --seed 1234, not by --held-out val.txt"), "\(seeded.errors)")

      try write("left = one\nright = two\n* = void\n", to: folder + "/map.txt")
      let mapped = try Program.unet.run(
        tinyRun + words("--data data --classes-map map.txt --only-classes two,one --output map"), in: folder)
      #expect(
        mapped.output.contains("  classes  one 45.8 %, two 45.8 %\n")
          || mapped.output.contains("  classes  two 45.8 %, one 45.8 %\n"), "\(mapped.errors)")
      let same = try Program.tessera.run(
        words(
          "evaluate --checkpoint map/checkpoints/best.safetensors --data data --classes-map map.txt --only-classes two,one"
        ),
        in: folder)
      #expect(same.status == 0 && !same.errors.contains("different order"), "\(same.errors)")
      let bad = try Program.unet.run(tinyRun + words("--data data --only-classes left,wheel"), in: folder)
      #expect(
        bad.errors.hasPrefix("Error: --only-classes: \"wheel\" is none of the classes (left, right)"), "\(bad.errors)")

      try FileManager.default.copyItem(atPath: folder + "/data", toPath: folder + "/more")
      let joined = try Program.unet.run(tinyRun + words("--data data --add-data more --output joined"), in: folder)
      #expect(joined.output.hasPrefix("data: 18 training and 2 validation pictures"), "\(joined.errors)")
      #expect(joined.errors.contains("are also among the training pictures") || joined.status == 0)
    }
  }
}

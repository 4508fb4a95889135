import Foundation
import TesseraImaging
import Testing

/// `tessera review`: what is wrong in a run's masks is found, drawn and listed.
@Suite struct ReviewToolTests {
  private func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

  private let trained =
    "--width 4 --image-size 32 --epochs 2 --steps-per-epoch 60 --batch-size 4 --augmentation none --no-tensorboard"

  @Test func aDamagedMaskComesFirst() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 12)
      let run = try Program.unet.run(words("\(trained) --data data --output run"), in: folder)
      try #require(run.status == 0, "\(run.errors)")
      // The left half of one mask becomes the other class, after the training.
      let path = folder + "/data/masks/5.png"
      let labels = LabelSpace(names: ["left", "right"], void: 255)
      var mask = try Mask(contentsOf: path, labelSpace: labels)
      mask.indices = mask.indices.map { $0 == 0 ? 1 : $0 }
      try mask.write(to: path)

      let review = try Program.tessera.run(words("review run --top 5 --json"), in: folder)
      try #require(review.status == 0, "\(review.errors)")
      let report = try #require(try objects(review.output).first)
      let regions = try #require(report["regions"] as? [[String: Any]])
      let first = try #require(regions.first)
      #expect(report["pictures"] as? Int == 12 && regions.count <= 5)
      #expect(first["picture"] as? String == "5" && first["maskClass"] as? String == "right")
      #expect(
        first["modelClass"] as? String == "left" && (first["mask"] as? String)?.hasSuffix("data/masks/5.png") == true)
      let pixels = try #require(first["pixels"] as? Int)
      let left = try #require(first["x"] as? Int)
      #expect(pixels > 80 && left < 3)

      #expect(
        try files(in: folder + "/run/review") == ["review.html", "regions.csv", "pictures.csv"])
      let table = try String(contentsOfFile: folder + "/run/review/regions.csv", encoding: .utf8)
      #expect(
        table.hasPrefix(
          "rank,split,picture,image,mask,x,y,width,height,mask class,network class,pixels,mask probability,network "
            + "probability,score\n1,"))
      #expect(table.split(separator: "\n").count == regions.count + 1)
      let again = try Program.tessera.run(words("review run --top 1 --output elsewhere --data data"), in: folder)
      #expect(
        again.output.hasPrefix(
          "12 pictures, 11 of them judged by a network that trained on them; the likeliest mistakes of masks first:\n  1. 5 ("
        ),
        "\(again.output)")
      #expect(again.output.hasSuffix("wrote elsewhere/review.html, regions.csv and pictures.csv\n"))
    }
  }

  @Test func eachPictureIsJudgedByARunThatHeldItOut() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 12)
      for fold in 0..<2 {
        try write((0..<12).filter { $0 % 2 == fold }.map { "\($0)\n" }.joined(), to: "\(folder)/fold\(fold).txt")
        let run = try Program.unet.run(
          tinyRun + words("--data data --held-out fold\(fold).txt --output run\(fold)"), in: folder)
        try #require(run.status == 0, "\(run.errors)")
      }
      let review = try Program.tessera.run(words("review run0 run1"), in: folder)
      #expect(
        review.output.hasPrefix("12 pictures, each judged by a network that did not train on it"), "\(review.errors)")
      let json = try Program.tessera.run(words("review run0 run1 --json"), in: folder)
      let report = try #require(try objects(json.output).first)
      let regions = try #require(report["regions"] as? [[String: Any]])
      #expect(regions.allSatisfy { $0["split"] as? String == "validation" } && report["pictures"] as? Int == 12)
      #expect((report["runs"] as? [[String: Any]])?.map { $0["run"] as? String } == ["run0", "run1"])
      let both = try Program.tessera.run(words("review run0 run1 --checkpoint best.safetensors"), in: folder)
      #expect(
        both.errors.hasPrefix(
          "Error: --checkpoint is for one run; of several, each picture is judged by a run's best network"),
        "\(both.errors)")

      try writeDataset(at: folder + "/others", count: 12)
      try write("near\nfar\n", to: folder + "/others/classes.txt")
      let other = try Program.unet.run(tinyRun + words("--data others --output run2"), in: folder)
      try #require(other.status == 0, "\(other.errors)")
      expectFailure(
        try Program.tessera.run(words("review run0 run2"), in: folder),
        "Error: run2 has other classes than run0; review them one by one")
    }
  }

  @Test func whatCannotBeReviewedIsRefused() throws {
    try withTemporaryFolder { folder in
      let run = try Program.unet.run(tinyRun + words("--output scenes"), in: folder)
      try #require(run.status == 0, "\(run.errors)")
      expectFailure(
        try Program.tessera.run(words("review scenes"), in: folder),
        "Error: scenes trained on built-in scenes, whose masks are exact; review a run with --data")
      let none = try Program.tessera.run(words("review nowhere"), in: folder)
      #expect(none.status == 1 && none.errors.contains("nowhere"), "\(none.errors)")
      try write("", to: folder + "/folder/notes.txt")
      let folderOnly = try Program.tessera.run(words("review folder"), in: folder)
      #expect(folderOnly.status == 1 && folderOnly.errors.contains("folder is not the folder of a run"))
      let top = try Program.tessera.run(words("review scenes --top 0"), in: folder)
      #expect(top.errors.contains("--top must lie in 1...1000; got 0"), "\(top.errors)")

      try writeDataset(at: folder + "/data", count: 12)
      let other = try Program.unet.run(tinyRun + words("--data data --output run"), in: folder)
      try #require(other.status == 0, "\(other.errors)")
      let files = FileManager.default
      try files.moveItem(atPath: folder + "/data", toPath: folder + "/moved")
      let moved = try Program.tessera.run(words("review run"), in: folder)
      #expect(
        moved.status == 1
          && moved.errors.contains("/data, which run trained on; --data DIR says where the data are now"),
        "\(moved.errors)")
      let found = try Program.tessera.run(words("review run --data moved"), in: folder)
      #expect(found.status == 0 && found.output.contains("12 pictures"), "\(found.errors)")
      try files.removeItem(atPath: folder + "/run/checkpoints/best.safetensors")
      #expect(try Program.tessera.run(words("review run --data moved"), in: folder).status == 0)
      try files.removeItem(atPath: folder + "/run/checkpoints/last.safetensors")
      expectFailure(
        try Program.tessera.run(words("review run --data moved"), in: folder),
        "Error: run has no checkpoint: it was never saved; --checkpoint FILE names one")
    }
  }
}

import Foundation
import TesseraCheckpoints
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// What people read when a network's name or one of its options is wrong.
@Suite struct NetworkMessageTests {
  private func tessera(_ line: String, in folder: String = "/") throws -> Program.Outcome {
    try Program.tessera.run(line.split(separator: " ").map(String.init), in: folder)
  }

  private static let beginnings = NetworkCatalog.standard.names.filter { $0.hasPrefix("unet-resnet") }

  @Test(arguments: [
    ("train unet-resnet43 --image-size 96x64", "unknown network 'unet-resnet43'; did you mean unet-resnet34?"),
    ("train frobnicate", "unknown network 'frobnicate'; 'networks' lists the networks"),
    ("train --help-me", "Unknown option '--help-me'"),
    ("summary unet-resnet43", "unknown network 'unet-resnet43'; did you mean unet-resnet34?"),
    ("bench --mode train --model unet-resnet43", "unknown network 'unet-resnet43'; did you mean unet-resnet34?"),
    ("bench-serving --model unet-resnet43", "unknown network 'unet-resnet43'; did you mean unet-resnet34?"),
    ("verify-resume --model unet-resnet43", "unknown network 'unet-resnet43'; did you mean unet-resnet34?"),
    ("summary unetplus-resnet34", "unknown network 'unetplus-resnet34'; did you mean unetplusplus-resnet34?"),
    ("summary UNet++_ResNet-34", "unknown network 'UNet++_ResNet-34'; did you mean unetplusplus-resnet34?"),
    ("summary deeplabv3+-resnet50", "unknown network 'deeplabv3+-resnet50'; did you mean deeplabv3plus-resnet50?"),
    ("summary deeplab3-resnet50", "unknown network 'deeplab3-resnet50'; did you mean deeplabv3-resnet50?"),
    (
      "summary unet-resnet",
      "unknown network 'unet-resnet'; did you mean \(beginnings.dropLast().joined(separator: ", ")) or \(beginnings.last ?? "")?"
    ),
    (
      "summary resnet34",
      "unknown network 'resnet34'; 'networks resnet34' lists the 9 networks whose names contain that"
    ),
    ("networks unet-resnet43", "no network's name contains 'unet-resnet43'; did you mean unet-resnet34?"),
    ("train unet-resnet34 --output-stride 16", "unet-resnet34 has no --output-stride; deeplabv3-resnet34 has"),
    (
      "train deeplabv3plus-vgg16 --output-stride=16",
      "deeplabv3plus-vgg16 has no --output-stride; deeplabv3plus-resnet18 has"
    ),
    ("train unet-resnet34 --width 8", "unet-resnet34 has no --width; unet has"),
    ("train unet --encoder-weights a.pth", "unet has no --encoder-weights; unet-vgg16 has"),
    ("summary unet-resnet34 --output-stride 16", "unet-resnet34 has no --output-stride; deeplabv3-resnet34 has"),
    (
      "bench --mode train --model lraspp-mobilenetv3 --output-stride 8", "--output-stride must be one of 16, 32; got 8"
    ),
    (
      "summary --checkpoint a --width 8", "a network's options go with a named network; a checkpoint knows its own"
    ),
    ("networks --image-size 100", "--image-size must be a multiple of 32 for all of these networks; got 100"),
    ("networks fcnn --image-size 100", "--image-size must be a multiple of 32 for fcnn; got 100"),
    ("networks --width 8 --output-stride 8", "no network can be as these options say"),
    ("train unet --width -1", "--width must be a whole number in 1...8192; got -1"),
    ("train unet --dropout -0.1", "--dropout must be 0 or more and less than 1; got -0.1"),
    ("train segformer-b0 --stochastic-depth -0.1", "--stochastic-depth must be 0 or more and less than 1; got -0.1"),
    ("train unet --seed -1", "--seed must be a whole number in 0...18446744073709551615; got -1"),
    ("train unet --epochs x", "--epochs must lie in 1...1000000; got x"),
    ("train unet --learning-rate -inf", "--learning-rate must lie in 1e-30...1e+30; got -inf"),
    ("summary unet --classes -1", "--classes must lie in 1...65536; got -1"),
    ("bench --mode train --model unet --threads -2", "--threads must lie in 1...1024; got -2"),
  ])
  func wrongUsageIsOneLine(line: String, message: String) throws {
    let outcome = try tessera(line)
    #expect(outcome.status == 64 && outcome.output.isEmpty)
    #expect(outcome.errorLines.first == "Error: \(message)")
    #expect(outcome.errorLines.dropFirst().allSatisfy { !$0.hasPrefix("hint:") }, "\(outcome.errors)")
    #expect(outcome.errors.count < 1200)
  }

  @Test func aNegativeSeedOfADataSetIsExplained() throws {
    let outcome = try tessera("evaluate --data a --predictions b --seed -1")
    #expect(outcome.status == 64)
    #expect(
      outcome.errorLines.prefix(2) == [
        "Error: The value '-1' is invalid for '--seed <n>'", "hint: it must not be negative",
      ])
  }

  @Test func helpDoesNotRepeatTheCatalog() throws {
    for command in ["summary", "bench", "bench-serving", "verify-resume", "networks", "train unet-resnet34"] {
      let help = try tessera("\(command) --help").output
      let named = NetworkCatalog.standard.names.filter { help.contains(" \($0),") || help.contains(" \($0)\n") }
      #expect(named.count < 20, "\(command): \(named)")
    }
    let help = try tessera("train unet-resnet34 --help").output.split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    #expect(help.contains("this name of 'summary', such as encoder; can be repeated"))
    let dilated = try tessera("train deeplabv3plus-resnet50 --help").output.split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    #expect(dilated.contains("--output-stride <n> How many times smaller than the picture the smallest features are"))
    #expect(dilated.contains("by dilation. One of 8, 16. (default: 16)"))
  }

  @Test func networksTakeTheirOptionsInEveryCommand() throws {
    func multiplyAdds(_ options: String) throws -> Substring? {
      let outcome = try tessera("summary deeplabv3plus-mobilenetv2 --classes 2 --image-size 64 \(options)")
      try #require(outcome.status == 0, "\(outcome.errors)")
      return outcome.output.split(separator: "\n").first { $0.hasPrefix("total ") }?.split(separator: " ").last
    }
    let (fine, usual) = (try multiplyAdds("--output-stride 8"), try multiplyAdds(""))
    #expect(try fine != nil && fine != usual && multiplyAdds("--output-stride 16") == usual)
    let list = try tessera("networks lraspp --output-stride 16 --image-size 64 --classes 1")
    #expect(
      list.status == 0
        && list.output.hasSuffix("\n1 output, pictures of 64; running statistics of normalizations are not counted\n"))
    let names = list.output.split(separator: "\n").filter { $0.hasPrefix("lraspp-") }
    #expect(!names.isEmpty && names.allSatisfy { !$0.contains("-mit-") })
    let bench = try tessera("bench --model unet --width 2 --mode inference --size 16 --threads 1 --runs 1")
    #expect(
      bench.output.hasPrefix("unet inference, batch 1, 16 x 16, 1 thread: median "), "\(bench.output)\(bench.errors)")
  }

  /// Without running statistics, as papers and torchvision count.
  @Test func everyCommandCountsTheSameParameters() throws {
    try withTemporaryFolder { folder in
      let (network, count) = ("lraspp-mobilenetv3", "3,218,138")
      let summary = try tessera("summary \(network) --classes 1 --image-size 64").output
      #expect(
        summary.contains("-> 1 class: \(count) parameters and 24,656 running statistics (13 MB), "),
        "\(summary.suffix(200))")
      let total = summary.split(separator: "\n").first { $0.hasPrefix("total ") }
      #expect(total?.contains(" \(count) ") == true)
      #expect(try tessera("networks \(network) --classes 1").output.contains(" \(count) "))
      let line = "train \(network) --image-size 32 --epochs 1 --steps-per-epoch 1 --batch-size 2 --validation-steps 1"
      let run = try tessera("\(line) --threads 1 --output run", in: folder)
      try #require(run.status == 0, "\(run.errors)")
      let classes = 10
      let trained = try #require(Int(count.filter { $0 != "," })).advanced(by: (classes - 1) * (40 + 128 + 2))
      let record = try #require(
        JSONSerialization.jsonObject(with: contents("\(folder)/run/config.json")) as? [String: Any])
      #expect(record["parameterCount"] as? Int == trained)
      #expect(run.output.contains(", 1 thread, run in run\n"))
    }
  }

  @Test func namesOfTheEncoderAreTheSameEverywhere() throws {
    try withTemporaryFolder { folder in
      let line =
        "train lraspp-mobilenetv3 --image-size 32 --epochs 1 --steps-per-epoch 1 --batch-size 2 --validation-steps 1"
      for (number, options) in ["--freeze backbone.stem --rate-of backbone=0.5", "--freeze encoder.stem"].enumerated() {
        let outcome = try tessera("\(line) \(options) --output \(number)", in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let record = try #require(
          JSONSerialization.jsonObject(with: contents("\(folder)/\(number)/config.json")) as? [String: Any])
        #expect(record["freeze"] as? [String] == ["encoder.stem"])
        #expect((record["rateOf"] as? [String: Double])?.keys.map(\.self) == (number == 0 ? ["encoder"] : []))
      }
    }
  }

  @Test func aNetworkThatIsWrittenForOneSizeAsksForIt() throws {
    try withTemporaryFolder { folder in
      let model = EncoderDecoder<PSPNetDecoder, ResNet18>(.init(classes: 2), random: RandomStream(seed: 1))
      try SegmentationCheckpoint(model: model, labelSpace: LabelSpace(names: ["a", "b"], void: nil), imageSize: 32)
        .save(to: folder + "/net.safetensors")
      expectFailure(
        try tessera("export --checkpoint net.safetensors --to a.onnx", in: folder),
        "Error: pspnet-resnet18 can only be written for one size: give --size 32, for example")
      #expect(try tessera("export --checkpoint net.safetensors --to a.onnx --size 32", in: folder).status == 0)
    }
  }
}

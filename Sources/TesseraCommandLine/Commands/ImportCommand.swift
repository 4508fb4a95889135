import ArgumentParser
import Foundation
import Tessera
import TesseraONNXImport

/// Makes a checkpoint of a network that another program wrote as ONNX.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a network of PyTorch, Keras or PaddlePaddle, written as ONNX, a checkpoint of Tessera.",
    discussion: """
      The file takes pictures and returns a score for each class and pixel; what only chooses the largest one is left \
      out. Files of 'tessera export' say what pixels and classes they have; of all others you do. A checkpoint that is \
      there is replaced if import has written it, and no other file.
      """)

  @Argument(help: ArgumentHelp("The ONNX file.", valueName: "file"), completion: .file(extensions: ["onnx"]))
  var model: String

  @Option(
    help: ArgumentHelp("The checkpoint to write, NAME.safetensors.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var to: String

  @Option(
    help: ArgumentHelp(
      "What the network expects of pixels: \(ImportedPixels.words). Default: what the file says.", valueName: "name"))
  var pixels: ImportedPixels?

  @Option(
    help: ArgumentHelp(
      "A file with the names of the classes, one in a line, or one of \(ImportedClasses.names). Default: what the file "
        + "says, or numbers.", valueName: "file or name"))
  var classes: String?

  @Option(help: ArgumentHelp("The class that is not counted, by its index.", valueName: "index"))
  var void: Int?

  @Option(
    help: ArgumentHelp("The order of a picture's axes, nchw or nhwc. Default: what its shape says.", valueName: "order")
  )
  var layout: ONNXImport.Layout?

  @Option(help: ArgumentHelp("The output with the scores. Default: the first.", valueName: "name"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The size of the pictures that the network was trained on. Default: what the file says, or 512.",
      valueName: "size"))
  var imageSize: ImageSize?

  func validate() throws {
    guard to.lowercased().hasSuffix(".safetensors") else {
      throw ValidationError("--to must name a file that ends in .safetensors; got \(to)")
    }
    try requireOption("--void", void ?? 0, in: 0...Int(UInt16.max))
  }

  func run() throws {
    try requireReplaceable(to, by: "import", Self.isWritten)
    let imported = try ONNXImport(contentsOf: model, output: output)
    let bytes = imported.takesBytes ? ImportedPixels.bytes : nil
    if let bytes, let pixels, pixels != bytes {
      throw ValidationError("\(model) takes pictures as bytes: leave --pixels out, or give --pixels \(bytes.rawValue)")
    }
    guard let normalization = (bytes ?? pixels)?.normalization ?? imported.normalization else {
      throw ValidationError(
        "\(model) does not say what it expects of pixels: give --pixels (\(ImportedPixels.words)), as its program "
          + "prepares them")
    }
    try check(layout, of: imported)
    let network = try imported.network(normalization: normalization, layout: layout)
    let space = try ImportedClasses(classes, void: void).labelSpace(
      of: imported, at: model, outputs: network.configuration.classes)
    let multiple = network.sizeMultiple
    let known = imageSize ?? imported.imageSize ?? network.onlySize
    let size = known ?? 512
    try requireMultiple("--image-size", size, of: multiple, for: model)
    try SegmentationCheckpoint(model: network, labelSpace: space, imageSize: size).save(to: to)
    let broken = imported.brokenWeights
    if !broken.isEmpty {
      Notice.warning.write(
        "weights hold NaN or infinity, with which nothing is computed: \(broken.firstFew); export the network again")
    } else if let node = try network.nodeWithoutNumbers() {
      Notice.warning.write(
        "the scores of a picture are NaN, from node \(node) on: they predict nothing; look in the "
          + "program that wrote \(model) for a division by zero or the like, and export the network again")
    }
    // Of its own files Tessera knows it.
    if network.normalization != normalization && imported.normalization == nil {
      let (means, deviations) = (network.normalization.mean.words, network.normalization.deviation.words)
      Notice.note.write(
        "the network's own normalization of pixels is the checkpoint's: mean \(means), deviation \(deviations)")
    }
    if known == nil {
      Notice.note.write(
        "\(model) does not say how large its training pictures were: \(size) is assumed; --image-size says it")
    }
    for name in imported.leftOut { Notice.note.write("left out at the end: \(name)") }
    if imported.outputs.count > 1 {
      let others = imported.outputs.filter { $0 != imported.output }
      Notice.note.write("of its outputs, \(imported.output) is taken, not \(others.joined(separator: ", "))")
    }
    print(
      "\(to): \(counted(space.outputCount, "output")), \(grouped(network.parameterCount)) parameters, \(network.sizes)")
  }

  /// Whether a file is what this command makes; those of a training have notes.
  private static func isWritten(at path: String) -> Bool {
    guard let file = try? SafeTensors(contentsOf: path), file.metadata["epoch"] == nil else { return false }
    return (try? SegmentationCheckpoint.configuration(of: path)) is ONNXNetwork.Configuration
  }

  /// Refuses an order of axes that the file contradicts, and an input that may have either.
  private func check(_ layout: ONNXImport.Layout?, of imported: ONNXImport) throws {
    let shape = imported.inputShape
    guard let own = imported.layout else {
      if layout != nil { return }
      throw ValidationError(
        "\(model): its input \(shape) may have its channels first or last; give --layout nchw or --layout nhwc")
    }
    if let layout, layout != own {
      throw ValidationError(
        "--layout \(layout.rawValue) is not that of \(model), whose input is \(shape): leave it out, or give "
          + "--layout \(own.rawValue)")
    }
  }
}

extension ONNXNetwork {
  /// The only size of its pictures, if there is one.
  fileprivate var onlySize: ImageSize? {
    configuration.onlySize.map { ImageSize(width: $0.width, height: $0.height) }
  }

  /// Which pictures it takes, in words.
  fileprivate var sizes: String {
    if let onlySize { return "pictures of \(onlySize), to which all others are resized" }
    return sizeMultiple == 1 ? "pictures of any size" : "pictures whose sides are multiples of \(sizeMultiple)"
  }
}

extension [Float] {
  /// A few numbers in a line.
  fileprivate var words: String { map { String(format: "%.6g", $0) }.joined(separator: ", ") }
}

/// What networks of other programs commonly expect of pixels.
enum ImportedPixels: String, CaseIterable, ExpressibleByArgument {
  case bytes, caffe, symmetric, torchvision, unit

  static var words: String {
    "torchvision (ImageNet's mean and deviation), unit (0...1), symmetric (-1...1), bytes (0...255) or caffe (BGR minus "
      + "ImageNet's mean)"
  }

  var normalization: ImageNormalization {
    switch self {
    case .bytes: ImageNormalization(mean: [0, 0, 0], deviation: [1, 1, 1])
    case .caffe: .caffe
    case .symmetric: .symmetric
    case .torchvision: .torchvision
    case .unit: .unit
    }
  }
}

/// Where the names of an imported network's classes come from.
struct ImportedClasses {
  /// The data sets whose classes are known.
  private static let known: [(name: String, space: LabelSpace)] = [
    ("ade20k", .ade20k), ("camvid", .camvid), ("cityscapes", .cityscapes), ("coco-stuff", .cocoStuff), ("pets", .pets),
    ("voc", .voc),
  ]
  /// What masks usually hold outside all classes.
  private static let outside = 255
  static var names: String { known.map(\.name).joined(separator: ", ") }

  private let given: LabelSpace?
  private let void: Int?

  /// - Throws: `LabelSpaceError` if it is a file that cannot be read.
  init(_ word: String?, void: Int?) throws {
    self.void = void
    given = try word.map { word in
      try Self.known.first { $0.name == word }?.space ?? LabelSpace(classNames: word, void: void)
    }
  }

  /// What the outputs mean.
  ///
  /// - Throws: `ValidationError` if there are other numbers of classes, or no class has the index of void.
  func labelSpace(of imported: ONNXImport, at path: String, outputs: Int) throws -> LabelSpace {
    var space = given ?? imported.labelSpace ?? LabelSpace(names: (0..<outputs).map { "class \($0)" }, void: void)
    if let void {
      guard (0..<space.count).contains(void) || void == Self.outside else {
        throw ValidationError(
          "--void must be the index of a class, 0...\(space.count - 1), or \(Self.outside), which masks hold where "
            + "nothing counts; got \(void)")
      }
      if void != space.void { space = LabelSpace(classes: space.classes, void: void) }
    }
    // Networks of other programs often have no output for void.
    let fitting = [space, space.withoutVoidOutput].first { $0.outputCount == outputs }
    guard let fitting else {
      throw ValidationError(
        "\(path): the network has \(outputs) outputs, and its classes are \(space.count); give others by --classes")
    }
    return fitting
  }
}

extension ONNXImport.Layout: ExpressibleByArgument {}

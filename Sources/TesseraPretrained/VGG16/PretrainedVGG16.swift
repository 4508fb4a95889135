import TesseraAutograd
import TesseraLayers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

/// VGG-16's weights in a file of Keras, torchvision or timm: for an FCNN's backbone, and for fc6 and fc7 of a
/// convolutionalized head.
///
/// ```swift
/// let weights = try PretrainedVGG16(contentsOf: "vgg16.h5")
/// weights.source                 // Keras
/// let model = FCNN(.init(classes: 151, normalization: weights.normalization), random: random)
/// try weights.load(into: model)  // its checkpoints and its Predictor know the normalization, too
/// ```
/// It reads Keras' HDF5 files of weights and of whole models (`.h5`, `.weights.h5`), safetensors, and PyTorch's own files
/// (`.pth`), those from before 1.6 too, without PyTorch and without running what a pickle asks for. The format follows
/// from the first bytes, the source from the arrays' names. Batch normalizations are folded into the convolutions before
/// them.
public struct PretrainedVGG16: Sendable {
  /// The program that the weights come from.
  public let source: WeightsSource
  private let file: any WeightsFile
  private let layout: VGG16Layout

  /// What the weights expect of pixels.
  public var normalization: ImageNormalization { source.normalization }

  /// The path it was opened with.
  public var path: String { file.path }

  /// Opens a file and recognizes where it comes from; weights are read when they are loaded.
  ///
  /// - Throws: `PretrainedWeightsError`, `HDF5Error` or `SafeTensorsError`.
  public init(contentsOf path: String) throws {
    file = try openWeights(at: path)
    let names = file.arrays.map(\.name)
    guard let source = WeightsSource(names: Set(names)) else {
      throw PretrainedWeightsError.unknownNetwork(file: path, names: names)
    }
    self.source = source
    layout = VGG16Layout(source)
  }

  /// The arrays of the file that `model` has no place for: ImageNet's scores, and with the original head both dense
  /// layers.
  public func leftOut(by model: FCNN) -> [String] {
    let names = Set(classifierNames(leftOutBy: model))
    return file.arrays.map(\.name).filter(names.contains)
  }

  private func classifierNames(leftOutBy model: FCNN) -> [String] {
    ((model.fc6 == nil ? layout.dense : []) + [layout.scores]).flatMap(\.names)
  }

  /// Replaces the backbone's weights, and those of fc6 and fc7 where the head is convolutionalized.
  ///
  /// The first 7 x 7 window that lies inside the fifth pool's features gives what the dense layers give.
  /// - Throws: `PretrainedWeightsError` with everything that is missing, unused or misshapen, or what reading throws;
  ///   nothing is then changed.
  public func load(into model: FCNN) throws {
    guard model.normalization == normalization else {
      throw PretrainedWeightsError.otherNormalization(file: path, source: source)
    }
    let convolutions = model.backbone.blocks.flatMap(\.convolutions)
    let dense = [model.fc6, model.fc7].compactMap(\.self)
    let transfers =
      zip(layout.convolutions, convolutions).map(LayerTransfer.init)
      + zip(layout.dense, dense).map(LayerTransfer.init)
    try checkWidth(of: layout.convolutions[0], against: model.configuration.width)
    if let fc6 = dense.first { try checkWidth(of: layout.dense[0], against: fc6.filter.shape[3]) }
    try checkNames(against: transfers, in: model)
    // All are read before the first is replaced: a file that cannot be read to its end changes nothing.
    let values = try transfers.map { try $0.values(from: file) }
    for (transfer, value) in zip(transfers, values) {
      transfer.convolution.filter.value = value.filter
      transfer.convolution.bias?.value = value.bias
    }
  }

  // A network of another width has no shape right: that is one thing to say, not thirty.
  private func checkWidth(of layer: VGG16Layout.Layer, against width: Int) throws {
    func shape(_ name: String) -> Shape? { file.arrays.first { $0.name == name }?.shape }
    // Two arrays agree about it, and a model can have it: else one of them is wrong, and the width is no way out.
    guard let bias = shape(layer.bias), bias.rank == 1, bias[0] != width, (1...8192).contains(bias[0]),
      let filter = shape(layer.filter), filter.rank > 1, filter[layer.outputsFirst ? 0 : -1] == bias[0]
    else { return }
    throw PretrainedWeightsError.otherWidth(file: path, layer: layer.filter, fileWidth: bias[0], modelWidth: width)
  }

  private func checkNames(against transfers: [LayerTransfer], in model: FCNN) throws {
    let leftOut = Set(classifierNames(leftOutBy: model))
    let arrived = file.arrays.filter { name, _ in
      // PyTorch counts the batches of a normalization, for nobody's use.
      !leftOut.contains(name) && !(source.hasBatchNorm && name.hasSuffix(".num_batches_tracked"))
    }
    let mismatch = TensorMismatchError(
      from: path, to: "VGG-16", expected: transfers.flatMap(\.expected), arrived: arrived)
    guard let mismatch else { return }
    let dense = Set(layout.dense.flatMap(\.names))
    let lacksDense = model.fc6 != nil && dense.isSubset(of: Set(mismatch.missing))
    throw PretrainedWeightsError.mismatch(
      file: path, source: source, missing: mismatch.missing, unused: mismatch.unused, misshapen: mismatch.misshapen,
      hint: lacksDense
        ? "It holds the convolutions alone: take a file with the dense layers, or the original head." : nil)
  }
}

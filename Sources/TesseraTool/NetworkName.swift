import ArgumentParser
import Tessera
import TesseraCommandLine

/// A network by its name on the command line.
enum NetworkName: String, ExpressibleByArgument, CaseIterable {
  case unet, fcnn

  var sizeMultiple: Int {
    switch self {
    case .unet: UNet.sizeMultiple
    case .fcnn: FCNN.sizeMultiple
    }
  }

  func makeModel(classes: Int) -> any SegmentationModel {
    switch self {
    case .unet: UNet(.init(classes: classes), random: RandomStream(seed: 0))
    case .fcnn: FCNN(.init(classes: classes), random: RandomStream(seed: 0))
    }
  }

  /// Refuses image sizes that this network cannot take.
  func checkImageSize(_ size: Int, option: String) throws {
    try requireOption(option, size, in: 1...16_384)
    guard size % sizeMultiple == 0 else {
      throw ValidationError("\(option) must be a multiple of \(sizeMultiple) for \(rawValue); got \(size)")
    }
  }
}

import ArgumentParser
import Tessera

/// A network by its name on the command line.
enum NetworkName: String, ExpressibleByArgument, CaseIterable {
  case unet, fcnn

  func makeModel(classes: Int) -> any SegmentationModel {
    switch self {
    case .unet: UNet(.init(classes: classes), random: RandomStream(seed: 0))
    case .fcnn: FCNN(.init(classes: classes), random: RandomStream(seed: 0))
    }
  }
}

extension SegmentationModel {
  /// Refuses image sizes that this network cannot take.
  func checkImageSize(_ size: Int, option: String) throws {
    guard size > 0 && size % sizeMultiple == 0 else {
      throw ValidationError("\(option) must be a positive multiple of \(sizeMultiple) for \(specification.name); got \(size)")
    }
  }
}

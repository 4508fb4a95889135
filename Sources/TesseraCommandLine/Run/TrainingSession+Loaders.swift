import Foundation
import Tessera

// The batches of training and validation.
extension TrainingSession {
  /// The steps of the optimizer.
  var stepsPerEpoch: Int { (training.batchesPerEpoch - 1) / options.accumulate + 1 }

  static func trainingLoader(
    _ dataset: any SegmentationDataset, _ options: TrainingOptions, _ context: ComputeContext
  ) -> DataLoader {
    DataLoader(
      dataset, batchSize: options.batchSize, imageSize: options.imageSize, framing: options.framing,
      augmentation: options.augmentation, shuffles: options.shuffles, seed: options.seed,
      steps: options.stepsPerEpoch == 0 ? nil : options.stepsPerEpoch * options.accumulate,
      workers: options.loaderThreads ?? min(4, context.threads))
  }

  static func validationLoader(
    _ dataset: any SegmentationDataset, _ options: TrainingOptions, _ context: ComputeContext, _ sizeMultiple: Int
  ) -> DataLoader {
    // Whole pictures have different sizes, so each is a batch; as many pictures are validated as otherwise.
    var (batchSize, steps) = (options.batchSize, options.validationSteps)
    if case .crop = options.framing { (batchSize, steps) = (1, steps * batchSize) }
    // Validation never sees a picture twice: one pass where the set is small.
    let passSteps = (dataset.count + batchSize - 1) / batchSize
    let isPass = steps == 0 || steps >= passSteps
    return DataLoader(
      dataset, batchSize: batchSize, imageSize: options.imageSize, framing: options.framing, shuffles: false,
      seed: options.seed, steps: isPass ? nil : steps, wholePicturesTo: sizeMultiple,
      workers: options.loaderThreads ?? min(4, context.threads))
  }

  /// What lies beside pictures becomes 0 in the network; stretched pictures keep the gray of earlier versions.
  func padded(_ loader: DataLoader, for model: any SegmentationModel) -> DataLoader {
    options.framing.pads ? loader.padded(with: model.normalization.neutralPixel) : loader
  }
}

import Foundation
import Tessera

// What a run's folder says about how it was made.
extension TrainingSession {
  /// What a run's `config.json` holds.
  func configuration(
    _ model: any SegmentationModel, _ folder: RunFolder, _ resumption: RunResumption?
  ) -> RunConfiguration {
    var resolved = recipe.options
    (resolved.microBatch, resolved.recomputesBlocks) = (saving.microBatch?.pictures, saving.recomputesBlocks)
    resolved.data = options.data ?? "built-in scenes"
    resolved.initialWeights = options.initialWeights.map(ArgumentList.absolute)
    resolved.addData = options.addData.map(ArgumentList.absolute)
    if case .list(let path) = options.heldOut { resolved.heldOut = .list(ArgumentList.absolute(path)) }
    resolved.trainingList = options.trainingList.map(ArgumentList.absolute)
    resolved.classesMap = options.classesMap.map(ArgumentList.absolute)
    resolved.backboneWeights = options.backboneWeights.map(ArgumentList.absolute)
    resolved.teacher = options.teacher.map(ArgumentList.absolute)
    resolved.stepsPerEpoch = stepsPerEpoch
    resolved.validationSteps = validation.batchesPerEpoch
    resolved.threads = context.threads
    resolved.loaderThreads = training.workers
    resolved.output = folder.path
    return RunConfiguration(
      options: resolved,
      facts: .init(
        arguments: arguments.recorded, model: NetworkDescription(model.configuration),
        parameterCount: model.forPrediction.trainedParameterCount, dataFiles: data.files,
        trainingSamples: data.training.count,
        validationSamples: data.validation.count, labelSpace: data.labelSpace, scheduleSteps: recipe.scheduleSteps,
        teacherChecksum: teacher?.teacher.checksum,
        started: resumption?.started ?? ISO8601DateFormatter().string(from: Date()), instructionSet: instructionSet,
        matrixKernels: matrixKernels))
  }

  /// The licenses of the weights that the run starts and learns from, or that its checkpoint has already.
  func licenseNote(_ resumption: RunResumption?) -> [String: String] {
    let paths =
      resumption?.checkpoint.map { [$0] }
      ?? [options.initialWeights, options.backboneWeights, options.teacher].compactMap(\.self)
    let licenses = paths.compactMap(WeightsLicense.text)
    return licenses.isEmpty ? [:] : [WeightsLicense.note: licenses.joined(separator: "; ")]
  }
}

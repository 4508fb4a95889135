import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation

/// What somebody chose for a run, and what was left to it (`nil`); `RunSetting.all` says what each option is called,
/// may be, and is for.
package struct TrainingOptions: Sendable {
  package var initialWeights, backboneWeights: String?
  package var freezesBackbone = false

  package var data, cache: String?
  package var layout: LayoutName?
  /// Further folders of the same classes.
  package var addData: [String] = []
  package var heldOut: HeldOutChoice?
  package var trainingList, classesMap: String?
  package var onlyClasses: ClassNames?
  package var void: VoidChoice?
  package var hasVoidOutput = true
  package var imageSize: ImageSize = 128
  package var framing = Framing.stretch
  package var augmentation = Augmentation.flip
  package var shuffles = true

  package var (epochs, stepsPerEpoch, validationSteps) = (10, 100, 40)
  package var (batchSize, accumulate) = (5, 1)
  package var synchronizesBatchNorm = false
  package var microBatch: Int?
  package var recomputesBlocks = false
  package var maxMemory: MemorySize?
  package var patience: Int?
  /// In minutes.
  package var timeLimit: Double?
  /// The epoch after which it ends although more are planned.
  package var stopAfter: Int?
  /// When a run should be complete: epochs and steps follow.
  package var until: EndTime?

  package var optimizer = OptimizerName.adam
  package var learningRate = 0.001
  package var schedule = ScheduleName.constant
  package var warmUp, decaySteps: Int?
  package var (finalRate, decayFactor, plateauPatience) = (0.0, 0.1, 3)
  package var weightDecay, clipNorm, clipValue, averageDecay: Double?
  package var decaysBiases = true
  package var freeze: [String] = []
  /// Multiples of the rate, by property path.
  package var rateOf: [String: Double] = [:]
  package var loss = SegmentationLoss.crossEntropy
  package var labelSmoothing: Float = 0
  package var classWeights: ClassWeightList?
  /// A checkpoint.
  package var teacher: String?
  package var (teacherWeight, temperature): (Float, Float) = (0.5, 2)

  package var seed: UInt64 = 1234
  package var threads, loaderThreads: Int?
  package var output: String?
  package var (resume, acceptChangedData) = (false, false)
  /// In minutes.
  package var saveEvery = 10.0
  package var (keepBest, histograms) = (1, 1)
  package var tensorBoard = true

  /// What was given, but is left out because another option takes its effect away, one sentence each.
  package private(set) var ineffective: [String] = []

  package init() {}

  /// - Parameter words: what the command line gives for each option, by its name.
  /// - Throws: `RunOptionError` for a value that an option cannot have.
  package init(_ words: [String: [String]]) throws(RunOptionError) {
    for setting in RunSetting.all {
      for word in words[setting.optionName] ?? [] {
        var changed = self
        if let complaint = setting.option?.take(word, &changed) {
          throw RunOptionError(description: "--\(setting.optionName) \(complaint)")
        }
        // What a condition looks at comes before it in the table.
        if let condition = setting.condition, !condition.holds(self) {
          ineffective.append(
            "--\(setting.optionName) has no effect with \(condition.current(self)); choose \(condition.remedy)")
        } else {
          self = changed
        }
      }
    }
  }
}

extension TrainingOptions {
  /// Takes both words for the part that may start from other weights, `encoder` and `backbone`, for its name.
  package mutating func callBackbone(_ name: String) {
    func own(_ path: String) -> String {
      let top = path.prefix { $0 != "." }
      return ["backbone", "encoder"].contains(top) ? name + path.dropFirst(top.count) : path
    }
    freeze = freeze.map(own)
    rateOf = Dictionary(rateOf.map { (own($0), $1) }) { _, last in last }
  }
}

/// As a run's record holds them: each that has an effect, under the key of its setting.
extension TrainingOptions: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var record = encoder.container(keyedBy: NamedKey.self)
    for setting in RunSetting.all where setting.condition?.holds(self) ?? true {
      if setting.isRecorded, let value = setting.option?.recorded(self) {
        try record.encode(value, forKey: NamedKey(setting.key))
      }
    }
  }
}

/// A value that an option cannot have.
package struct RunOptionError: Error, CustomStringConvertible {
  package let description: String
}

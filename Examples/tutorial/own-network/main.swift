import Tessera

/// A small encoder and decoder with batch normalization; its parameters are found by their property paths.
struct SmallNetwork: SegmentationModel {
  let stem: Conv2D
  let down: [Stage]
  let up: [TransposedConv2D]
  let classifier: Conv2D
  let configuration: Configuration

  /// The numbers that define the network; a checkpoint holds them.
  struct Configuration: NetworkConfiguration {
    static let name = "small"
    var classes: Int
    var normalization = ImageNormalization.unit
    /// Two stages halve a picture twice.
    var sizeMultiple: Int { 4 }

    init(classes: Int) { self.classes = classes }

    func makeNetwork(random: RandomStream) -> SmallNetwork { SmallNetwork(self, random: random) }
  }

  init(_ configuration: Configuration, random: RandomStream) {
    var random = random
    stem = Conv2D(from: 3, to: 16, kernel: 3, activation: .relu, random: &random)
    down = [Stage(from: 16, to: 32, random: &random), Stage(from: 32, to: 64, random: &random)]
    up = [
      TransposedConv2D(from: 64, to: 32, kernel: 2, stride: 2, activation: .relu, random: &random),
      TransposedConv2D(from: 32, to: 16, kernel: 2, stride: 2, activation: .relu, random: &random),
    ]
    classifier = Conv2D(from: 16, to: configuration.classes, kernel: 1, random: &random)
    self.configuration = configuration
  }

  func callAsFunction(_ images: Variable) -> Variable {
    var features = stem(images)
    var skips: [Variable] = []
    for stage in down {
      skips.append(features)
      features = stage(features)
    }
    for layer in up { features = layer(features) + skips.removeLast() }
    return classifier(features)
  }
}

/// Half the size, twice the channels.
struct Stage: Module {
  let convolution: Conv2D
  let norm: BatchNorm

  init(from inputs: Int, to outputs: Int, random: inout RandomStream) {
    convolution = Conv2D(from: inputs, to: outputs, kernel: 3, stride: 2, bias: false, random: &random)
    norm = BatchNorm(outputs)
  }

  func callAsFunction(_ input: Variable) -> Variable { relu(norm(convolution(input))) }
}

let scenes = SyntheticScenes(count: 100, width: 64, height: 64, outlines: 255)
let model = SmallNetwork(.init(classes: scenes.labelSpace.count), random: RandomStream(seed: 1))
print("\(model.parameterCount) parameters, the first is \(model.namedParameters[0].name)")

// The loop by hand: a tape for each step, gradients as a value, nothing hidden.
let optimizer = AdamW(for: model)
let random = RandomStream(seed: 2)
let loader = DataLoader(scenes, batchSize: 5, imageSize: 64, augmentation: .flip, steps: 60)
var step = 0
for try await batch in loader.epoch(0) {
  let tape = Tape(random: random.derived("step", step))
  let loss = crossEntropy(model.logits(of: batch.images, on: tape), batch.masks)
  optimizer.update(along: tape.gradients(of: loss.mean), rate: 0.003)
  step += 1
  if step % 20 == 0 { print("step \(step): loss \(loss.mean.value.item), accuracy \(loss.accuracy)") }
}

// A program opens the checkpoints of the networks in its catalog.
try SegmentationCheckpoint(model: model, labelSpace: scenes.labelSpace, imageSize: 64).save(to: "small.safetensors")
let catalog = NetworkCatalog.standard.adding(SmallNetwork.Configuration.self)
let predictor = try Predictor(checkpoint: "small.safetensors", catalog: catalog)
try predictor.mask(for: scenes.sample(at: 0).image).colored.write(to: "small.png")

import TesseraTensors

/// Mix Transformer B0: 3.3 million parameters.
public enum MixTransformerB0: MixTransformerArchitecture {
  public static let (name, title) = ("mit-b0", "MiT-B0")
  public static let table = MixTransformer.Table(widths: [32, 64, 160, 256], depths: [2, 2, 2, 2])
}

/// Mix Transformer B1: 13.2 million parameters.
public enum MixTransformerB1: MixTransformerArchitecture {
  public static let (name, title) = ("mit-b1", "MiT-B1")
  public static let table = MixTransformer.Table(widths: [64, 128, 320, 512], depths: [2, 2, 2, 2])
}

/// Mix Transformer B2: 24.2 million parameters.
public enum MixTransformerB2: MixTransformerArchitecture {
  public static let (name, title) = ("mit-b2", "MiT-B2")
  public static let table = MixTransformer.Table(widths: [64, 128, 320, 512], depths: [3, 4, 6, 3])
  public static let projectionWidth = 768
}

/// A Mix Transformer by its numbers.
public protocol MixTransformerArchitecture: EncoderArchitecture where Features == MixTransformer {
  static var table: MixTransformer.Table { get }
}

extension MixTransformerArchitecture {
  public static var outputStrides: [Int] { [32] }
  public static var stochasticDepth: Float { 0.1 }
  /// In each stage attention sees features at 1/32.
  public static var sizeMultiple: Int { 32 }

  public static func makeEncoder(_ plan: EncoderPlan, random: inout RandomStream) -> MixTransformer {
    MixTransformer(table, plan: plan, random: &random)
  }

  public static func namings(_ plan: EncoderPlan) -> [LayerNaming] {
    // A `SegformerModel` saved by itself has no prefix.
    let transformers = [Names.version5, .version4].flatMap { names in
      ["segformer.", ""].map { LayerNaming(names.program, self.names(names, $0), leavingOut: ["classifier"]) }
    }
    return transformers + [
      LayerNaming(
        Names.smp.program, names(.smp), leavingOut: ["head"], variant: EncoderVariant(blockEpsilon: 1e-6))
    ]
  }

  private static func names(_ names: Names, _ prefix: String = "") -> [String: String] {
    var found: [String: String] = [:]
    for (stage, count) in table.depths.enumerated() {
      let embedding = names.embedding(stage)
      found["stages.\(stage).embedding"] = "\(prefix)\(embedding).proj"
      found["stages.\(stage).embeddingNorm"] = "\(prefix)\(embedding).\(names.embeddingNorm)"
      found["stages.\(stage).norm"] = prefix + names.norm(stage)
      for block in 0..<count {
        for (own, foreign) in names.layers {
          found["stages.\(stage).blocks.\(block).\(own)"] = "\(prefix)\(names.block(stage, block)).\(foreign)"
        }
      }
    }
    return found
  }
}

/// What a program calls the layers of a Mix Transformer.
private struct Names: Sendable {
  let program: String
  let embedding: @Sendable (_ stage: Int) -> String
  var embeddingNorm = "layer_norm"
  let norm: @Sendable (_ stage: Int) -> String
  let block: @Sendable (_ stage: Int, _ block: Int) -> String
  /// By their property paths in a block.
  let layers: [String: String]

  static let version5 = Names(
    program: "transformers", embedding: { "stages.\($0).patch_embeddings" }, norm: { "stages.\($0).layer_norm" },
    block: { "stages.\($0).blocks.\($1)" },
    layers: [
      "attentionNorm": "layernorm_before", "mixNorm": "layernorm_after", "attention.query": "attention.q_proj",
      "attention.key": "attention.k_proj", "attention.value": "attention.v_proj",
      "attention.output": "attention.o_proj",
      "attention.reduction": "attention.sequence_reduction.sequence_reduction",
      "attention.reductionNorm": "attention.sequence_reduction.layer_norm", "mix.first": "mlp.fc1",
      "mix.depthwise": "mlp.dwconv.dwconv", "mix.second": "mlp.fc2",
    ])

  /// The hub's files.
  static let version4 = Names(
    program: LayerNaming.earlyTransformers, embedding: { "encoder.patch_embeddings.\($0)" },
    norm: { "encoder.layer_norm.\($0)" }, block: { "encoder.block.\($0).\($1)" },
    layers: [
      "attentionNorm": "layer_norm_1", "mixNorm": "layer_norm_2", "attention.query": "attention.self.query",
      "attention.key": "attention.self.key", "attention.value": "attention.self.value",
      "attention.output": "attention.output.dense", "attention.reduction": "attention.self.sr",
      "attention.reductionNorm": "attention.self.layer_norm", "mix.first": "mlp.dense1",
      "mix.depthwise": "mlp.dwconv.dwconv", "mix.second": "mlp.dense2",
    ])

  /// Also those of the paper's authors. Keys and values are one layer.
  static let smp = Names(
    program: "segmentation-models-pytorch", embedding: { "patch_embed\($0 + 1)" }, embeddingNorm: "norm",
    norm: { "norm\($0 + 1)" }, block: { "block\($0 + 1).\($1)" },
    layers: [
      "attentionNorm": "norm1", "mixNorm": "norm2", "attention.query": "attn.q", "attention.key": "attn.kv",
      "attention.value": "attn.kv", "attention.output": "attn.proj", "attention.reduction": "attn.sr",
      "attention.reductionNorm": "attn.norm", "mix.first": "mlp.fc1", "mix.depthwise": "mlp.dwconv.dwconv",
      "mix.second": "mlp.fc2",
    ])
}

extension LayerNaming {
  /// transformers with the names that it used before version 5.
  static let earlyTransformers = "transformers before 5"
}

import Foundation
import TesseraNetworks

/// What a Keras file says of a whole model, in JSON: its layers in the model's order, and those of models inside it.
struct KerasDescription {
  /// A layer, whether or not it has weights.
  struct Layer {
    let name: String
    /// Such as `Conv2D`.
    let type: String
    let settings: Settings
    /// The layers whose results it takes, in its order; `nil` if that is unknown, or it is used more than once.
    let inputs: [String]?

    /// `nil` for what no table names.
    var kind: WeightTable.Layer.Kind? {
      switch type {
      case "Conv2D": .convolution
      case "DepthwiseConv2D": .depthwiseConvolution
      case "Conv2DTranspose": .transposedConvolution
      case "Dense": .dense
      case "BatchNormalization": .batchNormalization
      case "LayerNormalization": .normalization
      default: nil
      }
    }
  }

  /// What a layer computes, as far as it says so.
  struct Settings {
    var padding, activation: String?
    /// Along both axes.
    var strides, dilation: [Int]?
    var groups: Int?
  }

  /// Layers of inner models are where the model is.
  let layers: [Layer]
  /// Whether there are inner models.
  let isNested: Bool

  /// In bytes: more than the description of any network takes.
  static let longest = 1 << 24

  /// `nil` if the text describes no model of layers; weights can be read without it.
  init?(_ text: some Sequence<UInt8>) {
    guard let model = try? JSONDecoder().decode(Node.self, from: Data(text)), let nodes = model.config?.layers else {
      return nil
    }
    layers = nodes.flatMap(\.layers)
    isNested = nodes.contains { $0.config?.layers != nil }
  }

  /// A layer or a model.
  private struct Node: Decodable {
    let type: String
    let config: Config?
    private let uses: [KerasTensors]?

    private enum CodingKeys: String, CodingKey {
      case type = "class_name"
      case config
      case uses = "inbound_nodes"
    }

    init(from decoder: any Decoder) throws {
      let node = try decoder.container(keyedBy: CodingKeys.self)
      type = try node.decode(String.self, forKey: .type)
      config = try? node.decode(Config.self, forKey: .config)
      uses = try? node.decode([KerasTensors].self, forKey: .uses)
    }

    var layers: [Layer] {
      guard let config else { return [] }
      return config.layers?.flatMap(\.layers)
        ?? config.name.map {
          [Layer(name: $0, type: type, settings: config.settings, inputs: uses?.count == 1 ? uses?[0].layers : nil)]
        } ?? []
    }
  }

  /// Other types of layers may use the same keys for other things.
  private struct Config: Decodable {
    let name: String?
    let layers: [Node]?
    private(set) var settings = Settings()

    private enum CodingKeys: String, CodingKey {
      case name, layers, padding, activation, strides, groups
      case dilation = "dilation_rate"
    }

    init(from decoder: any Decoder) throws {
      let config = try decoder.container(keyedBy: CodingKeys.self)
      name = try? config.decode(String.self, forKey: .name)
      layers = try? config.decode([Node].self, forKey: .layers)
      settings.padding = try? config.decode(String.self, forKey: .padding)
      settings.activation = try? config.decode(String.self, forKey: .activation)
      settings.strides = try? config.decode([Int].self, forKey: .strides)
      settings.dilation = try? config.decode([Int].self, forKey: .dilation)
      settings.groups = try? config.decode(Int.self, forKey: .groups)
    }
  }
}

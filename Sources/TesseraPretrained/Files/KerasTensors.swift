/// The layers that the tensors in a part of a Keras description come from: `["conv2d", 0, 0, {}]` in Keras 2, the same
/// under `keras_history` in Keras 3, in lists in any depth.
struct KerasTensors: Decodable {
  let layers: [String]

  private enum CodingKeys: String, CodingKey {
    case arguments = "args"
    case config
    case history = "keras_history"
  }

  init(from decoder: any Decoder) throws {
    if let fields = try? decoder.container(keyedBy: CodingKeys.self) {
      let inner = [CodingKeys.arguments, .config, .history].lazy.compactMap {
        try? fields.decode(KerasTensors.self, forKey: $0)
      }
      layers = inner.first?.layers ?? []
      return
    }
    var layers: [String] = []
    if var list = try? decoder.unkeyedContainer() {
      if let name = try? list.decode(String.self) {
        layers = [name]
      } else {
        while !list.isAtEnd {
          if let next = try? list.decode(KerasTensors.self) { layers += next.layers } else { break }
        }
      }
    }
    self.layers = layers
  }
}

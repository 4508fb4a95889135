/// What PyTorch's wrappers put before every name, and what follows.
struct TorchNames {
  /// DistributedDataParallel's, torch.compile's, and that of a common property name.
  private static let wrappers = ["module.", "_orig_mod.", "model."]

  /// More than anybody nests; each is a pass over all names.
  private static let mostWrappers = 8

  /// What all names begin with; empty where nothing wraps them.
  let prefix: String

  init(_ names: [String]) {
    var prefix = ""
    for _ in 0..<Self.mostWrappers where !names.isEmpty {
      let wrapper = Self.wrappers.first { wrapper in names.allSatisfy { $0.hasPrefix(prefix + wrapper) } }
      prefix += wrapper ?? ""
    }
    self.prefix = prefix
  }

  func bare(_ name: String) -> String { String(name.dropFirst(prefix.count)) }

  func original(_ bare: String) -> String { prefix + bare }
}

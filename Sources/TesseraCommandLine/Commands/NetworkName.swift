import ArgumentParser
import Tessera

/// A network by its name on the command line, which may be misspelled.
struct NetworkName: ExpressibleByArgument {
  let name: String

  init(argument: String) { name = argument }

  /// All names if they are few; the parser repeats them in help.
  static var allValueStrings: [String] { names.count > 8 ? [] : names }
  static var defaultCompletionKind: CompletionKind { .list(names) }
  private static var names: [String] { NetworkCatalog.named.names }

  /// `unet, fcnn or another that 'networks' lists`.
  static var choices: String {
    names.count < 4
      ? names.joined(separator: " or ") : "\(names.prefix(2).joined(separator: ", ")) or another that 'networks' lists"
  }

  /// The network of the catalog.
  ///
  /// - Throws: `ValidationError` with what may have been meant.
  func network() throws(ValidationError) -> any NetworkConfiguration.Type {
    guard let network = NetworkCatalog.named[name] else {
      throw ValidationError("unknown network '\(name)'; \(Self.advice(about: name))")
    }
    return network
  }

  /// The network that a training is of: one of the catalog, or what stands for networks of files.
  ///
  /// - Throws: `ValidationError` with what may have been meant.
  func trainedNetwork() throws(ValidationError) -> any NetworkConfiguration.Type {
    if name == ImportedNetworks.name, let network = NetworkCatalog.current[name] { return network }
    return try network()
  }

  /// `did you mean unet-resnet34?`, or where to look.
  static func advice(about word: String) -> String {
    let similar = similar(to: word)
    let list = "'\(NetworksCommand.name)"
    guard let last = similar.last else { return "\(list)' lists the networks" }
    if similar.count > 8 {
      return "\(list) \(word)' lists the \(similar.count) networks whose names contain that"
    }
    let others = similar.dropLast().joined(separator: ", ")
    return "did you mean \(others.isEmpty ? "" : others + " or ")\(last)?"
  }

  /// The names that a word may stand for: the one that is spelled like it, those that contain it, or the nearest.
  private static func similar(to word: String) -> [String] {
    let given = plain(word)
    if let same = names.first(where: { plain($0) == given }) { return [same] }
    let longer = given.count < 3 ? [] : names.filter { plain($0).hasPrefix(given) }
    if !longer.isEmpty { return longer }
    let containing = given.count < 3 ? [] : containing(word)
    if !containing.isEmpty { return containing }
    return (halvesCorrected(word) ?? Suggestion.nearest(to: word, in: names)).map { [$0] } ?? []
  }

  /// The names that contain a word; if none does, those that contain it spelled otherwise.
  static func containing(_ word: String) -> [String] {
    let exact = names.filter { $0.contains(word) }
    let given = plain(word)
    return exact.isEmpty && !given.isEmpty ? names.filter { plain($0).contains(given) } : exact
  }

  /// Small letters and digits only, the plus of papers' names spelled out: `unetplusplusresnet34` of
  /// `UNet++_ResNet-34`.
  private static func plain(_ word: String) -> String {
    word.lowercased().replacing("+", with: "plus").filter { $0.isLetter || $0.isNumber }
  }

  /// The name whose decoder and encoder are each the nearest to those of a word.
  private static func halvesCorrected(_ word: String) -> String? {
    func halves(_ name: String) -> [String] { name.split(separator: "-", maxSplits: 1).map(String.init) }
    let given = halves(word.lowercased().replacing("+", with: "plus"))
    let known = names.map(halves).filter { $0.count == 2 }
    guard given.count == 2 else { return nil }
    let corrected = given.indices.map { index in
      let candidates = Set(known.map { $0[index] })
      return candidates.contains(given[index])
        ? given[index] : Suggestion.nearest(to: given[index], in: candidates.sorted()) ?? ""
    }
    let name = corrected.joined(separator: "-")
    return names.contains(name) ? name : nil
  }
}

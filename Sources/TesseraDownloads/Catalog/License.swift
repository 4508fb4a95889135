/// What the publisher of a file allows, as the publisher's own documents say.
public struct License: Equatable, Sendable, CustomStringConvertible {
  /// Whether the file may be used commercially.
  public enum CommercialUse: Equatable, Sendable {
    case allowed
    /// Only for what the license names.
    case excluded
    /// The publisher leaves it open.
    case notStated
  }

  public let name: String
  /// Where its text is.
  public let address: String
  public let commercialUse: CommercialUse
  /// What the publisher says besides, in a few words.
  public let remark: String?

  public init(_ name: String, at address: String, commercialUse: CommercialUse, remark: String? = nil) {
    (self.name, self.address, self.commercialUse, self.remark) = (name, address, commercialUse, remark)
  }

  /// One line with everything, such as `Apache-2.0, commercial use allowed (https://...)`.
  public var description: String {
    let use =
      switch commercialUse {
      case .allowed: "commercial use allowed"
      case .excluded: "no commercial use"
      case .notStated: "commercial use not stated"
      }
    return ([name, use] + [remark].compactMap(\.self)).joined(separator: ", ") + " (\(address))"
  }
}

extension License {
  /// That of SegFormer's code and weights; its section 3.3 applies to works that derive from them, too.
  static let segFormer = License(
    "NVIDIA Source Code License for SegFormer", at: "https://github.com/NVlabs/SegFormer/blob/master/LICENSE",
    commercialUse: .excluded, remark: "for research or evaluation only, also what is derived from it")

  /// That of torchvision's code; of its weights, the publisher says only this.
  static let torchvision = License(
    "BSD-3-Clause", at: "https://github.com/pytorch/vision#pre-trained-model-license", commercialUse: .notStated,
    remark: "weights may be under terms of the data that they were trained on")

  /// That which timm's catalog names for weights trained on ImageNet, and what timm says of all of them.
  static func timm(_ name: String) -> License {
    License(
      name, at: "https://github.com/huggingface/pytorch-image-models#licenses", commercialUse: .notStated,
      remark: "ImageNet was released for non-commercial research, which may apply to weights")
  }
}

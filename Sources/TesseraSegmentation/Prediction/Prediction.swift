import TesseraImaging

/// What a network says about a picture.
public struct Prediction: Sendable, Equatable {
  /// The most probable class of each pixel; void is none of them.
  public let mask: Mask
  /// The largest output of each pixel, void's among them where the network has one: what Keras' accuracy compares.
  public let largestOutputs: Mask
}

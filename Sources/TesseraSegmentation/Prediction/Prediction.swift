import TesseraImaging

/// What a network says about a picture.
public struct Prediction: Sendable, Equatable {
  /// The most probable class of each pixel, never void.
  public let mask: Mask
  /// The largest output of each pixel, including void's if the network has one: what Keras' accuracy compares.
  public let largestOutputs: Mask
}

extension NetworkCatalog {
  /// The decoders of the library.
  public static let decoders: [any SegmentationDecoder.Type] = [
    UNetDecoder.self, UNetPlusPlusDecoder.self, FPNDecoder.self, PSPNetDecoder.self, DeepLabV3Decoder.self,
    DeepLabV3PlusDecoder.self, FCNDecoder.self, LRASPPDecoder.self, SegFormerDecoder.self,
  ]

  /// The encoders of the library.
  public static let encoders: [any EncoderArchitecture.Type] = [
    VGG16Encoder.self, VGG16NormalizedEncoder.self, ResNet18.self, ResNet34.self, ResNet50.self, ResNet101.self,
    MobileNetV2.self, MobileNetV3.self, EfficientNetB0.self, MixTransformerB0.self, MixTransformerB1.self,
    MixTransformerB2.self,
  ]

  /// The networks of one decoder with each of several encoders.
  ///
  /// ```swift
  /// let catalog = NetworkCatalog.standard.adding(NetworkCatalog.networks(of: MyDecoder.self))
  /// ```
  public static func networks(
    of decoder: any SegmentationDecoder.Type, on encoders: [any EncoderArchitecture.Type] = encoders
  ) -> [any NetworkConfiguration.Type] {
    func network<Decoding: SegmentationDecoder, Encoding: EncoderArchitecture>(
      _ decoder: Decoding.Type, _ encoder: Encoding.Type
    ) -> any NetworkConfiguration.Type { EncoderDecoder<Decoding, Encoding>.Configuration.self }
    func networks<Decoding: SegmentationDecoder>(_ decoder: Decoding.Type) -> [any NetworkConfiguration.Type] {
      encoders.map { encoder in network(decoder, encoder) }
    }
    return networks(decoder)
  }
}

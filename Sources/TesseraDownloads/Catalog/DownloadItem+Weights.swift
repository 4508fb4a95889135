import TesseraImaging

extension DownloadItem {
  /// Published weights of whole networks.
  public static let networks: [DownloadItem] = [
    segFormer(
      "b0", file: "segformer-b0-finetuned-ade-512-512.safetensors", source: "model.safetensors", bytes: 15_000_000),
    segFormer(
      "b1", file: "segformer-b1-finetuned-ade-512-512.bin", source: "pytorch_model.bin", bytes: 55_000_000),
    torchvision("lraspp-mobilenetv3", size: 512, "lraspp_mobilenet_v3_large-d234d4ea.pth", mebibytes: 12.49),
    torchvision("deeplabv3-mobilenetv3", size: 512, "deeplabv3_mobilenet_v3_large-fc3c493d.pth", mebibytes: 42.301),
    torchvision("deeplabv3-resnet50", size: 520, "deeplabv3_resnet50_coco-cd0a2569.pth", mebibytes: 160.515),
    torchvision("fcn-resnet50", size: 520, "fcn_resnet50_coco-1167a1af.pth", mebibytes: 135.009),
  ]

  /// Published weights of encoders, trained on ImageNet.
  public static let encoders: [DownloadItem] = [
    .vgg16, .vgg16Dense,
    encoder("resnet34", "ResNet-34", "resnet34-b627a593.pth", at: pyTorch, mebibytes: 83.275, .timm("BSD-3-Clause")),
    encoder("resnet50", "ResNet-50", "resnet50-0676ba61.pth", at: pyTorch, mebibytes: 97.781, .timm("BSD-3-Clause")),
    encoder(
      "mobilenetv2", "MobileNetV2", "mobilenetv2_100_ra-b33bc2c4.pth",
      at: "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights", mebibytes: 13.5,
      .timm("Apache-2.0")),
    encoder(
      "mobilenetv3", "MobileNetV3-Large", "mobilenet_v3_large-5c1a4163.pth", at: pyTorch, mebibytes: 21.107,
      .torchvision),
  ]

  /// The item of `networks` and `encoders` with this file.
  public static func weights(inFile name: String) -> DownloadItem? {
    (networks + encoders).first { $0.file == name }
  }

  private static let pyTorch = "https://download.pytorch.org/models"

  /// A SegFormer trained on ADE20K at 512 pixels, as transformers names its weights. No checksum is published.
  private static func segFormer(_ size: String, file: String, source: String, bytes: Int) -> DownloadItem {
    DownloadItem(
      name: "segformer-\(size)-ade20k", title: "ADE20K's 150 classes (NVIDIA)", file: file,
      addresses: ["https://huggingface.co/nvidia/segformer-\(size)-finetuned-ade-512-512/resolve/main/\(source)"],
      checksum: nil, bytes: bytes,
      purpose: .network("segformer-\(size)", labelSpace: .ade20k.withoutVoidOutput, imageSize: 512),
      license: .segFormer)
  }

  /// A network of torchvision, trained on the pictures of COCO in which classes of VOC occur.
  private static func torchvision(
    _ network: String, size: ImageSize, _ file: String, mebibytes: Double
  ) -> DownloadItem {
    DownloadItem(
      name: "\(network)-coco", title: "COCO with VOC's 21 classes (torchvision)", file: file,
      addresses: ["\(pyTorch)/\(file)"], checksum: checksum(in: file), bytes: Int(mebibytes * 1_048_576),
      purpose: .network(network, labelSpace: .voc, imageSize: size), license: .torchvision)
  }

  private static func encoder(
    _ name: String, _ title: String, _ file: String, at server: String, mebibytes: Double, _ license: License
  ) -> DownloadItem {
    DownloadItem(
      name: name, title: "\(title), ImageNet (\(license == .torchvision ? "torchvision" : "timm"))", file: file,
      addresses: ["\(server)/\(file)"], checksum: checksum(in: file), bytes: Int(mebibytes * 1_048_576),
      purpose: .encoder(example: "unet-\(name)"), license: license)
  }

  /// The beginning of the SHA-256, with which PyTorch's and timm's file names end.
  private static func checksum(in file: String) -> FileChecksum? {
    file.split(separator: ".").first?.split(separator: "-").last.map { FileChecksum(.sha256, String($0)) }
  }
}

extension DownloadItem {
  /// ADE20K as published for the scene parsing challenge of 2016, with 150 classes.
  public static let ade20k = DownloadItem(
    name: "ade20k", title: "ADE20K, 20,210 training and 2,000 validation pictures with 150 classes",
    file: "ADEChallengeData2016.zip",
    addresses: ["http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip"],
    checksum: FileChecksum(.sha1, "219e1696abb36c8ba3a3afe7fb2f4b4606a897c7"), bytes: 970_000_000,
    folder: Folder(
      name: "ADEChallengeData2016", bytes: 1_100_000_000,
      contents: [
        ("objectInfo150.txt", nil), ("images/training", 20_210), ("images/validation", 2_000),
        ("annotations/training", 20_210), ("annotations/validation", 2_000),
      ]))

  /// The challenge's test pictures, whose annotations are not published.
  public static let ade20kTest = DownloadItem(
    name: "ade20k-test", title: "ADE20K's test pictures, without annotations", file: "release_test.zip",
    addresses: ["http://data.csail.mit.edu/places/ADEchallenge/release_test.zip"],
    checksum: FileChecksum(.sha1, "e05747892219d10e9243933371a497e905a4860c"), bytes: 210_000_000,
    folder: Folder(name: "release_test", bytes: 230_000_000, contents: []))

  /// VGG-16's convolutions, trained on ImageNet, as Keras publishes them.
  public static let vgg16 = DownloadItem(
    name: "vgg16", title: "VGG-16's convolutions, trained on ImageNet (Keras)",
    file: "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    addresses: [
      "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    ],
    checksum: FileChecksum(.md5, "6d6bbae143d832006294945121d1f1fc"), bytes: 58_889_256,
    purpose: .encoder(example: "fcnn"))

  /// All of VGG-16, trained on ImageNet, with torchvision's weights as published by timm.
  public static let vgg16Dense = DownloadItem(
    name: "vgg16-dense", title: "VGG-16 with its dense layers, trained on ImageNet (timm)",
    file: "vgg16.tv_in1k.safetensors",
    addresses: ["https://huggingface.co/timm/vgg16.tv_in1k/resolve/main/model.safetensors"],
    checksum: FileChecksum(.sha256, "57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8"),
    bytes: 553_000_000, purpose: .encoder(example: "fcnn"), license: .timm("BSD-3-Clause"))

  /// All items that have a name: data sets, whole networks, and encoders.
  public static let catalog: [DownloadItem] = [.ade20k, .ade20kTest] + networks + encoders
}

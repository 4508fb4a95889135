extension LabelSpace {
  /// The 19 classes that Cityscapes is trained and measured with (Cordts et al., CVPR 2016) at 0...18, with the data
  /// set's names and colors; 255 is void.
  public static let cityscapes = LabelSpace(
    classes: [
      Class(name: "road", color: Color(128, 64, 128)), Class(name: "sidewalk", color: Color(244, 35, 232)),
      Class(name: "building", color: Color(70, 70, 70)), Class(name: "wall", color: Color(102, 102, 156)),
      Class(name: "fence", color: Color(190, 153, 153)), Class(name: "pole", color: Color(153, 153, 153)),
      Class(name: "traffic light", color: Color(250, 170, 30)),
      Class(name: "traffic sign", color: Color(220, 220, 0)), Class(name: "vegetation", color: Color(107, 142, 35)),
      Class(name: "terrain", color: Color(152, 251, 152)), Class(name: "sky", color: Color(70, 130, 180)),
      Class(name: "person", color: Color(220, 20, 60)), Class(name: "rider", color: Color(255, 0, 0)),
      Class(name: "car", color: Color(0, 0, 142)), Class(name: "truck", color: Color(0, 0, 70)),
      Class(name: "bus", color: Color(0, 60, 100)), Class(name: "train", color: Color(0, 80, 100)),
      Class(name: "motorcycle", color: Color(0, 0, 230)), Class(name: "bicycle", color: Color(119, 11, 32)),
    ], void: 255)

  /// The 11 classes that CamVid (Brostow et al. 2009) is mostly measured with, at 0...10 in SegNet's order
  /// (Badrinarayanan et al. 2017), and "unlabelled" at 11 as void.
  public static let camvid = LabelSpace(
    classes: [
      Class(name: "sky", color: Color(128, 128, 128)), Class(name: "building", color: Color(128, 0, 0)),
      Class(name: "pole", color: Color(192, 192, 128)), Class(name: "road", color: Color(128, 64, 128)),
      Class(name: "pavement", color: Color(60, 40, 222)), Class(name: "tree", color: Color(128, 128, 0)),
      Class(name: "sign", color: Color(192, 128, 128)), Class(name: "fence", color: Color(64, 64, 128)),
      Class(name: "car", color: Color(64, 0, 128)), Class(name: "pedestrian", color: Color(64, 64, 0)),
      Class(name: "bicyclist", color: Color(0, 128, 192)), Class(name: "unlabelled", color: .black),
    ], void: 11)

  /// What the trimaps of the Oxford-IIIT Pets (Parkhi et al., CVPR 2012) say, counted from 0: 1 becomes 0. The border,
  /// which the data set calls "not classified", is void.
  public static let pets = LabelSpace(
    classes: [
      Class(name: "pet", color: Color(220, 120, 40)), Class(name: "background", color: Color(60, 110, 170)),
      Class(name: "border", color: .black),
    ], void: 2)
}

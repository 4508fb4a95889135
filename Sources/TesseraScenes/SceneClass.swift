import TesseraDatasets
import TesseraImaging

/// What a pixel of a drawn scene shows; the raw value is the mask's index.
enum SceneClass: UInt16, CaseIterable {
  case sky, cloud, mountain, grass, water, road, building, tree, car, person

  var color: Color {
    switch self {
    case .sky: Color(126, 190, 234)
    case .cloud: Color(236, 240, 244)
    case .mountain: Color(138, 120, 150)
    case .grass: Color(132, 178, 84)
    case .water: Color(46, 104, 182)
    case .road: Color(92, 94, 102)
    case .building: Color(206, 140, 96)
    case .tree: Color(38, 98, 60)
    case .car: Color(222, 58, 62)
    case .person: Color(250, 200, 66)
    }
  }

  static let labelSpace = LabelSpace(
    classes: allCases.map { LabelSpace.Class(name: "\($0)", color: $0.color) }, void: nil)
}

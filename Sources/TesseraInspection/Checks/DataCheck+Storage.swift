import TesseraDatasets
import TesseraImaging

// How pictures are stored, where that changes what a network sees.
extension DataCheck {
  static let blank = DataCheck("blank", "pictures of a single color") { inspection in
    let places = inspection.places { $0.contrast.map { $0 < 1 } ?? false }
    if places.isEmpty { return [] }
    return [
      inspection.finding(
        .warning, DataInspection.counted(places.count, "picture", "has", "have") + " a single color", at: places,
        advice: "check that these pictures were exported whole", of: "blank")
    ]
  }

  static let inks = DataCheck("cmyk", "pictures in inks (CMYK), whose colors other programs may show otherwise") {
    inspection in
    let places = inspection.places { $0.traits?.hasInks == true }
    if places.isEmpty { return [] }
    return [
      DataFinding(
        .warning, DataInspection.counted(places.count, "picture", "is", "are") + " in CMYK: its colors are estimated",
        at: places, remedy: "convert to RGB (this writes the pictures again)",
        command: inspection.invocation.command(
          DataInspection.pillow("m.convert(\"RGB\").save(f, quality=95)"), for: places.map(\.file), of: "cmyk"))
    ]
  }

  static let rotation = DataCheck("rotated", "pictures that an EXIF tag turns or mirrors when they are read") {
    inspection in
    var (certain, doubtful): ([DataFinding.Place], [DataFinding.Place]) = ([], [])
    for part in inspection.parts {
      for (index, pair) in part.pairs.enumerated() {
        guard let orientation = pair.traits?.orientation, orientation != 1 else { continue }
        let place = part.place(index, detail: "orientation \(orientation)")
        // A mask that fits only the upright picture was made with it.
        let isCertain = orientation > 4 && pair.size.map { !$0.isSquare } == true
        if isCertain { certain.append(place) } else { doubtful.append(place) }
      }
    }
    certain.removeAll { place in
      inspection.parts.contains { part in
        part.faults.contains { part.dataset.files[$0.key].image == place.file }
      }
    }
    func finding(
      _ severity: DataFinding.Severity, _ places: [DataFinding.Place], _ more: String, list: String
    ) -> DataFinding? {
      guard !places.isEmpty else { return nil }
      return DataFinding(
        severity,
        DataInspection.counted(places.count, "picture", "is", "are") + " turned upright by EXIF tags, masks never"
          + more,
        at: places,
        remedy: "if the masks fit, write the pictures upright, so that every program sees them alike",
        command: inspection.invocation.command(
          DataInspection.pillow("ImageOps.exif_transpose(m).save(f, quality=95)", imports: "Image, ImageOps"),
          for: places.map(\.file), of: list), list: list)
    }
    return [
      finding(
        .warning, doubtful, "; the sizes do not tell whether the masks were made with the tags or without",
        list: "rotated-doubtful"),
      finding(.note, certain, "; the masks' sizes fit", list: "rotated"),
    ].compactMap(\.self)
  }

  static let transparency = DataCheck("alpha", "pictures with an alpha channel, which is not read") { inspection in
    let places = inspection.places { $0.traits?.hasAlpha == true }
    if places.isEmpty { return [] }
    return [
      DataFinding(
        .note,
        DataInspection.counted(places.count, "picture", "has", "have")
          + " an alpha channel, which is dropped: if pixels are transparent, what lies under them shows",
        at: places, remedy: "if some are, put the pictures on white (this writes them again)",
        command: inspection.invocation.command(
          DataInspection.pillow(
            "Image.alpha_composite(Image.new(\"RGBA\", m.size, \"white\"), m.convert(\"RGBA\")).convert(\"RGB\").save(f)"
          ),
          for: places.map(\.file), of: "alpha"))
    ]
  }

  static let formats = DataCheck("formats", "files whose names say another format, and pictures of 16 bits") {
    inspection in
    let misnamed = inspection.parts.flatMap { part in
      part.pairs.indices.compactMap { index -> DataFinding.Place? in
        guard let format = part.pairs[index].traits?.format,
          let named = FileFormat(fileName: part.dataset.files[index].image)
        else { return nil }
        return named == format ? nil : part.place(index, detail: "is a \(format.rawValue)")
      }
    }
    let deep = inspection.places { $0.traits?.bitDepth == 16 }
    var findings: [DataFinding] = []
    if !misnamed.isEmpty {
      findings.append(
        DataFinding(
          .note,
          DataInspection.counted(misnamed.count, "picture", "has", "have")
            + " the extension of another format; Tessera reads by content, other programs may not",
          at: misnamed, remedy: "rename these files, if other programs are to read them"))
    }
    if !deep.isEmpty {
      findings.append(
        DataFinding(
          .note, DataInspection.counted(deep.count, "picture", "has", "have") + " 16 bits per sample", at: deep,
          remedy: "nothing need be done: they keep their precision"))
    }
    return findings
  }

  static let gray = DataCheck("gray", "gray pictures among colored ones") { inspection in
    let places = inspection.places(where: \.isGray) {
      $0.traits?.channels == 1 ? "one channel" : "three equal channels"
    }
    let read = inspection.parts.flatMap(\.pairs).count { $0.size != nil }
    if places.isEmpty || places.count == read { return [] }
    return [
      DataFinding(
        .note,
        "\(places.count) of \(read) pictures \(places.count == 1 ? "is" : "are") gray; the network sees three equal channels",
        at: places,
        remedy: "nothing need be done if pictures to come may be gray too; otherwise leave them out")
    ]
  }
}

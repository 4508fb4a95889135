import Foundation
import TesseraDatasets
import TesseraImaging

// Whether all files are there, and can be read.
extension DataCheck {
  static let opening = DataCheck("opening", "a folder whose splits or values cannot be read as they are") {
    $0.openingFindings
  }

  static let pairing = DataCheck("pairing", "pictures without a mask, masks without a picture, two files of one name") {
    inspection in
    inspection.unpaired.flatMap { files -> [DataFinding] in
      // Files in formats that are not read, and those with similar names, are partners that can be had.
      let related = RelatedNames(files)
      let renamed = related.images.union(related.renames.map(\.old))
      // Left-out pictures are named with more folders.
      func stem(_ name: String) -> String { (name as NSString).lastPathComponent.stem }
      let unread = Set(files.leftOut.filter { $0.reason == .otherFormat }.flatMap(\.names).map(stem))
      func finding(_ names: [String], in folder: String, _ noun: String, _ other: String) -> DataFinding? {
        let names = names.filter { !renamed.contains($0) && !unread.contains(stem($0)) }
        guard !names.isEmpty else { return nil }
        let places = names.map { DataFinding.Place("\(folder)/\($0)") }
        return DataFinding(
          .error, DataInspection.counted(names.count, noun, "has no \(other)", "have no \(other)"), at: places,
          remedy:
            "add the \(other), under the same name, or set the \(noun) aside (tar -xPf set-aside.tar brings it back)",
          command: inspection.invocation.settingAside(places.map(\.file), of: "pairing-\(noun)s"),
          list: "pairing-\(noun)s")
      }
      let double =
        files.sameStem.isEmpty
        ? nil
        : DataFinding(
          .error, DataInspection.counted(files.sameStem.count, "name", "has", "have") + " several files",
          at: files.sameStem.map { DataFinding.Place($0) },
          remedy: "keep one file of each name")
      return [
        related.finding(), finding(files.imagesWithoutMask, in: files.images, "picture", "mask"),
        finding(files.masksWithoutImage, in: files.masks, "mask", "picture"), double,
      ].compactMap(\.self)
    }
  }

  static let reading = DataCheck("reading", "what a layout's reader leaves out, or takes otherwise than it is written")
  {
    inspection in
    let notes = inspection.layoutNotes
    if notes.isEmpty { return [] }
    return [
      DataFinding(
        .warning,
        DataInspection.counted(notes.count, "part", "is", "are") + " left out, or read otherwise than written",
        at: notes.map { DataFinding.Place($0) },
        remedy: "correct these files, if more is meant")
    ]
  }

  static let leftOut = DataCheck("left-out", "pictures that are not read: in other formats, hidden, or elsewhere") {
    inspection in
    inspection.leftOut.map { left in
      let places = left.names.map { DataFinding.Place("\(left.folder)/\($0)") }
      guard left.reason == .otherFormat else {
        return DataFinding(
          .warning, left.description, at: places, remedy: "move what belongs to the data to where it is read")
      }
      return DataFinding(
        .warning, left.description, at: places, remedy: "convert them (this writes PNG files next to them)",
        command: inspection.invocation.command(
          DataInspection.pillow("m.save(f.rsplit(\".\", 1)[0] + \".png\")"), for: places.map(\.file),
          of: "left-out-formats"), list: "left-out-formats")
    }
  }

  static let unreadable = DataCheck("unreadable", "files that are damaged, empty or of another kind") { inspection in
    var (places, holdsMasks): ([DataFinding.Place], Bool) = ([], false)
    for part in inspection.parts {
      for index in part.pairs.indices {
        var faults = (part.faults[index] ?? []).compactMap { $0 as? ImageError }
        if let fault = part.pairs[index].fault, !faults.contains(where: { $0.file == fault.file }) {
          faults.append(fault)
        }
        let files = part.dataset.files[index]
        holdsMasks = holdsMasks || faults.contains { $0.file == files.mask }
        places += faults.map { DataFinding.Place($0.file, detail: $0.reason, pair: files) }
      }
      // Files of outlines and the like fail in their own words.
      for (index, faults) in part.faults.sorted(by: { $0.key < $1.key }) {
        for fault in faults where !(fault is ImageError || fault is MaskError || fault is DatasetError) {
          places.append(part.place(index, mask: true, detail: "\(fault)"))
        }
      }
    }
    if places.isEmpty { return [] }
    return [
      inspection.finding(
        .error, DataInspection.counted(places.count, "file", "cannot be read", "cannot be read"), at: places,
        advice: "copy or download them again",
        // Without a list of classes all masks are read to count these.
        mustRemove: holdsMasks && !inspection.namesClasses, of: "unreadable")
    ]
  }

  static let sizes = DataCheck("sizes", "pictures and masks of different sizes, and pictures of a few pixels") {
    inspection in
    var (turned, others): ([DataFinding.Place], [DataFinding.Place]) = ([], [])
    for part in inspection.parts {
      for (index, faults) in part.faults.sorted(by: { $0.key < $1.key }) {
        for case DatasetError.differentSizes(_, let size, _, let maskSize) in faults.compactMap({ $0 as? DatasetError })
        {
          let place = part.place(index, detail: "is \(size) pixels, its mask \(maskSize)")
          let isTurned = size.width == maskSize.height && size.height == maskSize.width
          if isTurned && part.pairs[index].traits.map({ $0.orientation > 4 }) == true {
            turned.append(place)
          } else {
            others.append(place)
          }
        }
      }
    }
    var findings: [DataFinding] = []
    let mixed = inspection.parts.flatMap { part in
      part.faults.sorted { $0.key < $1.key }.compactMap { index, faults -> DataFinding.Place? in
        for case DatasetError.differentChannels(_, let channels, _, _) in faults.compactMap({ $0 as? DatasetError }) {
          return part.place(index, detail: "has \(channels) channels")
        }
        return nil
      }
    }
    if !mixed.isEmpty {
      findings.append(
        inspection.finding(
          .error,
          DataInspection.counted(
            mixed.count, "picture", "has another number of channels than the first",
            "have other numbers of channels than the first"),
          at: mixed, advice: "export these pictures again with the same channels", of: "sizes"))
    }
    if !turned.isEmpty {
      findings.append(
        DataFinding(
          .error,
          DataInspection.counted(
            turned.count, "picture", "is turned upright by its EXIF tag, but its mask is not",
            "are turned upright by their EXIF tags, but their masks are not"),
          at: turned, remedy: "remove the tag, so that pictures are as their masks (this writes the pictures again)",
          command: inspection.invocation.command(
            DataInspection.pillow("m.save(f, quality=95)"), for: turned.map(\.file), of: "sizes-turned"),
          list: "sizes-turned"))
    }
    if !others.isEmpty {
      findings.append(
        inspection.finding(
          .error,
          DataInspection.counted(
            others.count, "picture", "has another size than its mask", "have other sizes than their masks"),
          at: others, advice: "export these masks again at the pictures' size", of: "sizes"))
    }
    let least = 16
    let tiny = inspection.places {
      $0.size.map { min($0.width, $0.height) < least } ?? false
    } detail: {
      $0.size.map { "\($0) pixels" }
    }
    if !tiny.isEmpty {
      findings.append(
        inspection.finding(
          .warning,
          DataInspection.counted(tiny.count, "picture", "is", "are") + " less than \(least) pixels wide or high",
          at: tiny, advice: "check that they are no thumbnails", of: "sizes"))
    }
    return findings
  }
}

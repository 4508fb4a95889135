/// Finds what was probably meant by a misspelled word.
package enum Suggestion {
  /// The candidate that is most like `word`; `nil` if none is like it.
  package static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
    let (given, word) = (word, word.lowercased())
    // A file's extension is rarely what is misspelled, and any other name is close to one of two letters.
    let stem = word.lastIndex(of: ".").map { word[..<$0].count } ?? word.count
    let limit = stem < 3 ? 0 : min(8, max(1, stem / 3))
    let ranked = candidates.compactMap { candidate -> (distance: Int, name: String)? in
      let name = candidate.lowercased()
      guard candidate != given else { return nil }
      // The first half of a name stands for the name.
      let isBeginning = word.count >= 3 && name != word && name.hasPrefix(word)
      if isBeginning { return (1, candidate) }
      // Each extra letter is an edit.
      guard abs(word.utf8.count - name.utf8.count) <= 4 * limit else { return nil }
      let distance = distance(word, name)
      return distance <= limit ? (distance, candidate) : nil
    }
    return ranked.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
  }

  /// Letters to insert, remove, change, or swap with their neighbors (Damerau 1964).
  package static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left), Array(right))
    var rows = [[Int]](repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
    for row in 0...left.count {
      for column in 0...right.count {
        guard row > 0, column > 0 else {
          rows[row][column] = max(row, column)
          continue
        }
        let change = left[row - 1] == right[column - 1] ? 0 : 1
        var least = min(
          rows[row - 1][column] + 1, rows[row][column - 1] + 1, rows[row - 1][column - 1] + change)
        if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
          least = min(least, rows[row - 2][column - 2] + 1)
        }
        rows[row][column] = least
      }
    }
    return rows[left.count][right.count]
  }
}

/// A table of fields, separated by commas, with a line for each row; fields with commas, quotes or line breaks are in
/// quotes (RFC 4180).
func commaSeparated(_ rows: [[String]]) -> String {
  rows.map { row in
    row.map { field in
      field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }.joined(separator: ",") + "\n"
  }.joined()
}

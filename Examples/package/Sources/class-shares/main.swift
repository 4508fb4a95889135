import ClassShares
import Foundation
import Tessera

// class-shares CHECKPOINT PICTURE...: what a network sees in pictures, in percent.
let arguments = CommandLine.arguments.dropFirst()
guard let checkpoint = arguments.first, arguments.count > 1 else {
  FileHandle.standardError.write(Data("usage: class-shares CHECKPOINT PICTURE...\n".utf8))
  exit(64)
}
do {
  let predictor = try Predictor(checkpoint: checkpoint)
  for path in arguments.dropFirst() {
    let mask = predictor.mask(for: try Image(contentsOf: path))
    print("\(path)\n\(ClassShares(of: mask).text)")
  }
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}

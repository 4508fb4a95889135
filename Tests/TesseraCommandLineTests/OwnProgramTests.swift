import TesseraCommandLine
import Testing

/// How a program starts itself again.
@Suite struct OwnProgramTests {
  @Test func aLoaderIsNotTheProgram() {
    #expect(OwnProgram.path(started: "/opt/bin/tessera", asked: "tessera") == "/opt/bin/tessera")
    #expect(OwnProgram.path(started: nil, asked: "tessera") == "tessera")
    #expect(
      OwnProgram.path(started: "/opt/lib/tessera/glibc/ld-linux-x86-64.so.2", asked: "/opt/bin/tessera")
        == "/opt/bin/tessera")
  }
}

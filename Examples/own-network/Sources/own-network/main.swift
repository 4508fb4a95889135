import Tessera
import TesseraCommandLine

await TesseraProgram.run(catalog: .standard.adding(TinyNet.Configuration.self))

import Tessera
import TesseraCommandLine

// Trains a U-Net on ADE20K, on a folder of your own, or on built-in scenes.
await TesseraProgram.train(UNet.Configuration.self)

export { exitCodeOfError, exitCodeOfRun, exitCodes } from './outcome/exit-code.ts'
export { plot } from './output/plot.ts'
export { createProgram } from './program.ts'

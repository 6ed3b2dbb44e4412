export { exitCodeOfError, exitCodeOfRun, exitCodes } from './outcome/exit-code.ts'
export { createProgram } from './program.ts'

export { liveHandles } from './handles.ts'
export { checkParameters, chooseParameters, type ParameterInput } from './parameters.ts'
export { createScheme, type SchemeSizes, type SlrScheme } from './scheme.ts'

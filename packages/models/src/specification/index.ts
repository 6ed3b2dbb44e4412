export { glorotUniform } from './glorot.ts'
export { type ModelSpecification, modelSpecification, type Task } from './model-specification.ts'

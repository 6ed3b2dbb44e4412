export { newPsi, psiRecovery, psiTransition } from './machine.ts'
export { PSI_CHUNK_POINTS, PSI_POINT_BYTES, type PsiFailure, type PsiState, type PsiTransition } from './state.ts'
export { heldMessages, PSI_BLOBS } from './steps.ts'

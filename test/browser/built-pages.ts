import { fileURLToPath } from 'node:url'
import { dashboardStamp, dashboardState } from '../../scripts/dashboard.mjs'

/** @throws Error where the built pages are not those of the sources: a test would speak of others. */
export function requireBuiltPages(root: string = fileURLToPath(new URL('../..', import.meta.url))): void {
  const state = dashboardState(root, dashboardStamp(root))
  if (state === 'built') return
  const why = state === 'failed' ? 'their build failed' : 'they have not been built since'
  throw new Error(`The pages are not those of the sources: ${why}. Build them: node scripts/bootstrap.mjs dashboard`)
}

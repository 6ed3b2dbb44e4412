export function dashboardStamp(root: string): string
export function dashboardState(root: string, stamp: string): 'built' | 'failed' | 'due'
export function buildDashboard(root: string, node: string, options?: { always?: boolean }): boolean

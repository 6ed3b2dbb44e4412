export * from './run-machine/events.ts'
export * from './run-machine/state.ts'

export { type ClientValues, clientValuesOf, type SpreadCurve, spreadCurve } from './client-values.ts'
export {
  type Curve,
  type CurvePoint,
  curveOf,
  foldHorizontal,
  type HorizontalRun,
  roundLines,
  shownRound,
} from './horizontal-run.ts'
export { GaplessLog, type Sequenced } from './log-position.ts'
export * from './ports.ts'
export { lineOf, RoundHistory, type RoundPart, type ShownRound } from './round-history.ts'
export { type ConnectionState, type LiveView, MOST_MISSED, RunStore, type RunStoreOptions, STALE_MS } from './run-store.ts'
export { emptyVertical, foldVertical, type Lane, type StepLoss, type VerticalState } from './vertical-run.ts'

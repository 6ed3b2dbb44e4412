import { type ShareName, TributaryError, toleranceOf, type VerticalSettings } from '@tributary/protocol'
import type { Point } from './point.ts'
import type { Decision } from './state.ts'
import type { Totals } from './totals.ts'

/** A total may be so many times its scale. */
const LARGEST_RATIO = 2 ** 22
/** f of gd and nesterov rises when it grows by more than the rounding of a step, as a part of n. */
const ROUNDING_OF_LOSS = 1e-5

export interface Decided {
  readonly totals: Totals
  readonly decision: Decision
}

type Sums = Readonly<Partial<Record<ShareName, number>>>

const nothing: Decision = { alpha: null, beta: null, restart: false, f: null, stop: false }

/**
 * What the totals of a step's decision point mean. @throws TributaryError `slr_range`, `slr_diverged`
 * @param rows n
 */
export function decide(
  point: Exclude<Point, 'exponent' | 'closing'>,
  before: Totals,
  sums: Sums,
  settings: VerticalSettings,
  rows: number,
  step: number,
): Decided {
  const total = (name: ShareName): number => {
    const value = sums[name]
    if (value === undefined || !Number.isFinite(value)) throw outOfRange(step, `the total ${name} is not a number`)
    return value
  }
  const { optimiser } = settings
  const tolerance = toleranceOf(settings)
  switch (point) {
    case 'first': {
      const rho = notNegative(total('rho'), 'rho', step)
      const f = total('f')
      const g = optimiser.name === 'gd' ? notNegative(total('g'), 'g', step) : 0
      const totals = { ...before, rho0: rho, rho, pi: rho, f, g0: g, g }
      if (optimiser.name === 'pcg') return { totals, decision: { ...nothing, f, stop: rho === 0 } }
      return descentDecision(totals, f, { restart: false, stop: rho === 0 }, optimiser.name)
    }
    case 'direction': {
      const eta = total('eta')
      if (!(eta > 0)) throw outOfRange(step, `eta is ${eta}`)
      const alpha = before.rho / eta
      const f = (before.f ?? 0) - (alpha * before.rho) / 2
      return { totals: { ...before, f }, decision: { ...nothing, alpha, f } }
    }
    case 'residual': {
      const rho = notNegative(total('rho'), 'rho', step)
      if (rho > LARGEST_RATIO * before.rho) throw outOfRange(step, `rho grew to ${rho}`)
      const beta = rho / before.rho
      const totals = { ...before, rho, pi: rho + beta ** 2 * before.pi }
      return { totals, decision: { ...nothing, beta, f: before.f, stop: rho <= tolerance * before.rho0 } }
    }
    case 'descent': {
      const f = total('f')
      const rises = f > (before.f ?? f) + ROUNDING_OF_LOSS * rows ? before.rises + 1 : 0
      if (rises >= 2) throw new TributaryError('slr_diverged', { step })
      if (optimiser.name === 'gd') {
        const g = notNegative(total('g'), 'g', step)
        return descentDecision({ ...before, f, g, rises }, f, { restart: false, stop: g <= tolerance * before.g0 }, 'gd')
      }
      const rho = notNegative(total('rho'), 'rho', step)
      const turn = { restart: total('restart') > 0, stop: rho <= tolerance * before.rho0 }
      return descentDecision({ ...before, f, rho, rises }, f, turn, optimiser.name)
    }
  }
}

/** Momentum of FISTA: t' = (1 + √(1 + 4t²))/2, β = (t − 1)/t' (Beck and Teboulle 2009, equations 4.2 and 4.3). */
function descentDecision(
  totals: Totals,
  f: number,
  { restart, stop }: { readonly restart: boolean; readonly stop: boolean },
  optimiser: VerticalSettings['optimiser']['name'],
): Decided {
  if (optimiser !== 'nesterov') return { totals, decision: { ...nothing, f, stop } }
  const t = restart ? 1 : totals.momentum
  const next = (1 + Math.sqrt(1 + 4 * t * t)) / 2
  const beta = restart ? 0 : (t - 1) / next
  return { totals: { ...totals, momentum: restart ? 1 : next }, decision: { ...nothing, beta, restart, f, stop } }
}

function notNegative(value: number, name: string, step: number): number {
  if (value < 0) throw outOfRange(step, `${name} is ${value}`)
  return value
}

export const outOfRange = (step: number, reason: string): TributaryError => new TributaryError('slr_range', { step, reason })

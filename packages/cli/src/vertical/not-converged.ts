import { stepCap } from '@tributary/federation'
import { describe, type ErrorDetails, type Language, type Published, type VerticalRun } from '@tributary/protocol'

type Ended = Extract<Published, { type: 'ended' }>

const headings = {
  en: 'NOT CONVERGED: these are not the weights of the minimum.',
  zh: '未收敛：这些权重不是最小值处的权重。',
} as const

/**
 * What a person has to read of a run that ended without having converged: how far off it is and which flags help. Empty when it
 * converged, or did not end by itself.
 */
export function notConvergedLines(
  { settings, manifest, rows }: Pick<VerticalRun, 'settings' | 'manifest' | 'rows'>,
  ended: Ended | null,
  language: Language,
): string[] {
  if (ended === null || ended.converged) return []
  const details: ErrorDetails = { ratio: ended.gradientRatio.toExponential(1) }
  const { message, nextStep } = describe('slr_not_converged', details, language)
  const { fx, fu } = settings.fixedPoint
  const digits = `--fx ${Math.min(24, fx + 6)} --fu ${Math.min(26, fu + 8)}`
  // The key service opens no more than this for each feature, the closing step among them.
  const most = Math.min(
    ...(manifest?.parties ?? []).map(({ features }) => (manifest === null ? 40 : stepCap(manifest, rows ?? 0, features))),
  )
  // Numbered from 0, the closing step among them.
  const used = ended.steps + 1
  const ranOut = used >= most
  return [
    '',
    `*** ${headings[language]}`,
    `*** ${message} (slr_not_converged)`,
    `*** ${nextStep}`,
    `*** ${
      ranOut && most < 40 && most === settings.maxSteps
        ? `steps: ${used} of ${most} used; try --max-steps 40`
        : `steps: ${used} of ${most} used; digits: --fx ${fx} --fu ${fu}; try ${digits}`
    }`,
    '',
  ]
}

/** On stderr, also where stdout is for people: a script that keeps only stdout must not lose it. */
export function warnOfNotConverged(lines: readonly string[], stderr: { write(text: string): unknown } = process.stderr): void {
  if (lines.length > 0) stderr.write(`${lines.join('\n')}\n`)
}

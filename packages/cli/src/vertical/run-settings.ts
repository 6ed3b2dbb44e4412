import { TributaryError, type VerticalSettings, verticalSettingsSchema } from '@tributary/protocol'
import { z } from 'zod'

export const idRules = ['trim', 'case-fold', 'remove-spaces'] as const
export type IdRuleName = (typeof idRules)[number]

/** The flags that say how a vertical run goes. */
export interface VerticalSettingsFlags {
  readonly task?: 'linear' | 'logistic'
  readonly lambda?: number
  readonly optimiser?: 'pcg' | 'gd' | 'nesterov'
  readonly learningRate?: number
  readonly maxSteps?: number
  readonly tolerance?: number
  readonly fx?: number
  readonly fu?: number
  readonly rowWeights?: true
  /** Exactly these; an empty one leaves ids as they are. */
  readonly idRule?: readonly IdRuleName[]
  readonly minimumRows?: number
  readonly maximumIds?: number
  readonly receiver?: string
  readonly stepDeadline?: number
}

const invalid = (setting: string, reason: string) => new TributaryError('config_invalid', { setting, reason })

/** @throws TributaryError `config_invalid` */
export function verticalSettings(flags: VerticalSettingsFlags): VerticalSettings {
  const { task, lambda, maxSteps, tolerance, fx, fu, rowWeights, idRule, minimumRows, maximumIds, receiver, stepDeadline } = flags
  const parsed = verticalSettingsSchema.safeParse(
    given({
      task,
      lambda,
      optimiser: optimiserOf(flags),
      maxSteps,
      tolerance,
      fixedPoint: fx === undefined && fu === undefined ? undefined : { fx: fx ?? 14, fu: fu ?? 14 },
      rowWeights,
      idRule: idRule && {
        trim: idRule.includes('trim'),
        caseFold: idRule.includes('case-fold'),
        removeSpaces: idRule.includes('remove-spaces'),
      },
      minimumRows,
      maximumIds,
      predictionReceiver: receiver,
      stepDeadlineSeconds: stepDeadline,
    }),
  )
  if (!parsed.success) throw invalid('run', z.prettifyError(parsed.error))
  return parsed.data
}

function optimiserOf({ optimiser: name, learningRate }: VerticalSettingsFlags): Record<string, unknown> | undefined {
  if (name === 'gd') {
    if (learningRate === undefined) throw invalid('learningRate', 'gd needs --learning-rate')
    return { name, learningRate }
  }
  if (name === 'nesterov') return given({ name, step: learningRate })
  if (learningRate !== undefined)
    throw invalid('learningRate', 'pcg finds its own step; --learning-rate belongs to gd and nesterov')
  return name === undefined ? undefined : { name }
}

const given = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

import { z } from 'zod'
import { type Absence, absenceInWords, absenceReason, absenceSchema } from './absence.ts'
import { catalogue, type ErrorCode } from './catalogue.ts'

export type Language = 'en' | 'zh'
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[] | readonly Absence[]>>

/** An error as it travels: in HTTP bodies, socket acknowledgements and events. */
export const errorBodySchema = z.object({
  code: z.string(),
  message: z.string(),
  nextStep: z.string(),
  retryable: z.boolean(),
  party: z.string(),
  phase: z.string(),
  details: z.record(z.string(), z.unknown()),
})
export type ErrorBody = z.infer<typeof errorBodySchema>

/** A refusal with a stable code. Its texts come from the catalogue, so that each end can say it in its user's language. */
export class TributaryError extends Error {
  override readonly name = 'TributaryError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(describe(code, details).message, options)
    this.code = code
    this.details = details
  }

  get status(): number {
    return catalogue[this.code].status
  }

  get retryable(): boolean {
    return catalogue[this.code].retryable
  }

  toBody(language: Language = 'en'): ErrorBody {
    const { retryable, party, phase } = catalogue[this.code]
    return { code: this.code, ...describe(this.code, this.details, language), retryable, party, phase, details: this.details }
  }

  /** Rebuilds an error from the wire; a code that this version does not know becomes `unexpected`. */
  static fromBody(body: unknown): TributaryError {
    const parsed = errorBodySchema.safeParse(body)
    if (!parsed.success) return new TributaryError('unexpected', { reason: 'the answer was not an error of this protocol' })
    const details = parsed.data.details as ErrorDetails
    if (isErrorCode(parsed.data.code)) return new TributaryError(parsed.data.code, details)
    return new TributaryError('unexpected', { ...details, reason: `${parsed.data.code}: ${parsed.data.message}` })
  }
}

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(catalogue, code)

/** The catalogue's texts with `{name}` filled from the details; a missing detail reads "?", an empty list "—". */
export function describe(
  code: ErrorCode,
  details: ErrorDetails = {},
  language: Language = 'en',
): { message: string; nextStep: string } {
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, key: string) => inWords(details[key], language))
  const entry = catalogue[code]
  return { message: fill(entry.cause[language]), nextStep: fill(entry.nextStep[language]) }
}

/** Details from the wire may be anything; an object is written as JSON, since it can refuse to be a string. */
function inWords(detail: unknown, language: Language): string {
  if (detail === undefined || detail === null) return '?'
  if (!Array.isArray(detail)) return typeof detail === 'object' ? JSON.stringify(detail) : String(detail)
  if (detail.length === 0) return '—'
  const absences = absenceSchema.array().safeParse(detail)
  if (!absences.success) return detail.map((part) => inWords(part, language)).join(', ')
  return absences.data.map((one) => absenceInWords(one, language, sentenceIn(language))).join(language === 'en' ? ', ' : '、')
}

/** Why nothing of a participant counts, as `offline since 2026-03-01 14:02 UTC`. */
export const reasonOfAbsence = (absence: Absence, language: Language = 'en'): string =>
  absenceReason(absence, language, sentenceIn(language))

const sentenceIn =
  (language: Language) =>
  ({ code, details }: Pick<ErrorBody, 'code' | 'details'>): string =>
    isErrorCode(code) ? describe(code, details as ErrorDetails, language).message : code

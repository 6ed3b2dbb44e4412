import { describe, type ErrorBody, type Language, TributaryError } from '@tributary/protocol'
import { exitCodeOfError, exitCodes } from './exit-code.ts'

export interface ErrorReport {
  readonly exitCode: number
  /** For people, on stderr. */
  readonly lines: readonly string[]
  /** For programs: the one value on stdout with --json. */
  readonly value: { readonly error: ErrorBody }
}

const nextStepTitle = { en: 'What to do', zh: '下一步' } as const

/** What is said of an error: the catalogue's sentence and next step in the user's language; anything else is a defect of ours. */
export function reportError(error: unknown, language: Language): ErrorReport {
  if (error instanceof TributaryError) {
    const { message, nextStep } = describe(error.code, error.details, language)
    return {
      exitCode: exitCodeOfError(error.code),
      lines: [`${message} (${error.code})`, `${nextStepTitle[language]}: ${nextStep}`],
      value: { error: error.toBody(language) },
    }
  }
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const body = new TributaryError('unexpected', { reason: error instanceof Error ? error.message : String(error) }).toBody(
    language,
  )
  return { exitCode: exitCodes.failed, lines: [reason], value: { error: body } }
}

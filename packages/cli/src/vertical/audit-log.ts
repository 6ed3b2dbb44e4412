import { readFile } from 'node:fs/promises'
import { CoordinatorApi, callForJson } from '@tributary/client'
import { type AuditLog, auditLogSchema } from '@tributary/key-service'
import { TributaryError } from '@tributary/protocol'
import { z } from 'zod'

/** Asks a key service for the whole log of a run. @throws TributaryError `unreachable`, `unauthenticated`, `not_found` … */
export function fetchAuditLog(url: string, token: string, run: string, signal?: AbortSignal): Promise<AuditLog> {
  const { peer } = new CoordinatorApi({ url, token })
  return callForJson(peer, auditLogSchema, {
    method: 'GET',
    path: `/api/v1/runs/${encodeURIComponent(run)}/audit`,
    ...(signal === undefined ? {} : { signal }),
  })
}

/** A log as it was saved from a key service. @throws TributaryError `data_unreadable` */
export async function readAuditLog(file: string): Promise<AuditLog> {
  try {
    return auditLogSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    throw new TributaryError('data_unreadable', { file, reason }, { cause: error })
  }
}

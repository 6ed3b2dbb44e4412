import { type RunningKeyService, requireOwnFolder, startKeyService } from '@tributary/key-service'
import { TributaryError } from '@tributary/protocol'
import { endOfProcess, hasParent, tellParent } from '../children/parent-channel.ts'
import { whenAborted } from '../children/when-aborted.ts'
import type { KeyServiceCommandOptions } from '../commands/key-service.ts'
import { chooseLanguage } from '../outcome/language.ts'
import type { Printer } from '../output/printer.ts'
import { approvalOf } from './approval.ts'
import { firstInvite } from './first-invite.ts'
import { partyLines } from './party-lines.ts'
import { pinnedPeers } from './peers.ts'
import { stateLock } from './state-lock.ts'

/** Runs the key service until this process should end. */
export async function serveKeyService(options: KeyServiceCommandOptions, printer: Printer): Promise<number> {
  const { url, name, dataDir } = options
  const end = endOfProcess()
  const language = chooseLanguage(options.language, process.env)
  // Before anything is written: a folder of the coordinator must not get a file of ours.
  requireOwnFolder(dataDir)
  const lock = stateLock(options.keyFile, process.env)
  const peers = await pinnedPeers(options)
  const approve = approvalOf(options, name, end)
  const { invite } = await firstInvite({ ...options, folder: dataDir, lock })
  let service: RunningKeyService
  try {
    service = await startKeyService({
      ...lock,
      url,
      name,
      dataDir,
      host: options.host,
      port: options.port,
      peers,
      approve,
      invite,
      signal: end,
      firstContactSeconds: options.wait,
      logLevel: options.logLevel,
      onEvent: (event) => {
        // In its own log, where whoever sends without end is counted.
        if (event.type === 'dropped') return
        for (const line of partyLines(event, language)) printer.line(line)
      },
    })
  } catch (error) {
    if (end.aborted) return 0
    throw portProblem(error)
  }
  const { fingerprint, tokens, node } = service
  const ready = { url: service.url, name: node.name, fingerprint, tokens }
  // A parent is told over its own channel; what goes to its log file must not hold the tokens.
  if (!hasParent()) printer.result(ready, readyLines(ready))
  await tellParent({ type: 'keyServiceReady', ...ready })
  try {
    await Promise.race([node.done, whenAborted(end)])
  } finally {
    await service.close()
  }
  return 0
}

function readyLines({
  url,
  name,
  fingerprint,
  tokens,
}: Pick<RunningKeyService, 'url' | 'fingerprint' | 'tokens'> & { name: string }) {
  return [
    `The key service ${name} serves its log on ${url}`,
    `Fingerprint, for the parties to pin: ${fingerprint}`,
    ...(tokens === null
      ? []
      : [
          '',
          'Tokens, shown only now; keep them as you keep passwords:',
          `operator  ${tokens.operator}   (ends runs)`,
          `auditor   ${tokens.auditor}   (reads the log; give it to the parties)`,
        ]),
  ]
}

function portProblem(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error
  return new TributaryError('config_invalid', { setting: 'port', reason: message }, { cause: error })
}

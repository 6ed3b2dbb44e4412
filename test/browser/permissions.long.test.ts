import {
  type Federation,
  PARTICIPANT_NAMESPACE,
  PROTOCOL_VERSION,
  type Run,
  type RunActionName,
  routes,
  runActionNameSchema,
  type VerticalRun,
  verticalActionNameSchema,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectReady, type RawInstitution } from '../harness/raw-institution.ts'
import { softmaxRun } from '../harness/small-federation.ts'
import { launch, noBrowser, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'
import { createPerson, type SignedInPerson, signInPerson } from './harness/people.ts'
import { openStage, type Proposed, proposedVerticalRun, type Stage } from './harness/stage.ts'

const roles = ['admin', 'researcher', 'institution'] as const
type Role = (typeof roles)[number]

const words: Record<RunActionName | 'approve' | 'decline' | 'withdraw', string> = {
  start: 'Start',
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel run',
  extend: 'Extend deadline',
  exclude: 'Exclude',
  approve: 'Approve',
  decline: 'Decline',
  withdraw: 'Withdraw',
}

/** Somebody with a browser, and with the same session a program that sends whatever it likes. */
interface Person {
  readonly role: Role
  readonly context: BrowserContext
  readonly page: Page
  readonly session: SignedInPerson
}

const CREATE = { name: 'Create', exact: true } as const

let serial = 0
const keyed = (action: string) => {
  serial += 1
  return { action, reason: 'to see who may', idempotencyKey: `permissions-${serial}` }
}

describe.skipIf(noBrowser !== null)('three roles', () => {
  let stage: Stage
  let browser: Browser
  let proposed: Proposed
  const people = {} as Record<Role, Person>
  const lines: Socket[] = []
  let raw: RawInstitution[]
  beforeAll(async () => {
    stage = await openStage()
    browser = await launch()
    proposed = await proposedVerticalRun(stage.world)
    const { url, token, world } = stage
    // In the federation of the vertical run: its two raw parties take part in horizontal runs as well, and never answer.
    const { federation } = proposed.run
    raw = [proposed.parties.alder, proposed.parties.birch]
    for (const one of raw) lines.push(await connectReady(url, one))
    for (const role of roles) {
      const participant = role === 'institution' ? proposed.parties.alder.id : null
      await createPerson(url, token, { name: `the-${role}`, role, federation, participant })
      const context = await openContext(browser)
      const session = await signInPerson(url, `the-${role}`, context)
      people[role] = { role, context, page: await context.newPage(), session }
    }
    await world.admin.createInvite(federation, { name: 'waiting' })
  })
  afterAll(async () => {
    for (const line of lines) line.close()
    await browser?.close()
    await stage?.close()
  })

  const send = async ({ session }: Person, path: string, body?: unknown): Promise<{ status: number; text: string }> => {
    const response = await fetch(stage.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        cookie: session.cookie,
        ...(body === undefined ? {} : { 'x-csrf-token': session.csrf, 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, text: await response.text() }
  }
  const read = async <Body>(person: Person, path: string): Promise<Body> => JSON.parse((await send(person, path)).text) as Body
  const visit = async ({ page }: Person, path: string): Promise<Page> => {
    await page.goto(stage.url + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForFunction(() => document.querySelector('[data-loading]') === null)
    return page
  }
  /** A run in its first round for as long as nobody answers. */
  const openRun = async (): Promise<Run> => {
    const { world } = stage
    const config = softmaxRun(2, 2, { deadlineSeconds: 3_600 })
    const { id } = await world.admin.createRun(proposed.run.federation, { name: 'open', config })
    return world.reached(id, 'training')
  }

  it.each(roles)(
    '%s: a run has the buttons that its role ever has, those are live that the server allows, and no other call is taken',
    async (role) => {
      const person = people[role]
      const run = await openRun()
      const page = await visit(person, `/runs/${run.id}?tab=actions`)
      await page.locator('[data-connection="live"]').waitFor()
      const { allowedActions } = await read<Run>(person, routes.run(run.id))
      const buttons = page.getByRole('tabpanel').getByRole('listitem').getByRole('button')
      if (role !== 'institution') await buttons.first().waitFor()
      const shown = await buttons.evaluateAll((all) =>
        all.map((button) => [button.textContent, button.getAttribute('aria-disabled') !== 'true'] as const),
      )
      const ofRole = {
        admin: ['start', 'pause', 'resume', 'extend', 'exclude', 'cancel'],
        researcher: ['start', 'pause', 'resume', 'extend', 'cancel'],
        institution: [],
      } as const
      expect(shown.map(([text]) => text)).toEqual(ofRole[role].map((action) => words[action]))
      expect(
        shown
          .filter(([, isLive]) => isLive)
          .map(([text]) => text)
          .sort(),
      ).toEqual(allowedActions.map((action) => words[action]).sort())
      for (const action of runActionNameSchema.options) {
        const { id, headSeq } = await openRun()
        const body = {
          ...keyed(action),
          ...(action === 'extend' ? { seconds: 5 } : {}),
          ...(action === 'exclude' ? { participant: raw[0]?.id } : {}),
        }
        const { status, text } = await send(person, routes.runActions(id), body)
        if (allowedActions.includes(action)) expect(status, `${role} ${action} ${text}`).toBe(200)
        else if (status === 200 && role !== 'institution')
          expect((JSON.parse(text) as Run).headSeq, 'what was done is not done again').toBe(headSeq)
        else expect([403, 409], `${role} ${action} ${text}`).toContain(status)
      }
    },
  )

  it.each(roles)('%s: so has a vertical run', async (role) => {
    const person = people[role]
    const page = await visit(person, `/vertical-runs/${proposed.run.id}`)
    const { allowedActions } = await read<VerticalRun>(person, routes.verticalRun(proposed.run.id))
    const head = page.getByRole('region', { name: 'State' })
    const buttons = head.getByRole('button')
    await buttons.first().waitFor()
    const shown = await buttons.evaluateAll((all) =>
      all.map((button) => [button.textContent, button.getAttribute('aria-disabled') !== 'true'] as const),
    )
    const ofRole = role === 'institution' ? ['approve', 'decline', 'withdraw'] : ['pause', 'resume', 'cancel']
    expect(shown.map(([text]) => text)).toEqual(ofRole.map((action) => words[action as keyof typeof words]))
    expect(shown.filter(([, isLive]) => isLive).map(([text]) => text)).toEqual(allowedActions.map((action) => words[action]))
    for (const action of verticalActionNameSchema.options) {
      // Each on a run that nobody has acted on.
      const { id } = await proposed.another()
      const { status, text } = await send(person, routes.verticalActions(id), keyed(action))
      if (allowedActions.includes(action)) expect(status, `${role} ${action} ${text}`).toBe(200)
      else expect([403, 409], `${role} ${action} ${text}`).toContain(status)
    }
  })

  it.each(roles)('%s: federation and settings offer what the server does', async (role) => {
    const person = people[role]
    const { federation } = proposed.run
    const { allowedActions } = await read<Federation>(person, routes.federation(federation))
    const page = await visit(person, `/federations/${federation}`)
    await page.getByRole('heading', { name: 'Participants' }).waitFor()
    expect(await page.getByRole('button', { name: 'Invite', exact: true }).count()).toBe(
      Number(allowedActions.includes('invite')),
    )
    expect(await page.getByRole('button', { name: /Revoke the invite/ }).count()).toBe(Number(role === 'admin'))
    expect(await page.getByRole('button', { name: 'Leave the federation' }).count()).toBe(
      Number(allowedActions.includes('leave')),
    )
    expect((await send(person, routes.invites(federation), {})).status).toBe(allowedActions.includes('invite') ? 200 : 403)
    expect((await send(person, routes.invites(federation))).status).toBe(role === 'admin' ? 200 : 403)
    if (!allowedActions.includes('leave'))
      expect((await send(person, routes.leave(federation), { reason: 'r' })).status).toBe(403)

    await visit(person, '/settings')
    for (const [heading, path] of [
      ['People', routes.users],
      ['What was done', routes.audit],
    ] as const)
      expect([await page.getByRole('heading', { name: heading }).count(), (await send(person, path)).status]).toEqual(
        role === 'admin' ? [1, 200] : [0, 403],
      )
    // None of them is of the whole coordinator, whose admin has it: see below.
    await visit(person, '/')
    await page.getByRole('link', { name: /^vertical-/ }).waitFor()
    expect(await page.getByRole('button', CREATE).count()).toBe(0)
    expect((await send(person, routes.federations, { name: 'mine' })).status).toBe(403)
  })

  it('only an admin of the whole coordinator creates federations', async () => {
    const context = await openContext(browser)
    const page = await openSignedIn(context, stage.url, stage.token)
    await page.getByRole('button', CREATE).waitFor()
    await context.close()
  })

  it.each(roles)('%s: an address of another federation is nothing there, by page, by call and by socket', async (role) => {
    const person = people[role]
    for (const [path, call, run] of [
      [`/federations/${stage.federation}`, routes.federation(stage.federation), null],
      [`/runs/${stage.live}`, routes.run(stage.live), stage.live],
      [`/runs/${stage.completed}?tab=participants`, routes.rounds(stage.completed), stage.completed],
      [`/vertical-runs/${stage.vertical}`, routes.verticalRun(stage.vertical), stage.vertical],
    ] as const) {
      const page = await visit(person, path)
      await page.getByRole('alert').getByText('not_found').waitFor()
      expect(await page.locator('main').textContent(), path).not.toMatch(/alder|birch|hospitals/)
      expect((await send(person, call)).status, call).toBe(404)
      if (run !== null) expect(await subscribe(person, run), run).toBe('not_found')
    }
    await visit(person, '/runs')
    expect(await person.page.locator('main').textContent()).not.toContain(stage.live)
    // Whoever comes as a person takes no part, by whatever role.
    expect(await connectError(PARTICIPANT_NAMESPACE, person)).toBe('forbidden')
  })

  const socketOf = (namespace: string, { session }: Person): Socket =>
    io(stage.url + namespace, {
      auth: { protocol: PROTOCOL_VERSION, token: '', csrf: session.csrf },
      extraHeaders: { cookie: session.cookie },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    })

  /** The code with which watching a run is refused; null when it is not. */
  async function subscribe(person: Person, run: string): Promise<string | null> {
    const socket = socketOf(WATCH_NAMESPACE, person)
    const answer = (await socket.emitWithAck('subscribe', { run, stream: null, lastSeq: 0 })) as {
      ok: boolean
      error?: { code: string }
    }
    socket.close()
    return answer.error?.code ?? null
  }

  async function connectError(namespace: string, person: Person): Promise<string | null> {
    const socket = socketOf(namespace, person)
    const code = await new Promise<string | null>((resolve) => {
      socket.on('connect', () => resolve(null))
      socket.on('connect_error', (error) => resolve((error as Error & { data?: { code: string } }).data?.code ?? error.message))
    })
    socket.close()
    return code
  }
})

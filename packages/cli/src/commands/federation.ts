import type { Command } from 'commander'
import { type ConnectionOptions, connect } from '../connection/connect.ts'
import { formatTable } from '../output/table.ts'
import { formatBytes } from '../output/units.ts'
import { withConnection } from './connection-options.ts'
import { defineAction, defineCommand, defineGroup, type Surroundings } from './define.ts'

export function defineFederationCommands(program: Command, surroundings: Surroundings): void {
  const group = defineGroup(program, {
    name: 'federation',
    description: 'create, list and show federations',
    examples: ['tributary federation create hospitals', 'tributary federation list'],
  })

  const create = defineCommand(group, {
    name: 'create',
    description: 'create a federation',
    examples: ['tributary federation create hospitals', 'tributary federation create "North hospitals" --json'],
  })
  withConnection(create).argument('<name>', 'its name')
  defineAction<ConnectionOptions>(create, surroundings, async ({ args: [name = ''], options, printer }) => {
    const federation = await (await connect(options)).createFederation(name)
    printer.result(federation, [
      `Created the federation ${federation.name} (${federation.id}).`,
      `Invite an institution: tributary invite create --federation ${federation.id}`,
    ])
    return undefined
  })

  const list = defineCommand(group, {
    name: 'list',
    description: 'list the federations that you can see',
    examples: ['tributary federation list', 'tributary federation list --json --url https://fl.example.org'],
  })
  defineAction<ConnectionOptions>(withConnection(list), surroundings, async ({ options, printer }) => {
    const federations = await (await connect(options)).federations()
    const columns = [
      { title: 'id' },
      { title: 'name' },
      { title: 'participants', align: 'right' },
      { title: 'online', align: 'right' },
      { title: 'created' },
    ] as const
    const rows = federations.map(({ id, name, participants, online, createdAt }) => [
      id,
      name,
      `${participants}`,
      `${online}`,
      createdAt,
    ])
    printer.result(federations, formatTable(columns, rows))
    return undefined
  })

  const show = defineCommand(group, {
    name: 'show',
    description: 'show a federation and who takes part in it',
    examples: ['tributary federation show hospitals', 'tributary federation show   # the only one there is'],
  })
  withConnection(show).argument('[federation]', 'its id or name')
  defineAction<ConnectionOptions>(show, surroundings, async ({ args: [asked], options, printer }) => {
    const api = await connect(options)
    const { chooseFederation } = await import('../connection/federation-choice.ts')
    const federation = await chooseFederation(api, asked)
    const participants = await api.participants(federation.id)
    const columns = [
      { title: 'participant' },
      { title: 'state' },
      { title: 'samples', align: 'right' },
      { title: 'backend' },
      { title: 'rounds', align: 'right' },
      { title: 'sent', align: 'right' },
      { title: 'received', align: 'right' },
      { title: 'last seen' },
    ] as const
    const rows = participants.map((participant) => [
      participant.name,
      participant.state === 'left' ? 'left' : participant.online ? 'online' : 'offline',
      participant.samples === null ? '-' : `${participant.samples}`,
      participant.backend ?? '-',
      `${participant.roundsCounted}`,
      formatBytes(participant.bytesUp),
      formatBytes(participant.bytesDown),
      participant.lastSeenAt ?? '-',
    ])
    printer.result({ ...federation, members: participants }, [
      `${federation.name} (${federation.id})`,
      '',
      ...formatTable(columns, rows),
    ])
    return undefined
  })
}

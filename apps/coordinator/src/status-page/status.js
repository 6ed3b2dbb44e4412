// The plain status page: asks the API every two seconds and writes what it says. Data go in by textContent only.
const zh = navigator.language.startsWith('zh')
const words = zh
  ? {
      runs: '训练任务',
      participants: '参与方',
      live: '实时',
      lost: '连接中断，正在重试。本页断线不会停止训练。',
      token: '请输入令牌',
      round: '轮次',
      phase: '状态',
      accuracy: '准确率',
      loss: '损失',
      name: '名称',
      online: '在线',
      samples: '样本',
      backend: '后端',
      sent: '已发送',
      none: '还没有训练任务。',
      yes: '是',
      no: '否',
      pausePending: '本轮结束后暂停',
      closesIn: '距截止',
      overdue: '已过截止时间，等待最少参与方数',
      phases: {
        created: '未开始',
        selecting: '等待参与方',
        training: '训练中',
        aggregating: '聚合中',
        evaluating: '评估中',
        paused: '已暂停',
        completed: '已完成',
        failed: '失败',
        cancelled: '已取消',
      },
    }
  : {
      runs: 'Runs',
      participants: 'Participants',
      live: 'Live',
      lost: 'Connection lost. Retrying. Losing this page does not stop training.',
      token: 'Enter a token',
      round: 'Round',
      phase: 'State',
      accuracy: 'Accuracy',
      loss: 'Loss',
      name: 'Name',
      online: 'Online',
      samples: 'Rows',
      backend: 'Backend',
      sent: 'Sent',
      none: 'No runs yet.',
      yes: 'yes',
      no: 'no',
      pausePending: 'pauses when the round closes',
      closesIn: 'round closes in',
      overdue: 'deadline passed, waiting for the minimum',
      phases: {
        created: 'not started',
        selecting: 'waiting for participants',
        training: 'training',
        aggregating: 'aggregating',
        evaluating: 'evaluating',
        paused: 'paused',
        completed: 'completed',
        failed: 'failed',
        cancelled: 'cancelled',
      },
    }
document.documentElement.lang = zh ? 'zh' : 'en'

const fragment = new URLSearchParams(location.hash.slice(1))
if (fragment.has('token')) {
  sessionStorage.setItem('token', fragment.get('token'))
  // The token must not stay in the address bar or the history.
  history.replaceState(null, '', location.pathname)
}

const $ = (id) => document.getElementById(id)
$('runs-title').textContent = words.runs
$('participants-title').textContent = words.participants
$('sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  sessionStorage.setItem('token', $('token').value.trim())
  void tick()
})

const number = (value, digits = 4) =>
  value === undefined || value === null ? '—' : Number(value).toLocaleString(undefined, { maximumSignificantDigits: digits })
const percent = (value) =>
  value === undefined ? '—' : value.toLocaleString(undefined, { style: 'percent', minimumFractionDigits: 2 })
const element = (tag, text) => Object.assign(document.createElement(tag), text === undefined ? {} : { textContent: text })

function table(head, rows) {
  const out = element('table')
  const first = element('tr')
  for (const title of head) first.append(Object.assign(element('th', title), { scope: 'col' }))
  const thead = element('thead')
  thead.append(first)
  const body = element('tbody')
  for (const row of rows) {
    const line = element('tr')
    for (const cell of row) line.append(element('td', String(cell)))
    body.append(line)
  }
  out.append(thead, body)
  return out
}

function curve(points) {
  const ns = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(ns, 'svg')
  svg.setAttribute('viewBox', '0 0 100 100')
  svg.setAttribute('preserveAspectRatio', 'none')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', `${words.accuracy} ${percent(points.at(-1))}`)
  const line = document.createElementNS(ns, 'polyline')
  line.setAttribute('vector-effect', 'non-scaling-stroke')
  line.setAttribute(
    'points',
    points.map((value, i) => `${points.length < 2 ? 50 : (100 * i) / (points.length - 1)},${100 - 100 * value}`).join(' '),
  )
  svg.append(line)
  return svg
}

/** "training, round 3/10, round closes in 4:05" */
function headline(run) {
  const parts = [words.phases[run.phase] ?? run.phase, `${words.round} ${run.round}/${run.config.rounds}`]
  if (run.pausePending) parts.push(words.pausePending)
  if (run.deadlineAt !== null) {
    const left = Math.ceil((Date.parse(run.deadlineAt) - Date.now()) / 1000)
    parts.push(left > 0 ? `${words.closesIn} ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}` : words.overdue)
  }
  return parts.join(zh ? '，' : ', ')
}

async function get(path) {
  const response = await fetch(`/api/v1${path}`, {
    headers: { authorization: `Bearer ${sessionStorage.getItem('token')}`, 'accept-language': document.documentElement.lang },
  })
  if (response.status === 401) throw Object.assign(new Error(words.token), { signIn: true })
  if (!response.ok) throw new Error((await response.json()).message)
  return response.json()
}

async function draw() {
  const runs = await get('/runs')
  const out = element('div')
  if (runs.length === 0) out.append(element('p', words.none))
  for (const run of runs.slice(0, 5)) {
    const rounds = (await get(`/runs/${run.id}/rounds`)).filter((round) => round.phase === 'closed')
    out.append(element('h3', run.name), element('p', headline(run)))
    if (run.failure) out.append(element('p', `${run.failure.message} ${run.failure.nextStep}`))
    const accuracy = rounds.map((round) => round.metrics.accuracy).filter((value) => value !== undefined)
    if (accuracy.length > 0) out.append(curve(accuracy))
    out.append(
      table(
        [words.round, words.accuracy, words.loss],
        rounds
          .slice(-25)
          .reverse()
          .map((round) => [round.round, percent(round.metrics.accuracy), number(round.metrics.loss)]),
      ),
    )
  }
  $('runs').replaceChildren(out)
  const people = element('div')
  for (const federation of await get('/federations')) {
    const participants = await get(`/federations/${federation.id}/participants`)
    people.append(
      element('h3', federation.name),
      table(
        [words.name, words.online, words.samples, words.backend, words.sent],
        participants.map((p) => [
          p.name,
          p.online ? words.yes : words.no,
          number(p.samples, 12),
          p.backend ?? '—',
          `${number(p.bytesUp / 1e6)} MB`,
        ]),
      ),
    )
  }
  $('participants').replaceChildren(people)
}

async function tick() {
  try {
    if (!sessionStorage.getItem('token')) throw Object.assign(new Error(words.token), { signIn: true })
    await draw()
    $('state').textContent = words.live
    $('sign-in').hidden = true
  } catch (error) {
    $('state').textContent = error instanceof TypeError ? words.lost : error.message
    if (error.signIn) $('sign-in').hidden = false
  }
}

// The next call begins two seconds after the last one ended: a slow coordinator is not asked twice at once.
for (;;) {
  await tick()
  await new Promise((resolve) => setTimeout(resolve, 2000))
}

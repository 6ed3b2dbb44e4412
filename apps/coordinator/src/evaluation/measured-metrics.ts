/**
 * What an evaluator measured, checked: a number that is not finite has no JSON and would break everybody who reads it. Between
 * processes it has become null on the way.
 * @throws Error that names the metrics that are no finite numbers
 */
export function measuredMetrics(measured: Readonly<Record<string, unknown>>): Record<string, number> {
  const metrics: Record<string, number> = {}
  const broken: string[] = []
  for (const [name, value] of Object.entries(measured)) {
    if (typeof value === 'number' && Number.isFinite(value)) metrics[name] = value
    else broken.push(name)
  }
  if (broken.length > 0) throw new Error(`${broken.sort().join(', ')} came out as no finite number`)
  return metrics
}

import { readFileSync } from 'node:fs'

// What the dashboard and the alert rules in examples/observability ask Prometheus for.

const textOf = (name: string) =>
  readFileSync(new URL(`../../../examples/observability/${name}`, import.meta.url), 'utf8')

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[]
  readonly templating: { readonly list: readonly { readonly query?: string | { readonly query: string } }[] }
}

function dashboardQueries(): readonly string[] {
  const { panels, templating } = JSON.parse(textOf('grafana-dashboard.json')) as Dashboard
  const variables = templating.list.map(({ query }) => (typeof query === 'string' ? query : (query?.query ?? '')))
  return [...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)), ...variables]
}

function alertQueries(): readonly string[] {
  return [...textOf('prometheus-rules.yml').matchAll(/^ +expr: (?:\|\s*)?(.*(?:\n {10,}.*)*)/gm)].map(
    ([, expr = '']) => expr,
  )
}

const namesIn = (queries: readonly string[]) => queries.flatMap((query) => query.match(/\brespond_once_\w+/g) ?? [])

export const readDashboardNames = (): readonly string[] => namesIn(dashboardQueries())
export const readAlertNames = (): readonly string[] => namesIn(alertQueries())

/** The labels by which the queries filter and group. */
export function readDashboardLabels(): readonly string[] {
  const queries = [...dashboardQueries(), ...alertQueries()]
  const grouped = queries.flatMap((query) =>
    [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
  )
  const filtered = queries.flatMap((query) =>
    [...query.matchAll(/[{,]\s*(\w+)\s*(?:=~|!~|!=|=)"/g)].map(([, label]) => label ?? ''),
  )
  const asked = queries.flatMap((query) =>
    [...query.matchAll(/label_values\([^,]*,\s*(\w+)\)/g)].map(([, label]) => label ?? ''),
  )
  return [...grouped, ...filtered, ...asked].filter((label) => !['job', 'instance', 'le'].includes(label))
}

// What the benchmarks of this repository share with `respond-once bench`. It is not published as an entry.

export { type IntervalRow, intervalChart, lineChart, type Series, standalone } from './charts.ts'
export { checkAnswers, type Running } from './check.ts'
export { type Answer, readBody } from './exchange.ts'
export { Experiment, type Plan, type Target, type Variant } from './experiment.ts'
export { circumstances, conclusion, rangeOf, signedPercent } from './figures.ts'
export { htmlReport } from './html.ts'
export { LoadError, type Loader, type LoadRequest } from './load.ts'
export { hideProgress, showProgress } from './progress.ts'
export { type Compared, type Machine, machine, type Report, reportOf, type TargetReport } from './report.ts'
export { CouldNotRunError, ServerProcess } from './server-process.ts'
export { markdownTable, terminalReport } from './text.ts'

import { defineConfig } from 'vitest/config'

const roots = [
  'packages/core',
  'packages/express',
  'packages/fastify',
  'packages/koa',
  'packages/cli',
  'benchmarks',
  'conformance',
  'demo',
  'docs',
  'examples/acme-policy',
  'examples/express-shop',
  'examples/koa-notes',
  'examples/fastify-orders',
]

/** What measures has the machine to itself, at the end; the rest mostly waits. */
const measuring = 'test/bench/!(statistics).test.ts'

export default defineConfig({
  test: {
    projects: [
      ...roots.map((root) => ({
        test: {
          name: root,
          root,
          include: ['test/**/*.test.ts'],
          exclude: [measuring],
          // The first test of a conformance run waits until all its programs have run.
          testTimeout: root === 'conformance' ? 300_000 : 30_000,
          hookTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      })),
      {
        test: {
          name: 'packages/cli, measuring',
          root: 'packages/cli',
          include: [measuring],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    // `.ci/run` reads the numbers of passed and failed tests.
    reporters: process.env.CI ? ['default', 'json'] : ['default'],
    outputFile: { json: 'node_modules/.vitest-results.json' },
  },
})

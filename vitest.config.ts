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
const measures = new Set(['packages/cli', 'benchmarks'])

export default defineConfig({
  test: {
    projects: roots.map((root) => ({
      test: {
        name: root,
        root,
        include: ['test/**/*.test.ts'],
        // The first test of a conformance run waits until all its programs have run.
        testTimeout: root === 'conformance' ? 300_000 : 30_000,
        hookTimeout: 30_000,
        maxWorkers: measures.has(root) ? 1 : 2,
        sequence: { groupOrder: measures.has(root) ? 1 : 0 },
      },
    })),
    // `.ci/run` reads the numbers of passed and failed tests.
    reporters: process.env.CI ? ['default', 'json'] : ['default'],
    outputFile: { json: 'node_modules/.vitest-results.json' },
  },
})

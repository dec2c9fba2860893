import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'conformance'].map((root) => ({
      test: { name: root, root, include: ['test/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 30_000 },
    })),
  },
})

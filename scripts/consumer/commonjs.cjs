const packages = {
  core: require('@respond-once/core'),
  policyFile: require('@respond-once/core/policy-file'),
  adapter: require('@respond-once/core/adapter'),
  node: require('@respond-once/core/node'),
  express: require('@respond-once/express'),
  koa: require('@respond-once/koa'),
  express4: require('express4'),
  express5: require('express'),
  koa2: require('koa2'),
  koa3: require('koa'),
  fastify: require('@respond-once/fastify'),
  fastify4: require('fastify4'),
  fastify5: require('fastify'),
}

import('./checks.mjs').then(({ check }) => check(packages))

const packages = {
  core: require('@respond-once/core'),
  adapter: require('@respond-once/core/adapter'),
  node: require('@respond-once/core/node'),
  express: require('@respond-once/express'),
  express4: require('express4'),
  express5: require('express'),
}

import('./checks.mjs').then(({ check }) => check(packages))

import * as core from '@respond-once/core'
import * as adapter from '@respond-once/core/adapter'
import * as node from '@respond-once/core/node'
import * as policyFile from '@respond-once/core/policy-file'
import * as express from '@respond-once/express'
import * as fastify from '@respond-once/fastify'
import * as koa from '@respond-once/koa'
import express5 from 'express'
import express4 from 'express4'
import fastify5 from 'fastify'
import fastify4 from 'fastify4'
import koa3 from 'koa'
import koa2 from 'koa2'
import { check } from './checks.mjs'

const adapters = { express, express4, express5, koa, koa2, koa3, fastify, fastify4, fastify5 }
await check({ core, policyFile, adapter, node, ...adapters })

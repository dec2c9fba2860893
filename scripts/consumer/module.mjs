import * as core from '@respond-once/core'
import * as adapter from '@respond-once/core/adapter'
import * as node from '@respond-once/core/node'
import * as policyFile from '@respond-once/core/policy-file'
import * as express from '@respond-once/express'
import * as koa from '@respond-once/koa'
import express5 from 'express'
import express4 from 'express4'
import koa3 from 'koa'
import koa2 from 'koa2'
import { check } from './checks.mjs'

await check({ core, policyFile, adapter, node, express, koa, express4, express5, koa2, koa3 })

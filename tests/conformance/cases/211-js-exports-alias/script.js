#!/usr/bin/env node
'use strict'
exports.daemon = true
exports.words = ['a', 'b']
exports.run = [{ method: 'local.set', params: { w: '{{self.words}}' } }]

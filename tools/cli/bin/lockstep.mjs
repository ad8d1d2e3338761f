#!/usr/bin/env node
process.stderr.write('lockstep: the command line is not built yet\n');
process.exitCode = 3;

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface FakeGoOptions {
  /** @default 1.26.8 */
  readonly version?: string;
  /** Packages whose first so many builds fail because the network does. */
  readonly flaky?: Readonly<Record<string, number>>;
  /** Packages that do not compile. */
  readonly broken?: readonly string[];
  /** Packages whose build ends only when the world of the test does. */
  readonly endless?: readonly string[];
  /** Modules with their version that the proxy does not have. */
  readonly unknown?: readonly string[];
  /** Milliseconds for each of the four packages of a build. @default 1 */
  readonly packageMs?: number;
}

/** A stand-in for Go that behaves like it as far as callers can tell, and notes what it is asked for. */
export class FakeGo {
  readonly command: string;
  private readonly log: string;

  constructor(folder: string, options: FakeGoOptions = {}) {
    this.command = path.join(folder, 'go');
    this.log = path.join(folder, 'go.log');
    writeFileSync(this.log, '');
    this.behave(options);
  }

  behave(options: FakeGoOptions): void {
    const source = `#!${process.execPath}
const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const options = ${JSON.stringify(options)};
const args = process.argv.slice(2);
const log = ${JSON.stringify(this.log)};
const note = (kind, what) => appendFileSync(log, JSON.stringify({ kind, what, at: Date.now(), env: {
  CGO_ENABLED: process.env.CGO_ENABLED, GOGC: process.env.GOGC, GOMODCACHE: process.env.GOMODCACHE, GOCACHE: process.env.GOCACHE, GOTOOLCHAIN: process.env.GOTOOLCHAIN }, args }) + '\\n');
const subject = args.at(-1);
if (args[0] === 'version') {
  console.log('go version go' + (process.env.GOTOOLCHAIN?.startsWith('go') ? process.env.GOTOOLCHAIN.slice(2) : options.version ?? '1.26.8') + ' linux/amd64');
} else if (args[0] === 'list') {
  if (args.includes('{{if .Stale}}{{.ImportPath}}{{end}}')) console.log('a\\n\\nb\\nc\\nd');
  else note('prefetch', subject);
} else if (args[0] === 'get') {
  note('get', subject);
} else if (args[0] === 'mod' && options.unknown?.includes(subject)) {
  console.log(JSON.stringify({ Path: subject, Error: subject + ': unknown revision' }, undefined, 2));
  process.exit(1);
} else if (args[0] === 'mod') {
  const folder = path.join(process.env.GOMODCACHE, subject.replace('@', '-at-'));
  for (const file of ['go.mod', 'images/base/files/etc/x', 'LICENSE', 'hack/gpg-wrapper.sh', 'hack/git-verify-wrapper.sh', 'entrypoint.sh',
    'manifests/install.yaml', 'manifests/overlays/release/kustomization.yaml', 'templates/t', 'options/o', 'public/p', 'deploy/local-path-storage.yaml',
    'cmd/pulumi-resource-kubernetes/schema.json', 'cmd/pulumi-resource-kubernetes/terraform-mapping.json']) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), 'content of ' + file);
  }
  note('module', subject);
  console.log(JSON.stringify({ Dir: folder }));
} else if (args[0] === 'build') {
  note('start', subject);
  mkdirSync(process.env.GOCACHE, { recursive: true });
  const counter = path.join(path.dirname(log), 'count-' + subject.replaceAll('/', '_'));
  const before = existsSync(counter) ? Number(readFileSync(counter, 'utf8')) : 0;
  writeFileSync(counter, String(before + 1));
  if ((options.flaky?.[subject] ?? 0) > before) { console.error('go: dial tcp 192.0.2.1:443: i/o timeout'); process.exit(1); }
  if (options.broken?.includes(subject)) { console.error('# ' + subject + '\\nmain.go:1:1: undefined: nothing'); process.exit(1); }
  let left = ['a', 'b', 'c', 'd'];
  const step = () => {
    if (left.length === 0) {
      if (options.endless?.includes(subject)) return void setInterval(() => { if (!existsSync(__filename)) process.exit(1); }, 500);
      writeFileSync(args[args.indexOf('-o') + 1], '#!/bin/sh\\necho "$0" "$@"\\n');
      note('end', subject);
      return;
    }
    console.error(left.shift());
    setTimeout(step, options.packageMs ?? 1);
  };
  step();
}
`;
    writeFileSync(this.command, source);
    chmodSync(this.command, 0o755);
  }

  /** What it was asked for, in order. */
  calls(kind?: 'start' | 'end' | 'prefetch' | 'module' | 'get'): readonly {
    readonly kind: string;
    readonly what: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  }[] {
    const lines = readFileSync(this.log, 'utf8').trim().split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line)).filter((call) => kind === undefined || call.kind === kind);
  }
}

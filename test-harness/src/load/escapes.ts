/**
 * SES refuses three character sequences wherever they stand in a source, even inside a string: the two HTML
 * comment marks and a call of `import`. An honest log line, `'n1 --> n2'`, would cost a submission everything.
 * Here they get an escape in them: without effect in a string, template or regular expression, and a syntax
 * error (or, in a method's name, without effect) as code. The printer of esbuild never writes them as code itself.
 */
export function escapeForSes(js: string): string {
  return js
    .replace(/<!--/g, '\\x3c!--')
    .replace(/-->/g, '--\\x3e')
    .replace(/(^|[^.]|\.\.\.)\bimport(?=\s*(?:\(|\/[/*]))/g, '$1\\u0069mport');
}

// Reads Playwright's JSON report; prints "<passed> <failed>". What was skipped or never ran counts as failed.
import { existsSync, readFileSync } from "node:fs";

const file = process.argv[2];
const stats = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).stats : { expected: 0, unexpected: 1 };
const flaky = stats.flaky ?? 0;
console.log(stats.expected ?? 0, (stats.unexpected ?? 0) + flaky + (stats.skipped ?? 0));

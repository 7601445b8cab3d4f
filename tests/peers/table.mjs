/* What was judged and how it went: a table per dialect, a row per method, printed as docs/venues.md shows them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import ccxt from 'ccxt';

/* ccxt.version lags behind the package. */
const lock = JSON.parse(readFileSync(new URL('package-lock.json', import.meta.url)));
const version = lock.packages['node_modules/ccxt'].version;

const rows = [];
let judged = 'Binance';

/* The facts that follow are about this dialect. */
export function dialect(name) {
    judged = name;
}

/* A failure's text may quote a request line. */
const scrubbed = (text) =>
    text.replace(/signature["']?[=:]["']?[^&\s"']+/g, 'signature=…').slice(0, 500);

function within(ms, promise) {
    let timer;
    const late = new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`nothing within ${ms} ms`)), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/* One fact about one method. Facts run one after the other; a failed one does not stop the next. */
export async function fact(method, says, prove) {
    let failure = null;
    try {
        await within(15000, prove());
    } catch (error) {
        failure = scrubbed(`${error.constructor.name}: ${error.message}`);
        console.error(`not so: ${method}: ${says}\n    ${failure.replaceAll('\n', '\n    ')}`);
    }
    rows.push({ dialect: judged, method, says, failure });
}

/* The exact class, not a parent: a client decides by it what to do next. */
export async function raises(name, call, pattern = /./) {
    let raised = null;
    try {
        await call();
    } catch (error) {
        raised = error;
    }
    assert.notEqual(raised, null, `no error where ${name} belongs`);
    assert.equal(raised.constructor.name, name, raised.message);
    assert.match(raised.message, pattern);
}

/* Decimal texts that mean the same number: "1.50000000" and "1.5". */
export function same(actual, expected, what) {
    assert.equal(typeof actual, 'string', `${what} is not text but ${actual}`);
    assert.ok(ccxt.Precise.stringEq(actual, expected), `${what}: ${actual}, not ${expected}`);
}

export const sum = (texts) => texts.reduce((a, b) => ccxt.Precise.stringAdd(a, b), '0');
export const times = (a, b) => ccxt.Precise.stringMul(a, b);
export const less = (a, b) => ccxt.Precise.stringLt(a, b);

function table(name) {
    const methods = new Map();
    for (const row of rows.filter((r) => r.dialect === name)) {
        methods.set(row.method, [...(methods.get(row.method) ?? []), row]);
    }
    const lines = [`${name} dialect judged by ccxt ${version}`, ''];
    lines.push('| method | judged | result |', '|---|---|---|');
    for (const [method, facts] of methods) {
        const result = facts.every((f) => f.failure === null) ? 'passed' : 'FAILED';
        lines.push(`| ${method} | ${facts.map((f) => f.says).join('; ')} | ${result} |`);
    }
    return `${lines.join('\n')}\n`;
}

/* Prints the tables; true when every fact held and the page shows each of them. */
export function verdict(page) {
    const names = [...new Set(rows.map((row) => row.dialect))];
    const failed = rows.filter((row) => row.failure !== null).length;
    const shown = existsSync(page) ? readFileSync(page, 'utf8') : '';
    const missing = names.filter((name) => !shown.includes(table(name)));
    names.forEach((name) => console.log(table(name)));
    console.log(`${rows.length - failed} facts hold, ${failed} do not`);
    for (const name of missing) {
        console.error(`${page} does not show the ${name} table: paste it there`);
    }
    return failed === 0 && rows.length > 0 && missing.length === 0;
}

/* main.mjs VENUE DIR PAGE: starts five venues, then itself again as the judge, which trusts their CA.
 *
 *     lively   makers on: public data and market streams
 *     quiet    makers off, ids above 2^53: what happens is what the judge's accounts do
 *     strict   small limits
 *     krakenLively, krakenQuiet   the same with symbols against dollars and Kraken's keys
 */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { coinbaseKey, judgeCoinbase } from './coinbase.mjs';
import { Venue, newSecret, startVenue } from './desk.mjs';
import { judgeErrors, judgeLimits } from './errors.mjs';
import { judgeKraken, krakenOptions } from './kraken.mjs';
import { judgeMarket } from './market.mjs';
import { judgeOrders } from './orders.mjs';
import { judgeMarketStreams, judgeUserStreams } from './streams.mjs';
import { verdict } from './table.mjs';

async function judge(setting) {
    const lively = new Venue(setting.lively);
    const quiet = new Venue(setting.quiet);
    await judgeMarket(lively, setting.keys);
    await judgeOrders(quiet, setting.keys);
    await judgeErrors(quiet, setting.keys);
    await judgeLimits(new Venue(setting.strict), setting.keys);
    await judgeMarketStreams(lively);
    await judgeUserStreams(quiet, setting.keys);
    await judgeCoinbase(lively, quiet, setting.keys);
    await judgeKraken(new Venue(setting.krakenLively), new Venue(setting.krakenQuiet), setting.keys);
    return verdict(setting.page);
}

const DEPOSITS = 'BTC=10,ETH=100,USDT=1000000,BNB=50';

async function startAll(binary, dir, keys) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const pem = join(dir, 'desk.pem');
    writeFileSync(pem, publicKey.export({ type: 'spki', format: 'pem' }));
    keys.desk = {
        apiKey: 'desk',
        secret: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
    const accounts = ['alice', 'bob'].flatMap((name) => {
        keys[name] = { apiKey: name, secret: newSecret() };
        return ['--account', `${name}:${keys[name].secret}:${DEPOSITS}`];
    });
    keys.reader = { apiKey: 'reader', secret: newSecret() };
    const coinbase = ['carol', 'dave'].flatMap((name) => {
        keys[name] = coinbaseKey(dir, name, name);
        return ['--account', `${name}:${newSecret()}:${DEPOSITS}`, ...keys[name].options];
    });
    keys.viewer = coinbaseKey(dir, 'carol', 'viewer', ':read');
    const quiet = ['--makers', 'off', '--first-order-id', '9007199254740993', ...accounts, ...coinbase];
    quiet.push('--key', `alice:desk:@${pem}`);
    quiet.push('--key', `alice:reader:${keys.reader.secret}:read`);
    quiet.push(...keys.viewer.options);
    const strict = ['--makers', 'off', ...accounts];
    strict.push('--orders-per-10s', '3', '--weight-per-minute', '300');
    const kraken = krakenOptions(keys);
    return {
        krakenLively: await startVenue(binary, dir, ['--seed', '7', ...kraken]),
        krakenQuiet: await startVenue(binary, dir, ['--makers', 'off', ...kraken]),
        lively: await startVenue(binary, dir, ['--seed', '7', ...accounts, ...coinbase]),
        quiet: await startVenue(binary, dir, quiet),
        strict: await startVenue(binary, dir, strict),
    };
}

/* The judge's setting travels by a pipe; what it knows is worth nothing once this run is over. */
async function supervise(binary, dir, page) {
    const keys = {};
    const venues = await startAll(binary, dir, keys);
    const stop = () => Object.values(venues).forEach((venue) => venue.child.kill('SIGTERM'));
    process.on('SIGTERM', () => {
        stop();
        process.exit(1);
    });
    const judging = spawn(process.execPath, [process.argv[1]], {
        stdio: ['pipe', 'inherit', 'inherit'],
        env: { ...process.env, NODE_EXTRA_CA_CERTS: venues.lively.ca },
    });
    const urls = Object.entries(venues).map(([name, venue]) => [name, venue.url]);
    judging.stdin.end(JSON.stringify({ ...Object.fromEntries(urls), keys, page }));
    judging.on('exit', (code) => {
        stop();
        process.exitCode = code === 0 ? 0 : 1;
    });
}

async function readSetting() {
    let text = '';
    for await (const bytes of process.stdin) {
        text += bytes;
    }
    return JSON.parse(text);
}

if (process.argv.length === 5) {
    await supervise(...process.argv.slice(2));
} else {
    process.exit((await judge(await readSetting())) ? 0 : 1);
}

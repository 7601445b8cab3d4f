/* The venue as a child process, its back doors (/_ledger, /_fault) and ccxt pointed at it. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import ccxt from 'ccxt';

/* secrets: made for this run only; they appear in no output. */
export const newSecret = () => randomBytes(32).toString('hex');

/* Starts <build>/bin/sofia-venue on a free port; resolves when it says that it is ready. */
export function startVenue(binary, dir, args) {
    const child = spawn(binary, ['--port', '0', '--dir', dir, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new Promise((resolve, reject) => {
        let said = '';
        child.on('error', reject);
        child.on('exit', (code) => reject(new Error(`sofia-venue ended with ${code}`)));
        child.stdout.on('data', (bytes) => {
            said += bytes;
            const ready = /^sofia-venue ready (\S+) ca=(\S+)\n/m.exec(said);
            if (ready !== null) {
                child.removeAllListeners('exit');
                resolve({ url: ready[1], ca: ready[2], child });
            }
        });
    });
}

/* Numbers of ours are strings on the wire; ids are not, and may lie above 2^53. */
const idsAsText = (text) => text.replace(/("[A-Za-z]*Id":)(\d+)/g, '$1"$2"');

export class Venue {
    constructor(url) {
        this.url = url;
    }

    async ledger(account) {
        const reply = await fetch(`${this.url}/_ledger`);
        const ledger = JSON.parse(idsAsText(await reply.text()));
        return account === undefined ? ledger : ledger.accounts.find((a) => a.account === account);
    }

    async fault(command) {
        const reply = await fetch(`${this.url}/_fault`, {
            method: 'POST',
            body: JSON.stringify(command),
        });
        if (reply.status !== 200) {
            throw new Error(`fault refused: ${await reply.text()}`);
        }
    }

    /* ccxt as a user configures it: documented options, the venue's address, numbers as text. */
    client(credentials = {}, options = {}) {
        const exchange = new ccxt.pro.binance({
            ...credentials,
            enableRateLimit: false,
            timeout: 8000,
            options: {
                defaultType: 'spot',
                fetchCurrencies: false,
                fetchMargins: false,
                fetchMarkets: { types: ['spot'] },
                warnOnFetchOpenOrdersWithoutSymbol: false,
                ...options,
            },
        });
        const ws = this.url.replace('https:', 'wss:');
        exchange.number = String;
        exchange.urls.api.public = `${this.url}/api/v3`;
        exchange.urls.api.private = `${this.url}/api/v3`;
        exchange.urls.api.v1 = `${this.url}/api/v1`;
        exchange.urls.api.ws.spot = `${ws}/ws`;
        exchange.urls.api.ws['ws-api'].spot = `${ws}/ws-api/v3`;
        return exchange;
    }
}

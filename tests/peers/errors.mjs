/* What the venue refuses, in the classes that ccxt raises on Binance. */
import assert from 'node:assert/strict';
import { newSecret } from './desk.mjs';
import { fact, raises } from './table.mjs';

const BTC = 'BTC/USDT';

async function credentials(quiet, keys) {
    await fact('AuthenticationError', 'unknown key', async () => {
        const client = quiet.client({ apiKey: 'nobody', secret: newSecret() });
        await raises('AuthenticationError', () => client.fetchBalance(), /-20(08|14|15)/);
    });
    await fact('AuthenticationError', 'wrong secret', async () => {
        const client = quiet.client({ apiKey: 'alice', secret: newSecret() });
        await raises('AuthenticationError', () => client.fetchBalance(), /-1022/);
    });
    await fact('AuthenticationError', 'a key that may only read', async () => {
        const client = quiet.client(keys.reader);
        await client.loadMarkets();
        await raises('AuthenticationError', () =>
            client.createOrder(BTC, 'limit', 'buy', '0.1', '58000'), /-2015/);
        await client.fetchBalance();
    });
    await fact('InvalidNonce', 'a clock that is off; adjustForTimeDifference', async () => {
        const client = quiet.client(keys.alice);
        await client.loadMarkets();
        for (const offset of [-30000, 30000]) {
            await quiet.fault({ kind: 'clock', offset_ms: offset });
            try {
                await raises('InvalidNonce', () => client.fetchBalance(), /-1021/);
                const adjusted = quiet.client(keys.alice, { adjustForTimeDifference: true });
                await adjusted.loadMarkets();
                await adjusted.fetchBalance();
            } finally {
                await quiet.fault({ kind: 'clock', offset_ms: 0 });
            }
        }
    });
}

async function orders(quiet, client) {
    const buy = (amount, price, params) =>
        client.createOrder(BTC, 'limit', 'buy', amount, price, params);
    /* As a caller who does not round: ccxt's own rounding would hide the venue's filters. */
    const raw = (request) =>
        client.privatePostOrder({
            symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', ...request,
        });
    await fact('InsufficientFunds', 'more than there is', async () => {
        await raises('InsufficientFunds', () => buy('100', '58000'));
        await raises('InsufficientFunds', () =>
            client.createOrder(BTC, 'limit', 'sell', '100', '61000'));
    });
    const filters = [
        ['PRICE_FILTER', { quantity: '0.1', price: '58000.001' }],
        ['LOT_SIZE', { quantity: '0.100001', price: '58000' }, 'step'],
        ['LOT_SIZE', { quantity: '0.000001', price: '58000' }, 'minimum'],
        ['PERCENT_PRICE_BY_SIDE', { quantity: '0.1', price: '600000' }],
    ];
    for (const [filter, request, what = ''] of filters) {
        await fact('InvalidOrder', `${filter} ${what}`.trim(), async () =>
            raises('InvalidOrder', () => raw(request), new RegExp(filter)));
    }
    await fact('BadRequest', 'NOTIONAL (ccxt has no class for it)', async () =>
        raises('BadRequest', () => buy('0.00001', '58000'), /Filter failure: NOTIONAL/));
    await fact('BadRequest', 'a type, a side, a parameter nobody knows', async () => {
        await raises('BadRequest', () => raw({ quantity: '1', price: '1', type: 'X' }), /-1116/);
        await raises('BadRequest', () => raw({ quantity: '1', price: '1', side: 'X' }), /-1117/);
        await raises('BadRequest', () => raw({ price: '58000' }), /-1102/);
        await raises('BadRequest', () => raw({ quantity: 'one', price: '1' }), /-1100/);
    });
    await fact('OrderImmediatelyFillable', 'post-only that would match', async () => {
        const ask = await client.createOrder(BTC, 'limit', 'sell', '0.1', '60500');
        await raises('OrderImmediatelyFillable', () =>
            client.createPostOnlyOrder(BTC, 'limit', 'buy', '0.1', '60500'));
        await client.cancelOrder(ask.id, BTC);
    });
    await fact('InvalidOrder', 'a client id that is open', async () => {
        const first = await buy('0.1', '58000', { clientOrderId: 'twice' });
        await raises('InvalidOrder', () => buy('0.1', '58000', { clientOrderId: 'twice' }),
            /Duplicate order sent/);
        await client.cancelOrder(first.id, BTC);
    });
}

async function lookups(client) {
    await fact('OrderNotFound', 'fetchOrder, cancelOrder, cancelAllOrders', async () => {
        await raises('OrderNotFound', () => client.fetchOrder('1', BTC), /-2013/);
        await raises('OrderNotFound', () => client.cancelOrder('1', BTC), /-2011/);
        await raises('OrderNotFound', () => client.cancelAllOrders(BTC), /-2011/);
    });
    await fact('BadSymbol', 'ccxt knows no such market, nor does the venue', async () => {
        await raises('BadSymbol', () => client.fetchTicker('NO/SUCH'));
        await raises('BadSymbol', () => client.publicGetTicker24hr({ symbol: 'NOSUCH' }), /-1121/);
    });
}

async function badDays(quiet, client) {
    await fact('DDoSProtection', 'HTTP 429 and 418', async () => {
        for (const status of [429, 418]) {
            await quiet.fault({ kind: 'rate_limit', status, match: { path: '/api/v3/time' } });
            await raises('DDoSProtection', () => client.fetchTime(), new RegExp(`${status}`));
        }
        await client.fetchTime();
    });
    await fact('RequestTimeout', '-1007: executed or not, nobody knows', async () => {
        const match = { method: 'POST', path: '/api/v3/order' };
        await quiet.fault({ kind: 'timeout', ms: 10, execute: true, match });
        await raises('RequestTimeout', () =>
            client.createOrder(BTC, 'limit', 'buy', '0.1', '58000', { clientOrderId: 'doubt' }),
        /-1007/);
        const order = await client.fetchOrder(undefined, BTC, { clientOrderId: 'doubt' });
        assert.equal(order.status, 'open');
        await client.cancelOrder(order.id, BTC);
    });
    await fact('ExchangeNotAvailable', 'HTTP 502 with a page', async () => {
        await quiet.fault({ kind: 'html', match: { path: '/api/v3/time' } });
        await raises('ExchangeNotAvailable', () => client.fetchTime());
    });
    await fact('MarketClosed', 'a symbol in BREAK', async () => {
        const match = { symbol: 'ETHUSDT' };
        await quiet.fault({ kind: 'symbol', match, status: 'BREAK' });
        try {
            await raises('MarketClosed', () =>
                client.createOrder('ETH/USDT', 'limit', 'buy', '1', '2900'));
        } finally {
            await quiet.fault({ kind: 'symbol', match, status: 'TRADING' });
        }
    });
}

export async function judgeErrors(quiet, keys) {
    const client = quiet.client(keys.alice);
    await client.loadMarkets();
    await credentials(quiet, keys);
    await orders(quiet, client);
    await lookups(client);
    await badDays(quiet, client);
    await client.close();
}

/* Limits that are reached, not faults that say so. A window may turn once within each loop. */
export async function judgeLimits(strict, keys) {
    const client = strict.client(keys.alice);
    await client.loadMarkets();
    await fact('DDoSProtection', 'orders of ten seconds, real limit', async () => {
        const place = () => client.createOrder(BTC, 'limit', 'buy', '0.1', '58000');
        await raises('DDoSProtection', async () => {
            for (let i = 0; i < 7; i++) {
                await place();
            }
        }, /-1015/);
    });
    await fact('DDoSProtection', 'weight of a minute, then a ban', async () => {
        await raises('DDoSProtection', async () => {
            for (let i = 0; i < 40; i++) {
                await client.fetchBalance();
            }
        }, /429/);
        await raises('DDoSProtection', async () => {
            for (let i = 0; i < 45; i++) {
                await client.fetchBalance().catch((error) => {
                    if (error.message.includes(' 418 ')) {
                        throw error;
                    }
                });
            }
        }, /banned until/);
    });
    await client.close();
}

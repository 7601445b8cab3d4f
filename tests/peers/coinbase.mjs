/* ccxt's `coinbase` on the venue's Coinbase dialect: public data, orders of two accounts, refusals, streams. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ccxt from 'ccxt';
import { checkBook } from './market.mjs';
import { checkBalances } from './orders.mjs';
import { dialect, fact, less, raises, same, sum } from './table.mjs';

const BTC = 'BTC/USDT';
const HOST = 'https://api.coinbase.com';

/* A key pair as Coinbase hands it out, and the option that makes the venue know it. */
export function coinbaseKey(dir, account, name, permissions = '') {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const path = join(dir, `${name}.pem`);
    const apiKey = `organizations/desk/apiKeys/${name}`;
    writeFileSync(path, publicKey.export({ type: 'spki', format: 'pem' }));
    return {
        apiKey,
        secret: privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
        options: ['--key', `coinbase/${account}:${apiKey}:@${path}${permissions}`],
    };
}

/* Tokens name the host, so ccxt keeps it and only the bytes go elsewhere. */
function client(venue, { apiKey, secret } = {}) {
    const exchange = new ccxt.pro.coinbase({
        apiKey, secret, enableRateLimit: true, timeout: 8000,
        options: { fetchBalance: 'v3PrivateGetBrokerageAccounts', fetchTime: 'v3PublicGetBrokerageTime' },
    });
    exchange.number = String;
    exchange.has.fetchCurrencies = false; /* of another product, /v2 */
    exchange.fetchImplementation = (url, params) => fetch(url.replace(HOST, venue.url), params);
    exchange.urls.api.ws = `${venue.url.replace('https:', 'wss:')}/`;
    return exchange;
}

async function publicData(lively, keys) {
    const reader = client(lively, keys.carol);
    await fact('loadMarkets', 'products, grids and limits', async () => {
        const markets = await reader.loadMarkets();
        assert.equal(Object.keys(markets).length, 8);
        const btc = reader.market(BTC);
        assert.equal(btc.id, 'BTC-USDT');
        assert.equal(btc.active, true);
        same(btc.precision.price, '0.01', 'tick');
        same(btc.precision.amount, '0.00001', 'lot');
        same(btc.limits.amount.max, '9000', 'most quantity');
        same(btc.limits.cost.min, '5', 'least value');
        same(btc.taker, '0.001', 'commission');
    });
    await fact('loadMarkets', 'a price grid finer than cents', async () => {
        same(reader.market('SHIB/USDT').precision.price, '0.00000001', 'tick');
        assert.equal(reader.priceToPrecision('SHIB/USDT', '0.0000123449'), '0.00001234');
    });
    await fact('fetchTime', 'within two seconds of ours', async () => {
        assert.ok(Math.abs((await reader.fetchTime()) - Date.now()) < 2000);
    });
    await fact('fetchOrderBook', 'sorted, not crossed', async () => {
        const book = await reader.fetchOrderBook(BTC, 5);
        checkBook(book);
        assert.equal(book.bids.length, 5);
    });
    await fact('fetchTicker, fetchTickers', 'bid below ask, last', async () => {
        const ticker = await reader.fetchTicker(BTC);
        assert.ok(less(ticker.bid, ticker.ask) && less('0', ticker.last));
        const two = await reader.fetchTickers([BTC, 'ETH/USDT']);
        assert.deepEqual(Object.keys(two).sort(), [BTC, 'ETH/USDT']);
    });
    await fact('fetchBidsAsks', 'best prices', async () => {
        const best = await reader.fetchBidsAsks([BTC]);
        assert.ok(less(best[BTC].bid, best[BTC].ask));
    });
    await fact('fetchOHLCV', 'candles that hold together', async () => {
        const candles = await reader.fetchOHLCV(BTC, '1m');
        assert.ok(candles.length > 0);
        for (const [time, open, high, low, close] of candles) {
            assert.equal(time % 60000, 0);
            assert.ok(!less(high, open) && !less(high, close) && !less(open, low));
        }
    });
    await fact('fetchTrades', 'ids that rise', async () => {
        const trades = await reader.fetchTrades(BTC, undefined, 5);
        assert.equal(trades.length, 5);
        assert.ok(BigInt(trades.at(-1).id) !== BigInt(trades[0].id));
        assert.ok(trades.every((t) => ['buy', 'sell'].includes(t.side) && less('0', t.price)));
    });
    await reader.close();
}

async function marketStreams(lively) {
    const watcher = client(lively);
    watcher.number = Number; /* this version sorts the levels of a stream as whatever they are */
    await fact('watchOrderBook', 'snapshot and updates', async () => {
        checkBook(await watcher.watchOrderBook(BTC));
        checkBook(await watcher.watchOrderBook(BTC));
    });
    await fact('watchTicker', 'best bid below best ask', async () => {
        const ticker = await watcher.watchTicker(BTC);
        assert.ok(ticker.bid < ticker.ask);
    });
    await fact('watchTickers', 'in batches, without best prices', async () => {
        const tickers = await watcher.watchTickers(['ETH/USDT']);
        assert.equal(tickers['ETH/USDT'].bid, undefined);
        assert.ok(tickers['ETH/USDT'].last > 0);
    });
    await fact('watchTrades', 'oldest first', async () => {
        const trades = await watcher.watchTrades(BTC);
        assert.ok(trades.length > 0 && trades.every((t) => t.symbol === BTC));
    });
    await watcher.close();
}

async function resting(quiet, carol) {
    let order;
    await fact('createOrder', 'limit GTC rests', async () => {
        order = await carol.createOrder(BTC, 'limit', 'buy', '0.5', '59000');
        const read = await carol.fetchOrder(order.id, BTC);
        assert.equal(read.status, 'open');
        assert.equal(read.timeInForce, 'GTC');
        assert.equal(read.clientOrderId, order.clientOrderId);
        same(read.price, '59000', 'price');
        same(read.amount, '0.5', 'amount');
        same(read.filled, '0', 'filled');
    });
    await fact('fetchOrder, fetchOpenOrders', 'the order', async () => {
        assert.deepEqual((await carol.fetchOpenOrders(BTC)).map((o) => o.id), [order.id]);
        assert.deepEqual((await carol.fetchOpenOrders()).map((o) => o.id), [order.id]);
    });
    await fact('fetchBalance', 'price and commission of an open order are held', async () => {
        same((await carol.fetchBalance()).USDT.used, '29529.5', 'held');
        await checkBalances(quiet, 'carol', carol);
    });
    await fact('editOrder', 'price and size, same id', async () => {
        await carol.editOrder(order.id, BTC, 'limit', 'buy', '0.4', '59100');
        const read = await carol.fetchOrder(order.id, BTC);
        same(read.price, '59100', 'price');
        same(read.amount, '0.4', 'amount');
        assert.equal(read.status, 'open');
    });
    await fact('cancelOrder', 'by id', async () => {
        assert.equal((await carol.cancelOrder(order.id, BTC)).id, order.id);
        assert.equal((await carol.fetchOrder(order.id, BTC)).status, 'canceled');
    });
    await fact('cancelOrders', 'several at once', async () => {
        const ids = [];
        for (const price of ['58000', '58001', '58002']) {
            ids.push((await carol.createOrder(BTC, 'limit', 'buy', '0.1', price)).id);
        }
        const canceled = await carol.cancelOrders(ids, BTC);
        assert.deepEqual(canceled.map((o) => o.id).sort(), ids.sort());
        assert.deepEqual(await carol.fetchOpenOrders(BTC), []);
    });
    await fact('createOrder', 'post-only rests; stop limit waits; GTD', async () => {
        const end = { end_time: new Date(Date.now() + 3600000).toISOString() };
        const maker = await carol.createOrder(BTC, 'limit', 'buy', '0.1', '58000', { postOnly: true });
        assert.equal((await carol.fetchOrder(maker.id)).postOnly, true);
        const dated = await carol.createOrder(BTC, 'limit', 'buy', '0.1', '58000', end);
        assert.equal((await carol.fetchOrder(dated.id)).timeInForce, 'GTD');
        const stop = await carol.createOrder(BTC, 'limit', 'sell', '0.1', '50000', {
            stopLossPrice: '50500',
        });
        const read = await carol.fetchOrder(stop.id);
        same(read.triggerPrice, '50500', 'trigger');
        await carol.cancelOrders([maker.id, dated.id, stop.id]);
    });
    await fact('createOrder', 'preview leaves nothing', async () => {
        await carol.createOrder(BTC, 'limit', 'buy', '0.1', '58000', { preview: true });
        assert.deepEqual(await carol.fetchOpenOrders(BTC), []);
    });
}

async function taking(quiet, carol, dave) {
    const ask = (amount, price) => dave.createOrder(BTC, 'limit', 'sell', amount, price);
    await fact('createOrder', 'limit IOC fills what is there', async () => {
        await ask('0.2', '60000');
        const order = await carol.createOrder(BTC, 'limit', 'buy', '0.5', '60000', { timeInForce: 'IOC' });
        const read = await carol.fetchOrder(order.id);
        assert.equal(read.status, 'canceled');
        same(read.filled, '0.2', 'filled');
        same(read.fee.cost, '12', 'fee');
    });
    await fact('createOrder', 'limit FOK fills nothing or all', async () => {
        await ask('0.2', '60000');
        const fok = { timeInForce: 'FOK' };
        const none = await carol.createOrder(BTC, 'limit', 'buy', '0.5', '60000', fok);
        same((await carol.fetchOrder(none.id)).filled, '0', 'filled');
        const all = await carol.createOrder(BTC, 'limit', 'buy', '0.2', '60000', fok);
        assert.equal((await carol.fetchOrder(all.id)).status, 'closed');
    });
    await fact('createMarketBuyOrderWithCost', 'a cost that includes the commission', async () => {
        await ask('0.1', '50000');
        const order = await carol.createMarketBuyOrderWithCost(BTC, '1001');
        const read = await carol.fetchOrder(order.id);
        assert.equal(read.status, 'closed');
        same(read.filled, '0.02', 'filled');
        same(read.info.total_value_after_fees, '1001', 'paid');
    });
    await fact('createOrder', 'market sell by quantity', async () => {
        await dave.createOrder(BTC, 'limit', 'buy', '0.3', '49000');
        const order = await carol.createOrder(BTC, 'market', 'sell', '0.3');
        const read = await carol.fetchOrder(order.id);
        assert.equal(read.status, 'closed');
        same(read.average, '49000', 'price');
    });
    await fact('fetchMyTrades', 'trades and fees equal the ledger', async () => {
        const trades = await carol.fetchMyTrades(BTC);
        const { fills } = await quiet.ledger('carol');
        assert.equal(trades.length, fills.length);
        same(sum(trades.map((t) => t.amount)), sum(fills.map((f) => f.qty)), 'quantity');
        same(sum(trades.map((t) => t.fee.cost)), sum(fills.map((f) => f.commission)), 'fees');
        assert.deepEqual([...new Set(trades.map((t) => t.fee.currency))], ['USDT']);
        assert.ok(trades.every((t) => t.takerOrMaker === 'taker'));
    });
    await fact('fetchOrders, fetchClosedOrders', 'as many as the ledger has', async () => {
        const { orders } = await quiet.ledger('carol');
        assert.equal((await carol.fetchOrders(BTC)).length, orders.length);
        const filled = orders.filter((o) => o.status === 'FILLED').length;
        assert.equal((await carol.fetchClosedOrders(BTC)).length, filled);
    });
    await fact('fetchTradingFees', 'the rates that were charged', async () => {
        const fees = await carol.fetchTradingFees({ type: 'spot' });
        same(fees[BTC].taker, '0.001', 'taker');
    });
    await fact('fetchAccounts, fetchPortfolios', 'the wallets of the one portfolio', async () => {
        const accounts = await carol.fetchAccounts();
        assert.ok(accounts.some((a) => a.code === 'BTC'));
        assert.equal((await carol.fetchPortfolios()).length, 1);
    });
}

/* The next update that fits; updates that came before it are skipped. */
async function until(watch, fits) {
    for (;;) {
        const found = (await watch()).find(fits);
        if (found !== undefined) {
            return found;
        }
    }
}

async function userStream(carol, dave) {
    await fact('watchOrders', 'open, filled, canceled', async () => {
        const seen = (id, status) =>
            until(() => carol.watchOrders(BTC), (o) => o.id === id && o.status === status);
        const first = carol.watchOrders(BTC);
        const order = await carol.createOrder(BTC, 'limit', 'sell', '0.1', '49500');
        assert.equal((await first).length > 0, true);
        const filled = seen(order.id, 'closed');
        await dave.createOrder(BTC, 'limit', 'buy', '0.1', '49500');
        same((await filled).filled, '0.1', 'filled');
        const other = await carol.createOrder(BTC, 'limit', 'buy', '0.1', '40000');
        const gone = seen(other.id, 'canceled');
        await carol.cancelOrder(other.id);
        assert.equal((await gone).side, 'buy');
    });
}

async function refusals(quiet, keys, carol) {
    const { secret } = keys.dave;
    await fact('AuthenticationError', 'unknown key; wrong secret', async () => {
        const nobody = client(quiet, { apiKey: 'organizations/desk/apiKeys/nobody', secret });
        await raises('AuthenticationError', () => nobody.v3PrivateGetBrokerageAccounts(), /401/);
        const thief = client(quiet, { apiKey: keys.carol.apiKey, secret });
        await raises('AuthenticationError', () => thief.v3PrivateGetBrokerageAccounts(), /401/);
    });
    await fact('AuthenticationError', 'a clock that is a second ahead', async () => {
        await quiet.fault({ kind: 'clock', offset_ms: -2000 });
        try {
            await raises('AuthenticationError', () => carol.fetchBalance(), /401/);
        } finally {
            await quiet.fault({ kind: 'clock', offset_ms: 0 });
        }
    });
    await fact('PermissionDenied', 'a key that may only view', async () => {
        const viewer = client(quiet, keys.viewer);
        await viewer.fetchBalance();
        await raises('PermissionDenied', () => viewer.createOrder(BTC, 'limit', 'buy', '0.1', '58000'),
            /Missing required scopes/);
    });
    await fact('InsufficientFunds', 'more than there is', async () => {
        await raises('InsufficientFunds', () => carol.createOrder(BTC, 'limit', 'buy', '100', '58000'));
    });
    await fact('BadRequest', 'a size that is no decimal; a canceled order canceled again', async () => {
        const raw = (size) => carol.v3PrivatePostBrokerageOrders({
            client_order_id: `raw-${size}`, product_id: 'BTC-USDT', side: 'BUY',
            order_configuration: { limit_limit_gtc: { base_size: size, limit_price: '58000' } },
        });
        await raises('BadRequest', () => raw('1e-3'), /INVALID_ARGUMENT/);
        await raises('BadRequest', () => raw('-1'), /INVALID_ARGUMENT/);
        const order = await carol.createOrder(BTC, 'limit', 'buy', '0.1', '58000');
        await carol.cancelOrder(order.id);
        await raises('BadRequest', () => carol.cancelOrder(order.id));
    });
    /* This version of ccxt has a class for few of Coinbase's reasons; the reason is in the text. */
    await fact('ExchangeError', 'post-only that would cross; off the grid; nothing to take', async () => {
        const post = (id, kind, config) => carol.v3PrivatePostBrokerageOrders({
            client_order_id: id, product_id: 'BTC-USDT', side: 'BUY', order_configuration: { [kind]: config },
        });
        const limit = (price, more) => ({ base_size: '0.1', limit_price: price, ...more });
        const ask = await carol.createOrder(BTC, 'limit', 'sell', '0.1', '65000');
        await raises('ExchangeError', () => post('x-1', 'limit_limit_gtc', limit('65000', { post_only: true })),
            /INVALID_LIMIT_PRICE_POST_ONLY/);
        await carol.cancelOrder(ask.id);
        await raises('ExchangeError', () => post('x-2', 'limit_limit_gtc', limit('58000.001')),
            /INVALID_PRICE_PRECISION/);
        await raises('ExchangeError', () => post('x-3', 'sor_limit_ioc', limit('58000', { base_size: '0.1000001' })),
            /INVALID_SIZE_PRECISION/);
        await raises('ExchangeError', () => carol.fetchOrder('00000000-0000-4000-8000-000000000000'),
            /order with this orderID was not found/);
    });
    await fact('RateLimitExceeded', 'HTTP 429 as JSON and as a page', async () => {
        for (const body of ['html', 'json']) {
            await quiet.fault({ kind: 'coinbase_mode', rate_body: body });
            await quiet.fault({ kind: 'rate_limit', match: { path: '/api/v3/brokerage/accounts' } });
            await raises('RateLimitExceeded', () => carol.fetchBalance(), /429|rate_limit_exceeded/);
        }
    });
    await fact('ExchangeNotAvailable', 'HTTP 502 with a page, though the order lives', async () => {
        const match = { method: 'POST', path: '/api/v3/brokerage/orders' };
        await quiet.fault({ kind: 'html', status: 502, execute: true, match });
        await raises('ExchangeNotAvailable', () => carol.createOrder(BTC, 'limit', 'buy', '0.1', '41000'));
        const open = await carol.fetchOpenOrders(BTC);
        assert.equal(open.length, 1);
        await carol.cancelOrder(open[0].id);
    });
}

export async function judgeCoinbase(lively, quiet, keys) {
    dialect('Coinbase');
    await publicData(lively, keys);
    await marketStreams(lively);
    const carol = client(quiet, keys.carol);
    const dave = client(quiet, keys.dave);
    await carol.loadMarkets();
    await dave.loadMarkets();
    await resting(quiet, carol);
    await taking(quiet, carol, dave);
    await userStream(carol, dave);
    await refusals(quiet, keys, carol);
    await fact('fetchBalance', 'equals the ledger at the end', async () => {
        await checkBalances(quiet, 'carol', carol);
        await checkBalances(quiet, 'dave', dave);
    });
    await carol.close();
    await dave.close();
}

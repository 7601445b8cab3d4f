/* ccxt's `kraken` on the venue's Kraken dialect: public data, orders of two accounts, refusals, streams. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import ccxt from 'ccxt';
import { checkBook } from './market.mjs';
import { checkBalances } from './orders.mjs';
import { dialect, fact, less, raises, same, sum } from './table.mjs';

const BTC = 'BTC/USD';
const SYMBOLS = 'BTCUSD,ETHUSD,DOGEUSD,ETHBTC';
const DEPOSITS = 'BTC=10,ETH=100,USD=1000000,DOGE=5000';

/* Options of the venue `keys` trade on; the secrets are base64, as Kraken hands them out. */
export function krakenOptions(keys) {
    const options = ['--dialect', 'kraken', '--symbols', SYMBOLS];
    for (const name of ['erin', 'frank']) {
        keys[name] = { apiKey: name, secret: randomBytes(64).toString('base64') };
        options.push('--account', `${name}:${keys[name].secret}:${DEPOSITS}`);
    }
    keys.watcher = { apiKey: 'watcher', secret: randomBytes(64).toString('base64') };
    options.push('--key', `kraken/erin:watcher:${keys.watcher.secret}:read`);
    return options;
}

function client(venue, credentials = {}) {
    const exchange = new ccxt.pro.kraken({
        ...credentials, enableRateLimit: true, rateLimit: 5, timeout: 8000,
    });
    const ws = venue.url.replace('https:', 'wss:');
    exchange.number = String;
    let last = 0; /* ccxt's own nonce is the clock, which two calls of one millisecond share */
    exchange.nonce = () => (last = Math.max(last + 1, Date.now()));
    exchange.urls.api.public = venue.url;
    exchange.urls.api.private = venue.url;
    exchange.urls.api.ws.publicV2 = `${ws}/v2`;
    exchange.urls.api.ws.privateV2 = `${ws}/auth/v2`;
    return exchange;
}

async function publicData(lively) {
    const reader = client(lively);
    await fact('loadMarkets', 'four spellings of a name, grids and minima', async () => {
        const markets = await reader.loadMarkets();
        assert.equal(Object.keys(markets).length, 4);
        const btc = reader.market(BTC);
        assert.deepEqual([btc.id, btc.altname, btc.wsId, btc.info.base, btc.info.quote],
            ['XXBTZUSD', 'XBTUSD', 'XBT/USD', 'XXBT', 'ZUSD']);
        assert.deepEqual([reader.market('DOGE/USD').id, reader.market('ETH/BTC').id],
            ['XDGUSD', 'XETHXXBT']);
        assert.equal(btc.active, true);
        same(btc.precision.price, '0.1', 'tick');
        same(btc.precision.amount, '0.00000001', 'lot');
        same(btc.limits.amount.min, '0.00005', 'least quantity');
        same(btc.limits.cost.min, '0.5', 'least cost');
    });
    await fact('fetchCurrencies', 'legacy ids and decimals', async () => {
        const currencies = await reader.fetchCurrencies();
        assert.deepEqual([currencies.BTC.id, currencies.USD.id, currencies.DOGE.id],
            ['XXBT', 'ZUSD', 'XXDG']);
    });
    await fact('fetchTime', 'within two seconds of ours', async () => {
        assert.ok(Math.abs((await reader.fetchTime()) - Date.now()) < 2000);
    });
    await fact('fetchStatus', 'online', async () => {
        assert.equal((await reader.fetchStatus()).status, 'ok');
    });
    await fact('fetchOrderBook', 'sorted, not crossed, as deep as asked', async () => {
        const book = await reader.fetchOrderBook(BTC, 5);
        checkBook(book);
        assert.equal(book.bids.length, 5);
    });
    await fact('fetchTicker, fetchTickers', 'bid below ask, last, figures of the day', async () => {
        const ticker = await reader.fetchTicker(BTC);
        assert.ok(less(ticker.bid, ticker.ask) && less('0', ticker.last));
        assert.ok(!less(ticker.high, ticker.low) && less('0', ticker.baseVolume));
        const two = await reader.fetchTickers([BTC, 'ETH/USD']);
        assert.deepEqual(Object.keys(two).sort(), [BTC, 'ETH/USD']);
    });
    await fact('fetchTrades', 'with sides and prices', async () => {
        const trades = await reader.fetchTrades(BTC);
        assert.ok(trades.length > 0);
        for (const trade of trades) {
            assert.ok(['buy', 'sell'].includes(trade.side) && less('0', trade.price));
        }
    });
    await fact('fetchOHLCV', 'candles that hold together', async () => {
        const candles = await reader.fetchOHLCV(BTC, '1m');
        assert.ok(candles.length > 0);
        for (const [time, open, high, low, close] of candles) {
            assert.equal(time % 60000, 0);
            for (const price of [open, close]) {
                assert.ok(!less(high, price) && !less(price, low));
            }
        }
    });
    await reader.close();
}

async function resting(venue, erin) {
    let order;
    await fact('createOrder', 'limit rests, by a client id', async () => {
        order = await erin.createOrder(BTC, 'limit', 'buy', '0.5', '59000', { clientOrderId: 'rests-1' });
        const read = await erin.fetchOrder(order.id, BTC);
        assert.deepEqual([read.status, read.side, read.type, read.clientOrderId],
            ['open', 'buy', 'limit', 'rests-1']);
        same(read.price, '59000', 'price');
        same(read.amount, '0.5', 'quantity');
        same(read.filled, '0', 'filled');
    });
    await fact('fetchOpenOrders', 'the order', async () => {
        assert.deepEqual((await erin.fetchOpenOrders()).map((o) => o.id), [order.id]);
        const named = await erin.fetchOpenOrders(BTC, undefined, undefined, { clientOrderId: 'rests-1' });
        assert.deepEqual(named.map((o) => o.id), [order.id]);
    });
    await fact('fetchBalance', 'money of an open order is held, its fee too', async () => {
        same((await erin.fetchBalance()).USD.used, '29529.5', 'held');
        await checkBalances(venue, 'erin', erin);
    });
    await fact('editOrder', 'amended in place', async () => {
        const changed = await erin.editOrder(order.id, BTC, 'limit', 'buy', '0.4', '58000');
        const read = await erin.fetchOrder(order.id, BTC);
        assert.ok(changed.id === order.id || changed.info.amend_id !== undefined);
        same(read.price, '58000', 'price');
        same(read.amount, '0.4', 'quantity');
    });
    await fact('cancelOrder', 'by id, by client id', async () => {
        await erin.cancelOrder(order.id, BTC);
        assert.equal((await erin.fetchOrder(order.id, BTC)).status, 'canceled');
        const other = await erin.createOrder(BTC, 'limit', 'sell', '0.1', '61000', { clientOrderId: 'rests-2' });
        await erin.cancelOrder(undefined, BTC, { clientOrderId: 'rests-2' });
        assert.equal((await erin.fetchOrder(other.id, BTC)).status, 'canceled');
    });
    await fact('createOrder', 'post-only rests', async () => {
        const post = await erin.createOrder(BTC, 'limit', 'buy', '0.1', '58000', { postOnly: true });
        assert.equal((await erin.fetchOrder(post.id, BTC)).status, 'open');
    });
    await fact('cancelOrders', 'a batch', async () => {
        const first = await erin.createOrder(BTC, 'limit', 'buy', '0.1', '57000');
        const second = await erin.createOrder(BTC, 'limit', 'buy', '0.1', '57100');
        await erin.cancelOrders([first.id, second.id], BTC);
        assert.equal((await erin.fetchOpenOrders()).length, 1);
    });
    await fact('createOrders', 'a batch, rows of their own', async () => {
        const row = (price) => ({ symbol: BTC, type: 'limit', side: 'buy', amount: '0.1', price });
        const made = await erin.createOrders([row('57000'), row('57100')]);
        assert.equal(made.length, 2);
        assert.equal((await erin.fetchOpenOrders()).length, 3);
    });
    await fact('createOrder', 'a stop-loss waits', async () => {
        const stop = await erin.createOrder(BTC, 'limit', 'sell', '0.1', '50000', { stopLossPrice: '50500' });
        const read = await erin.fetchOrder(stop.id, BTC);
        assert.equal(read.info.descr.ordertype, 'stop-loss-limit');
        same(read.info.descr.price, '50500', 'trigger');
        same(read.info.descr.price2, '50000', 'limit');
    });
    await fact('cancelAllOrders', 'of the account', async () => {
        await erin.cancelAllOrders();
        assert.deepEqual(await erin.fetchOpenOrders(), []);
    });
    await fact('cancelAllOrdersAfter', 'the dead man\'s switch fires', async () => {
        await erin.createOrder(BTC, 'limit', 'buy', '0.1', '57000');
        await erin.cancelAllOrdersAfter(1000);
        await new Promise((resolve) => setTimeout(resolve, 1400));
        assert.deepEqual(await erin.fetchOpenOrders(), []);
    });
}

async function trading(venue, clients) {
    const { erin, frank } = clients;
    await fact('createOrder', 'IOC takes what is there', async () => {
        await erin.createOrder(BTC, 'limit', 'sell', '0.5', '60000');
        const order = await frank.createOrder(BTC, 'limit', 'buy', '0.8', '60000', { timeInForce: 'IOC' });
        const read = await frank.fetchOrder(order.id, BTC);
        assert.equal(read.status, 'canceled');
        same(read.filled, '0.5', 'filled');
        same(read.cost, '30000', 'cost');
        same(read.fee.cost, '30', 'fee');
        assert.equal(read.fee.currency, 'USD');
    });
    await fact('createOrder', 'market by quantity', async () => {
        await erin.createOrder(BTC, 'limit', 'buy', '0.3', '59900');
        const order = await frank.createOrder(BTC, 'market', 'sell', '0.2');
        const read = await frank.fetchOrder(order.id, BTC);
        assert.equal(read.status, 'closed');
        same(read.filled, '0.2', 'filled');
        same(read.average, '59900', 'average');
    });
    await fact('createMarketBuyOrderWithCost', 'volume in quote money', async () => {
        await erin.createOrder(BTC, 'limit', 'sell', '0.1', '60100');
        const order = await frank.createMarketBuyOrderWithCost(BTC, '601');
        same((await frank.fetchOrder(order.id, BTC)).filled, '0.01', 'filled');
    });
    await fact('fetchMyTrades', 'trades and fees equal the ledger', async () => {
        for (const [account, exchange] of Object.entries(clients)) {
            const { fills } = await venue.ledger(account);
            const trades = await exchange.fetchMyTrades(BTC);
            assert.ok(trades.length > 0 && trades.length === fills.length);
            const numbers = (list) => list.sort((a, b) => (less(a[0], b[0]) ? -1 : 1)).flat().map(Number);
            assert.deepEqual(numbers(trades.map((t) => [t.amount, t.price, t.fee.cost])),
                numbers(fills.map((f) => [f.qty, f.price, f.commission])));
            same(sum(trades.map((t) => t.fee.cost)), sum(fills.map((f) => f.commission)), 'fees');
        }
    });
    await fact('fetchClosedOrders', 'all that ended', async () => {
        const closed = await frank.fetchClosedOrders(BTC);
        assert.ok(closed.length >= 3 && closed.every((o) => o.status !== 'open'));
    });
    await fact('fetchOrderTrades', 'sum to the order', async () => {
        for (const order of (await frank.fetchClosedOrders(BTC)).filter((o) => less('0', o.filled))) {
            const full = await frank.fetchOrder(order.id, BTC);
            const trades = await frank.fetchOrderTrades(order.id, BTC, undefined, undefined, { trades: full.trades });
            same(sum(trades.map((t) => t.amount)), order.filled, 'filled');
        }
    });
    await fact('fetchBalance', 'equals the ledger after trading', async () => {
        for (const [account, exchange] of Object.entries(clients)) {
            await checkBalances(venue, account, exchange);
        }
    });
}

async function refusals(venue, keys, erin) {
    const buy = (amount, price, params) => erin.createOrder(BTC, 'limit', 'buy', amount, price, params);
    const add = (fields) => erin.privatePostAddOrder({
        pair: 'XBTUSD', type: 'buy', ordertype: 'limit', volume: '0.1', price: '58000', ...fields,
    });
    await fact('AuthenticationError', 'unknown key', async () => {
        const stranger = client(venue, { ...keys.erin, apiKey: 'nobody' });
        await raises('AuthenticationError', () => stranger.fetchBalance(), /EAPI:Invalid key/);
    });
    await fact('ExchangeError', 'wrong secret (ccxt has no class for it)', async () => {
        const forger = client(venue, { ...keys.frank, secret: keys.erin.secret });
        await raises('ExchangeError', () => forger.fetchBalance(), /EAPI:Invalid signature/);
    });
    await fact('PermissionDenied', 'a key that may only read', async () => {
        const watcher = client(venue, keys.watcher);
        await watcher.loadMarkets();
        await raises('PermissionDenied', () => watcher.createOrder(BTC, 'limit', 'buy', '0.1', '58000'));
    });
    await fact('InvalidNonce', 'a number that was used', async () => {
        const stuck = client(venue, keys.frank);
        stuck.nonce = () => 1;
        await raises('InvalidNonce', () => stuck.fetchBalance(), /EAPI:Invalid nonce/);
    });
    await fact('InsufficientFunds', 'more than there is', async () => {
        await raises('InsufficientFunds', () => buy('100', '58000'));
    });
    await fact('InvalidOrder', 'below ordermin, too many digits, an exponent', async () => {
        await raises('InvalidOrder', () => add({ volume: '0.00001' }), /EOrder:Order minimum not met/);
        await raises('InvalidOrder', () => add({ price: '58000.05' }), /Invalid arguments:price/);
        await raises('InvalidOrder', () => add({ volume: '1e-3' }), /Invalid arguments:volume/);
    });
    await fact('ExchangeError', 'post-only that would take, a duplicate open id', async () => {
        const ask = await erin.createOrder(BTC, 'limit', 'sell', '0.1', '60500');
        await raises('ExchangeError', () => buy('0.1', '60500', { postOnly: true }),
            /EOrder:Post only order/);
        await erin.cancelOrder(ask.id, BTC);
        const first = await buy('0.1', '58000', { clientOrderId: 'twice' });
        await raises('ExchangeError', () => buy('0.1', '58000', { clientOrderId: 'twice' }), /cl_ord_id/);
        await erin.cancelOrder(first.id, BTC);
    });
    await fact('BadRequest, BadSymbol', 'both ids, a market nobody knows', async () => {
        await raises('BadRequest', () => add({ cl_ord_id: 'a', userref: 7 }), /EGeneral:Invalid arguments/);
        await raises('BadSymbol', () => erin.fetchTicker('NO/SUCH'));
    });
    await fact('OrderNotFound, InvalidOrder', 'what is not open cannot be canceled', async () => {
        const order = await buy('0.1', '58000');
        await erin.cancelOrder(order.id, BTC);
        await raises('OrderNotFound', () => erin.cancelOrder(order.id, BTC), /EOrder:Unknown order/);
        await raises('InvalidOrder', () => erin.privatePostQueryOrders({ txid: 'OAAAAA-AAAAA-AAAAAA' }),
            /EOrder:Invalid order/);
    });
    await fact('OnMaintenance', 'cancel_only', async () => {
        await venue.fault({ kind: 'system', system: 'cancel_only' });
        await raises('OnMaintenance', () => buy('0.1', '58000'));
        await venue.fault({ kind: 'system', system: 'online' });
    });
    await fact('ExchangeNotAvailable', 'busy, and the order exists all the same', async () => {
        const match = { path: '/0/private/AddOrder' };
        await venue.fault({ kind: 'error', msg: 'EService:Busy', execute: true, match });
        await raises('ExchangeNotAvailable', () => buy('0.1', '58000', { clientOrderId: 'doubt' }));
        const open = await erin.fetchOpenOrders(BTC, undefined, undefined, { clientOrderId: 'doubt' });
        assert.equal(open.length, 1);
        await erin.cancelOrder(open[0].id, BTC);
    });
    await fact('DDoSProtection', 'the REST counter, for real', async () => {
        await venue.fault({ kind: 'tier', tier: 'starter' });
        await raises('DDoSProtection', async () => {
            for (let i = 0; i < 20; i++) {
                await erin.fetchBalance();
            }
        }, /EAPI:Rate limit exceeded/);
        await venue.fault({ kind: 'tier', tier: 'none' });
    });
}

/* ccxt's own check reads numbers that lost their zeros, so the levels it keeps are padded again before they are summed. */
function checksums(reader) {
    const seen = [];
    const handle = reader.handleOrderBook.bind(reader);
    const digits = (value, places) => value.toFixed(places).replace('.', '').replace(/^0+/, '');
    reader.handleOrderBook = (socket, message) => {
        handle(socket, message);
        const book = reader.orderbooks[BTC];
        const levels = [...book.asks.slice(0, 10), ...book.bids.slice(0, 10)];
        const text = levels.map(([price, qty]) => digits(price, 1) + digits(qty, 8)).join('');
        seen.push({ said: message.data[0].checksum, computed: reader.crc32(text, false) });
    };
    return seen;
}

async function marketStreams(lively) {
    const reader = client(lively);
    await reader.loadMarkets();
    reader.number = Number; /* the books are sorted by it */
    await fact('watchOrderBook', 'sorted, not crossed; every checksum fits the book ccxt keeps', async () => {
        const sums = checksums(reader);
        for (let i = 0; i < 10; i++) {
            checkBook(await reader.watchOrderBook(BTC));
        }
        assert.ok(sums.length >= 10);
        sums.forEach(({ said, computed }) => assert.equal(computed, said));
    });
    await fact('watchTrades', 'ids that rise', async () => {
        let last = 0n;
        for (let i = 0; i < 2; i++) {
            for (const trade of await reader.watchTrades(BTC)) {
                assert.ok(BigInt(trade.id) > last && trade.price > 0);
                last = BigInt(trade.id);
            }
        }
    });
    await fact('watchTicker, watchBidsAsks', 'bid below ask', async () => {
        const ticker = await reader.watchTicker(BTC);
        assert.ok(ticker.bid < ticker.ask && ticker.high >= ticker.low);
        const best = (await reader.watchBidsAsks([BTC]))[BTC];
        assert.ok(best.bid < best.ask);
    });
    await fact('watchOHLCV', 'the running candle', async () => {
        const [time, open, high, low, close] = (await reader.watchOHLCV(BTC, '1m')).at(-1);
        assert.equal(time % 60000, 0);
        assert.ok(high >= Math.max(open, close) && low <= Math.min(open, close));
    });
    await reader.close();
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

async function userStreams(venue, { erin, frank }) {
    await fact('authenticate', 'a token for the socket', () => erin.authenticate());
    await fact('watchOrders', 'new and canceled', async () => {
        const seen = until(() => erin.watchOrders(), (o) => o.info.cl_ord_id === 'seen-1');
        const order = await erin.createOrder(BTC, 'limit', 'buy', '0.1', '58000', { clientOrderId: 'seen-1' });
        assert.equal((await seen).id, order.id);
        const gone = until(() => erin.watchOrders(), (o) => o.id === order.id && o.status === 'canceled');
        await erin.cancelOrder(order.id, BTC);
        await gone;
    });
    await fact('watchMyTrades', 'a fill with its fee', async () => {
        const order = await erin.createOrder(BTC, 'limit', 'sell', '0.1', '60300');
        const trade = until(() => erin.watchMyTrades(BTC), (t) => t.order === order.id);
        await frank.createOrder(BTC, 'market', 'buy', '0.1', undefined);
        const seen = await trade;
        assert.equal(seen.takerOrMaker, 'maker');
        same(seen.fee.cost, String(Number(seen.cost) / 1000), 'fee');
    });
    await fact('watchBalance', 'totals equal the ledger', async () => {
        const balance = await erin.watchBalance();
        const { balances } = await venue.ledger('erin');
        for (const { asset, total } of balances) {
            same(balance[asset].total, total, asset);
        }
    });
    await fact('createOrderWs, editOrderWs, cancelOrderWs', 'an order lives on the socket', async () => {
        const order = await erin.createOrderWs(BTC, 'limit', 'buy', 0.1, 58000);
        const changed = await erin.editOrderWs(order.id, BTC, 'limit', 'buy', 0.2, 58100);
        assert.equal(changed.id, order.id);
        same((await erin.fetchOrder(order.id, BTC)).price, '58100', 'price');
        await erin.cancelOrderWs(order.id);
        assert.equal((await erin.fetchOrder(order.id, BTC)).status, 'canceled');
    });
    await fact('cancelAllOrdersWs', 'nothing is left', async () => {
        await erin.createOrderWs(BTC, 'limit', 'buy', 0.1, 58000);
        await erin.cancelAllOrdersWs();
        assert.deepEqual(await erin.fetchOpenOrders(), []);
    });
}

export async function judgeKraken(lively, quiet, keys) {
    dialect('Kraken');
    await quiet.fault({ kind: 'tier', tier: 'none' });
    await publicData(lively);
    const clients = { erin: client(quiet, keys.erin), frank: client(quiet, keys.frank) };
    await clients.erin.loadMarkets();
    await clients.frank.loadMarkets();
    await fact('fetchBalance', 'deposits', async () => checkBalances(quiet, 'erin', clients.erin));
    await resting(quiet, clients.erin);
    await trading(quiet, clients);
    await refusals(quiet, keys, clients.erin);
    await marketStreams(lively);
    await userStreams(quiet, clients);
    await clients.erin.close();
    await clients.frank.close();
}

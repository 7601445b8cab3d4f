/* WebSocket: market streams of the lively venue; user data and orders over the quiet venue's WebSocket API. */
import assert from 'node:assert/strict';
import { checkBook } from './market.mjs';
import { checkBalances } from './orders.mjs';
import { fact, less, same } from './table.mjs';

const BTC = 'BTC/USDT';

export async function judgeMarketStreams(lively) {
    const client = lively.client();
    await client.loadMarkets();
    await fact('watchOrderBook', 'snapshot and diffs without a gap', async () => {
        let last = 0;
        for (let i = 0; i < 10; i++) {
            const book = await client.watchOrderBook(BTC);
            checkBook(book);
            assert.ok(book.nonce > last);
            last = book.nonce;
        }
    });
    await fact('watchTrades', 'ids that rise', async () => {
        let last = 0n;
        for (let i = 0; i < 3; i++) {
            for (const trade of await client.watchTrades(BTC)) {
                assert.equal(trade.symbol, BTC);
                assert.ok(BigInt(trade.id) > last && less('0', trade.price));
                last = BigInt(trade.id);
            }
        }
    });
    await fact('watchTicker', '24 h ticker', async () => {
        const ticker = await client.watchTicker(BTC);
        assert.ok(less('0', ticker.last) && !less(ticker.high, ticker.low));
        assert.ok(!less(ticker.vwap, ticker.low) && !less(ticker.high, ticker.vwap));
        assert.ok(ticker.percentage !== undefined && less('0', ticker.quoteVolume));
    });
    await fact('watchBidsAsks', 'best bid below best ask', async () => {
        const best = await client.watchBidsAsks([BTC]);
        assert.ok(less(best[BTC].bid, best[BTC].ask));
    });
    await fact('watchOHLCV', 'the running candle', async () => {
        const candles = await client.watchOHLCV(BTC, '1m');
        const [time, open, high, low, close] = candles.at(-1);
        assert.equal(time % 60000, 0);
        assert.ok(high >= Math.max(open, close) && low <= Math.min(open, close));
    });
    await client.close();
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

async function userData(quiet, alice, bob) {
    await fact('authenticate', 'userDataStream.subscribe.signature', () => alice.authenticate());
    const orders = (id, status) =>
        until(() => alice.watchOrders(BTC), (o) => o.id === id && o.status === status);
    await fact('watchOrders', 'new and canceled', async () => {
        const seen = until(() => alice.watchOrders(BTC), (o) => o.clientOrderId === 'seen-1');
        const order = await alice.createOrder(BTC, 'limit', 'buy', '0.1', '58000', {
            clientOrderId: 'seen-1',
        });
        assert.equal((await seen).id, order.id);
        const gone = orders(order.id, 'canceled');
        await alice.cancelOrder(order.id, BTC);
        assert.equal((await gone).clientOrderId, 'seen-1');
    });
    await fact('watchMyTrades', 'a fill with its fee', async () => {
        const order = await alice.createOrder(BTC, 'limit', 'sell', '0.1', '60200');
        const trade = until(() => alice.watchMyTrades(BTC), (t) => t.order === order.id);
        const filled = orders(order.id, 'closed');
        await bob.createOrder(BTC, 'market', 'buy', '0.1');
        const seen = await trade;
        same(seen.amount, '0.1', 'quantity');
        same(seen.fee.cost, '6.02', 'fee');
        assert.equal(seen.takerOrMaker, 'maker');
        same((await filled).filled, '0.1', 'filled');
    });
    await fact('watchBalance', 'equals the ledger', async () => {
        const next = alice.watchBalance();
        const order = await alice.createOrder(BTC, 'limit', 'buy', '0.1', '58000');
        let shown = await next;
        const { balances } = await quiet.ledger('alice');
        const usdt = balances.find((b) => b.asset === 'USDT');
        while (less(shown.USDT.used, usdt.locked)) { /* news of before the order */
            shown = await alice.watchBalance();
        }
        same(shown.USDT.free, usdt.free, 'USDT free');
        same(shown.USDT.used, usdt.locked, 'USDT locked');
        await alice.cancelOrder(order.id, BTC);
    });
}

async function commands(quiet, alice) {
    let order;
    await fact('createOrderWs, fetchOrderWs', 'limit order rests', async () => {
        order = await alice.createOrderWs(BTC, 'limit', 'buy', '0.2', '58000');
        assert.equal(order.status, 'open');
        const read = await alice.fetchOrderWs(order.id, BTC);
        same(read.amount, '0.2', 'quantity');
    });
    await fact('fetchOpenOrdersWs', 'the order', async () => {
        assert.deepEqual((await alice.fetchOpenOrdersWs(BTC)).map((o) => o.id), [order.id]);
    });
    await fact('editOrderWs', 'cancel and replace', async () => {
        order = await alice.editOrderWs(order.id, BTC, 'limit', 'buy', '0.3', '58100');
        same(order.amount, '0.3', 'quantity');
    });
    await fact('cancelOrderWs, cancelAllOrdersWs', 'nothing is left', async () => {
        assert.equal((await alice.cancelOrderWs(order.id, BTC)).status, 'canceled');
        await alice.createOrderWs(BTC, 'limit', 'buy', '0.2', '58000');
        await alice.cancelAllOrdersWs(BTC);
        assert.deepEqual(await alice.fetchOpenOrders(BTC), []);
    });
    /* This version of ccxt reads futures out of the reply, so its raw part is what is compared. */
    await fact('fetchBalanceWs', 'reply as the ledger says', async () => {
        const shown = (await alice.fetchBalanceWs()).info.balances;
        const { balances } = await quiet.ledger('alice');
        for (const { asset, free, locked } of balances) {
            const mine = shown.find((balance) => balance.asset === asset);
            same(mine.free, free, `${asset} free`);
            same(mine.locked, locked, `${asset} locked`);
        }
    });
    await fact('fetchMyTradesWs', 'as many as the ledger has', async () => {
        const { fills } = await quiet.ledger('alice');
        assert.equal((await alice.fetchMyTradesWs(BTC)).length, fills.length);
    });
    await fact('fetchTradesWs', 'public data over the same socket', async () => {
        assert.ok((await alice.fetchTradesWs(BTC)).length > 0);
    });
}

export async function judgeUserStreams(quiet, keys) {
    const alice = quiet.client(keys.alice);
    const bob = quiet.client(keys.bob);
    await alice.loadMarkets();
    await bob.loadMarkets();
    await userData(quiet, alice, bob);
    await commands(quiet, alice);
    await fact('fetchBalance', 'equals the ledger at the end', async () => {
        await checkBalances(quiet, 'alice', alice);
        await checkBalances(quiet, 'bob', bob);
    });
    await alice.close();
    await bob.close();
}

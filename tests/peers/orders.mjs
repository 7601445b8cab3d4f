/* Orders of two accounts on a venue where nobody else trades: every fill, fee and balance is known beforehand. */
import assert from 'node:assert/strict';
import { fact, same, sum, times } from './table.mjs';

const BTC = 'BTC/USDT';

async function expectOrder(order, expected) {
    for (const [name, value] of Object.entries(expected)) {
        if (['price', 'amount', 'filled', 'remaining', 'average', 'cost'].includes(name)) {
            same(order[name], value, name);
        } else {
            assert.equal(order[name], value, name);
        }
    }
}

/* What ccxt says an account holds is what the venue's ledger says, digit by digit, and nothing was made or lost. */
export async function checkBalances(venue, account, client) {
    const ledger = await venue.ledger();
    const truth = ledger.accounts.find((a) => a.account === account);
    const shown = await client.fetchBalance();
    assert.ok(truth.balances.length >= 4);
    for (const { asset, free, locked, total } of truth.balances) {
        same(shown[asset].free, free, `${asset} free`);
        same(shown[asset].used, locked, `${asset} locked`);
        same(shown[asset].total, total, `${asset} total`);
    }
    for (const asset of ledger.assets) {
        assert.equal(asset.conserved, true, `${asset.asset} made or lost`);
    }
}

async function resting(venue, alice) {
    let order;
    await fact('createOrder', 'limit GTC rests', async () => {
        order = await alice.createOrder(BTC, 'limit', 'buy', '0.5', '59000', {
            clientOrderId: 'rests-1',
        });
        await expectOrder(order, {
            status: 'open', clientOrderId: 'rests-1', timeInForce: 'GTC', side: 'buy',
            type: 'limit', price: '59000', amount: '0.5', filled: '0', remaining: '0.5',
        });
        assert.ok(BigInt(order.id) > 2n ** 53n, 'an id lost its digits');
    });
    await fact('fetchOrder', 'by id, by client id', async () => {
        const byId = await alice.fetchOrder(order.id, BTC);
        await expectOrder(byId, { id: order.id, status: 'open', price: '59000', filled: '0' });
        const byName = await alice.fetchOrder(undefined, BTC, { clientOrderId: 'rests-1' });
        assert.equal(byName.id, order.id);
    });
    await fact('fetchOpenOrders', 'of a symbol, of all', async () => {
        assert.deepEqual((await alice.fetchOpenOrders(BTC)).map((o) => o.id), [order.id]);
        assert.deepEqual((await alice.fetchOpenOrders()).map((o) => o.id), [order.id]);
    });
    await fact('fetchBalance', 'money of an open order is locked', async () => {
        same((await alice.fetchBalance()).USDT.used, '29500', 'locked');
        await checkBalances(venue, 'alice', alice);
    });
    await fact('cancelOrder', 'by id', async () => {
        const canceled = await alice.cancelOrder(order.id, BTC);
        await expectOrder(canceled, { id: order.id, status: 'canceled', filled: '0' });
        await expectOrder(await alice.fetchOrder(order.id, BTC), { status: 'canceled' });
    });
    await fact('cancelOrder', 'by client id', async () => {
        const other = await alice.createOrder(BTC, 'limit', 'sell', '0.1', '61000', {
            clientOrderId: 'rests-2',
        });
        const canceled = await alice.cancelOrder(undefined, BTC, { clientOrderId: 'rests-2' });
        assert.equal(canceled.id, other.id);
    });
    await checkedMakers(alice);
}

async function checkedMakers(alice) {
    await fact('createPostOnlyOrder', 'LIMIT_MAKER rests', async () => {
        const order = await alice.createPostOnlyOrder(BTC, 'limit', 'buy', '0.1', '58000');
        await expectOrder(order, { status: 'open', postOnly: true });
        assert.equal(order.info.type, 'LIMIT_MAKER');
    });
    await fact('cancelAllOrders', 'of a symbol', async () => {
        await alice.createOrder(BTC, 'limit', 'buy', '0.1', '57000');
        const canceled = await alice.cancelAllOrders(BTC);
        assert.deepEqual(canceled.map((o) => o.status), ['canceled', 'canceled']);
        assert.deepEqual(await alice.fetchOpenOrders(BTC), []);
    });
    await fact('editOrder', 'cancel and replace', async () => {
        const first = await alice.createOrder(BTC, 'limit', 'buy', '0.2', '58000');
        const second = await alice.editOrder(first.id, BTC, 'limit', 'buy', '0.3', '58100');
        assert.notEqual(second.id, first.id);
        await expectOrder(second, { status: 'open', price: '58100', amount: '0.3' });
        await expectOrder(await alice.fetchOrder(first.id, BTC), { status: 'canceled' });
        await alice.cancelOrder(second.id, BTC);
    });
    await fact('createOrder', 'stop-loss limit waits', async () => {
        const order = await alice.createOrder(BTC, 'limit', 'sell', '0.1', '50000', {
            stopLossPrice: '50500',
        });
        const read = await alice.fetchOrder(order.id, BTC);
        await expectOrder(read, { status: 'open', price: '50000' });
        same(read.triggerPrice, '50500', 'trigger');
        await alice.cancelOrder(order.id, BTC);
    });
    await fact('createOrder', 'test order leaves nothing', async () => {
        await alice.createOrder(BTC, 'limit', 'buy', '0.1', '58000', { test: true });
        assert.deepEqual(await alice.fetchOpenOrders(BTC), []);
    });
}

async function taking(alice, bob) {
    await alice.createOrder(BTC, 'limit', 'sell', '0.5', '60000');
    await fact('createOrder', 'limit IOC fills what is there', async () => {
        const order = await bob.createOrder(BTC, 'limit', 'buy', '0.8', '60000', {
            timeInForce: 'IOC',
        });
        await expectOrder(order, {
            status: 'expired', timeInForce: 'IOC', filled: '0.5', remaining: '0.3',
            cost: '30000', average: '60000',
        });
        assert.equal(order.trades.length, 1);
        same(order.fee.cost, '0.0005', 'fee');
        assert.equal(order.fee.currency, 'BTC');
    });
    await alice.createOrder(BTC, 'limit', 'sell', '0.5', '60000');
    await fact('createOrder', 'limit FOK fills nothing or all', async () => {
        const none = await bob.createOrder(BTC, 'limit', 'buy', '0.6', '60000', {
            timeInForce: 'FOK',
        });
        await expectOrder(none, { status: 'expired', filled: '0', timeInForce: 'FOK' });
        const all = await bob.createOrder(BTC, 'limit', 'buy', '0.4', '60000', {
            timeInForce: 'FOK',
        });
        await expectOrder(all, { status: 'closed', filled: '0.4', remaining: '0' });
    });
    await fact('createOrder', 'market by quantity', async () => {
        await alice.createOrder(BTC, 'limit', 'sell', '0.2', '60001.5');
        const order = await bob.createOrder(BTC, 'market', 'buy', '0.2');
        await expectOrder(order, { status: 'closed', type: 'market', filled: '0.2' });
        same(order.cost, '12000.15', 'cost');
        assert.equal(order.trades.length, 2);
    });
    await fact('createMarketBuyOrderWithCost', 'quote quantity', async () => {
        const order = await bob.createMarketBuyOrderWithCost(BTC, '1000');
        await expectOrder(order, { status: 'closed', filled: '0.01666', cost: '999.62499' });
    });
    await fact('createOrder', 'market sell', async () => {
        await alice.createOrder(BTC, 'limit', 'buy', '0.05', '59900');
        const order = await bob.createOrder(BTC, 'market', 'sell', '0.05');
        await expectOrder(order, { status: 'closed', side: 'sell', cost: '2995' });
        assert.equal(order.fee.currency, 'USDT');
        same(order.fee.cost, '2.995', 'fee');
    });
}

/* Both accounts' trades and fees as ccxt reads them, against the venue's own fills. */
async function history(venue, clients) {
    await fact('fetchMyTrades', 'trades and fees equal the ledger', async () => {
        for (const [account, client] of Object.entries(clients)) {
            const { fills } = await venue.ledger(account);
            const trades = await client.fetchMyTrades(BTC);
            assert.ok(trades.length > 0 && trades.length === fills.length);
            for (const fill of fills) {
                const trade = trades.find((t) => t.id === fill.tradeId);
                assert.ok(trade !== undefined, `trade ${fill.tradeId} is missing`);
                assert.equal(trade.order, fill.orderId);
                assert.equal(trade.side, fill.side.toLowerCase());
                assert.equal(trade.takerOrMaker, fill.maker ? 'maker' : 'taker');
                same(trade.price, fill.price, 'price');
                same(trade.amount, fill.qty, 'quantity');
                same(trade.cost, fill.quoteQty, 'cost');
                same(trade.fee.cost, fill.commission, 'fee');
                assert.equal(trade.fee.currency, fill.commissionAsset);
            }
        }
    });
    await fact('fetchOrders', 'all orders equal the ledger', async () => {
        for (const [account, client] of Object.entries(clients)) {
            const { orders } = await venue.ledger(account);
            const read = await client.fetchOrders(BTC);
            const bySize = (a, b) => (BigInt(a) < BigInt(b) ? -1 : 1);
            assert.deepEqual(read.map((o) => o.id).sort(bySize),
                orders.map((o) => o.orderId).sort(bySize));
            for (const order of orders) {
                const mine = read.find((o) => o.id === order.orderId);
                same(mine.filled, order.executedQty, 'filled');
                same(mine.cost, order.cumQuote, 'cost');
                assert.equal(mine.info.status, order.status);
            }
        }
    });
    await fact('fetchOrderTrades', 'sum to the order', async () => {
        const closed = (await clients.bob.fetchClosedOrders(BTC)).filter((o) => o.filled !== '0');
        assert.ok(closed.length >= 3);
        for (const order of closed) {
            const trades = await clients.bob.fetchOrderTrades(order.id, BTC);
            same(sum(trades.map((t) => t.amount)), order.filled, 'filled');
            same(sum(trades.map((t) => times(t.price, t.amount))), order.cost, 'cost');
        }
    });
    await fact('fetchBalance', 'equals the ledger after trading', async () => {
        for (const [account, client] of Object.entries(clients)) {
            await checkBalances(venue, account, client);
        }
    });
}

export async function judgeOrders(quiet, keys) {
    const alice = quiet.client(keys.alice);
    const bob = quiet.client(keys.bob);
    await alice.loadMarkets();
    await bob.loadMarkets();
    await fact('fetchBalance', 'deposits', async () => checkBalances(quiet, 'alice', alice));
    await resting(quiet, alice);
    await taking(alice, bob);
    await history(quiet, { alice, bob });
    await fact('fetchBalance', 'with an Ed25519 key', async () => {
        const desk = quiet.client(keys.desk);
        await checkBalances(quiet, 'alice', desk);
    });
    await fact('privateGetAccountCommission', 'the fees that were charged', async () => {
        const rates = await bob.privateGetAccountCommission({ symbol: 'BTCUSDT' });
        same(rates.standardCommission.taker, '0.001', 'taker');
        same(rates.standardCommission.maker, '0.001', 'maker');
    });
    await alice.cancelAllOrders(BTC);
    await alice.close();
    await bob.close();
}

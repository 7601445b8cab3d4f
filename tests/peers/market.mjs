/* Public data of a venue whose makers trade. */
import assert from 'node:assert/strict';
import { fact, less, same } from './table.mjs';

/* ccxt keeps books in floats, whatever it is told: good enough for their order. */
export function checkBook(book) {
    assert.ok(book.bids.length > 0 && book.asks.length > 0, 'an empty side');
    assert.ok(book.bids[0][0] < book.asks[0][0], 'crossed');
    for (let i = 1; i < book.bids.length; i++) {
        assert.ok(book.bids[i][0] < book.bids[i - 1][0], 'bids do not fall');
    }
    for (let i = 1; i < book.asks.length; i++) {
        assert.ok(book.asks[i][0] > book.asks[i - 1][0], 'asks do not rise');
    }
    for (const level of [...book.bids, ...book.asks]) {
        assert.ok(level[1] > 0, 'a level without quantity');
    }
}

async function markets(client) {
    await fact('loadMarkets', 'symbols, tick, lot and limits', async () => {
        const found = await client.loadMarkets();
        assert.equal(Object.keys(found).length, 9);
        const btc = client.market('BTC/USDT');
        assert.equal(btc.id, 'BTCUSDT');
        assert.equal(btc.active, true);
        assert.equal(btc.type, 'spot');
        same(btc.precision.price, '0.01', 'tick');
        same(btc.precision.amount, '0.00001', 'lot');
        same(btc.limits.amount.min, '0.00001', 'least quantity');
        same(btc.limits.amount.max, '9000', 'most quantity');
        same(btc.limits.price.max, '1000000', 'highest price');
        same(btc.limits.cost.min, '5', 'least notional');
        same(btc.limits.cost.max, '9000000', 'most notional');
        same(btc.limits.market.max, '112.2110882', 'most quantity of a market order');
    });
    await fact('loadMarkets', 'odd rules and names', async () => {
        const nickel = client.market('NICKEL/USDT');
        same(nickel.precision.price, '0.05', 'tick');
        same(nickel.limits.cost.min, '1', 'least notional, old filter');
        assert.equal(client.market('这是测试币456/USDT').id, '这是测试币456');
    });
    await fact('priceToPrecision, amountToPrecision', 'the grid ccxt derives', async () => {
        assert.equal(client.priceToPrecision('BTC/USDT', '60000.019'), '60000.02');
        assert.equal(client.amountToPrecision('BTC/USDT', '0.123456789'), '0.12345');
        assert.equal(client.priceToPrecision('NICKEL/USDT', '10.07'), '10.05');
    });
}

async function tickers(client) {
    await fact('fetchTicker', 'bid below ask, last, 24 h figures', async () => {
        const ticker = await client.fetchTicker('BTC/USDT');
        assert.ok(less(ticker.bid, ticker.ask));
        assert.ok(!less(ticker.high, ticker.low) && less('0', ticker.baseVolume));
        assert.ok(!less(ticker.vwap, ticker.low) && !less(ticker.high, ticker.vwap));
        assert.ok(less('0', ticker.last) && Math.abs(Date.now() - ticker.timestamp) < 60000);
    });
    await fact('fetchTickers', 'some and all', async () => {
        const two = await client.fetchTickers(['BTC/USDT', 'ETH/USDT']);
        assert.deepEqual(Object.keys(two).sort(), ['BTC/USDT', 'ETH/USDT']);
        assert.equal(Object.keys(await client.fetchTickers()).length, 9);
    });
    await fact('fetchBidsAsks', 'best prices of all symbols', async () => {
        const best = await client.fetchBidsAsks();
        assert.equal(Object.keys(best).length, 9);
        assert.ok(less(best['ETH/USDT'].bid, best['ETH/USDT'].ask));
    });
    await fact('fetchLastPrices', 'all symbols', async () => {
        const last = await client.fetchLastPrices();
        assert.ok(less('0', last['BTC/USDT'].price));
    });
    await fact('fetchOHLCV', 'candles that hold together', async () => {
        const candles = await client.fetchOHLCV('BTC/USDT', '1m');
        assert.ok(candles.length > 0);
        for (const [time, open, high, low, close] of candles) {
            assert.equal(time % 60000, 0);
            for (const price of [open, close]) {
                assert.ok(!less(high, price) && !less(price, low));
            }
        }
    });
}

async function trades(client) {
    for (const method of ['publicGetAggTrades', 'publicGetTrades', 'publicGetHistoricalTrades']) {
        await fact('fetchTrades', method.replace('publicGet', 'of '), async () => {
            const list = await client.fetchTrades('BTC/USDT', undefined, 5, {
                fetchTradesMethod: method,
            });
            assert.ok(list.length > 0 && list.length <= 5);
            for (const [i, trade] of list.entries()) {
                assert.equal(trade.symbol, 'BTC/USDT');
                assert.ok(['buy', 'sell'].includes(trade.side));
                assert.ok(less('0', trade.price) && less('0', trade.amount));
                assert.ok(i === 0 || BigInt(trade.id) > BigInt(list[i - 1].id));
            }
        });
    }
}

export async function judgeMarket(lively, keys) {
    const client = lively.client(keys.alice);
    await markets(client);
    await fact('fetchTime', 'within two seconds of ours', async () => {
        assert.ok(Math.abs((await client.fetchTime()) - Date.now()) < 2000);
    });
    await fact('fetchOrderBook', 'sorted, not crossed, numbered', async () => {
        const book = await client.fetchOrderBook('BTC/USDT');
        checkBook(book);
        assert.ok(book.nonce > 0);
    });
    await fact('fetchOrderBook', 'limit', async () => {
        const book = await client.fetchOrderBook('ETH/USDT', 5);
        checkBook(book);
        assert.equal(book.bids.length, 5);
    });
    await tickers(client);
    await trades(client);
    await client.close();
}

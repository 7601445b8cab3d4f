/* The order of bench_order through ccxt, as a user configures it: ccxt.mjs URL ORDERS. Prints one line of JSON. */
import ccxt from 'ccxt';

const WARM = 200;
const [url, count] = process.argv.slice(2);
const orders = Number(count);
const now = () => process.hrtime.bigint();

const started = now();
const exchange = new ccxt.binance({
    apiKey: 'ccxt',
    secret: 'ccxt-secret',
    enableRateLimit: false,
    options: {
        defaultType: 'spot',
        fetchCurrencies: false,
        fetchMargins: false,
        fetchMarkets: { types: ['spot'] },
    },
});
exchange.urls.api.public = `${url}/api/v3`;
exchange.urls.api.private = `${url}/api/v3`;
exchange.urls.api.v1 = `${url}/api/v1`;
await exchange.loadMarkets();
const ready = now() - started;

async function order() {
    const answer = await exchange.createOrder('BTC/USDT', 'limit', 'buy', 0.001, 30000, {
        timeInForce: 'IOC',
    });
    if (answer.status !== 'expired') {
        throw new Error(`unexpected answer: ${JSON.stringify(answer)}`);
    }
}

for (let i = 0; i < WARM; i++) {
    await order();
}
const took = new BigInt64Array(orders);
const cpu = process.cpuUsage();
for (let i = 0; i < orders; i++) {
    const before = now();
    await order();
    took[i] = now() - before;
}
const spent = process.cpuUsage(cpu);
const mean = took.reduce((sum, ns) => sum + ns, 0n) / BigInt(orders);
took.sort();
const quantile = (perMille) => Number(took[Math.floor(((orders - 1) * perMille) / 1000)]);
console.log(
    JSON.stringify({
        bench: 'order',
        client: 'ccxt',
        version: ccxt.version,
        orders,
        order_p50_ns: quantile(500),
        order_p99_ns: quantile(990),
        order_p999_ns: quantile(999),
        order_mean_ns: Number(mean),
        cpu_ns: Math.round(((spent.user + spent.system) * 1000) / orders),
        rss_kib: Math.round(process.memoryUsage().rss / 1024),
        ready_ns: Number(ready),
    }),
);

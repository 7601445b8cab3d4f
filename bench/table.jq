# The measurements of one run (an array of lines) as the table a person reads: medians over the rounds, and ratios of these medians.

def median: sort | if length == 0 then null elif length % 2 == 1 then .[length / 2 | floor] else (.[length / 2] + .[length / 2 - 1]) / 2 end;
def places(n): (. * pow(10; n) | round) / pow(10; n) | tostring;
def us: if . == null then "-" else . / 1000 | places(if . < 10 then 2 else 1 end) end;
def ns: if . == null then "-" else round | tostring end;
def mib: if . == null then "-" else . / 1024 | places(1) end;
def ms: if . == null then "-" else . / 1000000 | places(0) end;
def left(n): . + (" " * ([n - length, 0] | max));
def right(n): (" " * ([n - length, 0] | max)) + .;
def line(widths): . as $cells | [range(length) | . as $i | $cells[$i] | if $i == 0 then left(26) else right(widths) end] | add;

# The median of a field over the rounds; null if nobody measured it.
def of(bench; client; scheme; field): [.[] | select(.bench == bench and .client == client and .scheme == scheme) | .[field] // empty] | median;
def ratio(a; b): if a == null or b == null or b == 0 then "-" else (a / b | places(if . < 10 then 2 else 1 end)) + "x" end;

def order_table(scheme):
    . as $all
    | "B3 order round trip over \(scheme), one after the other, intent to booked answer (µs)",
      (["", "p50", "p99", "p99.9", "mean", "cpu/order", "RSS MiB", "ready ms"] | line(11)),
      ("ccxt", "sofia", "floor" | . as $c | select($all | of("order"; $c; scheme; "orders") != null)
        | [$c] + ($all | [("order_p50_ns", "order_p99_ns", "order_p999_ns", "order_mean_ns", "cpu_ns") as $f | of("order"; $c; scheme; $f) | us]
        + [of("order"; $c; scheme; "rss_kib") | mib] + [of("order"; $c; scheme; "ready_ns") | ms]) | line(11)),
      ("ccxt / sofia", "sofia / floor" | . as $name | ($name / " / ") as [$a, $b]
        | select($all | of("order"; $a; scheme; "orders") != null)
        | [$name] + ($all | [("order_p50_ns", "order_p99_ns", "order_p999_ns", "order_mean_ns", "cpu_ns", "rss_kib") as $f
            | ratio(of("order"; $a; scheme; $f); of("order"; $b; scheme; $f))]) | line(11)),
      "  intent to request handed over, p50: sofia \($all | of("order"; "sofia"; scheme; "handed_p50_ns") | us) µs, floor \($all | of("order"; "floor"; scheme; "handed_p50_ns") | us) µs",
      "  of sofia's cpu/order, on the thread that trades: \($all | of("order"; "sofia"; scheme; "trade_cpu_ns") | us) µs (the rest: journal to disk, SQLite view)",
      "";

def decision_table:
    . as $all
    | "B1 decision, 8 risk plugins, kill switch, gate (ns)",
      (["", "mean", "p50", "p99", "p99.9"] | line(11)),
      (["sofia, stations", "sofia", "walk"], ["sofia, and journaled", "sofia", "admit"], ["floor", "floor", "walk"]
        | . as [$name, $client, $what]
        | [$name] + ($all | [("mean", "p50", "p99", "p999") as $f | of("decision"; $client; "https"; "\($what)_\($f)_ns") | ns]) | line(11)),
      (["walk", "admit"][] as $what | [if $what == "walk" then "sofia, stations / floor" else "sofia, journaled / floor" end]
        + ($all | [("mean", "p50", "p99", "p999") as $f
            | ratio(of("decision"; "sofia"; "https"; "\($what)_\($f)_ns"); of("decision"; "floor"; "https"; "walk_\($f)_ns"))]) | line(11)),
      "  memory grown by the journaled orders: \($all | of("decision"; "sofia"; "https"; "rss_growth_kib") | mib) MiB",
      "";

def counts_table:
    def hundredths: if . == null then "-" else . / 100 | places(2) end;
    . as $all
    | def count($f): $all | of("counts"; "sofia"; "https"; $f);
      "Sofia, per order (HTTPS)",
      "  allocations, intent to first byte at the socket: engine and plugins \(count("engine_allocs_to_send_x100") | hundredths), libraries \(count("library_allocs_to_send_x100") | hundredths)",
      "  allocations, intent to booked answer:            engine and plugins \(count("engine_allocs_x100") | hundredths), libraries \(count("library_allocs_x100") | hundredths)",
      "  sends on sockets \(count("sends_x100") | hundredths), bytes sent \(count("sent_bytes") | ns)";

"\(.[0].date): medians of \(map(.round) | max) rounds, \(map(select(.bench == "order"))[0].orders) orders, \(map(select(.bench == "decision"))[0].orders) decisions",
"",
decision_table,
(if any(.[]; .scheme == "http") then order_table("https", "http") else order_table("https") end),
counts_table

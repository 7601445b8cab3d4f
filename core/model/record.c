#include "model/record.h"

const char *record_kind_name(uint32_t kind)
{
    static const char *const names[RECORD_COUNT] = {
        [RECORD_BOOT] = "boot",         [RECORD_NAME] = "name", [RECORD_INTENT] = "intent",
        [RECORD_VERDICT] = "verdict",   [RECORD_SEND] = "send", [RECORD_REPORT] = "report",
        [RECORD_DOUBT] = "doubt",       [RECORD_FILL] = "fill", [RECORD_BALANCE] = "balance",
        [RECORD_BASELINE] = "baseline", [RECORD_KILL] = "kill", [RECORD_MODE] = "mode",
        [RECORD_AUDIT] = "audit",       [RECORD_DAY] = "day",   [RECORD_SHADOW] = "shadow",
    };
    return kind < RECORD_COUNT && names[kind] != 0 ? names[kind] : "?";
}

const char *station_name(uint32_t station)
{
    static const char *const names[STATION_COUNT] = {
        [STATION_INTAKE] = "intake",   [STATION_RULES] = "rules", [STATION_RISK] = "risk",
        [STATION_KILL] = "kill",       [STATION_GATE] = "gate",   [STATION_JOURNAL] = "journal",
        [STATION_RELEASE] = "release", [STATION_ROUTE] = "route",
    };
    return station < STATION_COUNT && names[station] != 0 ? names[station] : "?";
}

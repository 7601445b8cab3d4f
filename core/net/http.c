#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "net/handle.h"
#include "net/real.h"

#include "base/banned.h"

enum { DEFAULT_TIMEOUT_MS = 15000, KEPT_BODY = 256 * 1024 };

/* ---- lists and slots ---- */

void list_push(struct request_list *list, struct request *request)
{
    request->next = NULL;
    if (list->first == NULL) {
        list->first = request;
    } else {
        list->last->next = request;
    }
    list->last = request;
}

struct request *list_pop(struct request_list *list)
{
    struct request *request = list->first;

    if (request != NULL) {
        list->first = request->next;
        request->next = NULL;
    }
    return request;
}

bool list_remove(struct request_list *list, struct request *request)
{
    struct request *before = NULL;

    for (struct request *at = list->first; at != NULL; before = at, at = at->next) {
        if (at != request) {
            continue;
        }
        if (before == NULL) {
            list->first = at->next;
        } else {
            before->next = at->next;
        }
        if (list->last == at) {
            list->last = before;
        }
        at->next = NULL;
        return true;
    }
    return false;
}

int http_init(struct real *real)
{
    uint32_t count = real->base.config.max_requests;

    real->requests = calloc(count, sizeof(*real->requests));
    if (real->requests == NULL) {
        return error_set(ERR_NOMEM, "no memory for %u requests", count);
    }
    for (uint32_t i = 0; i < count; i++) {
        real->requests[i].id = handle_make(i, 1);
        real->requests[i].state = REQUEST_FREE;
        list_push(&real->free, &real->requests[i]);
    }
    real->free_count = count;
    return 0;
}

static struct request *take_slot(struct real *real, enum net_class class_)
{
    if (real->free_count <= net_slots_kept(&real->base, class_)) {
        (void)error_set(ERR_FULL, "%u requests are outstanding",
                        real->base.config.max_requests - real->free_count);
        return NULL;
    }
    struct request *request = list_pop(&real->free);
    real->free_count--;
    *request = (struct request){
        .id = request->id,
        .draft = request->draft,
        .headers = {.bytes = request->headers.bytes, .cap = request->headers.cap},
        .body = {.bytes = request->body.bytes, .cap = request->body.cap},
    };
    return request;
}

static void give_slot(struct real *real, struct request *request)
{
    request->state = REQUEST_FREE;
    request->id = handle_make(handle_slot(request->id), handle_generation(request->id) + 1);
    if (request->body.cap > KEPT_BODY) {
        free(request->body.bytes);
        request->body = (struct blob){0};
    }
    list_push(&real->free, request);
    real->free_count++;
}

static struct request *find_request(struct real *real, uint64_t id)
{
    uint32_t slot = handle_slot(id);

    if (slot >= real->base.config.max_requests || real->requests[slot].id != id) {
        return NULL;
    }
    return &real->requests[slot];
}

/* ---- waiting ---- */

static void on_expiry(uv_timer_t *timer);

static void arm_expiry(struct real *real)
{
    int64_t first_mono_ns = INT64_MAX;

    for (uint32_t i = 0; i < real->base.config.max_requests; i++) {
        const struct request *request = &real->requests[i];
        if (request->state == REQUEST_QUEUED && request->deadline_mono_ns < first_mono_ns) {
            first_mono_ns = request->deadline_mono_ns;
        }
    }
    real_arm_timer(real, &real->expiry, on_expiry, first_mono_ns);
}

static void on_expiry(uv_timer_t *timer)
{
    struct real *real = timer->data;
    int64_t now_mono_ns = net_mono_ns(&real->base);

    for (uint32_t i = 0; i < real->base.config.max_requests; i++) {
        struct request *request = &real->requests[i];
        if (request->state == REQUEST_QUEUED && request->deadline_mono_ns <= now_mono_ns) {
            (void)list_remove(&request->group->queue, request);
            net_text_set(request->text, "timed out before a connection was free");
            http_complete(request, NET_NOT_SENT);
        }
    }
    arm_expiry(real);
    real_drain(real);
}

/* ---- choosing a lane ---- */

static struct lane *grow(struct group *group)
{
    struct lane *lane = NULL;

    if (group->count == group->max || group->route->real->base.closing ||
        lane_new(group, &lane) < 0) {
        return NULL;
    }
    group->lanes[group->count++] = lane;
    return lane;
}

static struct lane *find_ready(struct group *group)
{
    for (uint32_t i = 0; i < group->count; i++) {
        if (lane_is_ready(group->lanes[i])) {
            return group->lanes[i];
        }
    }
    return NULL;
}

/* A warm lane, else one that has to connect first. Trade requests of an origin that is kept warm
 * take only warm ones. */
static struct lane *choose(struct group *group)
{
    struct lane *lane = group->route->resolved ? find_ready(group) : NULL;

    if (lane != NULL || !group->route->resolved ||
        (group->class_ == NET_CLASS_TRADE && group->kept > 0)) {
        return lane;
    }
    for (uint32_t i = 0; i < group->count; i++) {
        if (group->lanes[i]->active == NULL) {
            return group->lanes[i];
        }
    }
    return grow(group);
}

void http_pump(struct group *group)
{
    while (group->queue.first != NULL && !group->route->real->base.closing) {
        struct lane *lane = choose(group);
        if (lane == NULL) {
            return;
        }
        if (lane_start(lane, list_pop(&group->queue)) == 0) {
            lane_kick(lane);
        }
    }
}

void http_route_up(struct route *route)
{
    for (uint32_t i = 0; i < ROUTE_GROUPS; i++) {
        struct group *group = &route->groups[i];

        while (group->count < group->kept) {
            struct lane *lane = grow(group);
            if (lane == NULL) {
                break;
            }
            lane_warm_after(lane, 0);
        }
        http_pump(group);
    }
}

uint32_t http_ready(struct net *net, uint32_t origin, enum net_class class_)
{
    struct group *group = &real_of(net)->routes[origin]->groups[class_];
    uint32_t ready = 0;

    for (uint32_t i = 0; i < group->count; i++) {
        ready += lane_is_ready(group->lanes[i]) ? 1 : 0;
    }
    return ready;
}

/* ---- the calls ---- */

static int fill(struct real *real, struct request *request, const struct net_http_request *asked)
{
    size_t most = asked->on_piece != NULL ? (size_t)64 << 20 : (size_t)1 << 20;
    uint32_t timeout_ms = asked->timeout_ms != 0 ? asked->timeout_ms : DEFAULT_TIMEOUT_MS;

    request->asked = *asked;
    request->asked.max_body = asked->max_body != 0 ? asked->max_body : most;
    request->deadline_mono_ns = net_mono_ns(&real->base) + timeout_ms * CLOCK_NS_PER_MS;
    memcpy(request->method, asked->method, strlen(asked->method) + 1);
    return draft_fill(&request->draft, &asked->target, &asked->headers, &asked->body,
                      REQUEST_BYTES);
}

/* Same as a warm order: leaves in this call when a lane is free, else waits in the group's queue,
 * unless it is an order. */
static int route_request(struct real *real, struct group *group, struct request *request)
{
    bool is_alone = group->class_ == NET_CLASS_CANCEL || group->queue.first == NULL;
    struct lane *lane = is_alone ? choose(group) : NULL;

    request->group = group;
    if (lane == NULL && group->class_ == NET_CLASS_TRADE) {
        return error_set(NET_ERR_NOT_READY, "no connection for an order is ready");
    }
    if (lane == NULL) {
        request->state = REQUEST_QUEUED;
        list_push(&group->queue, request);
        arm_expiry(real);
        return 0;
    }
    if (lane_start(lane, request) == 0) {
        real->kicking = true;
        lane_kick(lane);
        real->kicking = false;
    }
    return 0;
}

int http_send(struct net *net, const struct net_http_request *asked, uint64_t *ret_request)
{
    struct real *real = real_of(net);
    struct route *route = real->routes[asked->origin];
    uint32_t index = asked->lane != 0 ? NET_CLASS_COUNT + asked->lane - 1 : (uint32_t)asked->class_;
    struct request *request = take_slot(real, asked->class_);

    if (request == NULL) {
        return ERR_FULL;
    }
    int status = fill(real, request, asked);
    if (status == 0) {
        status = route_request(real, &route->groups[index], request);
    }
    if (status < 0) {
        give_slot(real, request);
        return status;
    }
    *ret_request = request->id;
    return 0;
}

/* Our own GET; keeps a connection from growing cold or old. */
int http_warm(struct lane *lane)
{
    struct real *real = lane->real;
    struct route *route = lane->group->route;
    struct net_segment target = {.bytes = route->origin->warm_target,
                                 .len = strlen(route->origin->warm_target)};
    struct net_http_request asked = {
        .method = "GET",
        .target = {.segments = &target, .count = 1},
        .resend_safe = true,
        .timeout_ms = 2 * route->origin->connect_timeout_ms,
    };
    struct request *request = take_slot(real, NET_CLASS_READ);

    if (request == NULL) {
        return ERR_FULL;
    }
    request->warming = true;
    request->group = lane->group;
    int status = fill(real, request, &asked);
    if (status < 0) {
        give_slot(real, request);
        return status;
    }
    status = lane_start(lane, request);
    if (status == 0) {
        if (real->base.config.on_warm != NULL) {
            real->base.config.on_warm(real->base.config.ctx, route->number);
        }
        lane_kick(lane);
    }
    return status;
}

enum net_outcome http_cancel(struct net *net, uint64_t id)
{
    struct real *real = real_of(net);
    struct request *request = find_request(real, id);
    enum net_outcome outcome = NET_OUTCOME_INVALID;

    if (request == NULL) {
        return outcome;
    }
    if (request->state == REQUEST_QUEUED) {
        (void)list_remove(&request->group->queue, request);
        give_slot(real, request);
        return NET_NOT_SENT;
    }
    if (request->state == REQUEST_ACTIVE && !request->abandoned) {
        request->abandoned = true;
        bool has_left = request->draft.has_body ? request->body_begun : request->begun;
        outcome = has_left ? NET_IN_DOUBT : NET_NOT_SENT;
        if (!request->lane->in_curl) {
            lane_abort(request->lane);
        }
        return outcome;
    }
    if (request->state == REQUEST_DONE && !request->abandoned) {
        request->abandoned = true;
        outcome = request->outcome;
    }
    return outcome;
}

/* ---- results ---- */

void http_complete(struct request *request, enum net_outcome outcome)
{
    struct real *real = request->group->route->real;

    request->outcome = outcome;
    request->lane = NULL;
    request->state = REQUEST_DONE;
    request->done_mono_ns = net_mono_ns(&real->base);
    request->done_ns = clock_now_ns(real->base.config.clock);
    list_push(&real->done, request);
}

bool http_drain_one(struct real *real)
{
    struct lane *lane = real->hot;

    if (lane == NULL) {
        return false;
    }
    real->hot = lane->hot_next;
    lane->hot = false;
    lane->hot_next = NULL;
    lane_collect(lane);
    return true;
}

static const char *bytes_of(const struct blob *blob)
{
    return blob->len > 0 ? blob->bytes : "";
}

static void tell(struct request *request)
{
    struct net_http_result result = {
        .outcome = request->outcome,
        .status = request->status,
        .headers = bytes_of(&request->headers),
        .headers_len = request->headers.len,
        .body = bytes_of(&request->body),
        .body_len = request->body.len,
        .text = request->text,
        .request = request->id,
        .sent_mono_ns = request->sent_mono_ns,
        .done_mono_ns = request->done_mono_ns,
        .done_ns = request->done_ns,
    };

    request->state = REQUEST_DELIVERING;
    request->asked.on_done(request->asked.ctx, &result);
}

int http_deliver(struct real *real)
{
    struct request *request = NULL;
    int told = 0;

    while ((request = list_pop(&real->done)) != NULL) {
        if (!request->warming && !request->abandoned) {
            told++;
            tell(request);
        }
        give_slot(real, request);
    }
    return told;
}

/* ---- the end ---- */

void http_stop(struct real *real)
{
    for (uint32_t r = 0; r < real->base.origin_count; r++) {
        for (uint32_t g = 0; real->routes[r] != NULL && g < ROUTE_GROUPS; g++) {
            struct group *group = &real->routes[r]->groups[g];
            struct request *request = NULL;

            for (uint32_t i = 0; i < group->count; i++) {
                if (group->lanes[i]->active != NULL) {
                    net_text_set(group->lanes[i]->active->text, "the net was closed");
                }
                lane_stop(group->lanes[i]);
            }
            while ((request = list_pop(&group->queue)) != NULL) {
                net_text_set(request->text, "the net was closed");
                http_complete(request, NET_NOT_SENT);
            }
        }
    }
    real->hot = NULL;
    (void)http_deliver(real);
}

void http_release(struct real *real)
{
    for (uint32_t i = 0; real->requests != NULL && i < real->base.config.max_requests; i++) {
        draft_release(&real->requests[i].draft);
        free(real->requests[i].headers.bytes);
        free(real->requests[i].body.bytes);
    }
    free(real->requests);
    real->requests = NULL;
}

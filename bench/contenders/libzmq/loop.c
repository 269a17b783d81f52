/* The least that a request and its reply can cost over libzmq: a DEALER that asks, a ROUTER that sends back, no codec,
 * no deadlines, no threads of our own.
 *
 *   loop serve <endpoint>
 *   loop ask <endpoint> latency <seconds> <bytes>
 *   loop ask <endpoint> throughput <seconds> <bytes> <in flight>
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum { header_bytes = 8, most_samples = 4 * 1000 * 1000 };

static void require(int succeeded, const char *what) {
    if (succeeded) return;
    fprintf(stderr, "loop: %s: %s\n", what, zmq_strerror(errno));
    exit(1);
}

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int by_size(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static void serve(void *context, const char *endpoint) {
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    require(zmq_bind(socket, endpoint) == 0, "bind");
    puts("ready");
    fflush(stdout);
    zmq_msg_t peer, message;
    zmq_msg_init(&peer);
    zmq_msg_init(&message);
    for (;;) {
        require(zmq_msg_recv(&peer, socket, 0) >= 0, "receive");
        require(zmq_msg_recv(&message, socket, 0) >= 0, "receive");
        require(zmq_msg_send(&peer, socket, ZMQ_SNDMORE) >= 0, "send");
        require(zmq_msg_send(&message, socket, 0) >= 0, "send");
    }
}

struct asker {
    void *socket;
    char *frame;
    size_t bytes;
    uint64_t sent, received;
};

static void ask(struct asker *asker) {
    uint64_t id = ++asker->sent;
    memcpy(asker->frame, &id, sizeof id);
    require(zmq_send(asker->socket, asker->frame, asker->bytes, 0) >= 0, "send");
}

static void hear(struct asker *asker, zmq_msg_t *message) {
    require(zmq_msg_recv(message, asker->socket, 0) == (int)asker->bytes, "receive");
    uint64_t id;
    memcpy(&id, zmq_msg_data(message), sizeof id);
    require(id == ++asker->received, "answers in order");
}

static void measure_latency(struct asker *asker, double seconds) {
    float *samples = malloc(sizeof(float) * most_samples);
    require(samples != NULL, "memory");
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (int i = 0; i < 1000; i++) ask(asker), hear(asker, &message);
    size_t count = 0;
    double began = now_us(), end = began + seconds * 1e6, before = began;
    while (before < end && count < most_samples) {
        ask(asker);
        hear(asker, &message);
        double after = now_us();
        samples[count++] = (float)(after - before);
        before = after;
    }
    qsort(samples, count, sizeof *samples, by_size);
    printf("{\"round_trips\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f}\n", count, samples[count / 2], samples[count * 99 / 100]);
    free(samples);
}

static void measure_throughput(struct asker *asker, double seconds, int window) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (int i = 0; i < 1000; i++) ask(asker), hear(asker, &message);
    uint64_t first = asker->received;
    double began = now_us(), end = began + seconds * 1e6, now = began;
    for (int i = 0; i < window; i++) ask(asker);
    while (now < end) {
        hear(asker, &message);
        ask(asker);
        if (asker->received % 64 == 0) now = now_us();
    }
    while (asker->received < asker->sent) hear(asker, &message);
    uint64_t count = asker->received - first;
    printf("{\"round_trips\":%llu,\"per_second\":%.0f}\n", (unsigned long long)count, (double)count / (now_us() - began) * 1e6);
}

int main(int count, char **arguments) {
    void *context = zmq_ctx_new();
    if (count == 3 && strcmp(arguments[1], "serve") == 0) {
        serve(context, arguments[2]);
    } else if (count >= 6 && strcmp(arguments[1], "ask") == 0) {
        double seconds = atof(arguments[4]);
        struct asker asker = {.socket = zmq_socket(context, ZMQ_DEALER), .bytes = header_bytes + (size_t)atoi(arguments[5])};
        asker.frame = calloc(1, asker.bytes);
        int linger = 0, patience = 5000;
        zmq_setsockopt(asker.socket, ZMQ_LINGER, &linger, sizeof linger);
        zmq_setsockopt(asker.socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
        require(asker.frame != NULL && zmq_connect(asker.socket, arguments[2]) == 0, "connect");
        if (strcmp(arguments[3], "latency") == 0) {
            measure_latency(&asker, seconds);
        } else if (count == 7) {
            measure_throughput(&asker, seconds, atoi(arguments[6]));
        }
        zmq_close(asker.socket);
    } else {
        fputs("usage: loop serve <endpoint> | loop ask <endpoint> latency|throughput <seconds> <bytes> [in flight]\n", stderr);
        return 64;
    }
    zmq_ctx_term(context);
    return 0;
}

// The yardstick: the smallest server that libmodbus makes easy. One thread, one select over all connections.
// usage: loop PORT; holding registers 40000 to 40999 on 127.0.0.1
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: loop PORT\n"), 2;
    modbus_t *modbus = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    modbus_mapping_t *registers = modbus_mapping_new_start_address(0, 0, 0, 0, 40000, 1000, 0, 0);
    int listener = modbus_tcp_listen(modbus, 128);
    if (listener < 0 || !registers) return perror("listen"), 1;
    fd_set open, ready;
    FD_ZERO(&open);
    FD_SET(listener, &open);
    int highest = listener;
    uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
    for (;;) {
        ready = open;
        if (select(highest + 1, &ready, NULL, NULL, NULL) < 0) return perror("select"), 1;
        for (int fd = 0; fd <= highest; fd++) {
            if (!FD_ISSET(fd, &ready)) continue;
            if (fd == listener) {
                int client = accept(listener, NULL, NULL);
                if (client < 0) continue;
                FD_SET(client, &open);
                if (client > highest) highest = client;
                continue;
            }
            modbus_set_socket(modbus, fd);
            int count = modbus_receive(modbus, request);
            if (count > 0) {
                modbus_reply(modbus, request, count, registers);
            } else if (count < 0) {
                close(fd);
                FD_CLR(fd, &open);
            }
        }
    }
}
